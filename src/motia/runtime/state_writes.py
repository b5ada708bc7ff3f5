"""Writes to state that start the Steps which watch it (state triggers)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motia.model.delivery import Cause
from motia.ports.state_store import StateStore
from motia.runtime.publisher import Publisher, StateChange


class StateWrites:
    """The writing half of `StateStore`, with a cause. A write returns when it and the deliveries it started are durable."""

    def __init__(self, state: StateStore, publisher: Publisher) -> None:
        """Writes to `state`, publishes through `publisher`."""
        self._state = state
        self._publisher = publisher

    async def set(self, group: str, key: str, value: bytes, cause: Cause) -> bytes | None:
        """As `StateStore.set`."""
        before = await self._state.set(group, key, value)
        await self._publisher.state_changed([StateChange(group, key, before, value)], cause)
        return before

    async def delete(self, group: str, key: str, cause: Cause) -> bytes | None:
        """As `StateStore.delete`; nothing starts when there was nothing."""
        before = await self._state.delete(group, key)
        if before is not None:
            await self._publisher.state_changed([StateChange(group, key, before, None)], cause)
        return before

    async def clear(self, group: str, cause: Cause) -> None:
        """As `StateStore.clear`; every key is a deletion."""
        items = await self._state.items(group) if self._publisher.watches_state() else []
        await self._state.clear(group)
        await self._publisher.state_changed([StateChange(group, key, value, None) for key, value in items], cause)

    async def update(
        self, group: str, key: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> tuple[bytes | None, bytes]:
        """As `StateStore.update`."""
        before, after = await self._state.update(group, key, ops)
        await self._publisher.state_changed([StateChange(group, key, before, after)], cause)
        return before, after

    async def increment(self, group: str, key: str, by: float, cause: Cause) -> bytes:
        """As `StateStore.increment`; the value before, which the store does not tell, is not in the change."""
        if not self._publisher.watches_state():
            return await self._state.increment(group, key, by)
        _, after = await self.update(group, key, [{"type": "increment", "path": "", "by": by}], cause)
        return after
