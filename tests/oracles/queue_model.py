"""What an EventQueue owes, as simply as it can be said: written from the obligations in `ports/event_queue.py` alone.

A new obligation (another settlement, a key with a window, an end of life) is a method here and an operation in `Driver`.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Collection, Sequence

from motia.model.delivery import Bury, Delivery, Done, Release, Retry, Settlement, TopicLedger

KEY_WINDOW_MS = 24 * 3_600_000


@dataclasses.dataclass(slots=True)
class Owed:
    """A delivery that is not settled for good."""

    delivery: Delivery
    place: int
    due_at: int
    attempt: int = 0
    epoch: int = 0
    leased: bool = False
    lease_until: int = 0
    # What is on disk for sure: bookkeeping that nobody waited for may be lost in a crash.
    sure_attempt: int = 0


class QueueModel:
    """The state of a queue that keeps its promises, at most `depth` deliveries deep."""

    def __init__(self, depth: int) -> None:
        self.owed: dict[str, Owed] = {}
        self.dead: dict[str, Owed] = {}
        self._depth = depth
        self._places = 0
        self._keys: dict[str, int] = {}
        self._accepted: collections.Counter[tuple[str, str]] = collections.Counter()
        self._done: collections.Counter[tuple[str, str]] = collections.Counter()
        self._discarded: collections.Counter[tuple[str, str]] = collections.Counter()
        # Done, but perhaps not on disk yet.
        self._perhaps_done: dict[str, Owed] = {}

    # Operations

    def publish(self, deliveries: Sequence[Delivery], now: int) -> list[bool] | None:
        """Whether each was stored; None when the queue must refuse."""
        if len(self.owed) + len(deliveries) > self._depth:
            return None
        stored = []
        for delivery in deliveries:
            used = None if delivery.unique is None else self._keys.get(delivery.unique)
            new = used is None or used <= now - KEY_WINDOW_MS
            stored.append(new)
            if new:
                if delivery.unique is not None:
                    self._keys[delivery.unique] = now
                self._enter(Owed(delivery, 0, delivery.due_at))
                self._accepted[_book(delivery)] += 1
        return stored

    def claim(self, limit: int, now: int, lease_ms: int, unwilling: Collection[str]) -> list[Owed]:
        """What is taken, in order."""
        taken = [each for each in self._eligible(unwilling) if self._claimable_at(each) <= now]
        taken.sort(key=lambda each: (each.due_at, each.place))
        del taken[limit:]
        for each in taken:
            each.leased, each.lease_until = True, now + lease_ms
            each.attempt += 1
            each.epoch += 1
        return taken

    def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """Whether it counts."""
        each = self._held(delivery)
        if each is None:
            return False
        each.leased = False
        match settlement:
            case Done():
                del self.owed[delivery.id]
                self._done[_book(delivery)] += 1
                self._perhaps_done[delivery.id] = each
            case Release():
                each.attempt -= 1
            case Retry(due_at, _):
                each.due_at = due_at
                each.sure_attempt = each.attempt
            case Bury():
                del self.owed[delivery.id]
                self.dead[delivery.id] = each
        return True

    def renew(self, deliveries: Sequence[Delivery], now: int, lease_ms: int) -> list[bool]:
        """Whether each lease was extended."""
        found = [self._held(delivery) for delivery in deliveries]
        for each in found:
            if each is not None:
                each.lease_until = now + lease_ms
        return [each is not None for each in found]

    def redrive(self, ids: Sequence[str], now: int) -> int:
        """How many there were."""
        found = [self.dead.pop(each) for each in ids if each in self.dead]
        for each in found:
            each.due_at, each.attempt, each.sure_attempt = now, 0, 0
            self._enter(each)
        return len(found)

    def discard(self, ids: Sequence[str]) -> int:
        """How many there were."""
        found = [self.dead.pop(each) for each in ids if each in self.dead]
        for each in found:
            self._discarded[_book(each.delivery)] += 1
        return len(found)

    # Ends

    def written(self) -> None:
        """Everything so far is on disk."""
        self._perhaps_done.clear()
        for each in self.owed.values():
            each.sure_attempt = each.attempt

    def reopened(self) -> None:
        """The queue was closed and opened: what ran is pending, that attempt given back."""
        for each in self.owed.values():
            if each.leased:
                each.leased = False
                each.attempt -= 1
        self.written()

    def crashed(self, found: Sequence[Delivery]) -> str | None:
        """The queue died and was opened; `found` is all it has. What is wrong with that, else None and the model follows it.

        At least once: nothing owed may be missing, and what is back although it was done may only be what nobody had
        waited for.
        """
        present = {each.id: each for each in found}
        if missing := self.owed.keys() - present.keys():
            return f"lost: {sorted(missing)}"
        back = present.keys() - self.owed.keys()
        if back - self._perhaps_done.keys():
            return f"from nowhere: {sorted(back - self._perhaps_done.keys())}"
        for name in back:
            self.owed[name] = self._perhaps_done[name]
            self._done[_book(self.owed[name].delivery)] -= 1
        for name, each in self.owed.items():
            least, most = max(each.sure_attempt - 1, 0), each.attempt - (1 if each.leased else 0)
            if not least <= present[name].attempt <= max(most, least):
                return f"{name} has attempt {present[name].attempt}, not {least} to {most}"
            each.leased = False
            each.attempt, each.epoch, each.due_at = present[name].attempt, present[name].epoch, present[name].due_at
        self.written()
        return None

    # What can be asked

    def waiting(self) -> list[Owed]:
        """Pending and leased, by due time."""
        return sorted(self.owed.values(), key=lambda each: (each.due_at, each.place))

    def earliest(self, unwilling: Collection[str]) -> int | None:
        """When something can be claimed next."""
        return min((self._claimable_at(each) for each in self._eligible(unwilling)), default=None)

    def ledger(self) -> list[TopicLedger]:
        """The books."""
        return [
            TopicLedger(
                topic,
                step,
                accepted,
                self._done[topic, step],
                self._count(self.owed, (topic, step), leased=False),
                self._count(self.owed, (topic, step), leased=True),
                sum(1 for each in self.dead.values() if _book(each.delivery) == (topic, step)),
                self._discarded[topic, step],
            )
            for (topic, step), accepted in sorted(self._accepted.items())
        ]

    def _enter(self, each: Owed) -> None:
        self._places += 1
        each.place = self._places
        self.owed[each.delivery.id] = each

    def _held(self, delivery: Delivery) -> Owed | None:
        each = self.owed.get(delivery.id)
        return each if each is not None and each.leased and each.epoch == delivery.epoch else None

    def _eligible(self, unwilling: Collection[str]) -> list[Owed]:
        """Of willing Steps; of a group only the first that is unsettled."""
        heads: dict[tuple[str, str], int] = {}
        for each in self.owed.values():
            if each.delivery.group is not None:
                key = each.delivery.step, each.delivery.group
                heads[key] = min(each.place, heads.get(key, each.place))
        return [
            each
            for each in self.owed.values()
            if each.delivery.step not in unwilling
            and (each.delivery.group is None or heads[each.delivery.step, each.delivery.group] == each.place)
        ]

    @staticmethod
    def _claimable_at(each: Owed) -> int:
        return each.lease_until if each.leased else each.due_at

    @staticmethod
    def _count(owed: dict[str, Owed], book: tuple[str, str], *, leased: bool) -> int:
        return sum(1 for each in owed.values() if _book(each.delivery) == book and each.leased is leased)


def _book(delivery: Delivery) -> tuple[str, str]:
    return delivery.topic, delivery.step
