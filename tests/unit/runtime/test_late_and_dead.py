"""Deliveries that are taken too late, what follows from a dead letter, and what a handler's emits come to."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from motia.adapters.memory import MemoryStores
from motia.model.delivery import Bury, Cause, Delivery, Failure
from motia.model.errors import AuthorError
from motia.model.invocation import Completed, Failed, Invocation, Outcome
from motia.model.policy import ONE_ATTEMPT
from motia.model.step import EventTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.context_calls import CoreCalls
from motia.runtime.dispatcher import Buried, Dispatcher
from motia.runtime.effects import ImmediateEffects
from motia.runtime.error_step import ErrorStep
from motia.runtime.publisher import Publisher
from motia.runtime.settlement import too_late
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery

NOW = 1_000_000
FAILURE = Failure("ValueError", "half a pair: \ud800")


class HeldClock(ManualClock):
    """A runtime's clock that stands still; nothing that is due later comes about."""

    def now_ms(self) -> int:
        return self.now

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Any:
        return asyncio.get_running_loop().call_later(3_600, callback)


class Runner:
    """Remembers what it was asked to run; `outcome` came of it."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, int]] = []
        self.outcome: Outcome = Completed()

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.ran.append((invocation.arguments["deliveryId"], invocation.attempt))
        return self.outcome


def a_step(name: str, **fields: Any) -> Step:
    trigger = EventTrigger("ordered" if name == "charge" else "nothing", ONE_ATTEMPT)
    return Step(name, name, f"steps/{name}_step.py", "python", "e", "type", (trigger,), **fields)


TABLE = StepTable.of([a_step("charge", alias="charge-order"), a_step("rescue"), a_step("drawn", has_handler=False)])


class Bench:
    """A dispatcher on a queue in memory, driven by hand."""

    def __init__(self, stores: MemoryStores, clock: HeldClock) -> None:
        self.queue = stores.queue
        self.clock = clock
        self.runner = Runner()
        self.error_step: str | None = None
        self.problems: list[str] = []
        self.buried: list[Buried] = []
        self.errors = ErrorStep(lambda: self.error_step, lambda: TABLE, clock, self.problems.append)
        effects = ImmediateEffects(stores.state, Publisher(stores.queue, lambda: TABLE, clock))
        self.calls = CoreCalls(lambda _: effects, lambda: TABLE, clock)
        self.dispatcher = Dispatcher(
            stores.queue, self.runner, lambda: TABLE, clock,
            followers=self.errors.followers, on_buried=self.buried.append,
        )  # fmt: skip

    async def run(self) -> None:
        """Until nothing is left to do now."""
        self.dispatcher.start()
        for _ in range(50):
            await asyncio.sleep(0)
        await self.dispatcher.stop(1)

    async def emit(self, invocation: Invocation | None = None, **options: Any) -> list[str]:
        described = {"topic": "ordered", "bytes": 2, **options}
        answer = await self.calls.ask(invocation, "emit", {"events": [described]}, b"{}")
        ids: list[str] = answer.results["deliveryIds"]
        return ids

    async def cancel(self, invocation: Invocation | None = None, **options: Any) -> int:
        answer = await self.calls.ask(invocation, "emit.cancel", {"topic": "ordered", **options}, b"")
        return int(answer.results["cancelled"])


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    clock = HeldClock(NOW)
    async with MemoryStores.open(clock=clock) as stores:
        yield Bench(stores, clock)


def an_attempt(delivery_id: str | None, trace_id: str = "trace", attempt: int = 1) -> Invocation:
    arguments = {} if delivery_id is None else {"deliveryId": delivery_id}
    return Invocation(TABLE.steps[0], "event", 0, arguments, b"", trace_id, "span", attempt=attempt)


class TestTooLate:
    def test_it_says_by_how_much(self) -> None:
        late = a_delivery(expires_at=1_000, attempt=1)
        assert too_late(late, 1_000) is None
        end = too_late(late, 3_500)
        assert end is not None
        assert (end.reason, end.began, end.failure.name) == ("expired", False, "Expired")
        assert end.failure.message == (
            "it was to begin until 1970-01-01T00:00:01.000+00:00 and could only be taken 2.500 s later"
        )

    async def test_what_is_taken_too_late_is_buried_and_never_runs(self, bench: Bench) -> None:
        await bench.emit(delay=100, ttl=10)
        bench.clock.advance(111)
        await bench.run()
        [letter] = await bench.queue.dead_letters()
        assert (letter.reason, letter.delivery.attempt, bench.runner.ran) == ("expired", 0, [])
        assert [each.delivery.attempt for each in bench.buried] == [0]

    async def test_a_redriven_one_runs_however_late(self, bench: Bench) -> None:
        [wanted] = await bench.emit(ttl=10)
        bench.clock.advance(11)
        await bench.run()
        bench.clock.advance(60_000)
        assert await bench.queue.redrive([wanted], now=bench.clock.now) == 1
        await bench.run()
        assert bench.runner.ran == [(wanted, 1)]

    async def test_the_last_moment_is_in_time(self, bench: Bench) -> None:
        [wanted] = await bench.emit(delay=100, ttl=10)
        bench.clock.advance(110)
        await bench.run()
        assert bench.runner.ran == [(wanted, 1)]


class TestErrorStep:
    async def test_it_starts_with_the_burial(self, bench: Bench) -> None:
        bench.error_step = "rescue"
        bench.runner.outcome = Failed(FAILURE, "handler")
        await bench.emit()
        await bench.run()
        letters = {letter.delivery.step: letter.delivery for letter in await bench.queue.dead_letters()}
        assert set(letters) == {"charge", "rescue"}  # its own failure started nothing more
        started = letters["rescue"]
        assert (started.kind, started.cause.hops, started.cause.trace_id) == (
            "manual", letters["charge"].cause.hops + 1, letters["charge"].cause.trace_id,
        )  # fmt: skip
        assert json.loads(started.payload) == {
            "stepId": "charge-order",
            "error": {"name": "ValueError", "message": "half a pair: \ud800"},
            "context": {},
            "retryCount": 1,
        }

    async def test_the_payload_keeps_its_numbers_and_earlier_rounds_count(self, bench: Bench) -> None:
        bench.error_step = "rescue"
        dead = a_delivery(payload=b"123456789012345678901234567890", attempt=3, cause=Cause("t", "s", 2))
        [follower] = bench.errors.followers(dead, Bury(Failure("E", "m"), "exhausted", NOW))
        assert follower.payload == (
            b'{"stepId":"charge-order","error":{"name": "E", "message": "m"},'
            b'"context":123456789012345678901234567890,"retryCount":9}'
        )

    @pytest.mark.parametrize(
        ("wanted", "dead", "problem"),
        [
            (None, a_delivery(), None),
            ("rescue", a_delivery(step="rescue"), None),
            ("unknown", a_delivery(), "could not be started: .*unknown"),
            ("drawn", a_delivery(), "could not be started: .*no handler"),
            ("rescue", a_delivery(payload=b"1" * (64 << 20)), "could not be started: .*limit"),
        ],
        ids=["none", "its own", "unknown", "drawn", "too large"],
    )
    async def test_what_starts_nothing_stops_no_burial(
        self, bench: Bench, wanted: str | None, dead: Delivery, problem: str | None
    ) -> None:
        bench.error_step = wanted
        assert bench.errors.followers(dead, Bury(FAILURE, "exhausted", NOW)) == ()
        assert [re.search(problem or "", said) is not None for said in bench.problems] == [True] * (problem is not None)


class TestKeys:
    async def test_a_key_of_the_run_is_that_of_every_attempt_and_of_nobody_else(self, bench: Bench) -> None:
        key = {"idempotencyKey": "k", "idempotencyScope": "run"}
        first, again = an_attempt("d1"), an_attempt("d1", attempt=2)
        assert len(await bench.emit(first, **key)) == 1
        assert await bench.emit(again, **key) == []
        assert len(await bench.emit(an_attempt("d2"), **key)) == 1
        assert len(await bench.emit(an_attempt(None, "request"), **key)) == 1
        assert await bench.emit(an_attempt(None, "request"), **key) == []
        assert len(await bench.emit(first, idempotencyKey="k")) == 1
        assert await bench.cancel(again, **key) == 1
        assert len(await bench.emit(again, **key)) == 1

    async def test_a_key_counts_for_its_time(self, bench: Bench) -> None:
        assert len(await bench.emit(idempotencyKey="k", idempotencyTtl=10)) == 1
        bench.clock.advance(9)
        assert await bench.emit(idempotencyKey="k") == []
        bench.clock.advance(1)
        assert len(await bench.emit(idempotencyKey="k")) == 1

    async def test_a_reminder_can_be_cancelled_and_set_again(self, bench: Bench) -> None:
        reminder: dict[str, Any] = {"idempotencyKey": "order 7", "delay": 60_000}
        await bench.emit(**reminder)
        await bench.emit(**{**reminder, "idempotencyKey": "order 8"})
        assert await bench.cancel(idempotencyKey="order 7") == 1
        assert await bench.cancel(idempotencyKey="order 7") == 0
        assert len(await bench.emit(**reminder)) == 1

    async def test_what_is_pending_is_joined(self, bench: Bench) -> None:
        [first] = await bench.emit(dedupKey="k")
        assert await bench.emit(dedupKey="k") == []
        await bench.run()
        [second] = await bench.emit(dedupKey="k")
        assert bench.runner.ran == [(first, 1)]
        assert await bench.cancel(dedupKey="k") == 1
        assert second not in [each.id for each in await bench.queue.pending()]

    async def test_a_wrong_option_stores_nothing_of_the_call(self, bench: Bench) -> None:
        good = {"topic": "ordered", "bytes": 2}
        with pytest.raises(AuthorError, match="'delay'"):
            await bench.calls.ask(None, "emit", {"events": [good, good | {"delay": -1}]}, b"{}{}")
        assert await bench.queue.pending() == []


def test_a_first_attempt_that_was_given_back_may_still_come_too_late() -> None:
    """It is no attempt: the next claim is the first again."""
    delivery = a_delivery(expires_at=10, attempt=1)
    assert delivery.has_expired(11)
    assert not dataclasses.replace(delivery, attempt=2).has_expired(11)
