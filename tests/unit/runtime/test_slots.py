"""EVT-16: requests and deliveries of one Step share its slots."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from motia.model.invocation import Completed, Failed, Invocation, Outcome, Responded
from motia.model.step import Step
from motia.runtime.slots import LimitedRunner, StepSlots

STEP = Step("S", "id", "s.py", "python", "s", "type", (), concurrency=1)
FREE = Step("F", "id", "f.py", "python", "f", "type", ())


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class Runner:
    """Runs until it is told what came of it."""

    def __init__(self) -> None:
        self.begun: list[asyncio.Future[Outcome]] = []

    async def invoke(self, invocation: Invocation) -> Outcome:
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.begun.append(outcome)
        return await outcome


def invocation(step: Step, timeout_ms: int | None = None) -> Invocation:
    return Invocation(step, "http", 0, {}, b"", "t", "s", timeout_ms=timeout_ms)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_evt_16_requests_wait_in_line() -> None:
    runner, slots = Runner(), StepSlots()
    limited = LimitedRunner(runner, slots)
    tasks = [asyncio.create_task(limited.invoke(invocation(STEP))) for _ in range(3)]
    await turns()
    assert len(runner.begun) == 1
    for number in range(3):
        runner.begun[number].set_result(Completed())
        await turns()
        assert len(runner.begun) == min(3, number + 2)
        assert tasks[number].done()
    assert slots.running() == []


async def test_evt_16_a_delivery_and_a_request_do_not_run_at_once() -> None:
    runner, slots = Runner(), StepSlots()
    freed: list[bool] = []
    slots.on_free(lambda: freed.append(True))
    slots.take("S")
    task = asyncio.create_task(LimitedRunner(runner, slots).invoke(invocation(STEP)))
    await turns()
    assert runner.begun == []
    slots.give_back("S")
    await turns()
    assert len(runner.begun) == 1
    assert slots.is_full(STEP)
    assert freed == []
    runner.begun[0].set_result(Completed())
    await task
    assert freed == [True]
    assert not slots.is_full(STEP)


async def test_evt_16_steps_without_a_limit_do_not_wait() -> None:
    runner = Runner()
    limited = LimitedRunner(runner, StepSlots())
    tasks = [asyncio.create_task(limited.invoke(invocation(FREE))) for _ in range(5)]
    await turns()
    assert len(runner.begun) == 5
    for task in tasks:
        task.cancel()


async def test_http_27_who_waited_too_long_is_told_so() -> None:
    runner, slots = Runner(), StepSlots()
    slots.take("S")
    outcome = await LimitedRunner(runner, slots).invoke(invocation(STEP, timeout_ms=0))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "unavailable"
    assert "1 allowed runs of 'S'" in outcome.failure.message
    slots.give_back("S")
    assert not slots.is_full(STEP)


async def test_who_leaves_the_line_is_forgotten() -> None:
    runner, slots = Runner(), StepSlots()
    slots.take("S")
    limited = LimitedRunner(runner, slots)
    gone, stays = (asyncio.create_task(limited.invoke(invocation(STEP))) for _ in range(2))
    await turns()
    gone.cancel()
    slots.give_back("S")
    await turns()
    assert gone.cancelled()
    assert len(runner.begun) == 1
    runner.begun[0].set_result(Completed())
    await stays
    assert slots.running() == []


async def test_a_cancelled_run_gives_its_slot_back() -> None:
    runner, slots = Runner(), StepSlots()
    task = asyncio.create_task(LimitedRunner(runner, slots).invoke(invocation(STEP)))
    await turns()
    task.cancel()
    await turns()
    assert slots.running() == []


@pytest.mark.parametrize("way", ["read", "closed", "dropped"])
async def test_a_streamed_response_keeps_its_slot_until_it_ends(way: str) -> None:
    runner, slots = Runner(), StepSlots()
    task = asyncio.create_task(LimitedRunner(runner, slots).invoke(invocation(STEP)))
    await turns()
    runner.begun[0].set_result(Responded(200, {}, stream=chunks(b"a", b"b")))
    outcome = await task
    assert isinstance(outcome, Responded)
    assert outcome.stream is not None
    assert slots.is_full(STEP)
    if way == "read":
        assert [chunk async for chunk in outcome.stream] == [b"a", b"b"]
    elif way == "closed":
        outcome.stream.close()  # type: ignore[attr-defined]
    runner.begun.clear()
    del task, outcome
    await turns()
    assert not slots.is_full(STEP)
