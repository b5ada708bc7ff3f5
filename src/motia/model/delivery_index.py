"""Unsettled deliveries in memory, ready to be taken in order: for every adapter that dispatches from memory. Pure.

A pending delivery waits in the heap of its Step, by due time and then order of publishing. Of a message group only the
first unsettled delivery waits there, the others stand behind it in a line. A taken delivery is in the heap of leases, by
the lease's end; when it ends, it waits in its Step's heap again. Nothing is ever removed from the middle of a heap or line:
each move gives a delivery a new ticket, and what lies in a heap under an older one, or in a line cancelled, is dropped when
it surfaces. Where most of a heap or line is such, it is made anew: what is set for tomorrow and cancelled today must not stay
until tomorrow.
"""

from __future__ import annotations

import collections
import dataclasses
import heapq
from collections.abc import Collection, Iterable
from typing import Final

from motia.model.delivery import Delivery, Happened, State, advance

_Place = tuple[int, int, int, "Entry"]

# Below this many leases, or cancelled deliveries in one place, stale ones are not worth a sweep.
_SWEEP_FROM: Final = 4_096

_OVER: Final = frozenset({State.DONE, State.DEAD, State.DISCARDED})


@dataclasses.dataclass(frozen=True, slots=True)
class Recovered:
    """What an earlier life left to a queue: deliveries that were `pending`, and that were `running` when it ended.

    All of them are pending now. `quarantined` counts what could not be read and was set aside.
    """

    pending: int = 0
    running: int = 0
    quarantined: int = 0


@dataclasses.dataclass(slots=True, eq=False)
class Entry:
    """One unsettled delivery: what changes about it, and what decides when it is taken.

    `seq` is its place in the order of publishing. `delivery` is what was published, or None where the adapter fetches
    it when it is taken. `settling` is true while what came of it, or that it is cancelled, is being written: nobody may take it,
    settle it or cancel it then.
    """

    id: str
    step: str
    topic: str
    group: str | None
    seq: int
    due_at: int
    attempt: int
    epoch: int
    delivery: Delivery | None = None
    state: State = State.PENDING
    lease_until: int = 0
    ticket: int = 0
    settling: bool = False

    @classmethod
    def of(cls, delivery: Delivery, seq: int) -> Entry:
        """A pending entry that holds `delivery`."""
        d = delivery
        return cls(d.id, d.step, d.topic, d.group, seq, d.due_at, d.attempt, d.epoch, d)

    def current(self, published: Delivery) -> Delivery:
        """`published` with the due time, attempt and epoch it has now."""
        p = published
        return Delivery(
            p.id,
            p.step,
            p.kind,
            p.topic,
            p.payload,
            p.cause,
            p.created_at,
            self.due_at,
            p.max_attempts,
            p.trigger,
            p.group,
            p.unique,
            self.attempt,
            self.epoch,
            p.scheduled_for,
            p.unique_for_ms,
            p.emit_key,
            p.dedup_key,
            p.expires_at,
        )


