"""Runs of atomic Steps against stores in memory: what is seen of them, and when."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest

from motia.adapters.memory import MemoryBroadcast, MemoryStores
from motia.model.atomic_work import AtomicWork, CommitOutcome
from motia.model.delivery import Delivery, Failure, State
from motia.model.errors import AuthorError, InvalidPayload, StoreUnavailable
from motia.model.identity import new_span_id
from motia.model.invocation import Completed, Failed, Invocation, Outcome, Responded
from motia.model.policy import DeliveryPolicy
from motia.model.step import (
    EventTrigger,
    HttpTrigger,
    Schema,
    StateTrigger,
    Step,
    StreamDefinition,
    StreamTrigger,
    TriggerKind,
)
from motia.model.step_table import StepTable
from motia.model.stream_table import StreamTable
from motia.ports.step_runner import Answer
from motia.runtime.atomic_steps import MOST_RUNS, AtomicAttempts, AtomicRunner
from motia.runtime.attempt_record import AtomicLimits
from motia.runtime.context_calls import CoreCalls
from motia.runtime.dispatcher import invocation_of
from motia.runtime.publisher import Publisher
from motia.runtime.stream_calls import StreamCalls
from motia.runtime.stream_writes import StreamWrites
from motia.runtime.told_commits import ToldCommits
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery

POLICY = DeliveryPolicy()
Ask = Callable[..., Awaitable[Answer]]
Handler = Callable[[Ask], Awaitable[Outcome | None]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def a_step(name: str, *triggers: Any, **more: Any) -> Step:
    return Step(name, name, f"steps/{name}", "python", name, "type", triggers, **more)


CHARGE = a_step("charge", EventTrigger("ordered", POLICY), atomic=True)
ANSWER = a_step("answer", HttpTrigger("/x", "POST"), atomic=True)
MAIL = a_step("mail", EventTrigger("charged", POLICY))
WATCH = a_step("watch", StateTrigger(POLICY, group="watched"))
WATCH_ORDERS = a_step("watch-orders", StreamTrigger("watched-orders", POLICY))
NUMBERS = Schema({"type": "object", "properties": {"n": {"type": "number"}}})
STREAMS = [
    StreamDefinition("orders", "streams/orders", "python", "streams/orders"),
    StreamDefinition("watched-orders", "streams/watched", "python", "streams/watched"),
    StreamDefinition("kept", "streams/kept", "python", "streams/kept", storage="custom"),
    StreamDefinition("strict", "streams/strict", "python", "streams/strict", NUMBERS, validation="enforce"),
]


class ImpatientClock:
    """Time stands still, and what is to happen later happens now; `pauses` are the delays that were asked for."""

    def __init__(self) -> None:
        self.now = ManualClock()
        self.pauses: list[int] = []

    def now_ms(self) -> int:
        return self.now()

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> asyncio.Handle:
        self.pauses.append(due_ms - self.now())
        return asyncio.get_running_loop().call_soon(callback)


class Handlers:
    """A `StepRunner` that runs functions of the test, which ask the core as workers do."""

    def __init__(self) -> None:
        self.handler: Handler | None = None
        self.calls: CoreCalls | None = None
        self.runs: list[Invocation] = []

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.runs.append(invocation)
        assert self.handler is not None

        async def ask(op: str, body: bytes = b"", **arguments: Any) -> Answer:
            assert self.calls is not None
            return await self.calls.ask(invocation, op, arguments, body)

        return await self.handler(ask) or Completed()


@dataclasses.dataclass
class Bench:
    stores: MemoryStores
    clock: ImpatientClock
    handlers: Handlers
    runner: AtomicRunner
    calls: CoreCalls
    commits: Commits
    streams: StreamWrites
    heard: list[dict[str, Any]]
    attempts: AtomicAttempts

    async def a_delivery(self) -> Delivery:
        await self.stores.queue.publish([a_delivery()])
        [delivery] = await self.stores.queue.claim(1, now=self.clock.now_ms(), lease_ms=30_000)
        return delivery

    async def run(self, handler: Handler, delivery: Delivery | None = None) -> Outcome:
        """One attempt of `charge`."""
        self.handlers.handler = handler
        delivery = delivery or await self.a_delivery()
        return await self.runner.invoke(invocation_of(CHARGE, delivery, POLICY, self.clock))

    async def answer(self, handler: Handler, kind: TriggerKind = "http") -> Outcome:
        """A request of `answer`."""
        self.handlers.handler = handler
        return await self.runner.invoke(Invocation(ANSWER, kind, 0, {}, b"", "t" * 32, new_span_id()))

    async def done(self) -> int:
        return sum(line.done for line in await self.stores.queue.ledger())

    async def owed(self) -> list[str]:
        """The Steps that are owed something and do not run yet."""
        entries = self.stores.queue._index.entries()
        return sorted(entry.step for entry in entries if entry.state is State.PENDING)

    async def state(self, group: str) -> dict[str, Any]:
        return {key: orjson.loads(value) for key, value in await self.stores.state.items(group)}


class Commits:
    """The commits of the stores, with something in the way where a test wants it."""

    def __init__(self, stores: MemoryStores) -> None:
        self.before: Callable[[], Awaitable[None]] | None = None
        self._stores = stores

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        if self.before is not None:
            await self.before()
        return await self._stores.commits.commit(work)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    clock = ImpatientClock()
    async with MemoryStores.open(clock=clock.now) as stores:
        table = StepTable.of([CHARGE, ANSWER, MAIL, WATCH, WATCH_ORDERS])
        publisher = Publisher(stores.queue, lambda: table, clock)
        streams_table = StreamTable.of(STREAMS, table.steps)
        broadcast, heard = MemoryBroadcast(), list[dict[str, Any]]()
        broadcast.listen(lambda message: heard.append(orjson.loads(message.envelope())), lambda: None)
        streams = StreamWrites(stores.streams, broadcast, publisher, lambda: streams_table, clock)
        limits = AtomicLimits(changes=20, total_bytes=1000)
        attempts = AtomicAttempts(stores.state, streams, publisher, stores.commits, limits)
        handlers, commits = Handlers(), Commits(stores)
        calls = handlers.calls = CoreCalls(
            attempts.effects_of, lambda: table, clock, streams=StreamCalls(attempts.streams_of)
        )
        runner = AtomicRunner(handlers, attempts, ToldCommits(commits, streams.tell), clock, uniform=lambda: 1.0)
        yield Bench(stores, clock, handlers, runner, calls, commits, streams, heard, attempts)


def emit(topic: str, payload: bytes = b"{}") -> dict[str, Any]:
    return {"op": "emit", "events": [{"topic": topic, "bytes": len(payload)}], "body": payload}


async def increment_by_hand(ask: Ask) -> None:
    seen = await ask("state.get", group="g", key="n")
    await asyncio.sleep(0)
    await ask("state.set", b"%d" % (int(seen.body or 0) + 1), group="g", key="n")


async def test_nothing_is_seen_before_the_end_and_then_all(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        assert (await ask("state.set", b"1", group="g", key="k")).results == {"found": False}
        assert (await ask("state.get", group="g", key="k")).body == b"1"
        assert (await ask("state.increment", group="g", key="k", by=2)).body == b"3"
        assert (await ask("state.update", b'[{"type":"increment"}]', group="g", key="k")).body == (
            b'{"old_value":3,"new_value":4}'
        )
        assert (await ask("state.has", group="g", key="other")).results == {"found": False}
        assert (await ask("state.keys", group="g")).body == b'["k"]'
        assert (await ask("state.list", group="g")).body == b"[4]"
        assert (await ask("state.entries", group="g")).body == b'{"k":4}'
        assert (await ask("state.groups")).body == b'["g"]'
        emitted = (await ask(**emit("charged"))).results
        assert (emitted["deliveries"], len(emitted["deliveryIds"])) == (1, 1)
        started = await ask("trigger", b"{}", step="mail")
        assert started.results["deliveryId"]
        assert await bench.state("g") == {}
        assert await bench.owed() == []

    assert await bench.run(handler) == Completed(settled=True)
    assert await bench.state("g") == {"k": 4}
    assert await bench.owed() == ["mail", "mail"]
    assert await bench.done() == 1


@pytest.mark.parametrize("reason", ["handler", "timeout", "worker-lost", "cancelled"])
async def test_a_run_that_fails_leaves_nothing(bench: Bench, reason: Any) -> None:
    failed = Failed(Failure("E", "m"), reason)

    async def handler(ask: Ask) -> Outcome:
        await ask("state.set", b"1", group="g", key="k")
        await ask(**emit("charged"))
        return failed

    assert await bench.run(handler) == failed
    assert await bench.state("g") == {}
    assert (await bench.owed(), await bench.done()) == ([], 0)


async def test_a_run_that_is_lost_and_begun_again_leaves_nothing_of_the_first(bench: Bench) -> None:
    """The pool runs deliveries again apart when a worker is lost under several; calls of the lost run may still be under way."""

    async def handler(ask: Ask) -> None:
        for _ in range(2):
            await increment_by_hand(ask)
            await ask("state.set", b"1", group="g", key="first")
            await ask("stream.set", b"{}", **AT)
            await ask(**emit("charged"))
            lost = asyncio.ensure_future(ask("state.set", b"1", group="g", key="under way"))
            await asyncio.sleep(0)
            bench.attempts.begin_again(bench.handlers.runs[-1])
            await asyncio.gather(lost, return_exceptions=True)
        await increment_by_hand(ask)
        await ask("stream.send", b'{"type":"typing"}', **AT)

    assert await bench.run(handler) == Completed(settled=True)
    assert await bench.state("g") == {"n": 1}
    assert [event for event, *_ in told(bench)] == ["event"]
    assert (await bench.owed(), await bench.done()) == ([], 1)


async def test_a_run_that_is_cancelled_leaves_nothing(bench: Bench) -> None:
    begun = asyncio.Event()

    async def handler(ask: Ask) -> None:
        await ask("state.set", b"1", group="g", key="k")
        begun.set()
        await asyncio.Event().wait()

    running = asyncio.ensure_future(bench.run(handler))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await bench.state("g") == {}
    with pytest.raises(AuthorError, match="has ended"):
        await bench.calls.ask(bench.handlers.runs[0], "state.set", {"group": "g", "key": "k"}, b"1")


async def test_a_lost_race_is_run_again_and_not_counted(bench: Bench) -> None:
    raced = 0

    async def handler(ask: Ask) -> None:
        nonlocal raced
        await increment_by_hand(ask)
        await ask(**emit("charged"))
        if raced < 3:
            raced += 1
            await bench.stores.state.increment("g", "n", 10)

    assert await bench.run(handler) == Completed(settled=True)
    assert await bench.state("g") == {"n": 31}
    assert [run.attempt for run in bench.handlers.runs] == [1] * 4
    assert len({run.span_id for run in bench.handlers.runs}) == 4
    assert await bench.owed() == ["mail"]
    assert bench.clock.pauses == [5, 10, 20]


async def test_whoever_always_loses_fails_in_the_end(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        await increment_by_hand(ask)
        await bench.stores.state.increment("g", "n", 10)

    outcome = await bench.run(handler)
    assert isinstance(outcome, Failed)
    assert (outcome.failure.name, outcome.reason, outcome.retryable) == ("AtomicConflict", "conflict", True)
    assert "g/n was changed by somebody else" in outcome.failure.message
    assert await bench.state("g") == {"n": 10 * MOST_RUNS}
    assert len(bench.handlers.runs) == MOST_RUNS
    assert max(bench.clock.pauses) == 200


async def test_fifty_at_once_on_one_counter_all_count(bench: Bench) -> None:
    """Nobody gives up: those who lost take turns."""
    deliveries = [await bench.a_delivery() for _ in range(50)]
    outcomes = await asyncio.gather(*(bench.run(increment_by_hand, each) for each in deliveries))
    assert outcomes == [Completed(settled=True)] * 50
    assert await bench.state("g") == {"n": 50}
    assert await bench.done() == 50
    assert len(bench.handlers.runs) < 150
    assert len(bench.runner._turns) == 0


async def test_a_blind_write_loses_no_race(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        assert (await ask("state.set", b"1", group="g", key="k")).results == {"found": False}
        await ask("state.delete", group="g", key="other")
        await bench.stores.state.set("g", "k", b"5")
        await bench.stores.state.set("g", "other", b"5")

    assert await bench.run(handler) == Completed(settled=True)
    assert await bench.state("g") == {"k": 1}
    assert len(bench.handlers.runs) == 1


async def test_steps_that_watch_are_started_by_the_same_commit(bench: Bench) -> None:
    await bench.stores.state.set("watched", "a", b"1")

    async def handler(ask: Ask) -> None:
        await ask("state.set", b"2", group="watched", key="a")
        await ask("state.increment", group="watched", key="a", by=1)
        await ask("state.delete", group="watched", key="never")
        await ask("state.clear", group="watched")
        assert await bench.owed() == []

    assert await bench.run(handler) == Completed(settled=True)
    started = [orjson.loads(each.payload) for each in await bench.stores.queue.pending()]
    seen = [(each["event_type"], each["old_value"], each["new_value"]) for each in started]
    assert seen == [("state:updated", 1, 2), ("state:updated", 2, 3), ("state:deleted", 3, None)]


async def test_what_watching_steps_are_told_was_so(bench: Bench) -> None:
    """A blind write to a watched key does depend on the value before: the change names it."""
    raced = False

    async def handler(ask: Ask) -> None:
        nonlocal raced
        await ask("state.set", b"2", group="watched", key="a")
        if not raced:
            raced = True
            await bench.stores.state.set("watched", "a", b"7")

    assert await bench.run(handler) == Completed(settled=True)
    [started] = await bench.stores.queue.pending()
    assert orjson.loads(started.payload)["old_value"] == 7


async def test_a_lost_lease_changes_nothing(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        await ask("state.set", b"1", group="g", key="k")
        bench.clock.now.advance(30_000)
        await bench.stores.queue.claim(1, now=bench.clock.now_ms(), lease_ms=30_000)

    await bench.run(handler)
    assert await bench.state("g") == {}
    assert await bench.done() == 0


async def test_calls_nobody_waited_for_are_part_of_it(bench: Bench) -> None:
    tasks: list[asyncio.Task[Answer]] = []

    async def handler(ask: Ask) -> None:
        async def later(key: str) -> Answer:
            return await ask("state.set", b"1", group="g", key=key)

        tasks.extend(asyncio.create_task(later(key)) for key in "abc")
        await asyncio.sleep(0)

    assert await bench.run(handler) == Completed(settled=True)
    assert set(await bench.state("g")) == {"a", "b", "c"}


async def test_calls_that_come_later_are_refused(bench: Bench) -> None:
    late: list[Ask] = []

    async def handler(ask: Ask) -> None:
        late.append(ask)

    await bench.run(handler)
    for op in ("state.set", "state.get", "state.groups"):
        with pytest.raises(AuthorError, match=r"'charge' is atomic and this attempt has ended.*Wait for every call"):
            await late[0](op, b"1", group="g", key="k")
    with pytest.raises(AuthorError, match="has ended"):
        await late[0](**emit("charged"))
    assert await bench.owed() == []


async def test_cancelling_is_refused_because_it_cannot_wait(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        with pytest.raises(AuthorError, match="cannot be part of its commit"):
            await ask("emit.cancel", topic="charged", idempotencyKey="k")

    assert await bench.run(handler) == Completed()


async def test_background_work_is_immediate(bench: Bench) -> None:
    await bench.calls.ask(None, "state.set", {"group": "g", "key": "k"}, b"1")
    assert await bench.state("g") == {"k": 1}


async def test_the_limits_are_said(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        with pytest.raises(AuthorError, match=r"at most 20 changes of 1,000 bytes together.*several events"):
            await ask("state.set", b'"%s"' % (b"x" * 1000), group="g", key="k")
        for number in range(20):
            await ask("state.set", b"1", group="g", key=f"{number}")
        with pytest.raises(AuthorError, match="at most 20 changes"):
            await ask(**emit("charged"))

    assert await bench.run(handler) == Completed(settled=True)
    assert len(await bench.state("g")) == 20
    assert await bench.owed() == []


async def test_a_store_that_fails_has_stored_nothing(bench: Bench) -> None:
    async def fail() -> None:
        raise StoreUnavailable("the disk is full")

    bench.commits.before = fail

    async def handler(ask: Ask) -> None:
        await ask("state.set", b"1", group="g", key="k")

    outcome = await bench.run(handler)
    assert outcome == Failed(
        Failure("StoreUnavailable", "nothing was changed: the disk is full"), "uncommitted", retryable=True
    )
    assert await bench.state("g") == {}


async def test_a_run_that_changes_nothing_needs_no_commit(bench: Bench) -> None:
    async def never() -> None:
        pytest.fail("there is nothing to commit")

    bench.commits.before = never

    async def handler(_: Ask) -> None:
        pass

    assert await bench.run(handler) == Completed()


async def test_a_request_is_committed_before_its_answer(bench: Bench) -> None:
    async def handler(ask: Ask) -> Outcome:
        await ask("state.set", b"1", group="g", key="k")
        return Responded(201, {}, b"{}")

    assert await bench.answer(handler) == Responded(201, {}, b"{}")
    assert await bench.state("g") == {"k": 1}


@pytest.mark.parametrize("status", [400, 409, 500])
async def test_an_error_answer_says_that_nothing_was_changed(bench: Bench, status: int) -> None:
    async def handler(ask: Ask) -> Outcome:
        await ask("state.set", b"1", group="g", key="k")
        return Responded(status, {})

    assert await bench.answer(handler) == Responded(status, {})
    assert await bench.state("g") == {}


async def test_a_request_that_lost_is_not_run_again(bench: Bench) -> None:
    closed = False

    class Stream:
        def __aiter__(self) -> AsyncIterator[bytes]:
            return self

        async def __anext__(self) -> bytes:
            raise AssertionError("nothing of it may be sent")

        def close(self) -> None:
            nonlocal closed
            closed = True

    async def handler(ask: Ask) -> Outcome:
        await increment_by_hand(ask)
        await bench.stores.state.set("g", "n", b"7")
        return Responded(200, {}, stream=Stream())

    outcome = await bench.answer(handler)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, len(bench.handlers.runs)) == ("conflict", 1)
    assert await bench.state("g") == {"n": 7}
    assert closed


async def test_a_streamed_answer_is_committed_before_it_begins(bench: Bench) -> None:
    later: list[Ask] = []

    async def chunks() -> AsyncIterator[bytes]:
        with pytest.raises(AuthorError, match="before the first chunk of a streamed response"):
            await later[0]("state.set", b"2", group="g", key="k")
        yield b"x"

    async def handler(ask: Ask) -> Outcome:
        later.append(ask)
        await ask("state.set", b"1", group="g", key="k")
        return Responded(200, {}, stream=chunks())

    outcome = await bench.answer(handler)
    assert isinstance(outcome, Responded)
    assert await bench.state("g") == {"k": 1}
    assert outcome.stream is not None
    assert [chunk async for chunk in outcome.stream] == [b"x"]
    assert await bench.state("g") == {"k": 1}


# Live streams

AT = {"stream": "orders", "group": "g", "item": "i"}


async def items(bench: Bench, stream: str = "orders", group: str = "g") -> dict[str, Any]:
    return {name: orjson.loads(text) for name, text in await bench.stores.streams.items(stream, group)}


def told(bench: Bench) -> list[tuple[Any, ...]]:
    """What subscribers heard: the type of each event, its item's id, and what else is in it."""
    return [
        (event["type"], message.get("id"), event.get("data", event.get("event")))
        for message in bench.heard
        for event in [message["event"]]
    ]


