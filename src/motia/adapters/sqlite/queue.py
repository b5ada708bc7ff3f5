"""EventQueue on SQLite: the file is the journal, memory is the index.

Survives the end of the process at any instruction, and a power cut.

What may be claimed is decided in memory (`DeliveryIndex`), which one core alone owns. `publish` returns when its commit is
on disk. That a delivery was claimed, released or done is noted with the next commit without anybody waiting: a crash
before it makes the delivery pending again, which at-least-once allows. `Retry` and `Bury` are waited for.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

from motia.adapters.sqlite import queue_sql, reading, space
from motia.adapters.sqlite.journal import (
    BuryDead,
    Discard,
    Entered,
    Finished,
    Leased,
    Note,
    Publish,
    Quarantine,
    QuarantineDead,
    QueueJournal,
    Redrive,
    Released,
    Reschedule,
)
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.recovery import Recovery, entry_of
from motia.adapters.sqlite.writer import Raised, Writer, resolve
from motia.model.delivery import (
    Bury,
    DeadLetter,
    Delivery,
    Done,
    Happened,
    Release,
    Retry,
    Settlement,
    TopicLedger,
)
from motia.model.delivery_index import DeliveryIndex, Entry, first_due
from motia.model.errors import StoreUnavailable, queue_is_full
from motia.model.quarantine import Quarantine as SetAside

DEFAULT_DEPTH: Final = 1_000_000

# Deliveries are kept whole in memory up to these bounds; beyond, they are read again when they are claimed.
_KEEP_PAYLOAD: Final = 16 * 1024
_KEEP_TOTAL: Final = 64 * 1024 * 1024
_OVERHEAD: Final = 600  # what a delivery weighs besides its payload

# From here on, sorting all that waits would hold up the event loop.
_MANY: Final = 10_000


class SqliteQueue:
    """The deliveries behind `writer` and `reader`, which stay open when this is done with."""

    def __init__(
        self,
        writer: Writer,
        reader: Reader,
        recovery: Recovery,
        *,
        clock: Callable[[], int],
        max_depth: int = DEFAULT_DEPTH,
    ) -> None:
        """`recovery` is what `recover` found in the same file. At most `max_depth` deliveries are pending or leased."""
        self.recovered: Final = recovery.summary
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._max_depth = max_depth
        self._loop = asyncio.get_running_loop()
        self._journal = QueueJournal(self._wake)
        self._wakes: list[Callable[[], None]] = []
        self._index = DeliveryIndex()
        for entry in recovery.entries:
            self._index.add(entry)
        self._next_seq = max((entry.seq for entry in recovery.entries), default=0) + 1
        self._arriving = 0
        self._kept = 0

    async def publish(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """See `EventQueue.publish`."""
        if not deliveries:
            return []
        deliveries = tuple(deliveries)
        if len(self._index) + self._arriving + len(deliveries) > self._max_depth:
            raise queue_is_full(len(self._index), self._max_depth)
        future: asyncio.Future[list[bool]] = self._loop.create_future()
        first_seq = self._number(len(deliveries))
        answered = functools.partial(self._published, future, deliveries, first_seq)
        self._arriving += len(deliveries)
        try:
            self._enter(Publish(answered, deliveries, first_seq, self._clock()))
        except BaseException:
            self._arriving -= len(deliveries)
            raise
        return await future

    async def claim(self, limit: int, *, now: int, lease_ms: int, unwilling: Collection[str] = ()) -> list[Delivery]:
        """See `EventQueue.claim`."""
        while entries := self._index.claim(limit, now=now, lease_ms=lease_ms, unwilling=unwilling):
            self._note(Leased([(entry.seq, entry.attempt, entry.epoch) for entry in entries]))
            if all(entry.delivery is not None for entry in entries):
                return [entry.current(entry.delivery) for entry in entries if entry.delivery is not None]
            if deliveries := await self._fetch_claimed(entries):
                return deliveries
        return []

    async def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """See `EventQueue.settle`."""
        entry = self._index.held(delivery.id, delivery.epoch)
        if entry is None:
            return False
        match settlement:
            case Done():
                self._note(Finished(entry.seq, entry.topic, entry.step))
                self._finish(entry, Happened.SUCCEEDED)
            case Release():
                self._release(entry)
            case Retry(due_at, _):
                await self._settle_durably(
                    entry,
                    lambda answered: Reschedule(answered, entry.seq, due_at, entry.attempt, entry.epoch),
                    lambda: self._index.retry(entry, due_at),
                )
            case Bury() as bury:
                await self._settle_durably(
                    entry,
                    lambda answered: BuryDead(answered, entry.seq, entry.attempt, entry.epoch, bury),
                    lambda: self._finish(entry, Happened.BURIED),
                )
        return True

    async def renew(self, deliveries: Sequence[Delivery], *, now: int, lease_ms: int) -> list[bool]:
        """See `EventQueue.renew`. Memory only: after a crash no lease is left."""
        entries = [self._index.held(delivery.id, delivery.epoch) for delivery in deliveries]
        for entry in entries:
            if entry is not None:
                self._index.renew(entry, now + lease_ms)
        return [entry is not None for entry in entries]

    def next_due(self, unwilling: Collection[str] = ()) -> int | None:
        """See `EventQueue.next_due`."""
        return self._index.next_due(unwilling)

    def on_ready(self, wake: Callable[[], None]) -> None:
        """See `EventQueue.on_ready`."""
        self._wakes.append(wake)

    async def dead_letters(
        self, *, step: str | None = None, topic: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[DeadLetter]:
        """See `EventQueue.dead_letters`."""
        query = queue_sql.find_dead(step=step is not None, topic=topic is not None, after=after is not None)
        values = [value for value in (step, topic, after) if value is not None]
        found, unreadable = await self._reader.run(lambda db: reading.dead_letters(db, query, values, limit))
        for rowid, reason in unreadable:
            self._enter(QuarantineDead(_ignore, rowid, reason, self._clock()))
        return found

    async def redrive(self, ids: Sequence[str], *, now: int) -> int:
        """See `EventQueue.redrive`. A redriven delivery is the last of its group."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._enter(Redrive(functools.partial(self._redriven, future), ids, self._number(len(ids)), now))
        return await future

    async def discard(self, ids: Sequence[str]) -> int:
        """See `EventQueue.discard`."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._enter(Discard(functools.partial(resolve, future), ids))
        return await future

    async def pending(self, *, limit: int = 100) -> list[Delivery]:
        """See `EventQueue.pending`."""
        entries = self._index.entries()
        many = len(entries) > _MANY
        first = await self._reader.run(lambda _: first_due(entries, limit)) if many else first_due(entries, limit)
        fetched = await self._fetch(first)
        published = ((entry, entry.delivery or fetched.get(entry.seq)) for entry in first)
        return [entry.current(delivery) for entry, delivery in published if isinstance(delivery, Delivery)]

    async def ledger(self) -> list[TopicLedger]:
        """See `EventQueue.ledger`."""
        await self._writer.run(lambda _: None, durable=False)  # what was noted before is then in the file
        return await self._reader.run(reading.ledger)

    async def quarantine(self, *, limit: int = 100) -> SetAside:
        """See `EventQueue.quarantine`."""
        return await self._reader.run(lambda db: reading.quarantine(db, limit))

    async def give_back_space(self) -> None:
        """See `EventQueue.give_back_space`."""
        await space.give_back(self._writer)

    def close(self) -> None:
        """Note what could not be written before. The writer must still be open."""
        if self._journal.unwritten:
            self._note(Leased([]))

    def _number(self, count: int) -> int:
        first, self._next_seq = self._next_seq, self._next_seq + count
        return first

    def _note(self, note: Note) -> None:
        self._submit(note, durable=False)

    def _enter(self, job: Entered) -> None:
        self._submit(job, durable=True)

    def _submit(self, job: Note | Entered, *, durable: bool) -> None:
        late, self._journal.unwritten = self._journal.unwritten, []
        for note in late:
            self._writer.submit(self._journal, note, durable=False)
        self._writer.submit(self._journal, job, durable=durable)

    def _published(
        self, future: asyncio.Future[Any], deliveries: Sequence[Delivery], first_seq: int, outcome: Any
    ) -> None:
        self._arriving -= len(deliveries)
        if not isinstance(outcome, Raised):
            for seq, (delivery, stored) in enumerate(zip(deliveries, outcome, strict=True), first_seq):
                if stored:
                    self._index.add(self._entry(delivery, seq))
        resolve(future, outcome)

    def _entry(self, delivery: Delivery, seq: int) -> Entry:
        entry = Entry.of(delivery, seq)
        weight = len(delivery.payload) + _OVERHEAD
        if len(delivery.payload) > _KEEP_PAYLOAD or self._kept + weight > _KEEP_TOTAL:
            entry.delivery = None
        else:
            self._kept += weight
        return entry

    def _redriven(self, future: asyncio.Future[Any], outcome: Any) -> None:
        if isinstance(outcome, Raised):
            resolve(future, outcome)
            return
        for row in outcome:
            self._index.add(entry_of(row))
        resolve(future, len(outcome))

    async def _settle_durably(
        self, entry: Entry, job: Callable[[Callable[[Any], None]], Entered], accepted: Callable[[], None]
    ) -> None:
        future: asyncio.Future[None] = self._loop.create_future()

        def answered(outcome: Any) -> None:
            if isinstance(outcome, Raised):
                self._index.give_up_settling(entry)
            else:
                accepted()
            resolve(future, outcome)

        self._index.begin_settling(entry)
        try:
            self._enter(job(answered))
        except StoreUnavailable:
            self._index.give_up_settling(entry)
            raise
        await future

    def _release(self, entry: Entry) -> None:
        self._note(Released(entry.seq, entry.attempt - 1, entry.epoch))
        self._index.release(entry)
        self._wake()

    def _finish(self, entry: Entry, happened: Happened) -> None:
        if entry.delivery is not None:
            self._kept -= len(entry.delivery.payload) + _OVERHEAD
        if self._index.finish(entry, happened):
            self._wake()

    async def _fetch_claimed(self, entries: list[Entry]) -> list[Delivery]:
        """Claimed deliveries whole. What cannot be read is set aside; what another claim took meanwhile is left to it."""
        epochs = [entry.epoch for entry in entries]
        try:
            fetched = await self._fetch(entries)
        except BaseException:
            for entry, epoch in zip(entries, epochs, strict=True):
                if self._index.held(entry.id, epoch) is not None:
                    self._release(entry)
            raise
        deliveries: list[Delivery] = []
        for entry, epoch in zip(entries, epochs, strict=True):
            published = entry.delivery or fetched[entry.seq]
            if self._index.held(entry.id, epoch) is None:
                continue
            if isinstance(published, Delivery):
                deliveries.append(entry.current(published))
            else:
                self._finish(entry, Happened.BURIED)
                self._enter(Quarantine(_ignore, entry.seq, published, self._clock()))
        return deliveries

    async def _fetch(self, entries: Iterable[Entry]) -> dict[int, Delivery | str]:
        """Those not in memory, by seq; a text says why one cannot be read."""
        absent = [entry.seq for entry in entries if entry.delivery is None]
        return await self._reader.run(lambda db: reading.deliveries(db, absent)) if absent else {}

    def _wake(self) -> None:
        for wake in self._wakes:
            self._loop.call_soon(wake)


def _ignore(_outcome: Any) -> None:
    """Nobody waits; what failed now is found and tried again at the next start."""