class DeliveryIndex:
    """All unsettled deliveries of a queue."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._waiting: dict[str, list[_Place]] = {}
        self._groups: dict[tuple[str, str], collections.deque[Entry]] = {}
        self._leases: list[_Place] = []
        self._cancelled: collections.Counter[str | tuple[str, str]] = collections.Counter()
        self._leased = 0

    def __len__(self) -> int:
        """How many deliveries are pending or leased."""
        return len(self._entries)

    def __contains__(self, delivery_id: str) -> bool:
        """Whether a delivery of that id is unsettled."""
        return delivery_id in self._entries

    def add(self, entry: Entry) -> None:
        """Take in a pending delivery that was published after all others here."""
        self._entries[entry.id] = entry
        if entry.group is None:
            self._offer(entry)
            return
        line = self._groups.setdefault((entry.step, entry.group), collections.deque())
        line.append(entry)
        if len(line) == 1:
            self._offer(entry)

    def claim(self, limit: int, *, now: int, lease_ms: int, unwilling: Collection[str] = ()) -> list[Entry]:
        """Lease up to `limit` eligible deliveries until `now + lease_ms`, as `EventQueue.claim` orders them."""
        self._end_leases(now)
        heads = [
            (heap[0][0], heap[0][1], heap)
            for step in list(self._waiting)
            if step not in unwilling and (heap := self._live(step)) and heap[0][0] <= now
        ]
        heapq.heapify(heads)
        taken: list[Entry] = []
        while heads and len(taken) < limit:
            heap = heads[0][2]
            entry = heapq.heappop(heap)[3]
            self._lease(entry, now + lease_ms)
            taken.append(entry)
            _drop_stale(heap)
            if heap and heap[0][0] <= now:
                heapq.heapreplace(heads, (heap[0][0], heap[0][1], heap))
            else:
                heapq.heappop(heads)
        self._sweep()
        return taken

    def held(self, delivery_id: str, epoch: int) -> Entry | None:
        """The entry, if its present claim is the one with that epoch."""
        entry = self._entries.get(delivery_id)
        if entry is None or entry.epoch != epoch or entry.state is not State.LEASED or entry.settling:
            return None
        return entry

    def begin_settling(self, entry: Entry) -> None:
        """Keep a leased delivery as it is, even past its lease, until it is settled or the attempt to do so is given up."""
        entry.settling = True
        entry.ticket += 1

    def give_up_settling(self, entry: Entry) -> None:
        """It is leased as before, and may be settled again."""
        entry.settling = False
        self._clock_lease(entry)

    def renew(self, entry: Entry, until: int) -> None:
        """Let the lease end at `until`."""
        entry.lease_until = until
        self._clock_lease(entry)

    def finish(self, entry: Entry, happened: Happened) -> bool:
        """Forget a leased delivery that is done or buried; whether that lets the next of its group be taken."""
        entry.state = advance(entry.state, happened)
        entry.ticket += 1
        self._leased -= 1
        del self._entries[entry.id]
        return self._advance_group(entry)

    def begin_cancelling(self, delivery_id: str) -> Entry | None:
        """The delivery if it is pending: nobody can take it until it is cancelled or the attempt to do so is given up."""
        entry = self._entries.get(delivery_id)
        if entry is None or entry.state is not State.PENDING or entry.settling:
            return None
        entry.settling = True
        entry.ticket += 1
        return entry

    def give_up_cancelling(self, entry: Entry) -> None:
        """It is pending as before."""
        entry.settling = False
        if entry.group is None or self._groups[entry.step, entry.group][0] is entry:
            self._offer(entry)

    def cancel(self, entry: Entry) -> bool:
        """Forget a delivery that is being cancelled; whether that lets the next of its group be taken."""
        entry.state = advance(entry.state, Happened.CANCELLED)
        entry.delivery = None  # its place may stay for a while
        del self._entries[entry.id]
        moved = self._advance_group(entry)
        self._sweep_cancelled(entry)
        return moved

    def retry(self, entry: Entry, due_at: int) -> None:
        """Make a leased delivery pending again, due at `due_at`."""
        entry.due_at = due_at
        self._put_back(entry, Happened.RETRIED)

    def release(self, entry: Entry) -> None:
        """Make a leased delivery pending again at once and give its attempt back."""
        entry.attempt -= 1
        self._put_back(entry, Happened.RELEASED)

    def next_due(self, unwilling: Collection[str] = ()) -> int | None:
        """The earliest time at which something may be claimed; Steps in `unwilling` do not count while they wait."""
        times = [heap[0][0] for step in list(self._waiting) if step not in unwilling and (heap := self._live(step))]
        _drop_stale(self._leases)
        if self._leases:
            times.append(self._leases[0][0])
        return min(times, default=None)

    def entries(self) -> list[Entry]:
        """All unsettled deliveries, in no order."""
        return list(self._entries.values())

    def _advance_group(self, over: Entry) -> bool:
        """Offer the first of a group in place of one that is over; whether there is one."""
        if over.group is None:
            return False
        line = self._groups[over.step, over.group]
        if line[0] is not over:
            return False
        while line and line[0].state in _OVER:
            line.popleft()
        if not line:
            del self._groups[over.step, over.group]
            self._cancelled.pop((over.step, over.group), None)
            return False
        if line[0].settling:
            return False  # it is being cancelled: that it is, or is not, moves the group on
        self._offer(line[0])
        return True

    def _offer(self, entry: Entry) -> None:
        entry.ticket += 1
        heap = self._waiting.get(entry.step)
        if heap is None:
            heap = self._waiting[entry.step] = []
        heapq.heappush(heap, (entry.due_at, entry.seq, entry.ticket, entry))

    def _live(self, step: str) -> list[_Place]:
        """The heap of `step` with something that can be taken on top, or empty; an empty one is forgotten."""
        heap = self._waiting[step]
        _drop_stale(heap)
        if not heap:
            del self._waiting[step]
            self._cancelled.pop(step, None)
        return heap

    def _lease(self, entry: Entry, until: int) -> None:
        if entry.state is State.LEASED:
            entry.state = advance(entry.state, Happened.LEASE_LOST)
            self._leased -= 1
        entry.state = advance(entry.state, Happened.CLAIMED)
        entry.attempt += 1
        entry.epoch += 1
        entry.lease_until = until
        self._leased += 1
        self._clock_lease(entry)

    def _clock_lease(self, entry: Entry) -> None:
        entry.ticket += 1
        heapq.heappush(self._leases, (entry.lease_until, entry.seq, entry.ticket, entry))

    def _end_leases(self, now: int) -> None:
        """Offer what is leased longer than agreed. It stays leased, and may still be settled, until somebody takes it."""
        leases = self._leases
        while leases and leases[0][0] <= now:
            _, _, ticket, entry = heapq.heappop(leases)
            if entry.ticket == ticket:
                self._offer(entry)

    def _put_back(self, entry: Entry, happened: Happened) -> None:
        entry.state = advance(entry.state, happened)
        entry.settling = False
        self._leased -= 1
        self._offer(entry)

    def _sweep_cancelled(self, entry: Entry) -> None:
        """Rebuild the heap and the line of a cancelled delivery when most of it may be cancelled."""
        heap = self._waiting.get(entry.step, [])
        if self._mostly_cancelled(entry.step, len(heap)):
            heap[:] = [place for place in heap if place[3].ticket == place[2]]
            heapq.heapify(heap)
        if entry.group is None:
            return
        line = self._groups.get((entry.step, entry.group))
        if self._mostly_cancelled((entry.step, entry.group), len(line or ())) and line:
            self._groups[entry.step, entry.group] = collections.deque(each for each in line if each.state not in _OVER)

    def _mostly_cancelled(self, where: str | tuple[str, str], size: int) -> bool:
        """Count one more there; whether it is time to sweep. Some may have surfaced before: then it is swept early."""
        self._cancelled[where] += 1
        if size and self._cancelled[where] < max(_SWEEP_FROM, size / 2):
            return False
        del self._cancelled[where]
        return True

    def _sweep(self) -> None:
        """Rebuild the leases when most of them are stale: settled ones would keep their payloads alive until their end."""
        if len(self._leases) > _SWEEP_FROM + 2 * self._leased:
            self._leases = [place for place in self._leases if place[3].ticket == place[2]]
            heapq.heapify(self._leases)


def first_due(entries: Iterable[Entry], limit: int) -> list[Entry]:
    """The `limit` entries that are due first."""
    return heapq.nsmallest(limit, entries, key=lambda entry: (entry.due_at, entry.seq))


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """Which pending deliveries are meant, as `EventQueue.waiting` says."""

    step: str | None = None
    topic: str | None = None
    due_after: int | None = None
    after: tuple[int, str] | None = None

    def first(self, entries: Iterable[Entry], limit: int) -> list[Entry]:
        """The `limit` of them that are due first."""
        return heapq.nsmallest(limit, filter(self._means, entries), key=lambda entry: (entry.due_at, entry.id))

    def _means(self, entry: Entry) -> bool:
        return (
            entry.state is State.PENDING
            and self.step in {None, entry.step}
            and self.topic in {None, entry.topic}
            and (self.due_after is None or entry.due_at > self.due_after)
            and (self.after is None or (entry.due_at, entry.id) > self.after)
        )


def _drop_stale(heap: list[_Place]) -> None:
    while heap and heap[0][3].ticket != heap[0][2]:
        heapq.heappop(heap)