async def test_streams_nothing_is_seen_or_heard_before_the_end_and_then_all(bench: Bench) -> None:
    await bench.stores.streams.set("orders", "g", "old", b'{"n":0}', now=7)
    mark = {"__motia": {"type": "state-stream", "streamName": "orders", "groupId": "g", "id": "i"}}

    async def handler(ask: Ask) -> None:
        assert (await ask("stream.get", **AT)).results == {"found": False}
        new = orjson.loads((await ask("stream.set", b'{"n":1}', **AT)).body)
        assert new["old_value"] is None
        assert new["new_value"] == {"n": 1, "id": "i", "_createdAt": bench.clock.now_ms(), **mark}
        bench.clock.now.advance(10)
        ops = b'[{"type":"increment","path":"n","by":2}]'
        changed = orjson.loads((await ask("stream.update", ops, **AT)).body)
        assert (changed["old_value"]["n"], changed["new_value"]["n"]) == (1, 3)
        assert changed["new_value"]["_createdAt"] == new["new_value"]["_createdAt"]
        assert orjson.loads((await ask("stream.get", **AT)).body) == changed["new_value"]
        listed = orjson.loads((await ask("stream.list", stream="orders", group="g")).body)
        assert [each["id"] for each in listed] == ["old", "i"]
        await ask("stream.set", b"{}", stream="orders", group="other", item="x")
        assert (await ask("stream.groups", stream="orders")).body == b'["g","other"]'
        await ask("stream.clear", stream="orders", group="other")
        assert (await ask("stream.groups", stream="orders")).body == b'["g"]'
        gone = await ask("stream.delete", stream="orders", group="g", item="old")
        assert (gone.results, orjson.loads(gone.body)["n"]) == ({"found": True}, 0)
        await ask("stream.send", b'{"type":"typing","data":1}', **AT)
        await ask("stream.send", b'{"type":"all","data":2}', stream="orders", group="g")
        assert list(await items(bench)) == ["old"]
        assert bench.heard == []

    assert await bench.run(handler) == Completed(settled=True)
    began = bench.clock.now_ms() - 10
    assert await items(bench) == {"i": {"n": 3, "id": "i", "_createdAt": began}}
    assert told(bench) == [
        ("create", "i", {"n": 1, "id": "i", "_createdAt": began}),
        ("update", "i", {"n": 3, "id": "i", "_createdAt": began}),
        ("create", "x", {"id": "x", "_createdAt": began + 10}),
        ("delete", "x", {"id": "x", "_createdAt": began + 10}),
        ("delete", "old", {"n": 0, "id": "old", "_createdAt": 7}),
        ("event", "i", {"type": "typing", "data": 1}),
        ("event", None, {"type": "all", "data": 2}),
    ]
    stamps = [message["timestamp"] for message in bench.heard if message["groupId"] == "g"]
    assert stamps == sorted(set(stamps))
    assert await bench.done() == 1


