"""`mock_context()`: a context for unit tests that needs no core (TST-2).

Everything on it is the real thing but what lies behind it: state and streams are in memory, events and log records are
collected. Wrong calls fail as they do in a running project.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from motia.authoring.context import FlowContext
from motia.authoring.link import Binding, Reader, RunningCall, connect, connected
from motia.authoring.spelling import snake
from motia.model.update_ops import apply_ops

_Values = dict[str, dict[str, Any]]
_KINDS: Final = {"queue": "event", "api": "http"}


class MockContext(FlowContext[Any]):
    """A context whose effects can be looked at.

    `emitted`: events, each `{"topic", "data"}` and its options in snake_case. `started`: (Step, data) of `motia.trigger`.
    `logs`: (level, message, arguments). `sent`: (stream, group, id or None, event) of streams' `send`. `stored`: state by
    group and key. `items`: stream items by stream, group and id.
    """

    def __init__(self, call: RunningCall) -> None:
        super().__init__(call)
        self.emitted: list[dict[str, Any]] = []
        self.started: list[tuple[str, Any]] = []
        self.logs: list[tuple[str, str, dict[str, Any] | None]] = []
        self.sent: list[tuple[str, str, str | None, dict[str, Any]]] = []
        self.stored: _Values = {}
        self.items: dict[str, _Values] = {}


def mock_context(  # noqa: PLR0913 - each names one thing that a handler may look at
    *,
    state: Mapping[str, Mapping[str, Any]] | None = None,
    input: Any = None,  # noqa: A002 - what handlers call it
    trigger: str = "event",
    step_name: str = "Step",
    attempt: int = 1,
    max_attempts: int = 1,
    flows: tuple[str, ...] = (),
    topic: str | None = None,
    trace_id: str = "mock-trace",
    paired: bool = False,
) -> MockContext:
    """A context to call a handler with. `motia.emit`, `motia.state_manager` … use the one that was made last.

    Args:
        state: what is stored before, by group and key.
        input: what `ctx.get_data()` and `ctx.match()` see.
        trigger: what fired: `http`, `event`, `cron`, `noop`, `state` or `stream`.
        step_name: as all that follow, what the member of that name says.
        attempt: from 1.
        max_attempts: in all.
        flows: the Step's.
        topic: of the event, when one fired.
        trace_id: any text.
        paired: `state.set` answers with `{old_value, new_value}`, as in triggers form.
    """
    header = {"traceId": trace_id, "attempt": attempt, "deliveryId": "mock-delivery"}
    if topic is not None:
        header["topic"] = topic
    call = RunningCall(
        0, _KINDS.get(trigger, trigger), header, Binding(step_name, flows, max_attempts), {}, paired, input
    )
    context = call.context = MockContext(call)
    context.stored = {group: dict(values) for group, values in (state or {}).items()}
    link = connected()
    if isinstance(link, MockLink):
        link.latest = context
    else:
        connect(MockLink(context))
    return context


class MockLink:
    """Where calls go that a core would answer."""

    def __init__(self, latest: MockContext) -> None:
        self.latest = latest

    def ask(self, call: RunningCall | None, op: str, arguments: dict[str, Any], body: bytes, read: Reader) -> Any:
        """Does it at once; in async code the answer is awaitable."""
        context = call.context if call is not None and isinstance(call.context, MockContext) else self.latest
        loop = asyncio._get_running_loop()  # noqa: SLF001 - documented as the cheap way to ask
        if loop is None:
            return read(*_done(context, op, arguments, body))
        answer: asyncio.Future[Any] = loop.create_future()
        try:
            answer.set_result(read(*_done(context, op, arguments, body)))
        except Exception as problem:  # noqa: BLE001 - it belongs to who awaits the answer
            answer.set_exception(problem)
        return answer

    def log(
        self, call: RunningCall | None, level: str, message: str, arguments: dict[str, Any] | None, _source: str
    ) -> None:
        """Keeps the record."""
        context = call.context if call is not None and isinstance(call.context, MockContext) else self.latest
        context.logs.append((level, message, arguments))

    def perform(self, _call: RunningCall, _action: Callable[[], Any]) -> Any:
        """There is no response to write to."""
        raise RuntimeError("a mock context has no response to write to; return it, or use MotiaTester")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs it here."""
        return asyncio.run(work)

    def after(self, _call: RunningCall | None, first: Any, then: Callable[[], Any]) -> Any:
        """What `then` asks: `first` has its answer already, or its failure, which is raised here."""
        if isinstance(first, asyncio.Future):
            first.result()
        return then()


