"""Wrappers that record: `ObservedRunner` around invocations, `ObservedCalls` around what handlers ask. Spans: docs/tracing.md."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

from motia.model.delivery import Failure
from motia.model.identity import new_span_id, new_trace_id
from motia.model.invocation import Failed, Invocation, Outcome, Responded
from motia.model.records import Level, Span
from motia.observe.recorder import Recorder
from motia.observe.redaction import is_secret_name
from motia.observe.step_meters import StepMeters
from motia.observe.values import RESULT_LIMIT, VALUE_LIMIT, shown, shown_and_whole
from motia.ports.step_runner import Answer, ContextCalls, StepRunner

_IDS_LIMIT: Final = 100
_WITH_VALUE: Final = frozenset({"trigger", "state.set", "state.update", "stream.set", "stream.update", "stream.send"})
_SHOWN: Final = ("stream", "item", "group", "key", "by", "step", "topic", "idempotencyKey", "dedupKey")
# What a request brings along that says nothing of it, or only for the one connection.
_NOT_KEPT: Final = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "traceparent", "transfer-encoding"}
)
_LEVELS: Final[dict[str, Level]] = {
    "debug": "debug",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
}


class _Running:
    """An attempt that runs: of which trace, in which task, and whether somebody asked to cancel it."""

    __slots__ = ("cancelled", "task", "trace_id")

    def __init__(self, trace_id: str, task: asyncio.Task[Any] | None) -> None:
        self.trace_id = trace_id
        self.task = task
        self.cancelled = False


class ObservedRunner:
    """A `StepRunner` whose invocations are spans; failures are logged with the author's stack (HND-10)."""

    def __init__(self, inner: StepRunner, recorder: Recorder, meters: StepMeters | None = None) -> None:
        """Records what `inner` runs; `meters` hears how long it took."""
        self._inner = inner
        self._recorder = recorder
        self._meters = meters
        self._requests: set[_Running] = set()

    def cancel_requests(self, trace_id: str) -> int:
        """Cancel the requests of a trace that are being handled: their clients get an error; how many there were."""
        found = [each for each in self._requests if each.trace_id == trace_id and each.task is not None]
        for each in found:
            assert each.task is not None  # noqa: S101 - chosen so
            each.cancelled = True
            each.task.cancel()
        return len(found)

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
        is_run = invocation.kind != "hook"
        if is_run:
            recorder.runs.began(invocation, span.started)
        outcome: Outcome | None = None
        running = _Running(invocation.trace_id, asyncio.current_task())
        if invocation.delivery is None:
            self._requests.add(running)
        try:
            outcome = await self._inner.invoke(invocation)
        except asyncio.CancelledError:
            if running.cancelled and running.task is not None:
                running.task.uncancel()
                outcome = Failed(Failure("Cancelled", "the run was cancelled"), "cancelled", retryable=False)
                self._describe(span, invocation, outcome)
                return outcome
            span.attributes["error"] = {
                "name": "Cancelled",
                "message": "the run was cancelled, or its caller went away",
            }
            recorder.end(span, "error")
            raise
        else:
            self._describe(span, invocation, outcome)
            return outcome
        finally:
            self._requests.discard(running)
            if is_run:
                recorder.runs.ended(invocation, span.started, outcome)
                if self._meters is not None:
                    self._measure(invocation, span, outcome)

    def _measure(self, invocation: Invocation, span: Span, outcome: Outcome | None) -> None:
        assert self._meters is not None  # noqa: S101 - asked before
        assert span.ended is not None  # noqa: S101 - it was recorded as ended
        failed = outcome is None or isinstance(outcome, Failed)
        delivery = invocation.delivery
        lag = None if delivery is None else max(0.0, span.started / 1e6 - delivery.due_at)
        self._meters.record(invocation.step.name, (span.ended - span.started) / 1e6, lag, failed=failed)

    def _describe(self, span: Span, invocation: Invocation, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            span.attributes["error"] = outcome.failure.as_json() | {"reason": outcome.reason}
            self._log_failure(invocation, outcome)
            self._recorder.end(span, "error")
            return
        if isinstance(outcome, Responded):
            span.attributes["http.status"] = outcome.status
            span.attributes["response"] = _response(outcome)
        elif outcome.result and invocation.kind != "hook":
            span.attributes["result"] = shown(outcome.result, RESULT_LIMIT)
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
    if "method" in given:
        about["http.method"] = given["method"]
        about["http.path"] = given["path"]
        if invocation.kind == "http":
            about["request"] = _request(given, invocation.body)
    elif invocation.kind == "hook":
        about["hook"] = given["hook"]  # what it is asked, and what it says of a visitor, may hold tokens
    else:
        about["attempt"] = invocation.attempt
        about["trigger"] = invocation.trigger
        about["maxAttempts"] = invocation.max_attempts
        if invocation.queued_ms is not None:
            about["queued_ms"] = invocation.queued_ms
        for name in ("deliveryId", "topic", "scheduledTime"):
            if name in given:
                about[name] = given[name]
        if invocation.body:
            about["input"], whole = shown_and_whole(invocation.body, RESULT_LIMIT)
            if not whole:
                about["inputCut"] = True
    return about


def _request(given: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A request as its run shows it, and as it can be sent again; `cut` where that is not all there was."""
    headers = {
        name: value
        for name, value in given["headers"].items()
        if isinstance(value, str) and name not in _NOT_KEPT and not is_secret_name(name)
    }
    kind = given["bodyKind"]
    request = {"method": given["method"], "path": given["url"], "headers": headers, "bodyKind": kind}
    if kind == "none":
        return request
    if kind == "bytes":
        return {**request, "body": f"({len(body):,} bytes)", "cut": True}
    request["body"], whole = shown_and_whole(body[: given.get("rawLength")], RESULT_LIMIT)
    return request if whole else {**request, "cut": True}


def _response(outcome: Responded) -> dict[str, Any]:
    if outcome.stream is not None:
        return {"status": outcome.status, "streamed": True}
    if not outcome.body:
        return {"status": outcome.status}
    media = next((value for name, value in outcome.headers.items() if name.lower() == "content-type"), "")
    if "json" in media or str(media).startswith("text/") or not media:
        return {"status": outcome.status, "body": shown(outcome.body, RESULT_LIMIT)}
    return {"status": outcome.status, "body": f"({len(outcome.body):,} bytes of {media})"}


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
            span.attributes["value"] = shown(answer.body, VALUE_LIMIT)
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
            about["data"] = shown(body, VALUE_LIMIT)
    elif body and op in _WITH_VALUE and not _hides_value(arguments):
        about["ops" if op.endswith(".update") else "data" if op == "trigger" else "value"] = shown(body, VALUE_LIMIT)
    return about


def _hides_value(arguments: dict[str, Any]) -> bool:
    return any(is_secret_name(str(arguments.get(name, ""))) for name in ("group", "key"))
