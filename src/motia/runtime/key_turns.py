"""Turns by name: whoever wants the same thing waits in line for it, whoever wants others does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection

from motia.model.atomic_work import Place


class KeyTurns:
    """One lock per place in state, kept only while somebody has or wants it. Fair: first come, first served."""

    def __init__(self) -> None:
        self._locks: dict[Place, asyncio.Lock] = {}
        self._users: dict[Place, int] = {}

    @contextlib.asynccontextmanager
    async def of(self, places: Collection[Place]) -> AsyncIterator[None]:
        """The turn of all `places` at once. They are waited for in sorted order, so that two never wait for each other."""
        async with contextlib.AsyncExitStack() as stack:
            for place in sorted(set(places)):
                lock = self._locks.setdefault(place, asyncio.Lock())
                self._users[place] = self._users.get(place, 0) + 1
                stack.callback(self._leave, place)
                await stack.enter_async_context(lock)
            yield

    def __len__(self) -> int:
        """How many places somebody has or wants."""
        return len(self._locks)

    def _leave(self, place: Place) -> None:
        self._users[place] -= 1
        if not self._users[place]:
            del self._users[place], self._locks[place]
