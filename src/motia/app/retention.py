"""Forgets old traces and logs, and gives back space."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from motia.model.errors import MotiaError
from motia.ports.trace_store import TraceStore
from motia.runtime.clock import Clock, Timer

_EVERY_MS: Final = 3_600_000


@dataclasses.dataclass(frozen=True, slots=True)
class KeepTraces:
    """How long traces and logs are kept, and how many bytes of them; and for how long the audit log."""

    age_ms: int = 7 * 86_400_000
    bytes: int = 512 << 20
    audit_ms: int = 90 * 86_400_000


class Retention:
    """Prunes at the start and every hour."""

    def __init__(
        self, store: TraceStore, clock: Clock, keep: KeepTraces, others: Sequence[Callable[[], Awaitable[object]]]
    ) -> None:
        """Prunes nothing before `start`. `others` are called each time: they forget, or free, what else there is."""
        self._others = others
        self._store = store
        self._clock = clock
        self._keep = keep
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Prune now and then every hour."""
        self._task = asyncio.get_running_loop().create_task(self._prune())
        self._timer = self._clock.call_at(self._clock.now_ms() + _EVERY_MS, self.start)

    async def stop(self) -> None:
        """Prune no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _prune(self) -> None:
        with contextlib.suppress(MotiaError):
            older_than = self._clock.now_ms() - self._keep.age_ms
            await self._store.prune(older_than=older_than, keep_bytes=self._keep.bytes)
        for other in self._others:
            with contextlib.suppress(MotiaError):
                await other()