def _done(context: MockContext, op: str, arguments: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    kind, _, name = op.partition(".")
    if op == "emit":
        return _emitted(context, arguments["events"], body)
    if op == "emit.cancel":
        return _cancelled(context, {snake(name): value for name, value in arguments.items()})
    if op == "trigger":
        context.started.append((arguments["step"], json.loads(body or b"null")))
        return {"deliveryId": "mock-delivery", "traceId": context.trace_id}, b""
    if kind == "state":
        return _changed(context.stored, name, arguments.get("group"), arguments.get("key"), arguments, body)
    if kind == "stream":
        return _streamed(context, name, arguments, body)
    raise RuntimeError(f"a mock context does not know '{op}'")


def _emitted(context: MockContext, events: list[dict[str, Any]], body: bytes) -> tuple[dict[str, Any], bytes]:
    at = 0
    for event in events:
        options = {snake(name): value for name, value in event.items() if name not in {"topic", "bytes"}}
        payload = json.loads(body[at : at + event["bytes"]])
        context.emitted.append({"topic": event["topic"], "data": payload, **options})
        at += event["bytes"]
    return {"deliveries": len(events)}, b""


def _cancelled(context: MockContext, chosen: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    keys = {name: chosen[name] for name in ("idempotency_key", "dedup_key") if chosen.get(name) is not None}
    kept = [
        each
        for each in context.emitted
        if each["topic"] != chosen["topic"] or any(each.get(name) != value for name, value in keys.items())
    ]
    cancelled = len(context.emitted) - len(kept)
    context.emitted[:] = kept
    return {"cancelled": cancelled}, b""


def _changed(
    values: _Values, name: str, group: str | None, key: str | None, arguments: Mapping[str, Any], body: bytes
) -> tuple[dict[str, Any], bytes]:
    if name == "groups":
        return {}, _text([each for each, items in values.items() if items])
    assert group is not None  # noqa: S101 - all others name one
    items = values.setdefault(group, {})
    if key is None:
        return {}, _group_answer(items, name)
    before = items.get(key)
    found = {"found": key in items}
    if name in {"get", "has"}:
        return found, _text(before) if found["found"] else b""
    if name == "delete":
        items.pop(key, None)
        return found, _text(before) if found["found"] else b""
    if name == "set":
        items[key] = json.loads(body)
        return found, _text(before) if found["found"] else b""
    ops = [{"type": "increment", "path": "", "by": arguments["by"]}] if name == "increment" else json.loads(body)
    items[key] = apply_ops(json.loads(_text(before)), ops)
    return {}, _text(items[key]) if name == "increment" else _text({"old_value": before, "new_value": items[key]})


def _group_answer(items: dict[str, Any], name: str) -> bytes:
    if name == "clear":
        items.clear()
        return b""
    return _text({"list": list(items.values()), "keys": list(items), "entries": items}[name])


def _streamed(context: MockContext, name: str, arguments: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    stream, group, item = arguments["stream"], arguments.get("group"), arguments.get("item")
    if name == "send":
        context.sent.append((stream, str(group), item, json.loads(body)))
        return {}, b""
    groups = context.items.setdefault(stream, {})
    if name != "set":
        return _changed(groups, name, group, item, arguments, body)
    before = groups.setdefault(str(group), {}).get(str(item))
    groups[str(group)][str(item)] = {**json.loads(body), "id": item}
    return {}, _text({"old_value": before, "new_value": groups[str(group)][str(item)]})


def _text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
