"""Leases of what runs here, when time makes a leap: the core was stopped, the machine slept, the clock was set."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from motia.adapters.memory import MemoryStores
from motia.model.invocation import Completed, Invocation, Outcome
from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.dispatcher import LEASE_MS, Dispatcher
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery


class QuietClock:
    """Time that a test moves, with timers that are late: after a leap nobody knows who is woken first."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.due: list[Callable[[], None]] = []

    def now_ms(self) -> int:
        return self._clock()

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Any:
        self.due.append(callback)
        timers = self.due

        class Handle:
            def cancel(self) -> None:
                if callback in timers:
                    timers.remove(callback)

        return Handle()


@dataclasses.dataclass
class Runs:
    """Handlers that end when the test says so."""

    begun: list[str] = dataclasses.field(default_factory=list)
    end: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.begun.append(invocation.arguments["deliveryId"])
        await self.end.wait()
        return Completed()


@dataclasses.dataclass
class Bench:
    clock: ManualClock
    timers: QuietClock
    stores: MemoryStores
    runs: Runs
    dispatcher: Dispatcher

    async def turns(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    clock, runs = ManualClock(), Runs()
    timers = QuietClock(clock)
    table = StepTable.of(
        [Step("charge", "id", "charge_step.py", "python", "e", "type", (EventTrigger("ordered", DeliveryPolicy()),))]
    )
    async with MemoryStores.open(clock=clock) as stores:
        dispatcher = Dispatcher(stores.queue, runs, lambda: table, timers)
        dispatcher.start()
        made = Bench(clock, timers, stores, runs, dispatcher)
        yield made
        runs.end.set()
        await dispatcher.stop(1)


async def test_what_runs_here_is_not_taken_again_when_all_leases_ran_out_at_once(bench: Bench) -> None:
    first, second = a_delivery(), a_delivery()
    await bench.stores.queue.publish([first])
    await bench.turns()
    bench.clock.advance(2 * LEASE_MS)
    await bench.stores.queue.publish([second])
    await bench.turns()
    assert bench.runs.begun == [first.id, second.id]
    bench.runs.end.set()
    await bench.turns()
    [books] = await bench.stores.queue.ledger()
    assert (books.done, books.pending, books.leased) == (2, 0, 0)


async def test_the_leap_may_come_between_the_claim_and_the_timer(bench: Bench) -> None:
    """The timer that renews fires at once then, and the dispatcher, already awake, takes more before the renewal has its turn."""
    first, second = a_delivery(), a_delivery()
    await bench.stores.queue.publish([first])
    await bench.turns()
    bench.clock.advance(2 * LEASE_MS)
    await bench.stores.queue.publish([second])
    for callback in list(bench.timers.due):
        callback()
    await bench.turns()
    assert bench.runs.begun == [first.id, second.id]
