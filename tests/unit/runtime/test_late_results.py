"""EVT-24: what an attempt says after its lease was lost counts for nothing, and is told."""

from __future__ import annotations

import asyncio

import pytest

from motia.adapters.memory import MemoryQueue
from motia.model.delivery import Done, Failure
from motia.model.invocation import Completed, Failed, Invocation, Outcome
from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.clock import SteppedClock
from motia.runtime.dispatcher import LEASE_MS, Dispatcher
from motia.testing.deliveries import a_delivery

LAST = Failed(Failure("Error", "no"), "handler", retryable=False)


class Runner:
    """Runs until it is told what came of it."""

    def __init__(self) -> None:
        self.outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        self.begun = asyncio.Event()

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.begun.set()
        return await self.outcomes.get()


@pytest.mark.parametrize("late", [Completed(), LAST], ids=["success", "failure"])
async def test_evt_24_a_late_result_is_discarded_and_told(late: Outcome) -> None:
    clock = SteppedClock(0)
    queue, runner = MemoryQueue(clock=clock.now_ms), Runner()
    step = Step("charge", "id", "s.py", "python", "s", "type", (EventTrigger("ordered", DeliveryPolicy()),))
    table, problems = StepTable.of((step,)), asyncio.Queue[str]()
    buried: list[object] = []
    dispatcher = Dispatcher(
        queue, runner, lambda: table, clock, on_problem=problems.put_nowait, on_buried=buried.append
    )
    await queue.publish([a_delivery()])
    dispatcher.start()
    await runner.begun.wait()
    # As after a pause of the whole machine: nothing renewed the lease, and another core took the delivery over.
    [other] = await queue.claim(1, now=LEASE_MS + 1, lease_ms=LEASE_MS)
    assert other.attempt == 2
    await runner.outcomes.put(late)
    said = await problems.get()
    assert "a late result of 'charge' was discarded: the lease of attempt 1" in said
    assert buried == []
    assert await queue.settle(other, Done()) is True
    await dispatcher.stop(0)
