"""The queue as runs see it: what is published, settled, cancelled or given another chance is noted in the run book."""

from __future__ import annotations

from collections.abc import Sequence

from motia.model.delivery import Delivery, Settlement
from motia.model.run import PENDING
from motia.observe.run_book import RunBook
from motia.ports.event_queue import EventQueue


class ObservedQueue:
    """An `EventQueue` that does what `inner` does. That a delivery was claimed shows in the attempt that begins."""

    def __init__(self, inner: EventQueue, book: RunBook) -> None:
        """Notes in `book` what is done through this."""
        self._inner = inner
        self._book = book
        self.claim = inner.claim
        self.renew = inner.renew
        self.next_due = inner.next_due
        self.on_ready = inner.on_ready
        self.dead_letters = inner.dead_letters
        self.waiting = inner.waiting
        self.waiting_ids = inner.waiting_ids
        self.emitted = inner.emitted
        self.pending = inner.pending
        self.ledger = inner.ledger
        self.quarantine = inner.quarantine
        self.give_back_space = inner.give_back_space

    async def publish(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """See `EventQueue.publish`."""
        stored = await self._inner.publish(deliveries)
        self._book.published(deliveries, stored)
        return stored

    async def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """See `EventQueue.settle`."""
        settled = await self._inner.settle(delivery, settlement)
        if settled:
            self._book.settled(delivery, settlement)
        return settled

    async def redrive(self, ids: Sequence[str], *, now: int) -> int:
        """See `EventQueue.redrive`."""
        count = await self._inner.redrive(ids, now=now)
        self._book.moved(ids, ("dead",), "queued")
        return count

    async def discard(self, ids: Sequence[str]) -> int:
        """See `EventQueue.discard`."""
        count = await self._inner.discard(ids)
        self._book.moved(ids, ("dead",), "discarded")
        return count

    async def cancel(self, ids: Sequence[str]) -> int:
        """See `EventQueue.cancel`."""
        count = await self._inner.cancel(ids)
        if count:
            self._book.moved(ids, PENDING, "cancelled")
        return count
