"""What an emit asks for besides topic and data, read from a call (docs/events.md). Every error names its option."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Final

from motia.model.delivery import KEY_TTL_MS
from motia.model.errors import AuthorError
from motia.runtime.publisher import EmittedEvent

_DAY_MS: Final = 24 * 3_600_000
_LONGEST_KEY_TTL_MS: Final = 30 * _DAY_MS
# 9999-12-31T23:59:59.999Z: the last moment that every language and the store can write down.
_LATEST_MS: Final = 253_402_300_799_999
_SCOPES: Final = ("global", "run")


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """Which deliveries of a topic `emit.cancel` means; at least one key is there."""

    topic: str
    key: str | None
    dedup_key: str | None


def read_event(described: Mapping[str, Any], payload: bytes, *, now: int, run: str | None) -> EmittedEvent:
    """The event that `described` asks for at `now` (epoch ms).

    `run` names the delivery, or for a request the trace, whose handler emits it. Raises `AuthorError`.
    """
    due = _due(described, now)
    key = _key(described, run)
    key_ttl = _number(described, "idempotencyTtl", 1, _LONGEST_KEY_TTL_MS, "between 1 ms and 30 days")
    if key_ttl is not None and key is None:
        raise AuthorError("'idempotencyTtl' needs an 'idempotencyKey': it says how long the key counts")
    ttl = _number(described, "ttl", 1, _LATEST_MS - (due or now), "at least 1 ms, and end before the year 10000")
    return EmittedEvent(
        _topic(described, "emit"),
        payload,
        _text(described, "messageGroupId"),
        due,
        key,
        KEY_TTL_MS if key_ttl is None else key_ttl,
        _text(described, "dedupKey"),
        ttl,
    )


def read_chosen(described: Mapping[str, Any], *, run: str | None) -> Chosen:
    """What `emit.cancel` means. Raises `AuthorError`."""
    chosen = Chosen(_topic(described, "cancelling"), _key(described, run), _text(described, "dedupKey"))
    if chosen.key is None and chosen.dedup_key is None:
        raise AuthorError("cancelling needs the 'idempotencyKey' or the 'dedupKey' that was emitted with")
    return chosen


def _topic(described: Mapping[str, Any], what: str) -> str:
    topic = described.get("topic")
    if not isinstance(topic, str) or not topic:
        raise AuthorError(f"{what} needs a topic: a non-empty string")
    return topic


def _due(described: Mapping[str, Any], now: int) -> int | None:
    delay = _number(described, "delay", 0, _LATEST_MS - now, "0 ms or more, and end before the year 10000")
    at = _number(described, "at", 0, _LATEST_MS, "a time from 1970 to 9999 in epoch milliseconds")
    if delay is not None and at is not None:
        raise AuthorError("'delay' and 'at' both say when the event is due; give one of them")
    return at if delay is None else now + delay


def _key(described: Mapping[str, Any], run: str | None) -> str | None:
    key = _text(described, "idempotencyKey")
    scope = described.get("idempotencyScope")
    if scope is not None and scope not in _SCOPES:
        raise AuthorError(f"'idempotencyScope' is 'global' or 'run', not {scope!r}")
    if scope is not None and key is None:
        raise AuthorError("'idempotencyScope' needs an 'idempotencyKey': it says whose the key is")
    if scope != "run":
        return key
    if run is None:
        raise AuthorError("'idempotencyScope' cannot be 'run' here: no handler is running that the key could belong to")
    return f"run {run}\n{key}"


def _text(described: Mapping[str, Any], name: str) -> str | None:
    value = described.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise AuthorError(f"'{name}' must be a non-empty string, not {value!r}")
    return value


def _number(described: Mapping[str, Any], name: str, least: int, most: int, allowed: str) -> int | None:
    """Whole milliseconds; a fraction is rounded."""
    value = described.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise AuthorError(f"'{name}' is a number of milliseconds, not {value!r}")
    if not least <= round(value) <= most:
        raise AuthorError(f"'{name}' must be {allowed}, not {value:g}" + ("" if name == "at" else " ms"))
    return round(value)
