"""TraceStore on SQLite, in a file of its own: traces never wait for deliveries, nor deliveries for traces.

Survives the end of the process; a power cut may take the last moments.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Final, get_args

import apsw
import orjson

from motia.adapters.sqlite import runs, runs_sql, space, traces_sql
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.model.records import Level, LogRecord, Span, TraceSummary
from motia.model.run import Run, RunChange, RunDelivery, RunStatus
from motia.model.safe_json import safe_json
from motia.ports.trace_store import LogFilter, RunFilter, TraceFilter, WholeRun

_LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_RANK: Final[dict[str, int]] = {level: rank for rank, level in enumerate(_LEVELS)}

# Pruning goes in pieces, between which batches are recorded.
_TRACES_AT_ONCE: Final = 1_000
_LOGS_AT_ONCE: Final = 5_000
_NS_PER_MS: Final = 1_000_000


class SqliteTraces:
    """Traces in the file behind `writer` and `reader`, which stay open when this is done with."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def record(
        self, spans: Sequence[Span], logs: Sequence[LogRecord], runs: Sequence[RunChange] = ()
    ) -> list[Run]:
        """See `TraceStore.record`."""
        # Encoded here and now: a span goes on changing while it runs.
        span_rows = [safe_json(_span_row(span)) for span in spans]
        log_rows = [safe_json(_log_row(record)) for record in logs]
        return await self._writer.run(lambda db: _record(db, span_rows, log_rows, runs))

    async def traces(self, where: TraceFilter, *, limit: int = 50) -> list[TraceSummary]:
        """See `TraceStore.traces`."""
        query, values = traces_sql.traces(where)
        return await self._reader.run(lambda db: [_summary(row) for row in db.execute(query, (*values, limit))])

    async def spans(self, trace_id: str) -> list[Span]:
        """See `TraceStore.spans`."""
        return await self._reader.run(lambda db: _spans(db, trace_id))

    async def logs(self, where: LogFilter, *, limit: int = 100) -> list[LogRecord]:
        """See `TraceStore.logs`. What follows `after` comes in the order of arrival, so that a follower misses nothing."""
        return await self._reader.run(lambda db: _logs(db, where, limit))

    async def runs(self, where: RunFilter, *, limit: int = 50) -> list[Run]:
        """See `TraceStore.runs`."""
        return await self._reader.run(lambda db: runs.listed(db, where, limit))

    async def run_counts(self, *, since: int | None = None) -> dict[RunStatus, int]:
        """See `TraceStore.run_counts`."""
        return await self._reader.run(lambda db: dict(db.execute(runs_sql.COUNTS, (since or 0,))))

    async def run(self, trace_id: str) -> WholeRun | None:
        """See `TraceStore.run`."""
        return await self._reader.run(lambda db: runs.whole(db, trace_id))

    async def run_deliveries(self, ids: Collection[str]) -> list[RunDelivery]:
        """See `TraceStore.run_deliveries`."""
        return await self._reader.run(lambda db: runs.deliveries(db, ids))

    async def begin_life(self, unsettled: Collection[str], *, now: int) -> int:
        """See `TraceStore.begin_life`."""
        return await self._writer.run(lambda db: runs.begin_life(db, unsettled, now))

    async def clear(self) -> None:
        """See `TraceStore.clear`."""
        await self._writer.run(_clear)
        await space.give_back(self._writer)

    async def prune(self, *, older_than: int, keep_bytes: int) -> int:
        """See `TraceStore.prune`; how many traces and logs were dropped."""
        dropped = await self._drop_before(older_than)
        while await self._writer.run(_used_bytes, durable=False) > keep_bytes:
            cut = await self._writer.run(_next_cut, durable=False)
            if cut is None:
                break
            dropped += await self._drop_before(cut)
        await space.give_back(self._writer)
        return dropped

    async def _drop_before(self, time: int) -> int:
        total = 0
        while dropped := await self._writer.run(lambda db: _drop_some(db, time)):
            total += dropped
        return total


