"""EventQueue in memory."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Final

from motia.model.delivery import (
    Bury,
    DeadLetter,
    Delivery,
    Done,
    Happened,
    Release,
    Retry,
    Settlement,
    State,
    TopicLedger,
)
from motia.model.delivery_index import DeliveryIndex, Entry, Recovered, first_due
from motia.model.errors import queue_is_full
from motia.model.quarantine import Quarantine

DEFAULT_DEPTH: Final = 1_000_000
_KEEP_KEYS_MS: Final = 24 * 3_600_000

_Subscription = tuple[str, str]


class MemoryQueue:
    """Survives nothing; otherwise the queue that others are."""

    def __init__(self, *, clock: Callable[[], int], max_depth: int = DEFAULT_DEPTH) -> None:
        """At most `max_depth` deliveries are pending or leased."""
        self.recovered: Final = Recovered()
        self._clock = clock
        self._max_depth = max_depth
        self._index = DeliveryIndex()
        self._seq = 0
        self._dead: dict[str, DeadLetter] = {}
        self._keys: dict[str, int] = {}
        self._wakes: list[Callable[[], None]] = []
        self._accepted: collections.Counter[_Subscription] = collections.Counter()
        self._done: collections.Counter[_Subscription] = collections.Counter()
        self._discarded: collections.Counter[_Subscription] = collections.Counter()

    async def publish(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """See `EventQueue.publish`."""
        if len(self._index) + len(deliveries) > self._max_depth:
            raise queue_is_full(len(self._index), self._max_depth)
        stored = [delivery.unique is None or self._is_new(delivery.unique) for delivery in deliveries]
        for delivery, new in zip(deliveries, stored, strict=True):
            if new:
                self._add(delivery)
                self._accepted[delivery.topic, delivery.step] += 1
        if any(stored):
            self._wake()
        return stored

    async def claim(self, limit: int, *, now: int, lease_ms: int, unwilling: Collection[str] = ()) -> list[Delivery]:
        """See `EventQueue.claim`."""
        return [_now(entry) for entry in self._index.claim(limit, now=now, lease_ms=lease_ms, unwilling=unwilling)]

    async def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """See `EventQueue.settle`."""
        entry = self._index.held(delivery.id, delivery.epoch)
        if entry is None:
            return False
        wake = True
        match settlement:
            case Done():
                self._done[entry.topic, entry.step] += 1
                wake = self._index.finish(entry, Happened.SUCCEEDED)
            case Bury(failure, reason, failed_at):
                self._dead[entry.id] = DeadLetter(_now(entry), failure, reason, failed_at)
                wake = self._index.finish(entry, Happened.BURIED)
            case Retry(due_at, _):
                self._index.retry(entry, due_at)
            case Release():
                self._index.release(entry)
        if wake:
            self._wake()
        return True

    async def renew(self, deliveries: Sequence[Delivery], *, now: int, lease_ms: int) -> list[bool]:
        """See `EventQueue.renew`."""
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
        matching = (
            letter
            for delivery_id, letter in sorted(self._dead.items(), reverse=True)
            if step in {None, letter.delivery.step}
            and topic in {None, letter.delivery.topic}
            and (after is None or delivery_id < after)
        )
        return [letter for letter, _ in zip(matching, range(limit), strict=False)]

    async def redrive(self, ids: Sequence[str], *, now: int) -> int:
        """See `EventQueue.redrive`. A redriven delivery is the last of its group."""
        found = [letter for delivery_id in ids if (letter := self._dead.pop(delivery_id, None)) is not None]
        for letter in found:
            self._add(dataclasses.replace(letter.delivery, due_at=now, attempt=0))
        if found:
            self._wake()
        return len(found)

    async def discard(self, ids: Sequence[str]) -> int:
        """See `EventQueue.discard`."""
        found = [letter for delivery_id in ids if (letter := self._dead.pop(delivery_id, None)) is not None]
        for letter in found:
            self._discarded[letter.delivery.topic, letter.delivery.step] += 1
        return len(found)

    async def pending(self, *, limit: int = 100) -> list[Delivery]:
        """See `EventQueue.pending`."""
        return [_now(entry) for entry in first_due(self._index.entries(), limit)]

    async def ledger(self) -> list[TopicLedger]:
        """See `EventQueue.ledger`."""
        stored = collections.Counter((entry.topic, entry.step, entry.state) for entry in self._index.entries())
        dead = collections.Counter((letter.delivery.topic, letter.delivery.step) for letter in self._dead.values())
        return [
            TopicLedger(
                topic=topic,
                step=step,
                accepted=accepted,
                done=self._done[topic, step],
                pending=stored[topic, step, State.PENDING],
                leased=stored[topic, step, State.LEASED],
                dead=dead[topic, step],
                discarded=self._discarded[topic, step],
            )
            for (topic, step), accepted in sorted(self._accepted.items())
        ]

    async def quarantine(self, *, limit: int = 100) -> Quarantine:  # noqa: ARG002 - nothing in memory is ever unreadable
        """See `EventQueue.quarantine`."""
        return Quarantine()

    async def give_back_space(self) -> None:
        """See `EventQueue.give_back_space`. Memory goes back by itself."""

    def _add(self, delivery: Delivery) -> None:
        self._seq += 1
        self._index.add(Entry.of(delivery, self._seq))

    def _is_new(self, key: str) -> bool:
        now = self._clock()
        # Insertion order is age: a key that comes again after its time is put at the end.
        while self._keys and (oldest := next(iter(self._keys))) and self._keys[oldest] <= now - _KEEP_KEYS_MS:
            del self._keys[oldest]
        if key in self._keys:
            return False
        self._keys[key] = now
        return True

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        for wake in self._wakes:
            loop.call_soon(wake)


def _now(entry: Entry) -> Delivery:
    """An entry of this queue always has its delivery."""
    assert entry.delivery is not None  # noqa: S101
    return entry.current(entry.delivery)
