"""What is remembered of the work of a core, put together: traces, runs, figures, and who asked for what."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from motia.adapters.sqlite import SqliteStores
from motia.admin.audit import AuditTrail
from motia.app.retention import KeepTraces
from motia.model.errors import MotiaError
from motia.observe.observed_queue import ObservedQueue
from motia.observe.recorder import Recorder
from motia.observe.step_meters import KEPT, StepMeters
from motia.runtime.clock import Clock, Timer

# How often figures are stored: what a crash may cost of them.
_SAVE_EVERY_MS: Final = 5_000


class Observing:
    """The recorder and what stands on it. `queue` is the engine's queue, which everybody is to use through this."""

    def __init__(self, stores: SqliteStores, clock: Clock, on_problem: Callable[[str], None]) -> None:
        """Nothing is recorded before `start`."""
        self._stores = stores
        self._clock = clock
        self._timer: Timer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.recorder = Recorder(stores.traces, on_problem=on_problem)
        self.queue = ObservedQueue(stores.queue, self.recorder.runs)
        self.meters = StepMeters(lambda: clock.now_ms() / 1000)
        self.trail = AuditTrail(stores.audit, clock, on_problem)

    async def start(self) -> None:
        """Take up what an earlier life left: runs it could not end, figures it counted."""
        now_s = self._clock.now_ms() // 1000
        unsettled = set(await self._stores.queue.waiting_ids())
        await self._stores.traces.begin_life(unsettled, now=self._clock.now_ms() * 1_000_000)
        self.meters.restore(await self._stores.stretches.load(since=_oldest(now_s)))
        self._arm()

    async def stop(self) -> None:
        """Store everything."""
        if self._timer is not None:
            self._timer.cancel()
        await self.trail.settle()
        await self.recorder.flush()
        await self._save()

    def forgetting(self, keep: KeepTraces) -> list[Callable[[], Awaitable[object]]]:
        """What forgets old figures and audit entries."""

        async def figures() -> None:
            await self._stores.stretches.forget(before=_oldest(self._clock.now_ms() // 1000))

        async def audit() -> None:
            await self._stores.audit.forget(before=self._clock.now_ms() - keep.audit_ms)

        return [figures, audit]

    def _arm(self) -> None:
        self._timer = self._clock.call_at(self._clock.now_ms() + _SAVE_EVERY_MS, self._save_soon)

    def _save_soon(self) -> None:
        self._tasks.add(task := asyncio.get_running_loop().create_task(self._save()))
        task.add_done_callback(self._tasks.discard)
        self._arm()

    async def _save(self) -> None:
        changed = self.meters.take_changed()
        if changed:
            with contextlib.suppress(MotiaError):  # the next ones hold all of a stretch again
                await self._stores.stretches.save(changed)


def _oldest(now_s: int) -> dict[int, int]:
    return {width: now_s - kept for width, kept in KEPT.items()}
