"""The other forms, without generated types. `# rejected` marks what a type checker has to refuse."""

from __future__ import annotations

from typing import Any

from motia import (
    ApiRequest,
    EventHandler,
    FlowContext,
    HttpError,
    MotiaHttpRequest,
    MotiaHttpResponse,
    StepDefinition,
    UpdateOp,
    cron,
    emit,
    event,
    http,
    logger,
    multi_trigger_step,
    queue,
    step,
    trigger,
)
from motia import nothing  # rejected
from typing_extensions import assert_type


@event(id="mail-quote", schema={"id": str, "copies": int})
async def mail_quote(id: str, copies: int, ctx: FlowContext[Any]) -> int:
    ctx.logger.info("mailing", {"quote": id, "copies": copies})
    return copies


# A decorated function keeps its own signature.
async def call() -> None:
    assert_type(await mail_quote("q", 1, get()), int)
    await mail_quote("q", "one", get())  # rejected


def get() -> FlowContext[Any]:
    raise HttpError(404, "none")


@cron(id="trim-index", schedule="@daily", timezone="Europe/Berlin")
def trim(ctx: FlowContext[Any]) -> None:
    ctx.state.clear("index")
    ctx.logger.inform("x")  # rejected


async def run(request: MotiaHttpRequest[Any], ctx: FlowContext[Any]) -> Any:
    response: MotiaHttpResponse = request.response
    response.status(201).headers({"x": "y"})
    await response.writer.stream.write(b"bytes")
    response.write(7)  # rejected
    return await ctx.match({"http": lambda r: {"status": 200, "body": r.query}, "queue": lambda d: None})


tally = step({"name": "Tally", "triggers": [http("GET", "/tally"), queue("quote.added")]}, run)
assert_type(tally, StepDefinition)
later = step({"name": "Later", "triggers": []}).handle(run)
assert_type(later, StepDefinition)
many = multi_trigger_step({"name": "Many", "triggers": []}).on_http(run).on_cron(trim).handlers()
assert_type(many, StepDefinition)
step({"name": "Wrong", "triggers": []}, "no function")  # rejected
multi_trigger_step({}).on_https(run)  # rejected


async def outside(request: ApiRequest[dict[str, str]]) -> None:
    assert_type(request.body, dict[str, str])
    assert_type(request.files[0].bytes(), bytes)
    await emit("topic", 1)
    await emit([{"topic": "a"}, {"topic": "b"}])
    await trigger("mail-quote", {"id": "q"})
    await trigger(7)  # rejected
    op: UpdateOp = {"type": "increment", "path": "n", "by": 1}
    wrong: UpdateOp = {"type": "increment", "pth": "n"}  # rejected
    logger.info("done", op, wrong)


on_event: EventHandler = run
not_a_handler: EventHandler = "run"  # rejected
