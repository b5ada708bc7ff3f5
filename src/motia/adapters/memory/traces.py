"""TraceStore in memory."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final, get_args

import orjson

from motia.model.records import Level, LogRecord, Span, SpanStatus, TraceSummary
from motia.model.run import DeliveryPlace, Run, RunChange, RunDelivery, RunStatus, merged
from motia.model.safe_json import safe_json
from motia.ports.trace_store import LogFilter, RunFilter, TraceFilter, WholeRun

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
        self._runs: dict[str, WholeRun] = {}
        self._deliveries: dict[str, RunDelivery] = {}

    async def record(
        self, spans: Sequence[Span], logs: Sequence[LogRecord], runs: Sequence[RunChange] = ()
    ) -> list[Run]:
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
        return [self._change(change) for change in runs]

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
            last = None if where.before is None else self._logs.get(where.before)
            if last is not None:
                place = last.record.time, last.seq
                found = [arrived for arrived in found if (arrived.record.time, arrived.seq) < place]
        else:
            seen = self._logs.get(where.after)
            found = [arrived for arrived in found if seen is None or arrived.seq > seen.seq]
        return [arrived.record for arrived in found[:limit]]

    async def runs(self, where: RunFilter, *, limit: int = 50) -> list[Run]:
        """See `TraceStore.runs`."""
        found = [whole.run for whole in self._runs.values() if _is_meant(whole, where)]
        return sorted(found, key=lambda run: (run.started, run.id), reverse=True)[:limit]

    async def run_counts(self, *, since: int | None = None) -> dict[RunStatus, int]:
        """See `TraceStore.run_counts`."""
        return dict(Counter(each.run.status for each in self._runs.values() if each.run.started >= (since or 0)))

    async def run(self, trace_id: str) -> WholeRun | None:
        """See `TraceStore.run`."""
        whole = self._runs.get(trace_id)
        if whole is None:
            return None
        own = [each for each in self._deliveries.values() if each.trace_id == trace_id]
        return dataclasses.replace(whole, deliveries=tuple(sorted(own, key=lambda each: (each.due_at, each.id))))

    async def run_deliveries(self, ids: Collection[str]) -> list[RunDelivery]:
        """See `TraceStore.run_deliveries`."""
        return [self._deliveries[each] for each in ids if each in self._deliveries]

    async def begin_life(self, unsettled: Collection[str], *, now: int) -> int:
        """See `TraceStore.begin_life`."""
        for trace_id, spans in self._traces.items():
            for span in [each for each in spans.values() if each.ended is None]:
                about = {"name": "Interrupted", "message": "the core ended before this did"}
                attributes = {**span.attributes, "error": about}
                ended = dataclasses.replace(span, ended=max(span.started, now), status="error", attributes=attributes)
                self._traces[trace_id][span.span_id] = ended
        changes: dict[str, RunChange] = {}
        for delivery in list(self._deliveries.values()):
            if delivery.place not in {"queued", "waiting", "retrying", "leased"}:
                continue
            place: DeliveryPlace = "queued" if delivery.id in unsettled else "over"
            if place == "over" or delivery.place == "leased":
                change = changes.setdefault(delivery.trace_id, RunChange(delivery.trace_id, last=now))
                change.deliveries[delivery.id] = dataclasses.replace(delivery, place=place)
        for whole in list(self._runs.values()):
            run = whole.run
            if run.open:
                changes.setdefault(run.id, RunChange(run.id, last=now)).open = -run.open
                if run.trigger == "http":
                    interrupted = "Interrupted: the core ended before this run did"
                    failed = dataclasses.replace(run, failed=True, error=interrupted)
                    self._runs[run.id] = dataclasses.replace(whole, run=failed)
        for change in changes.values():
            self._change(change)
        return len(changes)

    def _change(self, change: RunChange) -> Run:
        whole = self._runs.get(change.trace_id)
        places = {each: self._deliveries[each].place for each in change.deliveries if each in self._deliveries}
        run = merged(None if whole is None else whole.run, change, places)
        whole = WholeRun(run, None, None, ()) if whole is None else dataclasses.replace(whole, run=run)
        if change.entry is not None and change.entry.started == run.started and change.entry.input is not None:
            whole = dataclasses.replace(whole, input=_plain(change.entry.input))
        end = change.ends.get(run.step)
        if end is not None and end.output is not None:
            whole = dataclasses.replace(whole, output=_plain(end.output))
        self._runs[run.id] = whole
        for each in change.deliveries.values():
            self._deliveries.pop(each.id, None)
            if each.place != "over":
                self._deliveries[each.id] = each
        return run

    def _forget_run(self, trace_id: str) -> None:
        self._runs.pop(trace_id, None)
        for each in [each.id for each in self._deliveries.values() if each.trace_id == trace_id]:
            del self._deliveries[each]

    async def clear(self) -> None:
        """See `TraceStore.clear`."""
        self._traces.clear()
        self._logs.clear()
        self._runs.clear()
        self._deliveries.clear()

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
            if holder is self._traces:
                self._forget_run(key)
            total -= size
            dropped += 1
        old = [each.run.id for each in self._runs.values() if each.run.started < older_than * _NS_PER_MS]
        for trace_id in [each for each in old if each not in self._traces]:
            self._forget_run(trace_id)
            dropped += 1
        return dropped


def _plain(value: Any) -> Any:
    return orjson.loads(safe_json(value))


def _is_meant(whole: WholeRun, where: RunFilter) -> bool:
    given = "" if whole.input is None else safe_json(whole.input).decode()[:400].lower()
    return where.means(whole.run, given)


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
        and (where.until is None or record.time < where.until)
    )


def _rank(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else 0
