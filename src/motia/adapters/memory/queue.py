"""EventQueue in memory."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import heapq
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
from motia.model.delivery_index import DeliveryIndex, Entry, Recovered, Waiting, first_due
from motia.model.errors import queue_is_full
from motia.model.quarantine import Quarantine

DEFAULT_DEPTH: Final = 1_000_000

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
        self._keys: dict[str, tuple[int, str]] = {}  # until when each counts, and its delivery
        self._key_ends: list[tuple[int, str]] = []
        self._named: collections.defaultdict[tuple[str, str, str], dict[str, Entry]] = collections.defaultdict(dict)
        self._wakes: list[Callable[[], None]] = []
        self._accepted: collections.Counter[_Subscription] = collections.Counter()
        self._done: collections.Counter[_Subscription] = collections.Counter()
        self._discarded: collections.Counter[_Subscription] = collections.Counter()

    async def publish(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """See `EventQueue.publish`."""
        self.require_room(len(deliveries))
        stored = [self._store(delivery) for delivery in deliveries]
        if any(stored):
            self._wake()
        return stored

    def require_room(self, count: int) -> None:
        """Raise `Overloaded` unless `count` more deliveries fit."""
        if len(self._index) + count > self._max_depth:
            raise queue_is_full(len(self._index), self._max_depth)

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
                self._unname(entry)
                wake = self._index.finish(entry, Happened.SUCCEEDED)
            case Bury(failure, reason, failed_at, began, followers):
                entry.attempt -= not began
                self._dead[entry.id] = DeadLetter(_now(entry), failure, reason, failed_at)
                self._unname(entry)
                wake = self._index.finish(entry, Happened.BURIED)
                for follower in followers:
                    wake = self._store(follower) or wake
            case Retry(due_at, _):
                self._index.retry(entry, due_at)
            case Release():
                self._index.release(entry)
        if wake:
            self._wake()
        return True

    def holds(self, delivery: Delivery) -> bool:
        """Whether the present claim of `delivery` is the one with its epoch."""
        return self._index.held(delivery.id, delivery.epoch) is not None

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
            self._add(dataclasses.replace(letter.delivery, due_at=now, attempt=0, expires_at=None))
        if found:
            self._wake()
        return len(found)

    async def discard(self, ids: Sequence[str]) -> int:
        """See `EventQueue.discard`."""
        found = [letter for delivery_id in ids if (letter := self._dead.pop(delivery_id, None)) is not None]
        for letter in found:
            self._discarded[letter.delivery.topic, letter.delivery.step] += 1
        return len(found)

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
        return [_now(entry) for entry in Waiting(step, topic, due_after, after).first(self._index.entries(), limit)]

    async def waiting_ids(self, *, step: str | None = None, topic: str | None = None) -> list[str]:
        """See `EventQueue.waiting_ids`."""
        entries = self._index.entries()
        return [entry.id for entry in Waiting(step, topic).first(entries, len(entries))]

    async def emitted(self, topic: str, *, key: str | None = None, dedup_key: str | None = None) -> list[str]:
        """See `EventQueue.emitted`."""
        wanted = [(sort, topic, each) for sort, each in (("emit", key), ("dedup", dedup_key)) if each is not None]
        first, *more = (self._named.get(name, {}) for name in wanted)
        return [delivery_id for delivery_id in first if all(delivery_id in each for each in more)]

    async def cancel(self, ids: Sequence[str]) -> int:
        """See `EventQueue.cancel`."""
        entries = [entry for delivery_id in ids if (entry := self._index.begin_cancelling(delivery_id)) is not None]
        for entry in entries:
            self._discarded[entry.topic, entry.step] += 1
            self._unname(entry)
            self._free_key(_now(entry))
            self._index.cancel(entry)
        if entries:
            self._wake()
        return len(entries)

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

    def _store(self, delivery: Delivery) -> bool:
        """Take it in, unless its keys forbid it."""
        if self._is_pending(delivery) or not self._remember_key(delivery):
            return False
        self._add(delivery)
        self._accepted[delivery.topic, delivery.step] += 1
        return True

    async def quarantine(self, *, limit: int = 100) -> Quarantine:  # noqa: ARG002 - nothing in memory is ever unreadable
        """See `EventQueue.quarantine`."""
        return Quarantine()

    async def give_back_space(self) -> None:
        """See `EventQueue.give_back_space`. Memory goes back by itself."""

    def _add(self, delivery: Delivery) -> None:
        self._seq += 1
        entry = Entry.of(delivery, self._seq)
        self._index.add(entry)
        for name in _names(delivery):
            self._named[name][delivery.id] = entry

    def _unname(self, entry: Entry) -> None:
        for name in _names(_now(entry)):
            del self._named[name][entry.id]
            if not self._named[name]:
                del self._named[name]

    def _is_pending(self, delivery: Delivery) -> bool:
        """Whether one with the same deduplication key has not begun."""
        if delivery.dedup_key is None:
            return False
        named = self._named.get(("dedup", delivery.topic, delivery.dedup_key), {})
        return any(
            entry.state is State.PENDING and (entry.step, _now(entry).trigger) == (delivery.step, delivery.trigger)
            for entry in named.values()
        )

    def _remember_key(self, delivery: Delivery) -> bool:
        """Whether the idempotency key was unused."""
        if delivery.unique is None:
            return True
        now = self._clock()
        while self._key_ends and self._key_ends[0][0] <= now:
            _, old = heapq.heappop(self._key_ends)
            if old in self._keys and self._keys[old][0] <= now:
                del self._keys[old]
        if delivery.unique in self._keys:
            return False
        until = now + delivery.unique_for_ms
        self._keys[delivery.unique] = until, delivery.id
        heapq.heappush(self._key_ends, (until, delivery.unique))
        return True

    def _free_key(self, delivery: Delivery) -> None:
        """Forget the idempotency key if it belongs to this delivery."""
        if delivery.unique is not None and self._keys.get(delivery.unique, (0, ""))[1] == delivery.id:
            del self._keys[delivery.unique]

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        for wake in self._wakes:
            loop.call_soon(wake)


def _names(delivery: Delivery) -> list[tuple[str, str, str]]:
    """What an unsettled delivery can be found by besides its id."""
    keys = (("emit", delivery.emit_key), ("dedup", delivery.dedup_key))
    return [(sort, delivery.topic, key) for sort, key in keys if key is not None]


def _now(entry: Entry) -> Delivery:
    """An entry of this queue always has its delivery."""
    assert entry.delivery is not None  # noqa: S101
    return entry.current(entry.delivery)
