"""Deliveries that are taken too late, and what follows from a dead letter."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from motia.adapters.memory import MemoryStores
from motia.model.delivery import Bury, Cause, Delivery, Failure
from motia.model.invocation import Completed, Invocation, Outcome
from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.clock import SystemClock, Timer
from motia.runtime.context_calls import CoreCalls
from motia.runtime.dispatcher import Buried, Dispatcher
from motia.runtime.error_step import ErrorStep
from motia.runtime.publisher import Publisher
from motia.runtime.settlement import too_late
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery


class HeldClock(SystemClock):
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def now_ms(self) -> int:
        return self.now

    def call_at(self, at_ms: int, callback: Any) -> Timer:
        return super().call_at(SystemClock().now_ms() + 3_600_000, callback)


class Runner:
    """Runs nothing and remembers what it was asked to."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.ran.append(invocation.arguments["deliveryId"])
        return Completed()


def a_step(name: str, alias: str | None = None, *, has_handler: bool = True) -> Step:
    trigger = EventTrigger("ordered", DeliveryPolicy())
    step = Step(name, name, f"steps/{name}_step.py", "python", "e", "type", (trigger,))
    return _with(step, alias=alias, has_handler=has_handler)


def _with(step: Step, **changes: Any) -> Step:
    import dataclasses

    return dataclasses.replace(step, **changes)


TABLE = StepTable.of([a_step("charge", "charge-order"), a_step("rescue")])


@pytest.fixture
async def stores() -> AsyncIterator[MemoryStores]:
    async with MemoryStores.open(clock=ManualClock(1_000_000)) as opened:
        yield opened


def test_a_delivery_says_why_it_came_too_late() -> None:
    late = a_delivery(expires_at=1_000, attempt=1)
    assert too_late(late, 1_000) is None
    end = too_late(late, 3_500)
    assert end is not None
    assert (end.reason, end.began, end.failure.name) == ("expired", False, "Expired")
    assert end.failure.message == "it was to begin until 1970-01-01T00:00:01.000+00:00 and could only be taken 2.500 s later"
