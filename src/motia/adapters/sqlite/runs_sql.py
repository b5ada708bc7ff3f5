"""The statements about runs."""

from __future__ import annotations

from typing import Final

from motia.model.run import RunStatus
from motia.ports.trace_store import RunFilter

# Attributes of so few values that an index of them is worth less than it costs each request.
UNTAGGED: Final = frozenset({"http.method", "http.status"})

LOAD: Final = "SELECT trace_id, record FROM runs WHERE trace_id IN (SELECT value FROM json_each(?))"
PLACES: Final = "SELECT id, place FROM run_deliveries WHERE id IN (SELECT value FROM json_each(?))"

# Everything arrives as one JSON text with a row for each run, tag, or delivery.
STORE: Final = """
INSERT INTO runs (trace_id, started, status, trigger, duration, text, told, record)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM json_each(?) WHERE true
ON CONFLICT (trace_id) DO UPDATE SET
    started = excluded.started, status = excluded.status, trigger = excluded.trigger, duration = excluded.duration,
    text = excluded.text, told = iif(excluded.told = '', told, excluded.told), record = excluded.record
"""
TAG: Final = """
INSERT OR IGNORE INTO run_tags (name, value, started, trace_id)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
"""
UNTAG: Final = "DELETE FROM run_tags WHERE name = ? AND value = ? AND started = ? AND trace_id = ?"
STORE_VALUES: Final = """
INSERT INTO run_values (trace_id, input, output)
SELECT value ->> 0, nullif(value -> 1, 'null'), nullif(value -> 2, 'null') FROM json_each(?) WHERE true
ON CONFLICT (trace_id) DO UPDATE SET input = coalesce(excluded.input, input), output = coalesce(excluded.output, output)
"""
STORE_DELIVERY: Final = """
INSERT INTO run_deliveries (id, trace_id, step, place, due_at, attempt, max_attempts)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?) WHERE true
ON CONFLICT (id) DO UPDATE SET
    place = excluded.place, due_at = excluded.due_at, attempt = excluded.attempt, max_attempts = excluded.max_attempts
"""
DROP_DELIVERIES: Final = "DELETE FROM run_deliveries WHERE id IN (SELECT value FROM json_each(?))"

DELIVERIES: Final = "SELECT id, trace_id, step, place, due_at, attempt, max_attempts FROM run_deliveries"
DELIVERIES_BY_ID: Final = DELIVERIES + " WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - only the text above
DELIVERIES_OF: Final = f"{DELIVERIES} WHERE trace_id = ? ORDER BY due_at, id LIMIT 1000"
OWED: Final = f"{DELIVERIES} WHERE place IN ('queued', 'waiting', 'retrying', 'leased')"

VALUES: Final = "SELECT input, output FROM run_values WHERE trace_id = ?"
COUNTS: Final = "SELECT status, count(*) FROM runs WHERE started >= ? GROUP BY status"
RUNNING: Final = "SELECT trace_id FROM runs WHERE status = 'running'"

CLOSE_SPANS: Final = """
UPDATE spans SET ended = max(started, ?), status = 'error',
    attributes = json_set(iif(json_valid(attributes), attributes, '{}'), '$.error',
        json_object('name', 'Interrupted', 'message', 'the core ended before this did'))
WHERE ended IS NULL
RETURNING trace_id, ended
"""
CLOSE_TRACE: Final = """
UPDATE traces SET running = max(0, running - 1), errors = errors + 1, last = max(coalesce(last, 0), ?2) WHERE trace_id = ?1
"""

# Parameters of all: a JSON list of trace ids.
DROP: Final = tuple(
    f"DELETE FROM {table} WHERE trace_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - names from the line below
    for table in ("run_values", "run_deliveries", "runs")
)
CLEAR: Final = ("DELETE FROM run_tags", "DELETE FROM run_values", "DELETE FROM run_deliveries", "DELETE FROM runs")

# Runs without spans (nothing of theirs was ever begun), as `traces_sql.OLD_TRACES`.
OLD_RUNS: Final = """
SELECT json_group_array(trace_id) FROM (
    SELECT trace_id FROM runs WHERE started < ? AND NOT EXISTS (SELECT 1 FROM traces WHERE traces.trace_id = runs.trace_id)
    ORDER BY started LIMIT ?
)
"""


def runs(where: RunFilter, status: RunStatus | None) -> tuple[str, list[object]]:
    """Records of runs newest first, and the values of the conditions; the last parameter is the limit."""
    tagged = ((f"@{name}", value) for name, value in where.attributes if name not in UNTAGGED)
    tags = [("step", where.step), ("flow", where.flow), *tagged]
    given = [(name, value) for name, value in tags if value is not None]
    conditions: list[str] = []
    values: list[object] = []

    def require(text: str, *of: object) -> None:
        conditions.append(text)
        values.extend(of)

    # The first tag leads: its index is in the order wanted.
    source, key = ("run_tags AS tag CROSS JOIN runs", "tag") if given else ("runs", "runs")
    for at, (name, value) in enumerate(given):
        if at == 0:
            require("tag.name = ? AND tag.value = ? AND runs.trace_id = tag.trace_id", name, value)
        else:
            require(
                "EXISTS (SELECT 1 FROM run_tags AS t WHERE t.name = ? AND t.value = ? AND t.started = runs.started "
                "AND t.trace_id = runs.trace_id)",
                name,
                value,
            )
    for name, value in where.attributes:
        if name in UNTAGGED:
            require("runs.record ->> ? = ?", f'$.attributes."{name}"', value)
    for text, wanted in (
        ("runs.status = ?", status),
        ("runs.trigger = ?", where.trigger),
        (f"{key}.started >= ?", where.since),
        (f"{key}.started < ?", where.until),
        ("runs.duration >= ?", where.shortest),
        ("runs.duration <= ?", where.longest),
    ):
        if wanted is not None:
            require(text, wanted)
    if where.text is not None:
        require("(instr(runs.text, ?) OR instr(runs.told, ?))", where.text.lower(), where.text.lower())
    if where.before is not None:
        require(f"({key}.started, {key}.trace_id) < (?, ?)", *where.before)
    met = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return (
        f"SELECT runs.record FROM {source} {met} ORDER BY {key}.started DESC, {key}.trace_id DESC LIMIT ?",  # noqa: S608
        values,
    )
