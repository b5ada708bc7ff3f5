"""What is remembered of a run: spans and log records, cheap enough to be always on."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

SpanStatus = Literal["running", "ok", "error"]
Level = Literal["debug", "info", "warn", "error"]


@dataclasses.dataclass(slots=True, eq=False)
class Span:
    """One part of a trace. Times are epoch nanoseconds; `ended` is None while it runs.

    `name` and `kind` are listed in docs/tracing.md. `step` is the Step on whose behalf it happened.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: Literal["http", "event", "cron", "manual", "state", "stream", "emit", "trigger", "call", "hook", "commit"]
    step: str
    started: int
    ended: int | None = None
    status: SpanStatus = "running"
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class LogRecord:
    """One line that a Step or the core wrote (LOG-2). `time` is epoch milliseconds."""

    id: str
    time: int
    level: Level
    message: str
    step: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    flows: tuple[str, ...] = ()
    args: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class TraceSummary:
    """One trace in a list. Times are epoch nanoseconds; `ended` is None while a span runs."""

    trace_id: str
    name: str
    kind: str
    started: int
    ended: int | None
    status: SpanStatus
    spans: int
    steps: int
    errors: int
