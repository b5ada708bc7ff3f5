from typing import Any

import pytest

from motia.authoring.context import FlowContext, get_context
from motia.authoring.link import CURRENT, Binding, RunningCall
from motia.authoring.request import Request


def a_context(fired: str = "queue", given: object = None, **header: object) -> FlowContext[Any]:
    binding = Binding("Step", ("a", "b"), 4)
    trigger = {"path": "/x", "topic": "declared", "expression": "@daily"}
    call = RunningCall(1, fired, {"traceId": "t", "attempt": 3, **header}, binding, trigger, input=given)
    return FlowContext(call)


def test_members_have_both_spellings() -> None:
    ctx = a_context(topic="topic", deliveryId="d", scheduledTime=7)
    assert ctx.trace_id == ctx.traceId == "t"
    assert (ctx.attempt, ctx.retryCount, ctx.max_attempts) == (3, 2, 4)
    assert (ctx.stepName, ctx.topic, ctx.delivery_id, ctx.scheduledTime) == ("Step", "topic", "d", 7)
    assert ctx.flows == ["a", "b"]
    assert ctx.isQueue()
    with pytest.raises(AttributeError, match="ctx has no 'nothing'"):
        _ = ctx.nothing  # type: ignore[attr-defined]


def test_what_fired() -> None:
    http = a_context("http", method="PUT", path="/x/1").trigger
    assert (http.type, http.path, http.method, http.topic, http.manual) == ("http", "/x", "PUT", None, False)
    cron = a_context("cron", kind="manual").trigger
    assert (cron.type, cron.expression, cron.manual) == ("cron", "@daily", True)
    assert a_context("queue").trigger.topic == "declared"


async def test_match_calls_the_function_of_the_kind() -> None:
    async def asynchronous(data: object) -> list[object]:
        return ["async", data]

    assert await a_context("http", given=1).match({"api": asynchronous}) == ["async", 1]
    assert await a_context("queue", given=1).match({"event": lambda data: data}) == 1
    assert await a_context("cron").match({"cron": lambda: "tick"}) == "tick"
    assert await a_context("state", given=2).match({"default": lambda data: data}) == 2
    assert await a_context("state", given=2).match({"default": lambda: "nothing"}) == "nothing"


def test_match_in_plain_code_gives_the_result() -> None:
    assert a_context("queue", given=1).match({"queue": lambda data: data}) == 1


def test_match_without_a_function() -> None:
    message = "No handler matched for trigger type: cron. Available handlers: http, queue"
    with pytest.raises(LookupError, match=message):
        a_context("cron").match({"http": print, "queue": print})


def test_data_whatever_fired() -> None:
    request = Request({}, {"a": 1}, '{"a":1}')
    assert a_context("http", given=request).get_data() == {"a": 1}
    assert a_context("queue", given=[1]).getData() == [1]


def test_the_running_context() -> None:
    with pytest.raises(LookupError):
        get_context()
    ctx = a_context()
    token = CURRENT.set(ctx._call)
    try:
        assert get_context().step_name == "Step"
        assert get_context() is get_context()
    finally:
        CURRENT.reset(token)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
