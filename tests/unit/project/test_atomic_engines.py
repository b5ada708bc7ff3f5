"""Which engines atomic Steps run on (CFG-49)."""

from __future__ import annotations

import dataclasses

from motia.adapters.memory import MemoryStores
from motia.adapters.sqlite import SqliteStores
from motia.project.adapter_choice import Adapter, Adapters
from motia.project.atomic_engines import COMMITTING, why_not_atomic

REDIS = Adapter("redis://:secret@db:6379", "redis")


def test_the_table_says_what_the_stores_say() -> None:
    engines = {"sqlite": SqliteStores, "memory": MemoryStores}
    assert {
        name for name, stores in engines.items() if "commits" in {field.name for field in dataclasses.fields(stores)}
    } == COMMITTING


def test_one_engine_for_both_will_do() -> None:
    memory = Adapter("memory://", "adapters.state")
    assert why_not_atomic(Adapters()) is None
    assert why_not_atomic(Adapters(state=memory, events=Adapter("memory://", "events"))) is None
    assert why_not_atomic(Adapters(streams=REDIS, cron=REDIS)) is None


def test_two_engines_have_no_commit_in_common() -> None:
    why = why_not_atomic(Adapters(state=REDIS))
    assert why is not None
    assert "state is on redis://:***@db:6379 (redis) and events are on the embedded file" in why
    assert "adapters.state and adapters.events" in why
    assert "secret" not in why


def test_an_engine_that_cannot_commit_both_is_refused() -> None:
    why = why_not_atomic(Adapters(state=REDIS, events=REDIS))
    assert why is not None
    assert "cannot commit them together" in why
