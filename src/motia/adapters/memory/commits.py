"""AtomicCommits in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from motia.adapters.memory.queue import MemoryQueue
from motia.adapters.memory.state import MemoryState
from motia.model.atomic_work import (
    AtomicWork,
    CommitOutcome,
    Committed,
    Conflict,
    Place,
    StateClear,
    StateDelete,
    StateReads,
    StateSet,
    StateWrite,
    Superseded,
    digest_of_items,
    digest_of_names,
)
from motia.model.delivery import Done


class MemoryCommits:
    """Atomic because queue and state in memory never wait: between the first look and the last write nobody else runs."""

    def __init__(self, queue: MemoryQueue, state: MemoryState) -> None:
        """Commits to both."""
        self._queue = queue
        self._state = state

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """See `AtomicCommits.commit`."""
        if work.delivery is not None and not self._queue.holds(work.delivery):
            return Superseded()
        changed = tuple([place async for place in self._changed(work.reads)])
        if changed:
            return Conflict(changed)
        await self._queue.publish(work.deliveries)  # first, because only this can be refused
        if work.delivery is not None:
            await self._queue.settle(work.delivery, Done())
        for change in work.writes:
            await self._write(change)
        return Committed()

    async def _changed(self, reads: StateReads) -> AsyncIterator[Place]:
        for (group, key), seen in reads.values.items():
            if await self._state.get(group, key) != seen:
                yield group, key
        for group, digest in reads.lists.items():
            if digest_of_items(await self._state.items(group)) != digest:
                yield (group,)
        if reads.names is not None and digest_of_names(await self._state.groups()) != reads.names:
            yield ()

    async def _write(self, change: StateWrite) -> None:
        match change:
            case StateSet(group, key, value):
                await self._state.set(group, key, value)
            case StateDelete(group, key):
                await self._state.delete(group, key)
            case StateClear(group):
                await self._state.clear(group)