async def test_streams_a_run_that_fails_leaves_nothing_and_tells_nobody(bench: Bench) -> None:
    appeared: list[str] = []
    bench.streams.on_appeared(appeared.append)
    failed = Failed(Failure("E", "m"), "worker-lost")

    async def handler(ask: Ask) -> Outcome:
        await ask("stream.set", b"{}", **AT)
        await ask("stream.set", b"{}", **{**AT, "stream": "watched-orders"})
        await ask("stream.set", b"{}", **{**AT, "stream": "brand-new"})
        await ask("stream.send", b'{"type":"typing"}', **AT)
        return failed

    assert await bench.run(handler) == failed
    assert await bench.stores.streams.streams() == []
    assert (bench.heard, appeared, bench.streams.exists("brand-new"), await bench.owed()) == ([], [], False, [])


async def test_streams_come_into_being_with_the_commit(bench: Bench) -> None:
    appeared: list[str] = []
    bench.streams.on_appeared(appeared.append)

    async def handler(ask: Ask) -> None:
        await ask("stream.set", b"{}", **{**AT, "stream": "brand-new"})
        assert (await ask("stream.get", **{**AT, "stream": "brandNew"})).results == {"found": True}
        assert appeared == []

    assert await bench.run(handler) == Completed(settled=True)
    assert (appeared, bench.streams.exists("brand-new")) == (["brand-new"], True)
    assert [message["streamName"] for message in bench.heard] == ["brand-new"]


