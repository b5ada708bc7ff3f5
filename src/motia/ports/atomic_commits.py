"""AtomicCommits: writes to state and live streams, new deliveries and the end of an attempt in one commit."""

from __future__ import annotations

from typing import Protocol

from motia.model.atomic_work import AtomicWork, CommitOutcome


class AtomicCommits(Protocol):
    """Belongs to an `EventQueue`, a `StateStore` and a `StreamStore` that are one engine; stores that are not have none.

    Obligations of every adapter:
    - Nobody ever sees a part of a work: its writes, its deliveries and the end of its delivery become visible together.
    - A work is stored only if everything it read is still as it was read, at the moment of the commit (serialisable).
    - What `Committed` was returned for survives the fault class that queue and state declare.
    - After `Conflict`, `Superseded` or an exception nothing has changed, and the delivery is leased as before.
    - Each stream write gets its timestamp in the commit, as `StreamStore` gives them: a group has one order for all of them.
      `Committed` has them in that order; calls and commits return to one event loop in the order of their timestamps.
    - The ledger counts the delivery as done in the same commit, and the new ones as accepted.
    """

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """Store all of `work`, or nothing.

        `Superseded` when the delivery's epoch is old, which is looked at first; `Conflict` names everything read that no
        longer holds. Deliveries whose `unique` was published before are left out, as `EventQueue.publish` does.
        Raises `StoreUnavailable`, `Overloaded`, `InvalidPayload`.
        """
        ...
