"""StreamStore and Broadcast in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from motia.model.streams import (
    TOMBSTONE_MS,
    ItemChange,
    Published,
    Snapshot,
    created_at_of,
    item_of,
    updated_item,
    with_created_at,
)


@dataclasses.dataclass(slots=True)
class _Item:
    text: bytes
    created_at: int


@dataclasses.dataclass(slots=True)
class _Group:
    last: int = 0
    items: dict[str, _Item] = dataclasses.field(default_factory=dict)
    deleted: dict[str, int] = dataclasses.field(default_factory=dict)

    def stamp(self, now: int) -> int:
        self.last = max(now, self.last + 1)
        return self.last


class MemoryStreams:
    """Survives nothing. In order because nothing here ever waits."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], _Group] = {}

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """See `StreamStore.get`."""
        found = self._group(stream, group).items.get(item)
        return None if found is None else found.text

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """See `StreamStore.items`."""
        return [(name, item.text) for name, item in self._group(stream, group).items.items()]

    async def set(self, stream: str, group: str, item: str, data: bytes, *, now: int) -> ItemChange:
        """See `StreamStore.set`."""
        return self._change(stream, group, item, lambda _, created: item_of(data, item, created), now)

    def put(self, stream: str, group: str, item: str, value: bytes, *, now: int) -> ItemChange:
        """Store an item that is made already; one that is there keeps the time of its creation."""
        before = self._group(stream, group).items.get(item)
        after = value if before is None else with_created_at(value, before.created_at)
        return self._store(stream, group, item, after, now)

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], *, now: int
    ) -> ItemChange:
        """See `StreamStore.update`."""
        return self._change(stream, group, item, lambda before, created: updated_item(before, ops, item, created), now)

    async def delete(self, stream: str, group: str, item: str, *, now: int) -> ItemChange | None:
        """See `StreamStore.delete`."""
        return self._delete(stream, group, item, now)

    async def clear(self, stream: str, group: str, *, now: int) -> list[ItemChange]:
        """See `StreamStore.clear`."""
        names = list(self._group(stream, group).items)
        return [change for name in names if (change := self._delete(stream, group, name, now)) is not None]

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        """See `StreamStore.snapshot`."""
        held = self._group(stream, group)
        found = tuple((name, each.text) for name, each in held.items.items() if item in {None, name})
        deleted = item is not None and not found and held.deleted.get(item, -TOMBSTONE_MS) > now - TOMBSTONE_MS
        return Snapshot(found, held.stamp(now), deleted)

    async def stamp(self, stream: str, group: str, *, now: int) -> int:
        """See `StreamStore.stamp`."""
        return self._group(stream, group).stamp(now)

    async def groups(self, stream: str) -> list[str]:
        """See `StreamStore.groups`."""
        return sorted(group for (name, group), held in self._groups.items() if name == stream and held.items)

    async def streams(self) -> list[tuple[str, int, int]]:
        """See `StreamStore.streams`."""
        counts: dict[str, tuple[int, int]] = {}
        for (name, _), held in self._groups.items():
            if held.items:
                items, groups = counts.get(name, (0, 0))
                counts[name] = (items + len(held.items), groups + 1)
        return sorted((name, items, groups) for name, (items, groups) in counts.items())

    def _group(self, stream: str, group: str) -> _Group:
        return self._groups.setdefault((stream, group), _Group())

    def _change(
        self, stream: str, group: str, item: str, change: Callable[[bytes | None, int], bytes], now: int
    ) -> ItemChange:
        held = self._group(stream, group)
        before = held.items.get(item)
        created_at = now if before is None else before.created_at
        return self._store(stream, group, item, change(None if before is None else before.text, created_at), now)

    def _store(self, stream: str, group: str, item: str, after: bytes, now: int) -> ItemChange:
        held = self._group(stream, group)
        before = held.items.get(item)
        held.items[item] = _Item(after, created_at_of(after))
        held.deleted.pop(item, None)
        return ItemChange(stream, group, item, None if before is None else before.text, after, held.stamp(now))

    def _delete(self, stream: str, group: str, item: str, now: int) -> ItemChange | None:
        held = self._group(stream, group)
        before = held.items.pop(item, None)
        if before is None:
            return None
        held.deleted[item] = now
        return ItemChange(stream, group, item, before.text, None, held.stamp(now))


class MemoryBroadcast:
    """One instance that hears itself."""

    def __init__(self) -> None:
        self._hearing: list[Callable[[Published], None]] = []

    def publish(self, message: Published) -> None:
        """See `Broadcast.publish`."""
        for hear in self._hearing:
            hear(message)

    def listen(self, hear: Callable[[Published], None], gap: Callable[[], None]) -> None:  # noqa: ARG002 - nothing is ever missed here
        """See `Broadcast.listen`."""
        self._hearing.append(hear)
