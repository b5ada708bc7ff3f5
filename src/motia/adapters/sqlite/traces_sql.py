"""The statements of the trace store. A batch arrives as one JSON text and is written by a few statements over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from motia.ports.trace_store import LogFilter, TraceFilter

# The spans of the batch being written. Of this connection only.
CREATE_INCOMING: Final = """
CREATE TEMP TABLE incoming (
    trace_id, span_id, parent_id, name, kind, step, started, ended, status, attributes, PRIMARY KEY (trace_id, span_id)
) WITHOUT ROWID
"""

CLEAR_INCOMING: Final = "DELETE FROM temp.incoming"

# Spans as [[trace_id, ...], ...]. Of two of one id the one that has ended stays, else the later.
STAGE: Final = """
INSERT INTO temp.incoming
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9
FROM json_each(?) WHERE true
ON CONFLICT (trace_id, span_id) DO UPDATE SET
    parent_id = excluded.parent_id, name = excluded.name, kind = excluded.kind, step = excluded.step,
    started = excluded.started, ended = excluded.ended, status = excluded.status, attributes = excluded.attributes
WHERE incoming.ended IS NULL OR excluded.ended IS NOT NULL
"""

# A span that has ended is not reopened by the late news of its start.
DROP_LATE_STARTS: Final = """
DELETE FROM temp.incoming WHERE ended IS NULL AND EXISTS (
    SELECT 1 FROM spans
    WHERE spans.trace_id = incoming.trace_id AND spans.span_id = incoming.span_id AND spans.ended IS NOT NULL
)
"""

# What the batch changes about each trace. The trace is named after its first span.
SUMMARISE: Final = """
INSERT INTO traces (trace_id, name, kind, started, last, spans, running, errors)
SELECT first.trace_id, first.name, first.kind, first.started, change.last, change.spans, change.running, change.errors
FROM (SELECT trace_id, name, kind, min(started) AS started FROM temp.incoming GROUP BY trace_id) AS first
JOIN (
    SELECT new.trace_id, max(new.ended) AS last, sum(old.span_id IS NULL) AS spans,
        sum((new.ended IS NULL) - (old.span_id IS NOT NULL AND old.ended IS NULL)) AS running,
        sum((new.status = 'error') - coalesce(old.status = 'error', 0)) AS errors
    FROM temp.incoming AS new LEFT JOIN spans AS old ON old.trace_id = new.trace_id AND old.span_id = new.span_id
    GROUP BY new.trace_id
) AS change ON change.trace_id = first.trace_id
WHERE true
ON CONFLICT (trace_id) DO UPDATE SET
    name = iif(excluded.started < started, excluded.name, name),
    kind = iif(excluded.started < started, excluded.kind, kind),
    started = min(started, excluded.started),
    last = coalesce(max(last, excluded.last), last, excluded.last),
    spans = spans + excluded.spans, running = running + excluded.running, errors = errors + excluded.errors
"""

NOTE_STEPS: Final = """
INSERT OR IGNORE INTO trace_steps (trace_id, step, started)
SELECT DISTINCT new.trace_id, new.step, traces.started
FROM temp.incoming AS new JOIN traces ON traces.trace_id = new.trace_id
"""

# A first span that arrives late moves the start of its trace.
MOVE_STEPS: Final = """
UPDATE trace_steps SET started = traces.started FROM traces
WHERE traces.trace_id = trace_steps.trace_id AND traces.started <> trace_steps.started
  AND trace_steps.trace_id IN (SELECT trace_id FROM temp.incoming)
"""

STORE_SPANS: Final = """
INSERT INTO spans SELECT * FROM temp.incoming WHERE true
ON CONFLICT (trace_id, span_id) DO UPDATE SET
    parent_id = excluded.parent_id, name = excluded.name, kind = excluded.kind, step = excluded.step,
    started = excluded.started, ended = excluded.ended, status = excluded.status, attributes = excluded.attributes
