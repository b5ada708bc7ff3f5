"""Runs in the file of the traces: changes are merged in the transaction that stores them."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import apsw
import orjson

from motia.adapters.sqlite import runs_sql
from motia.model.run import DeliveryPlace, Run, RunChange, RunDelivery, merged
from motia.model.safe_json import safe_json
from motia.ports.trace_store import RunFilter, WholeRun

_TOLD: Final = 400
_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Run))


def record(db: apsw.Connection, changes: Sequence[RunChange]) -> list[Run]:
    """Merge and store `changes`; the runs as they are then."""
    known = _load(db, [change.trace_id for change in changes])
    moved = [each for change in changes for each in change.deliveries.values()]
    before = _places(db, [each.id for each in moved])
    rows = _Rows()
    after: list[Run] = []
    for change in changes:
        run = merged(known.get(change.trace_id), change, before)
        rows.add(known.get(change.trace_id), run, change)
        known[run.id] = run
        after.append(run)
    rows.store(db)
    _store_deliveries(db, moved, before)
    return after


def listed(db: apsw.Connection, where: RunFilter, limit: int) -> list[Run]:
    """See `TraceStore.runs`. Several statuses are several queries, each in the order of its index."""
    pages = []
    for status in dict.fromkeys(where.statuses) or (None,):
        query, values = runs_sql.runs(where, status)
        pages.append([_run(text) for (text,) in db.execute(query, (*values, limit))])
    if len(pages) == 1:
        return pages[0]
    return list(heapq.merge(*pages, key=lambda run: (run.started, run.id), reverse=True))[:limit]


def whole(db: apsw.Connection, trace_id: str) -> WholeRun | None:
    """See `TraceStore.run`."""
    run = _load(db, [trace_id]).get(trace_id)
    if run is None:
        return None
    given, output = next(iter(db.execute(runs_sql.VALUES, (trace_id,))), (None, None))
    deliveries = tuple(_delivery(row) for row in db.execute(runs_sql.DELIVERIES_OF, (trace_id,)))
    return WholeRun(run, _parsed(given), _parsed(output), deliveries)


def deliveries(db: apsw.Connection, ids: Collection[str]) -> list[RunDelivery]:
    """See `TraceStore.run_deliveries`."""
    return [_delivery(row) for row in db.execute(runs_sql.DELIVERIES_BY_ID, (_ids(ids),))]


def begin_life(db: apsw.Connection, unsettled: Collection[str], now: int) -> int:
    """See `TraceStore.begin_life`."""
    for trace_id, ended in list(db.execute(runs_sql.CLOSE_SPANS, (now,))):
        db.execute(runs_sql.CLOSE_TRACE, (trace_id, ended))
    changes: dict[str, RunChange] = {}
    for row in list(db.execute(runs_sql.OWED)):
        delivery = _delivery(row)
        place: DeliveryPlace = "over" if delivery.id not in unsettled else "queued"
        if place == "over" or delivery.place == "leased":
            change = changes.setdefault(delivery.trace_id, RunChange(delivery.trace_id, last=now))
            change.deliveries[delivery.id] = dataclasses.replace(delivery, place=place)
    interrupted = _Rows()
    running = _load(db, [trace_id for (trace_id,) in db.execute(runs_sql.RUNNING)])
    for run in running.values():
        if run.open:
            changes.setdefault(run.id, RunChange(run.id, last=now)).open = -run.open
            if run.trigger == "http":
                failed = dataclasses.replace(run, failed=True, error="Interrupted: the core ended before this run did")
                interrupted.add(run, failed, RunChange(run.id))
    interrupted.store(db)
    record(db, list(changes.values()))
    return len(changes)


def drop(db: apsw.Connection, doomed: str) -> int:
    """Forget the runs of these traces (a JSON list of ids); how many there were."""
    found = _load(db, orjson.loads(doomed))
    for run in found.values():
        db.executemany(runs_sql.UNTAG, [(*tag, run.started, run.id) for tag in _tags(run)])
    for statement in runs_sql.DROP:
        db.execute(statement, (doomed,))
    return len(found)


def _load(db: apsw.Connection, ids: Sequence[str]) -> dict[str, Run]:
    return {trace_id: _run(text) for trace_id, text in db.execute(runs_sql.LOAD, (_ids(ids),))}


def _places(db: apsw.Connection, ids: Sequence[str]) -> dict[str, DeliveryPlace]:
    return dict(db.execute(runs_sql.PLACES, (_ids(ids),))) if ids else {}


class _Rows:
    """What a batch changes about runs, to be written by a few statements."""

    def __init__(self) -> None:
        self._runs: list[Any] = []
        self._tags: list[tuple[str, str, int, str]] = []
        self._untags: list[tuple[str, str, int, str]] = []
        self._values: list[tuple[str, Any, Any]] = []

    def add(self, before: Run | None, run: Run, change: RunChange) -> None:
        given = change.entry.input if change.entry is not None and change.entry.started == run.started else None
        told = "" if given is None else safe_json(given).decode()[:_TOLD].lower()
        self._runs.append(
            (run.id, run.started, run.status, run.trigger, run.duration, run.searched(), told, _text(run))
        )
        tags = _tags(run)
        if before is not None:
            old = _tags(before)
            if before.started != run.started:
                self._untags += [(*tag, before.started, run.id) for tag in old]
            else:
                tags = [tag for tag in tags if tag not in old]
        self._tags += [(*tag, run.started, run.id) for tag in tags]
        end = change.ends.get(run.step)
        output = None if end is None else end.output
        if given is not None or output is not None:
            self._values.append((run.id, given, output))

    def store(self, db: apsw.Connection) -> None:
        if self._untags:
            db.executemany(runs_sql.UNTAG, self._untags)
        for statement, rows in (
            (runs_sql.STORE, self._runs), (runs_sql.TAG, self._tags), (runs_sql.STORE_VALUES, self._values),
        ):  # fmt: skip
            if rows:
                db.execute(statement, (_array(rows),))


def _array(rows: Sequence[Any]) -> str:
    """The rows as JSON; where one has something that JSON cannot say, that becomes a text of it."""
    try:
        return orjson.dumps(rows).decode()
    except (TypeError, ValueError):
        return safe_json(rows).decode()


def _store_deliveries(db: apsw.Connection, moved: Sequence[RunDelivery], before: dict[str, DeliveryPlace]) -> None:
    kept = [
        (d.id, d.trace_id, d.step, d.place, d.due_at, d.attempt, d.max_attempts) for d in moved if d.place != "over"
    ]
    over = [each.id for each in moved if each.place == "over" and each.id in before]
    if kept:
        db.execute(runs_sql.STORE_DELIVERY, (_array(kept),))
    if over:
        db.execute(runs_sql.DROP_DELIVERIES, (_ids(over),))


def _tags(run: Run) -> list[tuple[str, str]]:
    return [
        *(("step", step) for step in run.steps),
        *(("flow", flow) for flow in run.flows),
        *((f"@{name}", value) for name, value in run.attributes.items() if name not in runs_sql.UNTAGGED),
    ]


def _text(run: Run) -> str:
    try:
        return orjson.dumps(run).decode()
    except (TypeError, ValueError):
        return safe_json({name: getattr(run, name) for name in _FIELDS}).decode()


def _run(text: str) -> Run:
    fields = orjson.loads(text)
    fields["flows"], fields["steps"] = tuple(fields["flows"]), tuple(fields["steps"])
    return Run(**fields)


def _delivery(row: tuple[Any, ...]) -> RunDelivery:
    return RunDelivery(*row)


def _ids(ids: Iterable[str]) -> str:
    return orjson.dumps(list(ids)).decode()


def _parsed(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
