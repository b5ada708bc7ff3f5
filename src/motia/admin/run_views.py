"""Runs as the admin surface shows them. Times are epoch microseconds, durations milliseconds."""

from __future__ import annotations

from typing import Any, Final

from motia.admin.operations import (
    ANY,
    INTEGER,
    NULLABLE_INTEGER,
    NULLABLE_STRING,
    STRING,
    AdminRefusal,
    Asked,
    listing,
    record,
)
from motia.model.run import RUN_STATUSES, Run, RunDelivery
from motia.ports.trace_store import RunFilter, WholeRun

NUMBER: Final = {"type": "number"}
NULLABLE_NUMBER: Final = {"type": ["number", "null"]}
RUN: Final = record(
    id=STRING, status={"enum": list(RUN_STATUSES)}, trigger=STRING, step=STRING, topic=NULLABLE_STRING, flows=listing(STRING),
    steps=listing(STRING), version=NULLABLE_STRING, start=INTEGER, end=NULLABLE_INTEGER, durationMs=NULLABLE_NUMBER,
    attempts=INTEGER, open=INTEGER, queuedMs=NUMBER, runningMs=NUMBER, backoffMs=NUMBER, error=NULLABLE_STRING,
    attributes={"type": "object", "additionalProperties": STRING},
    deliveries={"type": "object", "additionalProperties": INTEGER},
)  # fmt: skip
DELIVERY: Final = record(
    id=STRING, step=STRING, place=STRING, dueAt=INTEGER, attempt=INTEGER, maxAttempts=INTEGER,
)  # fmt: skip
WHOLE: Final = {
    "allOf": [
        RUN,
        record(
            input=ANY, output=ANY, owed=listing(DELIVERY), replayOf=NULLABLE_STRING, replayStep=NULLABLE_STRING,
            replays=listing(STRING),
        ),
    ]
}  # fmt: skip
QUERY: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "status": (STRING, f"only in one of these statuses, separated by commas: {', '.join(RUN_STATUSES)}"),
    "step": (STRING, "only those that ran in this Step"),
    "flow": (STRING, "only those that ran in a Step of this flow"),
    "trigger": (STRING, "only those begun by http, event, cron, manual, state or stream"),
    "since": (INTEGER, "only started at or after this time (epoch ms)"),
    "until": (INTEGER, "only started before this time (epoch ms)"),
    "text": (
        STRING,
        "only with this text in the id, Step, topic, attributes, error, or the beginning of what was delivered",
    ),
    "attribute": (STRING, "only with these attributes: NAME:VALUE, several separated by commas"),
    "minMs": (INTEGER, "only those that are over and took at least so long"),
    "maxMs": (INTEGER, "only those that are over and took at most so long"),
}
_MS: Final = 1_000_000


def filter_of(asked: Asked) -> RunFilter:
    """What the query asks for. Raises `AdminRefusal`."""
    query = asked.query
    wanted = [each for each in query.get("status", "").split(",") if each]
    statuses = tuple(status for status in RUN_STATUSES if status in wanted)
    unknown = sorted({*wanted} - {*RUN_STATUSES})
    if unknown:
        raise AdminRefusal(400, f"there is no status {unknown[0]!r}; there are {', '.join(RUN_STATUSES)}")
    return RunFilter(
        statuses=statuses,
        step=query.get("step") or None,
        flow=query.get("flow") or None,
        trigger=query.get("trigger") or None,
        since=_moment(asked, "since"),
        until=_moment(asked, "until"),
        text=query.get("text") or None,
        attributes=tuple(_attribute(each) for each in query.get("attribute", "").split(",") if each),
        shortest=_moment(asked, "minMs"),
        longest=_moment(asked, "maxMs"),
        before=_cursor(query.get("before")),
    )


def shown(run: Run) -> dict[str, Any]:
    """A run in a list. An error of an attempt that was made up for is not the run's."""
    return {
        "id": run.id, "status": run.status, "trigger": run.trigger, "step": run.step, "topic": run.topic or None,
        "flows": list(run.flows), "steps": list(run.steps), "version": run.version, "start": run.started // 1000,
        "end": None if run.ended is None else run.ended // 1000,
        "durationMs": None if run.duration is None else run.duration / _MS,
        "attempts": run.attempts, "open": run.open,
        "queuedMs": run.queued / _MS, "runningMs": run.running / _MS, "backoffMs": run.backoff / _MS,
        "error": None if run.status == "completed" else run.error,
        "attributes": dict(run.attributes), "deliveries": dict(run.places),
    }  # fmt: skip


def shown_whole(whole: WholeRun, replays: list[Run]) -> dict[str, Any]:
    """A run with all that is known of it."""
    attributes = whole.run.attributes
    return {
        **shown(whole.run),
        "input": whole.input,
        "output": whole.output,
        "owed": [_delivery(each) for each in whole.deliveries],
        "replayOf": attributes.get("replay.of"),
        "replayStep": attributes.get("replay.step"),
        "replays": [run.id for run in replays],
    }


def cursor_of(run: Run) -> str:
    """What `before` continues behind."""
    return f"{run.started},{run.id}"


def _delivery(each: RunDelivery) -> dict[str, Any]:
    return {
        "id": each.id, "step": each.step, "place": each.place, "dueAt": each.due_at, "attempt": each.attempt,
        "maxAttempts": each.max_attempts,
    }  # fmt: skip


def _moment(asked: Asked, name: str) -> int | None:
    return asked.number(name, 0) * _MS if name in asked.query else None


def _attribute(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name:
        raise AdminRefusal(400, f"'attribute' must be NAME:VALUE, not {text!r}")
    return name, value


def _cursor(text: str | None) -> tuple[int, str] | None:
    if not text:
        return None
    started, comma, trace_id = text.partition(",")
    if not comma or not started.isascii() or not started.isdigit():
        raise AdminRefusal(400, f"'before' must be the 'next' of an earlier page, not {text!r}")
    return int(started), trace_id
