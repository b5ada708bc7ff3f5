"""What an emit may ask for, and what of it is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from motia.model.delivery import KEY_TTL_MS
from motia.model.errors import AuthorError
from motia.runtime.emit_options import Chosen, read_chosen, read_event
from motia.runtime.publisher import EmittedEvent

NOW = 1_000_000
DAY = 24 * 3_600_000


def read(**options: Any) -> EmittedEvent:
    return read_event({"topic": "t", **options}, b"1", now=NOW, run="d7")


@pytest.mark.parametrize(
    ("options", "event"),
    [
        ({}, EmittedEvent("t", b"1")),
        ({"delay": 5}, EmittedEvent("t", b"1", due_at=NOW + 5)),
        ({"delay": 0.4}, EmittedEvent("t", b"1", due_at=NOW)),
        ({"at": 7}, EmittedEvent("t", b"1", due_at=7)),
        ({"messageGroupId": "g"}, EmittedEvent("t", b"1", "g")),
        ({"idempotencyKey": "k"}, EmittedEvent("t", b"1", key="k", key_ttl_ms=KEY_TTL_MS)),
        ({"idempotencyKey": "k", "idempotencyScope": "global"}, EmittedEvent("t", b"1", key="k")),
        ({"idempotencyKey": "k", "idempotencyScope": "run"}, EmittedEvent("t", b"1", key="run d7\nk")),
        ({"idempotencyKey": "k", "idempotencyTtl": 1}, EmittedEvent("t", b"1", key="k", key_ttl_ms=1)),
        ({"idempotencyKey": "k", "idempotencyTtl": 30 * DAY}, EmittedEvent("t", b"1", key="k", key_ttl_ms=30 * DAY)),
        ({"dedupKey": "k"}, EmittedEvent("t", b"1", dedup_key="k")),
        ({"ttl": 1}, EmittedEvent("t", b"1", ttl_ms=1)),
        (dict.fromkeys(("delay", "at", "ttl", "idempotencyKey", "dedupKey")), EmittedEvent("t", b"1")),
    ],
)
def test_every_option_has_its_meaning(options: dict[str, Any], event: EmittedEvent) -> None:
    assert read(**options) == event


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"topic": ""}, "needs a topic"),
        ({"topic": 3}, "needs a topic"),
        ({"delay": -1}, "'delay' must be 0 ms or more"),
        ({"delay": math.nan}, "'delay' is a number of milliseconds"),
        ({"delay": "5m"}, "'delay' is a number of milliseconds"),
        ({"delay": True}, "'delay' is a number of milliseconds"),
        ({"delay": 1e300}, "'delay' must be .* year 10000"),
        ({"at": -1}, "'at' must be a time from 1970"),
        ({"at": 1 << 60}, "'at' must be a time from 1970 to 9999"),
        ({"at": math.inf}, "'at' is a number"),
        ({"delay": 1, "at": 1}, "'delay' and 'at' both"),
        ({"ttl": 0}, "'ttl' must be at least 1 ms"),
        ({"ttl": -5}, "'ttl' must be at least 1 ms"),
        ({"at": 253_402_300_799_999, "ttl": 1}, "'ttl' must .* year 10000"),
        ({"idempotencyKey": ""}, "'idempotencyKey' must be a non-empty string"),
        ({"idempotencyKey": 3}, "'idempotencyKey' must be a non-empty string"),
        ({"idempotencyKey": "k", "idempotencyTtl": 0}, "'idempotencyTtl' must be between 1 ms and 30 days"),
        ({"idempotencyKey": "k", "idempotencyTtl": 30 * DAY + 1}, "'idempotencyTtl' must be between"),
        ({"idempotencyTtl": 5}, "'idempotencyTtl' needs an 'idempotencyKey'"),
        ({"idempotencyScope": "run"}, "'idempotencyScope' needs an 'idempotencyKey'"),
        ({"idempotencyKey": "k", "idempotencyScope": "Run"}, "'idempotencyScope' is 'global' or 'run', not 'Run'"),
        ({"dedupKey": ["a"]}, "'dedupKey' must be a non-empty string"),
        ({"messageGroupId": 7}, "'messageGroupId' must be a non-empty string"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AuthorError, match=message):
        read(**options)


def test_outside_a_run_no_key_can_belong_to_it() -> None:
    with pytest.raises(AuthorError, match="no handler is running"):
        read_event({"topic": "t", "idempotencyKey": "k", "idempotencyScope": "run"}, b"", now=NOW, run=None)


def test_what_is_cancelled_is_named_by_a_key() -> None:
    assert read_chosen({"topic": "t", "idempotencyKey": "k"}, run=None) == Chosen("t", "k", None)
    scoped = {"topic": "t", "idempotencyKey": "k", "idempotencyScope": "run", "dedupKey": "d"}
    assert read_chosen(scoped, run="d7") == Chosen("t", "run d7\nk", "d")
    with pytest.raises(AuthorError, match="cancelling needs the 'idempotencyKey' or the 'dedupKey'"):
        read_chosen({"topic": "t"}, run=None)
    with pytest.raises(AuthorError, match="cancelling needs a topic"):
        read_chosen({"dedupKey": "d"}, run=None)
