"""Live streams as one attempt sees them: what is stored, with the attempt's own writes on top, which nobody else sees yet."""

from __future__ import annotations

import dataclasses

from motia.model.atomic_work import StateReads, StreamClear, StreamDelete, StreamSend, StreamSet, StreamWrite
from motia.ports.stream_store import StreamStore
from motia.runtime.groups_overlay import GroupsOverlay


@dataclasses.dataclass(frozen=True, slots=True)
class _Items:
    """The `GroupedValues` of one stream."""

    store: StreamStore
    stream: str

    async def get(self, group: str, key: str) -> bytes | None:
        return await self.store.get(self.stream, group, key)

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        return await self.store.items(self.stream, group)

    async def groups(self) -> list[str]:
        return await self.store.groups(self.stream)


class StreamOverlay:
    """Reads through to `store`, and keeps writes to itself. One call at a time."""

    def __init__(self, store: StreamStore) -> None:
        """Nothing is read or written yet."""
        self.writes: list[StreamWrite] = []
        self._store = store
        self._streams: dict[str, GroupsOverlay] = {}

    @property
    def reads(self) -> dict[str, StateReads]:
        """What was seen in the store and has to be there still, by stream."""
        return {name: view.reads for name, view in self._streams.items() if view.reads}

    async def get(self, stream: str, group: str, item: str, *, matters: bool = True) -> bytes | None:
        """The item. With `matters` False nothing depends on it, so that it may change before the commit."""
        return await self._of(stream).get(group, item, matters=matters)

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """All (id, item) of a group, oldest first."""
        return await self._of(stream).items(group)

    async def groups(self, stream: str) -> list[str]:
        """Names of groups with at least one item, sorted."""
        return await self._of(stream).groups()

    def set(self, stream: str, group: str, item: str, value: bytes) -> None:
        """Store an item, as `item_of` made it, in the end."""
        self._of(stream).put(group, item, value)
        self.writes.append(StreamSet(stream, group, item, value))

    def delete(self, stream: str, group: str, item: str) -> None:
        """Remove it in the end."""
        self._of(stream).put(group, item, None)
        self.writes.append(StreamDelete(stream, group, item))

    def clear(self, stream: str, group: str) -> None:
        """Remove the group in the end; what it holds then need not be known."""
        self._of(stream).empty(group)
        self.writes.append(StreamClear(stream, group))

    def send(self, stream: str, group: str, item: str | None, event: bytes) -> None:
        """Push an event in the end."""
        self.writes.append(StreamSend(stream, group, item, event))

    def _of(self, stream: str) -> GroupsOverlay:
        view = self._streams.get(stream)
        if view is None:
            view = self._streams[stream] = GroupsOverlay(_Items(self._store, stream))
        return view
