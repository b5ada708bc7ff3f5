"""Deliveries and dead letters as rows, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, get_args

from motia.model.delivery import Cause, DeadLetter, DeadReason, Delivery, Failure

_KINDS: Final = frozenset({"event", "cron", "manual", "state", "stream"})
_REASONS: Final = frozenset(get_args(DeadReason))


class Unreadable(Exception):
    """A row is not what it should be; the message says in which way."""


def row_of(delivery: Delivery, seq: int) -> tuple[Any, ...]:
    """The values of `queue_sql.INSERT` for one delivery."""
    d = delivery
    cause = d.cause
    return (
        seq,
        d.id,
        d.step,
        d.kind,
        d.topic,
        d.due_at,
        d.attempt,
        d.epoch,
        d.max_attempts,
        d.trigger,
        d.group,
        d.unique,
        d.created_at,
        d.scheduled_for,
        cause.trace_id,
        cause.span_id,
        cause.hops,
        d.unique_for_ms,
        d.emit_key,
        d.dedup_key,
        d.expires_at,
        d.payload,
    )


def delivery_of(row: Sequence[Any]) -> Delivery:
    """The delivery in the columns of `row`. Raises `Unreadable`."""
    (id_, step, kind, topic, due_at, attempt, epoch, max_attempts, trigger, group, unique, created_at, *rest) = row
    scheduled_for, trace_id, span_id, hops, unique_for_ms, emit_key, dedup_key, expires_at, payload = rest
    if kind not in _KINDS:
        raise Unreadable(f"kind is {kind!r}")
    return Delivery(
        id=id_,
        step=step,
        kind=kind,
        topic=topic,
        payload=payload,
        cause=Cause(trace_id, span_id, hops),
        created_at=created_at,
        due_at=due_at,
        max_attempts=max_attempts,
        trigger=trigger,
        group=group,
        unique=unique,
        attempt=attempt,
        epoch=epoch,
        scheduled_for=scheduled_for,
        unique_for_ms=unique_for_ms,
        emit_key=emit_key,
        dedup_key=dedup_key,
        expires_at=expires_at,
    )


def checked_delivery_of(row: Sequence[Any]) -> Delivery:
    """The same for a row of `queue_sql.READ`, whose payload may have suffered on the disk."""
    *columns, is_json = row
    delivery = delivery_of(columns)
    try:
        delivery.payload.decode()  # SQLite looks at the syntax only
    except UnicodeDecodeError as problem:
        raise Unreadable(f"payload is not UTF-8: {problem.reason} at byte {problem.start}") from problem
    if not is_json:
        _require_json(delivery.payload)
    return delivery


def dead_letter_of(row: Sequence[Any]) -> DeadLetter:
    """The dead letter in a row of `queue_sql.dead_letters` without its rowid. Raises `Unreadable`."""
    *columns, failure, reason, failed_at = row
    if reason not in _REASONS:
        raise Unreadable(f"reason is {reason!r}")
    return DeadLetter(delivery_of(columns), _failure_of(failure), reason, failed_at)


def failure_text(failure: Failure) -> str:
    """`failure` as it is stored. Escaped to ASCII: an error's message may hold what is no valid Unicode."""
    return json.dumps(failure.as_json())


def _failure_of(text: str) -> Failure:
    try:
        found = json.loads(text)
        return Failure(found["name"], found["message"], found.get("stack"), found.get("code"))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Unreadable(f"failure is not what it should be: {problem}") from problem


def _require_json(payload: bytes) -> None:
    """Ask the parser that follows any depth before a payload is called damaged."""
    try:
        json.loads(payload)
    except RecursionError:
        pass  # deeper than Python follows, so far it was sound
    except ValueError as problem:
        raise Unreadable(f"payload is not JSON: {problem}") from problem
