"""Cron: one timer for the next tick of all schedules; each tick is a delivery, published once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from motia.model.delivery import Cause
from motia.model.errors import MotiaError
from motia.model.identity import new_span_id, new_trace_id
from motia.model.schedule import CronSchedule
from motia.model.step import CronTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.clock import Clock, Timer
from motia.runtime.publisher import Publisher


class Schedules:
    """Publishes ticks while it is started.

    `busy(step, trigger)` says whether an earlier tick is still running or waiting; a Step with `overlap: skip` (the
    default) then misses this one, and `on_skipped(step, tick)` hears of it.
    """

    def __init__(
        self,
        publisher: Publisher,
        clock: Clock,
        busy: Callable[[str, int], bool],
        *,
        on_skipped: Callable[[Step, int], None] = lambda *_: None,
        on_problem: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Nothing fires before `use` and `start`."""
        self._publisher = publisher
        self._clock = clock
        self._busy = busy
        self._on_skipped = on_skipped
        self._on_problem = on_problem
        self._due: dict[tuple[str, int], tuple[int, Step, CronSchedule]] = {}
        self._timer: Timer | None = None
        self._started = False
        self._ticks: set[asyncio.Task[None]] = set()

    def use(self, table: StepTable) -> None:
        """Take the schedules of `table`; one that did not change keeps its next tick."""
        now = self._clock.now_ms()
        due: dict[tuple[str, int], tuple[int, Step, CronSchedule]] = {}
        for step in table.steps:
            for index, trigger in enumerate(step.triggers):
                if not isinstance(trigger, CronTrigger) or not step.has_handler:
                    continue
                schedule = CronSchedule.parse(trigger.expression, trigger.timezone)
                before = self._due.get((step.name, index))
                same = before is not None and before[1].triggers[index] == trigger
                following = before[0] if same and before is not None else schedule.next_after(now)
                if following is not None:
                    due[step.name, index] = (following, step, schedule)
        self._due = due
        self._arm()

    def start(self) -> None:
        """Begin to fire."""
        self._started = True
        self._arm()

    def next_ticks(self) -> dict[tuple[str, int], int]:
        """Epoch ms of the next tick by (Step name, trigger index)."""
        return {key: due for key, (due, _, _) in self._due.items()}

    async def stop(self) -> None:
        """Fire no more; ticks being published are finished."""
        self._started = False
        self._arm()
        await asyncio.gather(*self._ticks, return_exceptions=True)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._started and self._due:
            self._timer = self._clock.call_at(min(due for due, _, _ in self._due.values()), self._fire)

    def _fire(self) -> None:
        now = self._clock.now_ms()
        for (name, index), (due, step, schedule) in list(self._due.items()):
            if due > now:
                continue
            self._spawn(self._tick(step, index, due))
            following = schedule.next_after(max(now, due))
            if following is None:
                del self._due[name, index]
            else:
                self._due[name, index] = (following, step, schedule)
        self._arm()

    async def _tick(self, step: Step, index: int, due: int) -> None:
        trigger = step.triggers[index]
        assert isinstance(trigger, CronTrigger)  # noqa: S101 - `use` takes only these
        if trigger.overlap == "skip" and self._busy(step.name, index):
            self._on_skipped(step, due)
            return
        try:
            await self._publisher.tick(step, index, due, Cause(new_trace_id(), new_span_id()))
        except MotiaError as problem:
            self._on_problem(f"the tick of {step.name!r} could not be stored: {problem}")

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._ticks.add(task)
        task.add_done_callback(self._ticks.discard)
