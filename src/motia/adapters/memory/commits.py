"""AtomicCommits in memory."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable

from motia.adapters.memory.queue import MemoryQueue
from motia.adapters.memory.state import MemoryState
from motia.adapters.memory.streams import MemoryStreams
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
    StreamClear,
    StreamDelete,
    StreamSend,
    StreamSet,
    StreamWrite,
    Superseded,
    digest_of_items,
    digest_of_names,
    stream_place,
)
from motia.model.delivery import Done
from motia.model.streams import Published, published, published_event


class MemoryCommits:
    """Atomic because nothing in memory ever waits: between the first look and the last write nobody else runs."""

    def __init__(self, queue: MemoryQueue, state: MemoryState, streams: MemoryStreams) -> None:
        """Commits to all three."""
        self._queue = queue
        self._state = state
        self._streams = streams

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """See `AtomicCommits.commit`."""
        if work.delivery is not None and not self._queue.holds(work.delivery):
            return Superseded()
        changed = tuple([place async for place in self._changed(work)])
        if changed:
            return Conflict(changed)
        self._queue.require_room(len(work.deliveries))  # first, because only this can be refused
        done = [await self._write_stream(change, work.now) for change in work.stream_writes]
        stamps = {index: messages[0].at for index, messages in enumerate(done) if messages}
        await self._queue.publish(work.deliveries_at(stamps))
        if work.delivery is not None:
            await self._queue.settle(work.delivery, Done())
        for change in work.writes:
            await self._write(change)
        return Committed(tuple(message for messages in done for message in messages))

    async def _changed(self, work: AtomicWork) -> AsyncIterator[Place]:
        state, streams = self._state, self._streams
        async for place in _changed(work.reads, state.get, state.items, state.groups):
            yield place
        for stream, reads in work.stream_reads.items():
            async for place in _changed(
                reads,
                functools.partial(streams.get, stream),
                functools.partial(streams.items, stream),
                functools.partial(streams.groups, stream),
            ):
                yield stream_place(stream, *place)

    async def _write(self, change: StateWrite) -> None:
        match change:
            case StateSet(group, key, value):
                await self._state.set(group, key, value)
            case StateDelete(group, key):
                await self._state.delete(group, key)
            case StateClear(group):
                await self._state.clear(group)

    async def _write_stream(self, change: StreamWrite, now: int) -> list[Published]:
        """What subscribers are to hear of it."""
        match change:
            case StreamSet(stream, group, item, value):
                return [published(self._streams.put(stream, group, item, value, now=now))]
            case StreamDelete(stream, group, item):
                removed = await self._streams.delete(stream, group, item, now=now)
                return [] if removed is None else [published(removed)]
            case StreamClear(stream, group):
                return [published(removed) for removed in await self._streams.clear(stream, group, now=now)]
            case StreamSend(stream, group, item, event):
                at = await self._streams.stamp(stream, group, now=now)
                return [published_event(stream, group, item, at, event)]


async def _changed(
    reads: StateReads,
    get: Callable[[str, str], Awaitable[bytes | None]],
    items: Callable[[str], Awaitable[list[tuple[str, bytes]]]],
    groups: Callable[[], Awaitable[list[str]]],
) -> AsyncIterator[Place]:
    for (group, key), seen in reads.values.items():
        if await get(group, key) != seen:
            yield group, key
    for group, digest in reads.lists.items():
        if digest_of_items(await items(group)) != digest:
            yield (group,)
    if reads.names is not None and digest_of_names(await groups()) != reads.names:
        yield ()
