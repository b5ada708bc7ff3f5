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
    CancelPending,
    CommitWork,
    Companion,
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
from motia.model.delivery_index import DeliveryIndex, Entry, Waiting, first_due
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
        self._require_room(len(deliveries))
        future: asyncio.Future[list[bool]] = self._loop.create_future()
        first_seq = self._number(len(deliveries))
        answered = functools.partial(self._published, future, deliveries, first_seq)
        self._arriving += len(deliveries)
        try:
            self._enter(Publish(answered, deliveries, first_seq, self._clock(), self._claims_to_know(deliveries)))
        except BaseException:
            self._arriving -= len(deliveries)
            raise
        return await future

    async def commit(
        self, deliveries: Sequence[Delivery], delivery: Delivery | None, companion: Companion
    ) -> bool | None:
        """Publish `deliveries`, settle `delivery` as done and let `companion` write, in one transaction.

        The companion may change what the deliveries carry, not how many there are or where they go.

        None when the epoch of `delivery` is old, False when `companion` does not hold; nothing changed then, nor when it
        raises. Raises as `publish`, and what `companion` raises.
        """
        deliveries = tuple(deliveries)
        self._require_room(len(deliveries))
        entry = None if delivery is None else self._index.held(delivery.id, delivery.epoch)
        if entry is None and delivery is not None:
            return None
        future: asyncio.Future[list[bool] | None] = self._loop.create_future()
        first_seq = self._number(len(deliveries))
        finished = None if entry is None else Finished(entry.seq, entry.topic, entry.step)
        publish = Publish(_ignore, deliveries, first_seq, self._clock(), self._claims_to_know(deliveries))
        answered = functools.partial(self._committed, future, entry, publish)
        self._arriving += len(deliveries)
        if entry is not None:
            self._index.begin_settling(entry)
        try:
            self._enter(CommitWork(answered, publish, finished, companion))
        except BaseException:
            self._arriving -= len(deliveries)
            if entry is not None:
                self._index.give_up_settling(entry)
            raise
        return await future is not None

    def _claims_to_know(self, deliveries: Sequence[Delivery]) -> Sequence[tuple[int, int, int]]:
        """See `Publish`."""
        return self._journal.unconfirmed() if any(each.dedup_key is not None for each in deliveries) else ()

    async def claim(self, limit: int, *, now: int, lease_ms: int, unwilling: Collection[str] = ()) -> list[Delivery]:
        """See `EventQueue.claim`."""
        while entries := self._index.claim(limit, now=now, lease_ms=lease_ms, unwilling=unwilling):
            self._note(self._journal.claimed([(entry.seq, entry.attempt, entry.epoch) for entry in entries]))
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
                    lambda _: self._index.retry(entry, due_at),
                )
            case Bury() as bury:
                await self._bury(entry, bury)
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

    async def waiting(
        self,
        *,
        step: str | None = None,
        topic: str | None = None,
        due_after: int | None = None,
        limit: int = 100,
        after: tuple[int, str] | None = None,
    ) -> list[Delivery]:
        """See `EventQueue.waiting`."""
        wanted = Waiting(step, topic, due_after, after)
        return await self._whole(await self._choose(lambda entries: wanted.first(entries, limit)))

    async def waiting_ids(self, *, step: str | None = None, topic: str | None = None) -> list[str]:
        """See `EventQueue.waiting_ids`."""
        wanted = Waiting(step, topic)
        return [entry.id for entry in await self._choose(lambda entries: wanted.first(entries, len(entries)))]

    async def emitted(self, topic: str, *, key: str | None = None, dedup_key: str | None = None) -> list[str]:
        """See `EventQueue.emitted`."""
        query = queue_sql.find_emitted(key=key is not None, dedup_key=dedup_key is not None)
        values = [value for value in (topic, key, dedup_key) if value is not None]
        found = await self._reader.run(lambda db: reading.ids_of(db, query, values))
        return [delivery_id for delivery_id in found if delivery_id in self._index]

    async def cancel(self, ids: Sequence[str]) -> int:
        """See `EventQueue.cancel`."""
        entries = [entry for delivery_id in ids if (entry := self._index.begin_cancelling(delivery_id)) is not None]
        if not entries:
            return 0
        future: asyncio.Future[int] = self._loop.create_future()
        answered = functools.partial(self._cancelled, future, entries)
        try:
            self._enter(CancelPending(answered, [entry.seq for entry in entries]))
        except StoreUnavailable:
            self._give_up_cancelling(entries)
            raise
        return await future

    async def pending(self, *, limit: int = 100) -> list[Delivery]:
        """See `EventQueue.pending`."""
        return await self._whole(await self._choose(lambda entries: first_due(entries, limit)))

    async def _choose(self, choose: Callable[[list[Entry]], list[Entry]]) -> list[Entry]:
        entries = self._index.entries()
        return await self._reader.run(lambda _: choose(entries)) if len(entries) > _MANY else choose(entries)

    async def _whole(self, entries: list[Entry]) -> list[Delivery]:
        fetched = await self._fetch(entries)
        published = ((entry, entry.delivery or fetched.get(entry.seq)) for entry in entries)
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

    def _require_room(self, count: int) -> None:
        if len(self._index) + self._arriving + count > self._max_depth:
            raise queue_is_full(len(self._index), self._max_depth)

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
            self._add_stored(deliveries, first_seq, outcome)
        resolve(future, outcome)

    def _committed(
        self,
        future: asyncio.Future[Any],
        entry: Entry | None,
        publish: Publish,
        outcome: Any,
    ) -> None:
        self._arriving -= len(publish.deliveries)
        if outcome is None or isinstance(outcome, Raised):
            if entry is not None:
                self._index.give_up_settling(entry)
        else:
            if entry is not None:
                self._finish(entry, Happened.SUCCEEDED)
            self._add_stored(publish.deliveries, publish.first_seq, outcome)
        resolve(future, outcome)

    def _add_stored(self, deliveries: Sequence[Delivery], first_seq: int, stored: Sequence[bool]) -> None:
        for seq, (delivery, is_stored) in enumerate(zip(deliveries, stored, strict=True), first_seq):
            if is_stored:
                self._index.add(self._entry(delivery, seq))

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
        self, entry: Entry, job: Callable[[Callable[[Any], None]], Entered], accepted: Callable[[Any], None]
    ) -> None:
        future: asyncio.Future[Any] = self._loop.create_future()

        def answered(outcome: Any) -> None:
            if isinstance(outcome, Raised):
                self._index.give_up_settling(entry)
            else:
                accepted(outcome)
            resolve(future, outcome)

        self._index.begin_settling(entry)
        try:
            self._enter(job(answered))
        except StoreUnavailable:
            self._index.give_up_settling(entry)
            raise
        await future

    async def _bury(self, entry: Entry, bury: Bury) -> None:
        attempt = entry.attempt if bury.began else entry.attempt - 1
        first_seq = self._number(len(bury.followers))

        def accepted(stored: list[bool]) -> None:
            self._finish(entry, Happened.BURIED)
            self._add_stored(bury.followers, first_seq, stored)

        await self._settle_durably(
            entry, lambda answered: BuryDead(answered, entry.seq, attempt, entry.epoch, bury, first_seq), accepted
        )

    def _cancelled(self, future: asyncio.Future[Any], entries: Sequence[Entry], outcome: Any) -> None:
        if isinstance(outcome, Raised):
            self._give_up_cancelling(entries)
            resolve(future, outcome)
            return
        for entry in entries:
            self._weigh_off(entry)
            self._index.cancel(entry)
        resolve(future, len(entries))

    def _give_up_cancelling(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._index.give_up_cancelling(entry)
        self._wake()

    def _release(self, entry: Entry) -> None:
        self._note(Released(entry.seq, entry.attempt - 1, entry.epoch))
        self._index.release(entry)
        self._wake()

    def _finish(self, entry: Entry, happened: Happened) -> None:
        self._weigh_off(entry)
        if self._index.finish(entry, happened):
            self._wake()

    def _weigh_off(self, entry: Entry) -> None:
        if entry.delivery is not None:
            self._kept -= len(entry.delivery.payload) + _OVERHEAD

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
