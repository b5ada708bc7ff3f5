"""EventQueue: deliveries that were accepted and are owed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from motia.model.delivery import DeadLetter, Delivery, Settlement, TopicLedger
from motia.model.quarantine import Quarantine


class EventQueue(Protocol):
    """Holds deliveries until they are settled.

    Obligations of every adapter:
    - What `publish` returned for survives the fault class the adapter declares.
    - At most one holder: between a claim and its settlement nobody else can claim the delivery, unless its lease ran out.
    - A settlement with an epoch that is no longer the delivery's is refused and changes nothing.
    - `accepted == done + pending + leased + dead + discarded` for each (topic, Step), at every moment `ledger` is asked.
    """

    async def publish(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Store all of `deliveries`, or none; on return they are durable.

        Answers for each whether it was stored. False only
        - when one with its `unique` had been published before, within the `unique_for_ms` of that one; or
        - when one with its topic, Step, trigger and `dedup_key` is pending, in the queue or earlier in this call. That one's
          run starts after this call was made: a delivery that was claimed before counts as begun, however lazily the
          adapter notes claims. Its `unique` is then not used up.
        Raises `StoreUnavailable`, and `Overloaded` when the declared depth would be exceeded.
        """
        ...

    async def claim(self, limit: int, *, now: int, lease_ms: int, unwilling: Collection[str] = ()) -> list[Delivery]:
        """Take up to `limit` deliveries that nobody else may take until `now + lease_ms`.

        Eligible: pending and due at `now` (epoch ms), or leased with the lease run out; of a Step not in `unwilling`;
        with a `group`, only when nothing earlier of the same (Step, group) is unsettled.
        Order: by due time, then as published. Never waits: an empty list means none now.
        The deliveries returned carry the attempt (raised by one, also when the previous holder vanished) and epoch of this claim.
        """
        ...

    async def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """Record what came of a claimed delivery; False when its epoch is old, and then nothing changes.

        `Done` need not be durable at once: it may ride in the next commit. `Retry` makes it pending with its due time, `Release` makes
        it pending at once with its attempt given back, `Bury` keeps it as a dead letter and publishes its `followers` in the
        same commit; with `began` False the attempt is given back first.
        """
        ...

    async def renew(self, deliveries: Sequence[Delivery], *, now: int, lease_ms: int) -> list[bool]:
        """Extend the leases to `now + lease_ms`; False for each whose epoch is old."""
        ...

    def next_due(self, unwilling: Collection[str] = ()) -> int | None:
        """Epoch ms at which a pending delivery or a lease's end makes `claim` worth calling; None when nothing is waiting.

        Steps in `unwilling` do not count: what waits for them is not claimable.
        """
        ...

    def on_ready(self, wake: Callable[[], None]) -> None:
        """Call `wake` (from the event loop, cheaply, possibly more often than needed) whenever `claim` may find something new."""
        ...

    async def dead_letters(
        self, *, step: str | None = None, topic: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[DeadLetter]:
        """Dead letters by id, newest first; `after` continues behind that delivery id."""
        ...

    async def redrive(self, ids: Sequence[str], *, now: int) -> int:
        """Make dead letters pending again, due now, with attempts from the beginning and without expiry; how many there were."""
        ...

    async def discard(self, ids: Sequence[str]) -> int:
        """Drop dead letters for good; how many there were."""
        ...

    async def waiting(
        self,
        *,
        step: str | None = None,
        topic: str | None = None,
        due_after: int | None = None,
        limit: int = 100,
        after: tuple[int, str] | None = None,
    ) -> list[Delivery]:
        """Pending deliveries, by due time and id; with `due_after` (epoch ms) only those that are due later: the scheduled ones.

        `after` continues behind a delivery of that due time and id, whatever became of it.
        """
        ...

    async def waiting_ids(self, *, step: str | None = None, topic: str | None = None) -> list[str]:
        """The ids of all pending deliveries that `waiting` would go through, in its order."""
        ...

    async def emitted(self, topic: str, *, key: str | None = None, dedup_key: str | None = None) -> list[str]:
        """The ids of unsettled deliveries of `topic` with that `emit_key` and that `dedup_key`, of which one may be None."""
        ...

    async def cancel(self, ids: Sequence[str]) -> int:
        """Drop pending deliveries for good; how many there were.

        Leased ones are passed over, also when they become pending again later. A group goes on with the next, in order.
        A delivery's `unique` is free again in the same commit. Raises `StoreUnavailable`; then none is cancelled.
        """
        ...

    async def pending(self, *, limit: int = 100) -> list[Delivery]:
        """What is pending or leased, by due time."""
        ...

    async def ledger(self) -> list[TopicLedger]:
        """The books, per topic and Step, counted from what is stored."""
        ...

    async def quarantine(self, *, limit: int = 100) -> Quarantine:
        """What could not be read any more and was set aside, with the latest `limit` rows.

        Such rows are never claimed and hide no others; the books count them as discarded where topic and Step can be read.
        """
        ...

    async def give_back_space(self) -> None:
        """Return storage that nothing needs any more, in pieces between which the queue goes on. Raises `StoreUnavailable`."""
        ...
