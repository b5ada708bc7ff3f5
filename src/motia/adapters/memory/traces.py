"""TraceStore in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final, get_args

import orjson

from motia.model.records import Level, LogRecord, Span, SpanStatus, TraceSummary
from motia.model.safe_json import safe_json
from motia.ports.trace_store import LogFilter, TraceFilter

_LEVELS: Final[tuple[str, ...]] = get_args(Level)
_NS_PER_MS: Final = 1_000_000


@dataclasses.dataclass(slots=True)
class _Arrived:
    """A log record, in the order of arrival, and how large it is."""

    seq: int
    record: LogRecord
    size: int


class MemoryTraces:
    """Survives nothing. Sizes are those of the records as JSON."""

    def __init__(self) -> None:
        self._traces: dict[str, dict[str, Span]] = {}
        self._logs: dict[str, _Arrived] = {}
        self._seq = 0

    async def record(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        """See `TraceStore.record`."""
        for span in spans:
            known = self._traces.setdefault(span.trace_id, {})
            before = known.get(span.span_id)
            if before is None or before.ended is None or span.ended is not None:
                known[span.span_id] = dataclasses.replace(span, attributes=_copied(span.attributes))
        for record in sorted(logs, key=lambda record: record.time):
            if record.id not in self._logs:
                self._seq += 1
                stored = dataclasses.replace(record, args=_copied(record.args))
                self._logs[record.id] = _Arrived(self._seq, stored, len(safe_json(dataclasses.asdict(stored))))

    async def traces(self, where: TraceFilter, *, limit: int = 50) -> list[TraceSummary]:
        """See `TraceStore.traces`."""
        found = [
            summary
            for trace_id, spans in self._traces.items()
            if where.step is None or any(span.step == where.step for span in spans.values())
            if _fits(summary := _summary(trace_id, list(spans.values())), where)
        ]
        found.sort(key=lambda summary: summary.started, reverse=True)
        return found[:limit]

    async def spans(self, trace_id: str) -> list[Span]:
        """See `TraceStore.spans`."""
        found = [dataclasses.replace(span) for span in self._traces.get(trace_id, {}).values()]
        return sorted(found, key=lambda span: (span.started, span.span_id))

    async def logs(self, where: LogFilter, *, limit: int = 100) -> list[LogRecord]:
        """See `TraceStore.logs`. What follows `after` comes in the order of arrival, so that a follower misses nothing."""
        found = [arrived for arrived in self._logs.values() if _passes(arrived.record, where)]
        if where.after is None:
            found.sort(key=lambda arrived: (arrived.record.time, arrived.seq), reverse=True)
        else:
            seen = self._logs.get(where.after)
            found = [arrived for arrived in found if seen is None or arrived.seq > seen.seq]
        return [arrived.record for arrived in found[:limit]]

    async def clear(self) -> None:
        """See `TraceStore.clear`."""
        self._traces.clear()
        self._logs.clear()

    async def prune(self, *, older_than: int, keep_bytes: int) -> int:
        """See `TraceStore.prune`; how many traces and logs were dropped."""
        ages: list[tuple[int, str, dict[str, Any], int]] = [
            (_started(spans) // _NS_PER_MS, trace_id, self._traces, _size(spans))
            for trace_id, spans in self._traces.items()
        ]
        ages += [(arrived.record.time, log_id, self._logs, arrived.size) for log_id, arrived in self._logs.items()]
        ages.sort(key=lambda age: age[:2])
        total = sum(size for *_, size in ages)
        dropped = 0
        for time, key, holder, size in ages:
            if time >= older_than and total <= keep_bytes:
                break
            del holder[key]
            total -= size
            dropped += 1
        return dropped


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    """As any store gives it back: plain JSON, and nobody else's."""
    copy: dict[str, Any] = orjson.loads(safe_json(value))
    return copy


def _started(spans: dict[str, Span]) -> int:
    return min(span.started for span in spans.values())


def _size(spans: dict[str, Span]) -> int:
    return sum(len(safe_json(dataclasses.asdict(span))) for span in spans.values())


def _summary(trace_id: str, spans: list[Span]) -> TraceSummary:
    first = min(spans, key=lambda span: span.started)
    errors = sum(span.status == "error" for span in spans)
    ends = [span.ended for span in spans if span.ended is not None]
    running = len(ends) < len(spans)
    status: SpanStatus = "running" if running else "error" if errors else "ok"
    return TraceSummary(
        trace_id,
        first.name,
        first.kind,
        first.started,
        None if running else max(ends),
        status,
        len(spans),
        len({span.step for span in spans}),
        errors,
    )


def _fits(summary: TraceSummary, where: TraceFilter) -> bool:
    return (
        where.status in {None, summary.status}
        and (where.since is None or summary.started >= where.since)
        and (where.before is None or summary.started < where.before)
    )


def _passes(record: LogRecord, where: LogFilter) -> bool:
    return (
        where.step in {None, record.step}
        and where.trace_id in {None, record.trace_id}
        and (where.level is None or _rank(record.level) >= _rank(where.level))
        and (where.text is None or where.text.lower() in record.message.lower())
        and (where.since is None or record.time >= where.since)
    )


def _rank(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else 0