async def test_streams_what_was_read_has_to_hold(bench: Bench) -> None:
    raced: list[str] = []

    async def handler(ask: Ask) -> None:
        seen = await ask("stream.get", **AT)
        n = orjson.loads(seen.body)["n"] if seen.results["found"] else 0
        await ask("stream.list", stream="orders", group="listed")
        await ask("stream.groups", stream="grouped")
        await ask("stream.set", b'{"n":%d}' % (n + 1), **AT)
        for stream, group in [("orders", "g"), ("orders", "listed"), ("grouped", "new")]:
            if stream + group not in raced:
                raced.append(stream + group)
                await bench.stores.streams.set(stream, group, "i", b'{"n":10}', now=1)
                return

    assert await bench.run(handler) == Completed(settled=True)
    assert (await items(bench))["i"]["n"] == 11
    assert len(bench.handlers.runs) == 4
    assert [event for event, *_ in told(bench)] == ["update"]


async def test_streams_a_blind_write_loses_no_race_and_is_told_as_what_it_became(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        assert orjson.loads((await ask("stream.set", b'{"n":1}', **AT)).body)["old_value"] is None
        await ask("stream.delete", stream="orders", group="g", item="other")
        await ask("stream.clear", stream="orders", group="cleared")
        for group, item in [("g", "i"), ("g", "other"), ("cleared", "x")]:
            await bench.stores.streams.set("orders", group, item, b'{"n":5}', now=3)

    assert await bench.run(handler) == Completed(settled=True)
    assert len(bench.handlers.runs) == 1
    assert await items(bench) == {"i": {"n": 1, "id": "i", "_createdAt": 3}}
    assert [(event, item) for event, item, _ in told(bench)] == [("update", "i"), ("delete", "other"), ("delete", "x")]


async def test_streams_steps_that_watch_are_started_by_the_same_commit(bench: Bench) -> None:
    """They are told what was so, with the timestamps that subscribers get."""
    watched = {"stream": "watched-orders", "group": "g"}
    raced = False

    async def handler(ask: Ask) -> None:
        nonlocal raced
        await ask("stream.set", b'{"n":1}', **watched, item="a")
        await ask("stream.set", b'{"n":2}', **watched, item="b")
        await ask(**emit("charged"))
        await ask("stream.delete", **watched, item="never")
        await ask("stream.clear", **watched)
        if not raced:
            raced = True
            await bench.stores.streams.set("watched-orders", "g", "a", b'{"n":0}', now=1)
        assert await bench.owed() == []

    assert await bench.run(handler) == Completed(settled=True)
    deliveries = await bench.stores.queue.pending()
    assert sorted(each.step for each in deliveries) == ["mail", *["watch-orders"] * 4]
    payloads = [orjson.loads(each.payload) for each in deliveries if each.step == "watch-orders"]
    assert [(each["event"]["type"], each["id"], each["event"]["data"]["n"]) for each in payloads] == [
        ("update", "a", 1),
        ("create", "b", 2),
        ("delete", "a", 1),
        ("delete", "b", 2),
    ]
    assert [each["timestamp"] for each in payloads] == [each["timestamp"] for each in bench.heard]
    assert min(each["timestamp"] for each in payloads) >= bench.clock.now_ms()


async def test_streams_with_storage_of_their_own_are_refused(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        for op in ("stream.get", "stream.set", "stream.send"):
            with pytest.raises(AuthorError, match=r"'charge' is atomic, and the stream 'kept' .* storage of its own"):
                await ask(op, b"{}", **{**AT, "stream": "kept"})

    assert await bench.run(handler) == Completed()


async def test_streams_wrong_calls_are_refused_at_once(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        with pytest.raises(InvalidPayload, match="must be an object"):
            await ask("stream.set", b"1", **AT)
        with pytest.raises(AuthorError, match="an event with a type"):
            await ask("stream.send", b"{}", **AT)
        with pytest.raises(AuthorError, match="does not fit the schema"):
            await ask("stream.set", b'{"n":"many"}', **{**AT, "stream": "strict"})
        with pytest.raises(AuthorError, match="does not fit the schema"):
            await ask("stream.update", b'[{"type":"set","path":"n","value":"many"}]', **{**AT, "stream": "strict"})

    assert await bench.run(handler) == Completed(settled=True)
    assert await bench.stores.streams.streams() == []


async def test_streams_count_for_the_limits(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        with pytest.raises(AuthorError, match="at most 20 changes of 1,000 bytes"):
            await ask("stream.set", b'{"x":"%s"}' % (b"x" * 1000), **AT)
        for _ in range(20):
            await ask("stream.send", b'{"type":"typing"}', **AT)
        with pytest.raises(AuthorError, match="at most 20 changes"):
            await ask("stream.delete", **AT)

    assert await bench.run(handler) == Completed(settled=True)
    assert len(bench.heard) == 20


async def test_streams_late_calls_are_refused(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        await ask("stream.set", b"{}", **AT)

    await bench.run(handler)
    with pytest.raises(AuthorError, match="has ended"):
        await bench.calls.ask(bench.handlers.runs[0], "stream.set", AT, b"{}")


async def test_streams_whoever_is_cancelled_while_it_is_stored_does_not_silence_it(bench: Bench) -> None:
    storing = asyncio.Event()

    async def before() -> None:
        storing.set()
        await asyncio.sleep(0)

    bench.commits.before = before
    running = asyncio.ensure_future(bench.run(lambda ask: ask("stream.set", b"{}", **AT)))  # type: ignore[arg-type,return-value]
    await storing.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [event for event, *_ in told(bench)] == ["create"]
    assert list(await items(bench)) == ["i"]


async def test_streams_fifty_at_once_on_one_item_all_count_and_are_heard_in_order(bench: Bench) -> None:
    async def handler(ask: Ask) -> None:
        await asyncio.sleep(0)
        await ask("stream.update", b'[{"type":"increment","path":"n","by":1}]', **AT)

    deliveries = [await bench.a_delivery() for _ in range(50)]
    assert await asyncio.gather(*(bench.run(handler, each) for each in deliveries)) == [Completed(settled=True)] * 50
    assert [data["n"] for _, _, data in told(bench)] == list(range(1, 51))
    stamps = [message["timestamp"] for message in bench.heard]
    assert stamps == sorted(set(stamps))
