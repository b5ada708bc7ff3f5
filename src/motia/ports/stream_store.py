"""StreamStore: the items of live streams, and the order of everything that happens to a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from motia.model.streams import ItemChange, Snapshot


class StreamStore(Protocol):
    """Items are JSON objects (UTF-8 text, STR-20) by stream, group and id, which are non-empty strings, any characters.

    Obligations:
    - A returned write is durable (as the adapter declares) and visible to every later read.
    - Each change, snapshot and stamp of a (stream, group) gets an `at` of its own: `max(now, last + 1)`, strictly increasing
      over all instances and restarts. A snapshot shows exactly the changes with a smaller one.
    - Of concurrent first writes of an item exactly one is its creation.
    - Calls made one after another on one event loop, without waiting in between, take effect and return in that order.
    - Lists are ordered by creation; an item that was removed and written again is new.

    `now` is epoch milliseconds. Every method raises `StoreUnavailable` when the engine did not take the operation.
    """

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """The item, None where there is none."""
        ...

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """All (id, item) of a group."""
        ...

    async def set(self, stream: str, group: str, item: str, data: bytes, *, now: int) -> ItemChange:
        """Store `data` as that item; `now` becomes its `_createdAt` if it is new. Raises `InvalidPayload` unless it is an object."""
        ...

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], *, now: int
    ) -> ItemChange:
        """Apply `ops` (STA-12) in order, all or nothing; a missing item is created. Raises `ImpossibleUpdate`."""
        ...

    async def delete(self, stream: str, group: str, item: str, *, now: int) -> ItemChange | None:
        """Remove it; None when there was none."""
        ...

    async def clear(self, stream: str, group: str, *, now: int) -> list[ItemChange]:
        """Remove every item of a group, oldest first."""
        ...

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        """The group, or its one `item`; whether that was removed within the last 24 hours."""
        ...

    async def stamp(self, stream: str, group: str, *, now: int) -> int:
        """An `at` for something that is not stored."""
        ...

    async def groups(self, stream: str) -> list[str]:
        """Names of the groups with at least one item, sorted."""
        ...

    async def streams(self) -> list[tuple[str, int, int]]:
        """(name, items, groups) of every stream with at least one item, sorted."""
        ...
