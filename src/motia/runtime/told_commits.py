"""Commits whose writes to live streams the subscribers hear of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from motia.model.atomic_work import AtomicWork, CommitOutcome, Committed
from motia.model.streams import Published
from motia.ports.atomic_commits import AtomicCommits


class ToldCommits:
    """`AtomicCommits` that tell what was committed, once, in the turn of the event loop in which the commit returns.

    Between the two nothing is waited for: the order in which commits and calls of the store return is that of their
    timestamps, and so the order that subscribers see.
    """

    def __init__(self, inner: AtomicCommits, tell: Callable[[Sequence[Published]], None]) -> None:
        """`tell` gets what subscribers are to hear, in order; it never waits and never fails."""
        self._inner = inner
        self._tell = tell

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """See `AtomicCommits.commit`."""
        if not work.stream_writes:
            return await self._inner.commit(work)
        # Whoever asked for it may be cancelled while it is stored; those who listen are owed it all the same.
        return await asyncio.shield(asyncio.ensure_future(self._commit(work)))

    async def _commit(self, work: AtomicWork) -> CommitOutcome:
        outcome = await self._inner.commit(work)
        if isinstance(outcome, Committed):
            self._tell(outcome.told)
        return outcome
