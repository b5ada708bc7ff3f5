"""A Step as its author types it, with the generated types. `# rejected` marks what a type checker has to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from motia import ApiResponse, ApiRouteConfig, EventConfig, Stream, get_context, handler
from typing_extensions import assert_type

if TYPE_CHECKING:
    from motia_types import (
        AddQuoteBody,
        AddQuoteContext,
        AddQuoteRequest,
        AddQuoteResponse,
        IndexQuoteContext,
        IndexQuoteInput,
        QuoteAddedData,
        QuoteAddedEvent,
        TreeData,
    )
    from motia_types import Missing  # rejected

config = ApiRouteConfig(name="AddQuote", method="POST", path="/quotes", emits=["quote.added"])


@handler
async def add_quote(req: AddQuoteRequest, ctx: AddQuoteContext) -> AddQuoteResponse:
    assert_type(req.body, "AddQuoteBody")
    assert_type(req.body["text"], str)
    assert_type(req.body["stars"], "int | None")
    assert_type(req.method, str)
    assert_type(ctx.attempt, int)
    assert_type(ctx.traceId, str)
    req.body["nothing"]  # rejected
    ctx.tracing_id  # rejected
    await ctx.emit({"topic": "quote.added", "data": {"id": "q", "kind": "long"}, "delay": "5m"})
    await ctx.enqueue([{"topic": "quote.added", "data": {"id": "q", "kind": "short", "tags": ["a"]}}])
    await ctx.emit("quote.added", {"id": "q"})
    await ctx.emit(topic="quote.added", data={"id": "q"})
    await ctx.emit({"topic": "quote.aded", "data": {"id": "q", "kind": "long"}})  # rejected
    await ctx.emit({"topic": "quote.added", "data": {"id": 7, "kind": "long"}})  # rejected
    await ctx.emit({"topic": "quote.added", "data": {"id": "q", "kind": "wide"}})  # rejected
    await ctx.emit({"topic": "quote.added", "data": {"kind": "long"}})  # rejected
    await ctx.emit(7)  # rejected
    if not req.body["text"]:
        return ApiResponse(status=200, body="no body of this Step is a text")  # rejected
    return ApiResponse(status=201, body={"id": "q"})


async def index_quote(input: IndexQuoteInput, ctx: IndexQuoteContext) -> None:
    assert_type(input["id"], str)
    assert_type(input["kind"], Literal["long", "short"])
    assert_type(input.get("tags"), "list[str] | None")
    await ctx.emit({"topic": "grouped", "message_group_id": "g", "data": {"a-b": 1}})
    await ctx.emit({"topic": "grouped", "data": {"a-b": 1}})  # rejected
    await ctx.emit({"topic": "unheard"})


def taken_apart(event: QuoteAddedEvent, tree: TreeData) -> str:
    assert_type(event["data"], "QuoteAddedData")
    assert_type(tree["children"][0]["name"], str)
    return event["topic"]


index = EventConfig(name="IndexQuote", subscribes=["quote.added"])


async def elsewhere() -> Any:
    rooms: Stream[dict[str, str]] = Stream("rooms")
    assert_type(rooms.name, str)
    rooms.nothing()  # rejected
    return get_context().nothing  # rejected
