"""Doing a run again: from its start, or from one of its Steps, as a new trace that says what it is a replay of."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from motia.admin.json_text import dumps
from motia.admin.operations import AdminRefusal
from motia.admin.origin import Origin
from motia.admin.sources import Sources
from motia.model.delivery import Cause
from motia.model.records import Span
from motia.model.step import EventTrigger, Step
from motia.runtime.publisher import EmittedEvent

_KINDS: Final = frozenset({"http", "event", "cron", "manual", "state", "stream"})

# Sends a request to the project's own edge: method, URL, headers, body. Returns when it was answered.
SendRequest = Callable[[str, str, Mapping[str, str], bytes], Awaitable[None]]


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done again: the run, or its last attempt of `step`; `given` in place of the input, if `edited`."""

    trace_id: str
    step: str | None = None
    edited: bool = False
    given: Any = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Replayed:
    """The new trace, and the deliveries that begin it (none for a request)."""

    trace_id: str
    delivery_ids: tuple[str, ...] = ()


class Replays:
    """Replays runs that the trace store still knows."""

    def __init__(self, sources: Sources, send: SendRequest) -> None:
        """`send` is given requests, which go the way of any other."""
        self._sources = sources
        self._send = send

    async def replay(self, wanted: Wanted) -> Replayed:
        """Do it again. Raises `AdminRefusal` where that cannot be done, and what publishing raises."""
        spans = await self._sources.traces.spans(wanted.trace_id)
        attempts = [
            span for span in spans if span.kind in _KINDS and ("attempt" in span.attributes or span.kind == "http")
        ]
        attempt = _chosen(attempts, wanted)
        step = self._sources.table().get(attempt.step)
        if step is None:
            raise AdminRefusal(409, f"the Step {attempt.step!r} is no longer part of the project")
        with Origin(self._sources, f"replay {attempt.step}") as cause:
            about = {"replay_of": wanted.trace_id} | ({"replay_step": wanted.step} if wanted.step else {})
            self._sources.recorder.runs.describe(cause.trace_id, **about)
            if attempt.kind == "http":
                await self._request(attempt, wanted, cause)
                return Replayed(cause.trace_id)
            return await self._deliver(attempt, step, wanted, cause, spans)

    async def _request(self, attempt: Span, wanted: Wanted, cause: Cause) -> None:
        request = attempt.attributes.get("request")
        if not isinstance(request, dict):
            raise AdminRefusal(
                409, "this request was recorded by an earlier version, without what it needs to be sent again"
            )
        headers = {**request["headers"], **{name.lower(): text for name, text in wanted.headers.items()}}
        if wanted.edited:
            body = b"" if wanted.given is None else dumps(wanted.given)
            headers["content-type"] = "application/json"
        else:
            _require_whole(cut=bool(request.get("cut")))
            body = _body(request)
        headers["traceparent"] = f"00-{cause.trace_id}-{cause.span_id}-01"
        await self._send(request["method"], request["path"], headers, body)

    async def _deliver(
        self, attempt: Span, step: Step, wanted: Wanted, cause: Cause, spans: Sequence[Span]
    ) -> Replayed:
        about = attempt.attributes
        if not wanted.edited:
            _require_whole(cut=bool(about.get("inputCut")))
        value = wanted.given if wanted.edited else about.get("input")
        payload = dumps(value) if wanted.edited or "input" in about else b""
        publisher = self._sources.publisher
        if wanted.step is None and attempt.kind == "event" and spans[0].kind == "call":
            # An event from outside: all who subscribe get it again, as at its first time.
            emission = await publisher.emit([EmittedEvent(str(about["topic"]), payload)], cause)
            return Replayed(cause.trace_id, emission.delivery_ids)
        trigger = _trigger(step, attempt)
        if trigger is None:
            return Replayed(cause.trace_id, ((await publisher.start(step, payload, cause)).id,))
        delivery = await publisher.again(
            step, trigger, payload, cause, topic=str(about.get("topic", "")), scheduled_for=about.get("scheduledTime")
        )
        return Replayed(cause.trace_id, (delivery.id,))


def _chosen(attempts: Sequence[Span], wanted: Wanted) -> Span:
    if not attempts:
        raise AdminRefusal(
            404, f"there is no run {wanted.trace_id!r} with a Step that began; runs are kept for a limited time"
        )
    if wanted.step is None:
        return attempts[0]
    own = [span for span in attempts if span.step == wanted.step]
    if not own:
        names = ", ".join(sorted({span.step for span in attempts}))
        raise AdminRefusal(404, f"the Step {wanted.step!r} did not run there; these did: {names}")
    return own[-1]


def _trigger(step: Step, attempt: Span) -> int | None:
    """Which of the Step's triggers began the attempt, None when none does any more."""
    topic = attempt.attributes.get("topic")
    fitting = [
        index
        for index, trigger in enumerate(step.triggers)
        if trigger.kind == attempt.kind and not (isinstance(trigger, EventTrigger) and trigger.topic != topic)
    ]
    before = attempt.attributes.get("trigger")
    return before if before in fitting else next(iter(fitting), None)


def _require_whole(*, cut: bool) -> None:
    if cut:
        raise AdminRefusal(
            409, "the input was cut or has secrets that were masked when it was recorded: give it as 'input'"
        )


def _body(request: Mapping[str, Any]) -> bytes:
    kind, body = request["bodyKind"], request.get("body")
    if kind == "none":
        return b""
    if kind == "form" and isinstance(body, dict):
        return urlencode(body, doseq=True).encode()
    return str(body).encode() if kind == "text" else dumps(body)