"""

# In this order.
RECORD_SPANS: Final = (DROP_LATE_STARTS, SUMMARISE, NOTE_STEPS, MOVE_STEPS, STORE_SPANS, CLEAR_INCOMING)

STORE_LOGS: Final = """
INSERT OR IGNORE INTO logs (id, time, level, message, step, trace_id, span_id, flows, args)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value -> 7, value -> 8
FROM json_each(?) ORDER BY value ->> 1
"""

# One JSON text for up to 500 spans: one hand-over of the interpreter instead of 500.
SPANS: Final = """
SELECT json_group_array(json_array(span_id, parent_id, name, kind, step, started, ended, status, attributes) ORDER BY place) FROM (
    SELECT *, row_number() OVER (ORDER BY started, span_id) AS place FROM spans WHERE trace_id = ?
) GROUP BY place / 500 ORDER BY place / 500
"""

# What is oldest, as a JSON list of trace ids. Parameters: started before (ns), how many.
OLD_TRACES: Final = """
SELECT json_group_array(trace_id) FROM (SELECT trace_id FROM traces WHERE started < ? ORDER BY started LIMIT ?)
"""
DROP_TRACES: Final = tuple(
    f"DELETE FROM {table} WHERE trace_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - names from the line below
    for table in ("spans", "trace_steps", "traces")
)
DROP_LOGS: Final = "DELETE FROM logs WHERE seq IN (SELECT seq FROM logs WHERE time < ? ORDER BY time LIMIT ?)"

# A time (ms) such that about the given numbers of traces and logs are older: what to drop next when space is short.
NEXT_CUT: Final = """
SELECT min(cut) FROM (
    SELECT max(started) / 1000000 + 1 AS cut FROM (SELECT started FROM traces ORDER BY started LIMIT ?)
    UNION ALL
    SELECT max(time) + 1 FROM (SELECT time FROM logs ORDER BY time LIMIT ?)
)
"""

CLEAR: Final = ("DELETE FROM spans", "DELETE FROM trace_steps", "DELETE FROM traces", "DELETE FROM logs")


def traces(where: TraceFilter) -> tuple[str, list[object]]:
    """Trace summaries, newest first, and the values of the conditions; the last parameter is the limit."""
    source, column = (
        ("traces", "traces.started") if where.step is None else ("trace_steps CROSS JOIN traces", "trace_steps.started")
    )
    conditions = [
        ("trace_steps.step = ? AND traces.trace_id = trace_steps.trace_id", where.step),
        ("traces.status = ?", where.status),
        (f"{column} >= ?", where.since),
        (f"{column} < ?", where.before),
    ]
    text, values = _where(conditions)
    query = f"""
    SELECT traces.trace_id, name, kind, traces.started, iif(running > 0, NULL, last), status, spans,
        (SELECT count(*) FROM trace_steps AS touched WHERE touched.trace_id = traces.trace_id), errors
    FROM {source} {text} ORDER BY {column} DESC LIMIT ?
    """  # noqa: S608 - only the texts above
    return query, values


# The time of the oldest of the newest so many records.
RECENT: Final = "SELECT time FROM logs ORDER BY time DESC LIMIT 1 OFFSET 20000"
_LEVEL_OF_CONCERN: Final = 2


def logs(where: LogFilter, level: int | None, *, by_index: bool = True) -> tuple[str, list[object]]:
    """Log records in the order of the port, and the values of the conditions; the last parameter is the limit.

    Without `by_index` all records are gone through as they lie: the quickest way to a text that hardly occurs.
    """
    place = "(SELECT time, seq FROM logs WHERE id = ?)"
    conditions = [
        ("step = ?", where.step),
        ("trace_id = ?", where.trace_id),
        (_least(level), level),
        (r"message LIKE ? ESCAPE '\'", None if where.text is None else _pattern(where.text)),
        ("time >= ?", where.since),
        ("time < ?", where.until),
        ("seq > coalesce((SELECT seq FROM logs WHERE id = ?), 0)", where.after),
        (f"(time, seq) < {place}", where.before if where.after is None else None),
    ]
    text, values = _where(conditions)
    order = "time DESC, seq DESC" if where.after is None else "seq"
    source = "logs" if by_index else "logs NOT INDEXED"
    return (
        f"SELECT id, time, level, message, step, trace_id, span_id, flows, args FROM {source} {text} ORDER BY {order} LIMIT ?",  # noqa: S608
        values,
    )


def _least(level: int | None) -> str:
    """The condition for a least level; the index of the higher ones is used only where it is named."""
    return f"level >= {_LEVEL_OF_CONCERN} AND level >= ?" if (level or 0) >= _LEVEL_OF_CONCERN else "level >= ?"


def _pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _where(conditions: Sequence[tuple[str, object]]) -> tuple[str, list[object]]:
    given = [(text, value) for text, value in conditions if value is not None]
    return (f"WHERE {' AND '.join(text for text, _ in given)}" if given else "", [value for _, value in given])
