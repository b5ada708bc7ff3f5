"""What came of a delivery waits for room in the store; the delivery is not run again meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from motia.adapters.memory.queue import MemoryQueue
from motia.model.delivery import Delivery, Failure, Settlement
from motia.model.errors import StoreUnavailable
from motia.model.invocation import Failed, Invocation, Outcome
from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.dispatcher import Dispatcher
from motia.testing.deliveries import a_delivery


class ClockOfTimers:
    """Time that only the test moves, with what is due at it."""

    def __init__(self) -> None:
        self.now = 1_000_000
        self._timers: dict[object, tuple[int, Callable[[], None]]] = {}

    def now_ms(self) -> int:
        return self.now

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Any:
        clock, key = self, object()
        self._timers[key] = (due_ms, callback)

        class Handle:
            def cancel(self) -> None:
                clock._timers.pop(key, None)

        return Handle()

    def advance(self, ms: int) -> None:
        self.now += ms
        for key, (due, callback) in list(self._timers.items()):
            if due <= self.now:
                del self._timers[key]
                callback()


class FullQueue(MemoryQueue):
    """Takes no settlement while `full`."""

    full = True
    refused = 0

    async def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        if self.full:
            self.refused += 1
            raise StoreUnavailable("data.db cannot grow: the disk is full")
        return await super().settle(delivery, settlement)


class FailingRunner:
    """Every run fails."""

    def __init__(self) -> None:
        self.runs = 0

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.runs += 1
        return Failed(Failure("ValueError", "no"), "handler")


async def settled() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("attempts", [1, 2])
async def test_a_settlement_waits_for_room(attempts: int) -> None:
    policy = DeliveryPolicy(max_attempts=attempts, backoff="none")
    step = Step("charge", "charge", "f", "python", "f", "type", (EventTrigger("ordered", policy=policy),))
    clock, runner, said = ClockOfTimers(), FailingRunner(), list[str]()
    queue = FullQueue(clock=clock.now_ms)
    table = StepTable.of([step])
    dispatcher = Dispatcher(queue, runner, lambda: table, clock, on_problem=said.append)
    dispatcher.start()
    await queue.publish([a_delivery()])
    await settled()
    # Longer than a lease, which is renewed as for a running attempt.
    for _ in range(90):
        clock.advance(1_000)
        await settled()
    assert (runner.runs, queue.refused, dispatcher.in_flight) == (1, 91, 1)
    assert said == [
        "what came of deliveries cannot be stored: data.db cannot grow: the disk is full; it is tried until it can be"
    ]
    queue.full = False
    clock.advance(1_000)
    await settled()
    [dead] = await queue.dead_letters()
    assert (dead.delivery.attempt, dead.reason, runner.runs) == (attempts, "exhausted", attempts)
    await dispatcher.stop(0)
