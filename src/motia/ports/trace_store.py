"""TraceStore: spans and log records, kept for a while."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from motia.model.records import LogRecord, Span, TraceSummary


@dataclasses.dataclass(frozen=True, slots=True)
class LogFilter:
    """Which log records: all given fields must match. `after` is the id of the last record already seen; `level` is the least level."""

    step: str | None = None
    trace_id: str | None = None
    level: str | None = None
    text: str | None = None
    since: int | None = None
    after: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which traces: all given fields must match. `since` is epoch ns; `before` (epoch ns) continues behind the last trace of a page."""

    step: str | None = None
    status: str | None = None
    since: int | None = None
    before: int | None = None


class TraceStore(Protocol):
    """Losing the last moments at a crash is allowed; blocking or failing a Step because of a trace is not.

    A span is written when it starts and again when it ends: the later one (same `span_id`) replaces the earlier.
    """

    async def record(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        """Store them; order and duplicates do not matter."""
        ...

    async def traces(self, where: TraceFilter, *, limit: int = 50) -> list[TraceSummary]:
        """Traces by start, newest first."""
        ...

    async def spans(self, trace_id: str) -> list[Span]:
        """All spans of a trace by start; empty when unknown."""
        ...

    async def logs(self, where: LogFilter, *, limit: int = 100) -> list[LogRecord]:
        """Records newest first; with `after`, those behind it oldest first."""
        ...

    async def clear(self) -> None:
        """Forget everything."""
        ...

    async def prune(self, *, older_than: int, keep_bytes: int) -> int:
        """Drop traces and logs that started before `older_than` (epoch ms), then oldest first until the store is at most `keep_bytes`."""
        ...