def _span_row(span: Span) -> list[Any]:
    s = span
    # The attributes as a text of their own: SQLite need not take them apart to put them together again.
    attributes = safe_json(s.attributes).decode()
    return [s.trace_id, s.span_id, s.parent_id, s.name, s.kind, s.step, s.started, s.ended, s.status, attributes]


def _log_row(record: LogRecord) -> list[Any]:
    r = record
    return [r.id, r.time, _RANK[r.level], r.message, r.step, r.trace_id, r.span_id, r.flows, r.args]


def _record(db: apsw.Connection, spans: list[bytes], logs: list[bytes], changes: Sequence[RunChange]) -> list[Run]:
    if spans:
        db.execute(traces_sql.STAGE, (_array(spans),))
        for statement in traces_sql.RECORD_SPANS:
            db.execute(statement)
    if logs:
        db.execute(traces_sql.STORE_LOGS, (_array(logs),))
    return runs.record(db, changes) if changes else []


def _array(rows: list[bytes]) -> str:
    return f"[{b','.join(rows).decode()}]"


def _summary(row: tuple[Any, ...]) -> TraceSummary:
    trace_id, name, kind, started, ended, status, spans, steps, errors = row
    return TraceSummary(trace_id, name, kind, started, ended, status, spans, steps, errors)


def _spans(db: apsw.Connection, trace_id: str) -> list[Span]:
    pieces = [orjson.loads(piece) for (piece,) in db.execute(traces_sql.SPANS, (trace_id,))]
    return [_span(trace_id, row) for piece in pieces for row in piece]


def _span(trace_id: str, row: list[Any]) -> Span:
    span_id, parent_id, name, kind, step, started, ended, status, attributes = row
    return Span(trace_id, span_id, parent_id, name, kind, step, started, ended, status, _parsed(attributes))


def _logs(db: apsw.Connection, where: LogFilter, limit: int) -> list[LogRecord]:
    """A text may be in all records or in none: those of late are looked through by index, and only then all."""
    level = None if where.level is None else _RANK.get(where.level, 0)
    scans = where.text is not None and (where.step, where.trace_id, where.after, where.since) == (None,) * 4
    if scans and (recent := db.execute(traces_sql.RECENT).get) is not None:
        query, values = traces_sql.logs(dataclasses.replace(where, since=recent), level)
        found = [_log(row) for row in db.execute(query, (*values, limit))]
        if len(found) == limit:
            return found
    query, values = traces_sql.logs(where, level, by_index=not scans)
    return [_log(row) for row in db.execute(query, (*values, limit))]


def _log(row: tuple[Any, ...]) -> LogRecord:
    id_, time, level, message, step, trace_id, span_id, flows, args = row
    return LogRecord(id_, time, _LEVELS[level], message, step, trace_id, span_id, tuple(_parsed(flows)), _parsed(args))


def _parsed(text: str) -> Any:
    """What damage made unreadable must not hide the rest."""
    try:
        return orjson.loads(text)
    except ValueError:
        return {"unreadable": text}


def _clear(db: apsw.Connection) -> None:
    for statement in (*traces_sql.CLEAR, *runs_sql.CLEAR):
        db.execute(statement)


def _drop_some(db: apsw.Connection, time: int) -> int:
    limits = (time * _NS_PER_MS, _TRACES_AT_ONCE)
    doomed: str = db.execute(traces_sql.OLD_TRACES, limits).get
    dropped = runs.drop(db, db.execute(runs_sql.OLD_RUNS, limits).get)
    runs.drop(db, doomed)
    for statement in traces_sql.DROP_TRACES:
        db.execute(statement, (doomed,))
    dropped += db.changes()
    db.execute(traces_sql.DROP_LOGS, (time, _LOGS_AT_ONCE))
    return dropped + db.changes()


def _next_cut(db: apsw.Connection) -> int | None:
    cut: int | None = db.execute(traces_sql.NEXT_CUT, (_TRACES_AT_ONCE, _LOGS_AT_ONCE)).get
    return cut


def _used_bytes(db: apsw.Connection) -> int:
    pages: int = db.pragma("page_count") - db.pragma("freelist_count")
    return pages * int(db.pragma("page_size"))
