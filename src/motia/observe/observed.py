"""Wrappers that record: `ObservedRunner` around invocations, `ObservedCalls` around what handlers ask. Spans: docs/tracing.md."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

import orjson

from motia.model.identity import new_span_id, new_trace_id
from motia.model.invocation import Failed, Invocation, Outcome, Responded
from motia.model.records import Level, Span
from motia.observe.recorder import Recorder
from motia.observe.redaction import is_secret_name, redacted
from motia.ports.step_runner import Answer, ContextCalls, StepRunner

# Values are cut in traces (STA-15); results likewise, at HND-8's limit.
_VALUE_LIMIT: Final = 4 * 1024
_RESULT_LIMIT: Final = 64 * 1024
_IDS_LIMIT: Final = 100
_WITH_VALUE: Final = frozenset({"trigger", "state.set", "state.update", "stream.set", "stream.update", "stream.send"})
_SHOWN: Final = ("stream", "item", "group", "key", "by", "step", "topic", "idempotencyKey", "dedupKey")
_LEVELS: Final[dict[str, Level]] = {
    "debug": "debug",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
}


class ObservedRunner:
    """A `StepRunner` whose invocations are spans; failures are logged with the author's stack (HND-10)."""

    def __init__(self, inner: StepRunner, recorder: Recorder) -> None:
        """Records what `inner` runs."""
        self._inner = inner
        self._recorder = recorder

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run it in a span."""
        recorder = self._recorder
        span = Span(
            invocation.trace_id,
            invocation.span_id,
            invocation.parent_span_id,
            invocation.step.name,
            invocation.kind,
            invocation.step.name,
            recorder.now_ns(),
            attributes=_about(invocation),
        )
        recorder.begin(span)
        try:
            outcome = await self._inner.invoke(invocation)
        except asyncio.CancelledError:
            span.attributes["error"] = {"name": "Cancelled", "message": "the caller went away"}
            recorder.end(span, "error")
            raise
        self._describe(span, invocation, outcome)
        return outcome

    def _describe(self, span: Span, invocation: Invocation, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            span.attributes["error"] = outcome.failure.as_json() | {"reason": outcome.reason}
            self._log_failure(invocation, outcome)
            self._recorder.end(span, "error")
            return
        if isinstance(outcome, Responded):
            span.attributes["http.status"] = outcome.status
        elif outcome.result:
            span.attributes["result"] = _value(outcome.result, _RESULT_LIMIT)
        self._recorder.end(span, "ok")

    def _log_failure(self, invocation: Invocation, outcome: Failed) -> None:
        if outcome.reason == "cancelled":
            return
        attempt = f" (attempt {invocation.attempt} of {invocation.max_attempts})" if invocation.max_attempts > 1 else ""
        self._recorder.log(
            "error",
            f"{outcome.failure.name}: {outcome.failure.message}{attempt}",
            step=invocation.step.name,
            trace_id=invocation.trace_id,
            span_id=invocation.span_id,
            flows=invocation.step.flows,
            args={"error": outcome.failure.as_json(), "attempt": invocation.attempt, "reason": outcome.reason},
        )


def _about(invocation: Invocation) -> dict[str, Any]:
    about: dict[str, Any] = {}
    given = invocation.arguments
    if invocation.kind in {"http", "hook"}:
        about["http.method"] = given["method"]
        about["http.path"] = given["path"]
    else:
        about["attempt"] = invocation.attempt
        about["maxAttempts"] = invocation.max_attempts
        if invocation.queued_ms is not None:
            about["queued_ms"] = invocation.queued_ms
        for name in ("deliveryId", "topic", "scheduledTime"):
            if name in given:
                about[name] = given[name]
        if invocation.body:
            about["input"] = _value(invocation.body, _VALUE_LIMIT)
    return about


def _value(text: bytes, limit: int) -> Any:
    """JSON text as a value, secrets masked; past `limit` bytes a cut string that says so."""
    if len(text) > limit:
        return text[:limit].decode("utf-8", "replace") + f"… ({len(text):,} bytes)"
    try:
        return redacted(orjson.loads(text))
    except orjson.JSONDecodeError:
        return text.decode("utf-8", "replace")


class ObservedCalls:
    """`ContextCalls` whose asks are spans and whose log frames are records."""

    def __init__(self, inner: ContextCalls, recorder: Recorder) -> None:
        """Records what is asked of `inner`."""
        self._inner = inner
        self._recorder = recorder

    async def ask(self, invocation: Invocation | None, op: str, arguments: dict[str, Any], body: bytes) -> Answer:
        """Do it in a span whose id events are emitted with, so that what they start hangs under it."""
        recorder = self._recorder
        trace_id = invocation.trace_id if invocation is not None else new_trace_id()
        span = Span(
            trace_id,
            new_span_id(),
            None if invocation is None else invocation.span_id,
            op,
            _call_kind(op),
            "" if invocation is None else invocation.step.name,
            recorder.now_ns(),
            attributes=_about_call(op, arguments, body),
        )
        recorder.begin(span)
        try:
            answer = await self._inner.ask(
                invocation, op, arguments | {"spanId": span.span_id, "traceId": trace_id}, body
            )
        except BaseException as problem:
            span.attributes["error"] = {"name": type(problem).__name__, "message": str(problem)}
            recorder.end(span, "error")
            raise
        if "found" in answer.results:
            span.attributes["found"] = answer.results["found"]
        if op in {"state.get", "state.update", "state.increment"} and answer.body and not _hides_value(arguments):
            span.attributes["value"] = _value(answer.body, _VALUE_LIMIT)
        for name in ("deliveries", "cancelled"):
            if name in answer.results:
                span.attributes[name] = answer.results[name]
        if answer.results.get("deliveryIds"):
            span.attributes["deliveryIds"] = answer.results["deliveryIds"][:_IDS_LIMIT]
        recorder.end(span, "ok")
        return answer

    def log(self, invocation: Invocation | None, header: dict[str, Any]) -> None:
        """Keep a log frame (LOG-2)."""
        args = header.get("args")
        level = _LEVELS.get(str(header.get("level", "info")).lower(), "info")
        moment = header.get("time")
        self._recorder.log(
            level,
            str(header.get("msg", "")),
            time_ms=int(moment) if isinstance(moment, int | float) else None,
            step=None if invocation is None else invocation.step.name,
            trace_id=None if invocation is None else invocation.trace_id,
            span_id=None if invocation is None else invocation.span_id,
            flows=() if invocation is None else invocation.step.flows,
            args=args if isinstance(args, dict) else None,
        )
        self._inner.log(invocation, header)


def _call_kind(op: str) -> Literal["emit", "trigger", "state", "stream", "call"]:
    """The kind of the span of a context call, from the first word of its name."""
    match op.partition(".")[0]:
        case "emit":
            return "emit"
        case "trigger":
            return "trigger"
        case "state":
            return "state"
        case "stream":
            return "stream"
        case _:
            return "call"


def _about_call(op: str, arguments: dict[str, Any], body: bytes) -> dict[str, Any]:
    about: dict[str, Any] = {name: arguments[name] for name in _SHOWN if name in arguments}
    events = arguments.get("events")
    if op == "emit" and isinstance(events, list):
        about["topics"] = [event.get("topic") for event in events if isinstance(event, dict)]
        if len(events) == 1 and body:
            about["data"] = _value(body, _VALUE_LIMIT)
    elif body and op in _WITH_VALUE and not _hides_value(arguments):
        about["ops" if op.endswith(".update") else "data" if op == "trigger" else "value"] = _value(body, _VALUE_LIMIT)
    return about


def _hides_value(arguments: dict[str, Any]) -> bool:
    return any(is_secret_name(str(arguments.get(name, ""))) for name in ("group", "key"))
