"""StateStore in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motia.model.stored_json import incremented, updated


class MemoryState:
    """Survives nothing. Atomic because nothing here ever waits; dicts keep the order of first storing."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, bytes]] = {}

    async def get(self, group: str, key: str) -> bytes | None:
        """See `StateStore.get`."""
        return self._groups.get(group, {}).get(key)

    async def set(self, group: str, key: str, value: bytes) -> bytes | None:
        """See `StateStore.set`."""
        values = self._groups.setdefault(group, {})
        before = values.get(key)
        values[key] = value
        return before

    async def delete(self, group: str, key: str) -> bytes | None:
        """See `StateStore.delete`."""
        values = self._groups.get(group, {})
        before = values.pop(key, None)
        if not values:
            self._groups.pop(group, None)
        return before

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """See `StateStore.items`."""
        return list(self._groups.get(group, {}).items())

    async def groups(self) -> list[str]:
        """See `StateStore.groups`."""
        return sorted(self._groups)

    async def clear(self, group: str) -> int:
        """See `StateStore.clear`."""
        return len(self._groups.pop(group, {}))

    async def update(self, group: str, key: str, ops: Sequence[dict[str, Any]]) -> tuple[bytes | None, bytes]:
        """See `StateStore.update`."""
        before = await self.get(group, key)
        after = updated(before, ops)
        await self.set(group, key, after)
        return before, after

    async def increment(self, group: str, key: str, by: float) -> bytes:
        """See `StateStore.increment`."""
        after = incremented(await self.get(group, key), by)
        await self.set(group, key, after)
        return after
