"""Cron: one timer for the next tick of all schedules; each tick is a delivery, published once, and a row in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from motia.model.delivery import Cause
from motia.model.errors import MotiaError, Overloaded, StoreUnavailable
from motia.model.identity import new_span_id, new_trace_id
from motia.model.schedule import CronSchedule
from motia.model.step import CronTrigger, Step
from motia.model.step_table import StepTable
from motia.model.tick import Tick, TickOutcome
from motia.ports.tick_ledger import TickLedger
from motia.runtime.clock import Clock, Timer, pause
from motia.runtime.publisher import Publisher

# CRON-6: of ticks that were missed, at most this many are looked at.
_MOST_MISSED: Final = 1_000
_STORE_RETRY_MS: Final = 1_000

T = TypeVar("T")


class Runs(Protocol):
    """The runs of earlier ticks."""

    def running(self, step: str, trigger: int) -> int:
        """How many are running."""
        ...

    def supersede(self, step: str, trigger: int) -> int:
        """Cancel those that are running, for good; how many."""
        ...


class _Due:
    """A schedule and its next tick (epoch ms)."""

    __slots__ = ("at", "index", "schedule", "step", "trigger")

    def __init__(self, step: Step, index: int, trigger: CronTrigger, schedule: CronSchedule, at: int) -> None:
        self.step = step
        self.index = index
        self.trigger = trigger
        self.schedule = schedule
        self.at = at

    def ticks_until(self, now: int, after: int) -> list[int]:
        """The nominal times in (`after`, `now`], the latest `_MOST_MISSED` of them."""
        found: list[int] = []
        following = self.schedule.next_after(after)
        while following is not None and following <= now:
            found.append(following)
            following = self.schedule.next_after(following)
        return found[-_MOST_MISSED:]


class Schedules:
    """Publishes ticks while it is started. `on_skipped(step, tick)` hears of ticks that found an earlier run (CRON-5)."""

    def __init__(
        self,
        publisher: Publisher,
        ledger: TickLedger,
        clock: Clock,
        runs: Runs,
        *,
        on_skipped: Callable[[Step, int], None] = lambda *_: None,
        on_problem: Callable[[str], None] = lambda _: None,
        is_paused: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Nothing fires before `use` and `start`. `is_paused(step)`: its ticks are only recorded."""
        self._publisher = publisher
        self._ledger = ledger
        self._clock = clock
        self._runs = runs
        self._on_skipped = on_skipped
        self._on_problem = on_problem
        self._is_paused = is_paused
        self._due: dict[tuple[str, int], _Due] = {}
        self._timer: Timer | None = None
        self._started = False
        self._work: set[asyncio.Task[None]] = set()

    def use(self, table: StepTable) -> None:
        """Take the schedules of `table`; one that did not change keeps its next tick."""
        now = self._clock.now_ms()
        due: dict[tuple[str, int], _Due] = {}
        for step in table.steps:
            for index, trigger in enumerate(step.triggers):
                if not isinstance(trigger, CronTrigger) or not step.has_handler:
                    continue
                schedule = CronSchedule.parse(trigger.expression, trigger.timezone)
                before = self._due.get((step.name, index))
                following = before.at if before is not None and before.trigger == trigger else schedule.next_after(now)
                if following is not None:
                    due[step.name, index] = _Due(step, index, trigger, schedule, following)
        self._due = due
        self._arm()

    def start(self) -> None:
        """Begin to fire, after looking at what was missed since the last recorded tick (CRON-6)."""
        self._started = True
        now = self._clock.now_ms()
        for each in self._due.values():
            self._spawn(self._catch_up(each, now))
        self._arm()

    def next_ticks(self) -> dict[tuple[str, int], int]:
        """Epoch ms of the next tick by (Step name, trigger index)."""
        return {key: each.at for key, each in self._due.items()}

    @property
    def is_idle(self) -> bool:
        """Whether no tick is being published."""
        return not self._work

    async def stop(self) -> None:
        """Fire no more; ticks being published are finished."""
        self._started = False
        self._arm()
        await asyncio.gather(*self._work, return_exceptions=True)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._started and self._due:
            self._timer = self._clock.call_at(min(each.at for each in self._due.values()), self._fire)

    def _fire(self) -> None:
        now = self._clock.now_ms()
        for key, each in list(self._due.items()):
            if each.at > now:
                continue
            # More than one when the machine slept or its clock jumped: the latest is due, the others were missed.
            *missed, latest = [each.at, *each.ticks_until(now, each.at)]
            self._spawn(self._ticks(each, missed, latest))
            following = each.schedule.next_after(now)
            if following is None:
                del self._due[key]
            else:
                each.at = following
        self._arm()

    async def _catch_up(self, each: _Due, now: int) -> None:
        last = await self._ledger.last(each.step.name, each.index)
        if last is not None:
            await self._ticks(each, each.ticks_until(now, last), None)

    async def _ticks(self, each: _Due, missed: Sequence[int], latest: int | None) -> None:
        """Settle ticks in order: `missed` by the Step's `catchUp`, then `latest`, which is due now."""
        try:
            if self._is_paused(each.step.name):
                now = self._clock.now_ms()
                passed = [*missed, *([] if latest is None else [latest])]
                await self._ledger.record([Tick(each.step.name, each.index, tick, "paused", now) for tick in passed])
                return
            policy = each.trigger.catch_up
            left = missed if policy == "none" or (latest is not None and policy == "last") else missed[:-1]
            coalesced = () if policy == "all" else left
            now = self._clock.now_ms()
            if coalesced:
                await self._ledger.record(
                    [Tick(each.step.name, each.index, tick, "coalesced", now) for tick in coalesced]
                )
            for tick in missed[len(coalesced) :]:
                await self._publish(each, tick, "caught up")
            if latest is not None:
                await self._tick(each, latest)
        except MotiaError as problem:
            self._on_problem(f"a tick of {each.step.name!r} could not be stored: {problem}")

    async def _tick(self, each: _Due, tick: int) -> None:
        name, overlap = each.step.name, each.trigger.overlap
        if overlap == "skip" and self._runs.running(name, each.index):
            await self._ledger.record([Tick(name, each.index, tick, "skipped", self._clock.now_ms())])
            self._on_skipped(each.step, tick)
            return
        if overlap == "cancel":
            self._runs.supersede(name, each.index)
        await self._publish(each, tick, "fired")

    async def _publish(self, each: _Due, tick: int, outcome: TickOutcome) -> None:
        cause = Cause(new_trace_id(), new_span_id())
        delivery = await self._when_possible(lambda: self._publisher.tick(each.step, each.index, tick, cause))
        record = Tick(each.step.name, each.index, tick, outcome, self._clock.now_ms(), delivery.id)
        await self._when_possible(lambda: self._ledger.record([record]))

    async def _when_possible(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it; while the store takes nothing, said once, again and again: a tick is not lost to a full disk."""
        told = False
        while True:
            try:
                return await work()
            except (StoreUnavailable, Overloaded) as problem:
                if not self._started:
                    raise
                if not told:
                    told = True
                    self._on_problem(f"a tick cannot be stored: {problem}; it is tried until it can be")
                await pause(self._clock, _STORE_RETRY_MS)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
