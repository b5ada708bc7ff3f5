"""What is noted of runs, from the queue and from attempts, adds up to the status that the queue knows."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from motia.adapters.memory import MemoryQueue, MemoryTraces
from motia.model.atomic_work import AtomicWork, Committed, Conflict
from motia.model.delivery import Bury, Cause, Delivery, Done, Failure, Release, Retry
from motia.model.invocation import Completed, Failed, Invocation, Outcome, Responded
from motia.model.run import Run
from motia.model.step import Step
from motia.observe.observed import ObservedRunner
from motia.observe.observed_commits import ObservedCommits
from motia.observe.observed_queue import ObservedQueue
from motia.observe.recorder import Recorder
from motia.observe.run_values import with_values
from motia.ports.trace_store import WholeRun

NOW = 1_700_000_000_000
STEP = Step("Pay", "Pay", "steps/pay_step.py", "python", "steps/pay_step.py", "function", (), flows=("shop",))
FAILURE = Failure("RuntimeError", "no money")


class Desk:
    """A queue in memory, watched, and a runner that answers as it is told."""

    def __init__(self) -> None:
        self.now = NOW
        self.traces = MemoryTraces()
        self.recorder = Recorder(self.traces, now_ns=lambda: self.now * 1_000_000)
        self.queue = ObservedQueue(MemoryQueue(clock=lambda: self.now), self.recorder.runs)
        self.runner = ObservedRunner(self, self.recorder)
        self.outcome: Outcome = Completed(b'{"ok":true}')

    async def invoke(self, _: Invocation) -> Outcome:
        self.now += 10
        return self.outcome

    async def publish(self, **changes: Any) -> Delivery:
        given = Delivery("d" * 32, "Pay", "event", "order.placed", b'{"n":1}', Cause("a" * 32), self.now, self.now, 3)
        delivery = dataclasses.replace(given, **changes)
        await self.queue.publish([delivery])
        return delivery

    async def claim(self) -> Delivery:
        [delivery] = await self.queue.claim(1, now=self.now, lease_ms=60_000)
        return delivery

    async def attempt(self, delivery: Delivery) -> None:
        arguments = {"deliveryId": delivery.id, "topic": delivery.topic}
        await self.runner.invoke(
            Invocation(
                STEP,
                "event",
                0,
                arguments,
                delivery.payload,
                "a" * 32,
                "b" * 16,
                attempt=delivery.attempt,
                delivery=delivery,
            )
        )

    async def run(self) -> Run:
        await self.recorder.flush()
        [run] = [each for each in (await self.traces.run("a" * 32),) if each is not None]
        return run.run

    async def whole(self) -> WholeRun:
        await self.recorder.flush()
        whole = await self.traces.run("a" * 32)
        assert whole is not None
        return await with_values(self.traces, whole)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    yield made
    await made.recorder.flush()


async def test_from_published_to_done(desk: Desk) -> None:
    await desk.publish()
    assert (await desk.run()).status == "queued"
    desk.now += 5
    delivery = await desk.claim()
    await desk.attempt(delivery)
    assert (await desk.run()).status == "running"
    await desk.queue.settle(delivery, Done())
    run = await desk.run()
    assert (run.status, run.trigger, run.step, run.topic, run.flows) == (
        "completed",
        "event",
        "Pay",
        "order.placed",
        ("shop",),
    )
    assert (run.queued, run.running, run.duration) == (5_000_000, 10_000_000, 15_000_000)
    whole = await desk.whole()
    assert (whole.input, whole.output) == ({"n": 1}, {"ok": True})


async def test_all_of_it_in_one_batch_leaves_no_delivery_behind(desk: Desk) -> None:
    await desk.publish()
    delivery = await desk.claim()
    await desk.attempt(delivery)
    await desk.queue.settle(delivery, Done())
    assert ((await desk.run()).status, await desk.traces.run_deliveries([delivery.id])) == ("completed", [])


async def test_retries_dead_letters_and_another_chance(desk: Desk) -> None:
    desk.outcome = Failed(FAILURE, "handler")
    await desk.publish()
    first = await desk.claim()
    await desk.attempt(first)
    await desk.queue.settle(first, Retry(desk.now + 100, FAILURE))
    run = await desk.run()
    assert (run.status, run.backoff, run.error) == ("retrying", 100_000_000, "RuntimeError: no money")
    desk.now += 100
    second = await desk.claim()
    await desk.attempt(second)
    await desk.queue.settle(second, Bury(FAILURE, "exhausted", desk.now))
    run = await desk.run()
    assert (run.status, run.attempts, dict(run.places)) == ("failed", 2, {"dead": 1})
    assert await desk.queue.redrive([second.id], now=desk.now) == 1
    assert (await desk.run()).status == "running"
    third = await desk.claim()
    await desk.queue.settle(third, Release())
    assert dict((await desk.run()).places) == {"queued": 1}
    assert await desk.queue.cancel([third.id]) == 1
    assert dict((await desk.run()).places) == {"cancelled": 1}


async def test_what_is_cancelled_or_discarded_in_the_batch_that_made_it(desk: Desk) -> None:
    await desk.publish(due_at=desk.now + 1_000)
    await desk.queue.cancel(["d" * 32, "unknown"])
    assert (await desk.run()).status == "cancelled"


async def test_a_leased_delivery_is_not_cancelled(desk: Desk) -> None:
    await desk.publish()
    await desk.publish(id="e" * 32, due_at=desk.now + 1_000)
    delivery = await desk.claim()
    await desk.attempt(delivery)
    assert await desk.queue.cancel([delivery.id, "e" * 32]) == 1
    assert dict((await desk.run()).places) == {"leased": 1, "cancelled": 1}


async def test_discarding_keeps_a_run_failed(desk: Desk) -> None:
    await desk.publish()
    delivery = await desk.claim()
    await desk.queue.settle(delivery, Bury(FAILURE, "expired", desk.now, began=False))
    await desk.run()
    await desk.queue.discard([delivery.id])
    run = await desk.run()
    assert (run.status, run.step, dict(run.places)) == ("failed", "Pay", {"discarded": 1})


async def test_a_delivery_that_was_published_before_is_no_run(desk: Desk) -> None:
    await desk.publish(unique="u")
    await desk.publish(id="e" * 32, unique="u", cause=Cause("c" * 32))
    await desk.recorder.flush()
    assert await desk.traces.run("c" * 32) is None


class Commits:
    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    async def commit(self, _: AtomicWork) -> Any:
        return self.outcome


@pytest.mark.parametrize(("outcome", "places"), [(Committed(), {"queued": 1}), (Conflict(()), {"leased": 1})])
async def test_a_commit_publishes_and_settles(desk: Desk, outcome: Any, places: dict[str, int]) -> None:
    await desk.publish()
    delivery = await desk.claim()
    await desk.attempt(delivery)
    more = dataclasses.replace(delivery, id="e" * 32, epoch=0, attempt=0)
    work = AtomicWork("Pay", Cause("a" * 32), delivery, deliveries=(more,))
    await ObservedCommits(Commits(outcome), desk.recorder).commit(work)
    assert dict((await desk.run()).places) == places


def request(body: bytes, kind: str = "json", **headers: str) -> Invocation:
    arguments: dict[str, Any] = {
        "method": "POST", "path": "/pay", "url": "/pay?a=1", "headers": {"x": "y", **headers}, "bodyKind": kind,
    }  # fmt: skip
    return Invocation(STEP, "http", 0, arguments, body, "a" * 32, "b" * 16)


@pytest.mark.parametrize(
    ("outcome", "status", "output"),
    [
        (Responded(201, {"content-type": "application/json"}, b'{"token":"t"}'), "completed", {"status": 201, "body": {"token": "***"}}),
        (Responded(503, {}, b""), "failed", {"status": 503}),
        (Responded(200, {"content-type": "image/png"}, b"123"), "completed", {"status": 200, "body": "(3 bytes of image/png)"}),
        (Failed(FAILURE, "handler"), "failed", None),
    ],
)  # fmt: skip
async def test_requests(desk: Desk, outcome: Outcome, status: str, output: Any) -> None:
    desk.outcome = outcome
    await desk.runner.invoke(request(b'{"password":"p","n":1}', authorization="Bearer secret", cookie="c"))
    whole = await desk.whole()
    assert (whole.run.status, whole.output) == (status, output)
    assert whole.input == {
        "method": "POST", "path": "/pay?a=1", "headers": {"x": "y"}, "bodyKind": "json",
        "body": {"password": "***", "n": 1}, "cut": True,
    }  # fmt: skip


async def test_log_5_what_is_cut_is_masked_too(desk: Desk) -> None:
    long = b'{"password": "hu\\"sh", "a": {"apiKey":"hush","n":12}, "pin_token": 4711, "x": "' + b"y" * 70_000 + b'"}'
    await desk.runner.invoke(request(long))
    await desk.run()
    whole = await desk.whole()
    body = whole.input["body"]
    assert body.startswith('{"password": "***", "a": {"apiKey":"***","n":12}, "pin_token": "***", "x": "yyy')
    assert body.endswith(f"… ({len(long):,} bytes)")
    assert len(body) < 66_000
