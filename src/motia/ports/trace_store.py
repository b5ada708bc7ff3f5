"""TraceStore: spans and log records, kept for a while."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from motia.model.records import LogRecord, Span, TraceSummary
from motia.model.run import Run, RunChange, RunDelivery, RunStatus


@dataclasses.dataclass(frozen=True, slots=True)
class LogFilter:
    """Which log records: all given fields must match.

    `level` is the least level. `since`, `until`: epoch ms, the latter excluded. `after` is the id of the last record already
    seen by a follower; `before` that of a page's last record, behind which older ones continue.
    """

    step: str | None = None
    trace_id: str | None = None
    level: str | None = None
    text: str | None = None
    since: int | None = None
    after: str | None = None
    until: int | None = None
    before: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which traces: all given fields must match. `since` is epoch ns; `before` (epoch ns) continues behind the last trace of a page."""

    step: str | None = None
    status: str | None = None
    since: int | None = None
    before: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs: all given fields must match.

    `statuses`: any of these. `step`: one that ran in it. `since`, `until`: epoch ns of its start, the latter excluded.
    `text` occurs in what `Run.searched` gives, in whatever case. `attributes` are (name, value) pairs. `shortest` and
    `longest` (ns, included) mean runs that are over. `before` is (start, id) of a page's last run: it continues behind that.
    """

    statuses: tuple[RunStatus, ...] = ()
    step: str | None = None
    flow: str | None = None
    trigger: str | None = None
    since: int | None = None
    until: int | None = None
    text: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    shortest: int | None = None
    longest: int | None = None
    before: tuple[int, str] | None = None

    def means(self, run: Run, given: str = "") -> bool:
        """Whether `run`, whose input begins with `given` (JSON, lower case), is one of these."""
        took = run.duration
        text = None if self.text is None else self.text.lower()
        return (
            (not self.statuses or run.status in self.statuses)
            and (self.step is None or self.step in run.steps)
            and (self.flow is None or self.flow in run.flows)
            and self.trigger in {None, run.trigger}
            and (self.since is None or run.started >= self.since)
            and (self.until is None or run.started < self.until)
            and (text is None or text in run.searched() or text in given)
            and all(run.attributes.get(name) == value for name, value in self.attributes)
            and (self.shortest is None or (took is not None and took >= self.shortest))
            and (self.longest is None or (took is not None and took <= self.longest))
            and (self.before is None or (run.started, run.id) < self.before)
        )


@dataclasses.dataclass(frozen=True, slots=True)
class WholeRun:
    """A run with its input and output (JSON, cut and masked) and those of its deliveries that are not over."""

    run: Run
    input: Any
    output: Any
    deliveries: tuple[RunDelivery, ...]


class TraceStore(Protocol):
    """Losing the last moments at a crash is allowed; blocking or failing a Step because of a trace is not.

    A span is written when it starts and again when it ends: the later one (same `span_id`) replaces the earlier.
    """

    async def record(
        self, spans: Sequence[Span], logs: Sequence[LogRecord], runs: Sequence[RunChange] = ()
    ) -> list[Run]:
        """Store them; order and duplicates of spans and logs do not matter. The runs as `runs` leave them, in that order."""
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

    async def runs(self, where: RunFilter, *, limit: int = 50) -> list[Run]:
        """Runs by start and id, newest first."""
        ...

    async def run_counts(self, *, since: int | None = None) -> dict[RunStatus, int]:
        """How many runs there are in each status, of those that started at or after `since` (epoch ns)."""
        ...

    async def run(self, trace_id: str) -> WholeRun | None:
        """One run, None when it is not known."""
        ...

    async def run_deliveries(self, ids: Collection[str]) -> list[RunDelivery]:
        """Those deliveries of these ids that are not over, in no order."""
        ...

    async def begin_life(self, unsettled: Collection[str], *, now: int) -> int:
        """Make up for what an earlier life could not record: how many runs that concerned.

        Nothing runs at `now` (epoch ns), so spans without an end are ended as errors; pending or leased deliveries that are
        not in `unsettled` are over, leased ones that are wait for their turn.
        """
        ...

    async def clear(self) -> None:
        """Forget everything."""
        ...

    async def prune(self, *, older_than: int, keep_bytes: int) -> int:
        """Drop what started before `older_than` (epoch ms), then the oldest until the store is at most `keep_bytes`; how much."""
        ...
