"""Schedules against a clock that the test owns: what fires, what is missed, and what the ledger says of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from motia.adapters.memory import MemoryStores, MemoryTicks
from motia.model.policy import ONE_ATTEMPT
from motia.model.step import CronTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.publisher import Publisher
from motia.runtime.schedules import Schedules

MINUTE = 60_000
BEGIN = 1_700_000_040_000  # a full minute


@dataclasses.dataclass
class OwnedClock:
    """Time that passes when the test says so; due calls are made in order."""

    now: int = BEGIN
    calls: list[tuple[int, Callable[[], None]]] = dataclasses.field(default_factory=list)

    def now_ms(self) -> int:
        return self.now

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Any:
        entry = (due_ms, callback)
        self.calls.append(entry)
        clock = self

        class Handle:
            def cancel(self) -> None:
                if entry in clock.calls:
                    clock.calls.remove(entry)

        return Handle()

    async def advance(self, ms: int) -> None:
        """Step by step when ms is a few minutes; a jump when called with `jump`."""
        self.now += ms
        for entry in [entry for entry in self.calls if entry[0] <= self.now]:
            self.calls.remove(entry)
            entry[1]()
        for _ in range(20):
            await asyncio.sleep(0)


class OwnedRuns:
    def __init__(self) -> None:
        self.busy = 0
        self.superseded = 0

    def running(self, step: str, trigger: int) -> int:
        return self.busy

    def supersede(self, step: str, trigger: int) -> int:
        self.superseded += self.busy
        return self.busy


def table(**fields: Any) -> StepTable:
    trigger = CronTrigger("* * * * *", ONE_ATTEMPT, "UTC", **fields)
    return StepTable.of([Step("Report", "id", "steps/report_step.py", "python", "e", "type", (trigger,))])


@dataclasses.dataclass
class Bench:
    clock: OwnedClock
    runs: OwnedRuns
    stores: MemoryStores
    ticks: MemoryTicks

    def schedules(self, steps: StepTable) -> Schedules:
        publisher = Publisher(self.stores.queue, lambda: steps, self.clock)
        made = Schedules(publisher, self.ticks, self.clock, self.runs)
        made.use(steps)
        return made

    async def outcomes(self) -> list[tuple[int, str]]:
        """(minutes after the begin, outcome), oldest first."""
        return [((tick.scheduled_for - BEGIN) // MINUTE, tick.outcome) for tick in reversed(await self.ticks.ticks())]

    async def published(self) -> list[int]:
        return [((each.scheduled_for or 0) - BEGIN) // MINUTE for each in await self.stores.queue.pending()]


@pytest.fixture
async def bench() -> Any:
    clock = OwnedClock()
    async with MemoryStores.open(clock=clock.now_ms) as stores:
        yield Bench(clock, OwnedRuns(), stores, stores.ticks)


async def test_cron_3_each_tick_fires_once_and_is_recorded(bench: Bench) -> None:
    schedules = bench.schedules(table())
    schedules.start()
    for _ in range(3):
        await bench.clock.advance(MINUTE)
    assert await bench.outcomes() == [(1, "fired"), (2, "fired"), (3, "fired")]
    assert await bench.published() == [1, 2, 3]


async def test_cron_3_two_replicas_publish_one_delivery(bench: Bench) -> None:
    first, second = bench.schedules(table()), bench.schedules(table())
    first.start()
    second.start()
    await bench.clock.advance(MINUTE)
    assert await bench.published() == [1]
    assert await bench.outcomes() == [(1, "fired")]


@pytest.mark.parametrize(
    ("overlap", "outcome"), [("skip", "skipped"), ("queue", "fired"), ("allow", "fired"), ("cancel", "fired")]
)
async def test_cron_5_overlap(bench: Bench, overlap: Any, outcome: str) -> None:
    schedules = bench.schedules(table(overlap=overlap))
    schedules.start()
    bench.runs.busy = 1
    await bench.clock.advance(MINUTE)
    assert await bench.outcomes() == [(1, outcome)]
    assert bench.runs.superseded == (1 if overlap == "cancel" else 0)
    groups = {each.group for each in await bench.stores.queue.pending()}
    assert groups == {"skip": set(), "queue": {"cron"}}.get(overlap, {None})


@pytest.mark.parametrize(
    ("catch_up", "outcomes"),
    [
        ("none", [(1, "fired"), (2, "coalesced"), (3, "coalesced"), (4, "coalesced")]),
        ("last", [(1, "fired"), (2, "coalesced"), (3, "coalesced"), (4, "caught up")]),
        ("all", [(1, "fired"), (2, "caught up"), (3, "caught up"), (4, "caught up")]),
    ],
)
async def test_cron_6_ticks_missed_while_nothing_ran(
    bench: Bench, catch_up: Any, outcomes: list[tuple[int, str]]
) -> None:
    steps = table(catch_up=catch_up)
    before = bench.schedules(steps)
    before.start()
    await bench.clock.advance(MINUTE)
    await before.stop()
    bench.clock.now += 3 * MINUTE
    again = bench.schedules(steps)
    again.start()
    await bench.clock.advance(0)
    assert await bench.outcomes() == outcomes


async def test_a_machine_that_slept_runs_the_latest_tick_and_settles_the_others(bench: Bench) -> None:
    schedules = bench.schedules(table())
    schedules.start()
    await bench.clock.advance(5 * MINUTE)
    assert await bench.outcomes() == [
        (1, "coalesced"),
        (2, "coalesced"),
        (3, "coalesced"),
        (4, "coalesced"),
        (5, "fired"),
    ]
    assert schedules.next_ticks() == {("Report", 0): BEGIN + 6 * MINUTE}


async def test_a_reload_keeps_the_next_tick_of_a_schedule_that_did_not_change(bench: Bench) -> None:
    schedules = bench.schedules(table())
    schedules.start()
    bench.clock.now += MINUTE - 1
    schedules.use(table())
    assert schedules.next_ticks() == {("Report", 0): BEGIN + MINUTE}
    schedules.use(StepTable())
    assert schedules.next_ticks() == {}
    assert bench.clock.calls == []


async def test_ticks_of_a_paused_schedule_are_recorded_and_never_made_up_for(bench: Bench) -> None:
    paused = {"Report"}
    steps = table(catch_up="all")
    publisher = Publisher(bench.stores.queue, lambda: steps, bench.clock)
    schedules = Schedules(publisher, bench.ticks, bench.clock, bench.runs, is_paused=lambda step: step in paused)
    schedules.use(steps)
    schedules.start()
    await bench.clock.advance(2 * MINUTE)
    paused.clear()
    await bench.clock.advance(MINUTE)
    assert await bench.outcomes() == [(1, "paused"), (2, "paused"), (3, "fired")]
    assert await bench.published() == [3]
