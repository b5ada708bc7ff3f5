"""The SQLite adapter sits every exam."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia.adapters.sqlite import SqliteLeases, SqliteQueue, SqliteState, SqliteStores, SqliteTraces
from motia.testing.clock import ManualClock
from motia.testing.event_queue_settlement import EventQueueContract
from motia.testing.leases import LeasesContract
from motia.testing.state_store import StateStoreContract
from motia.testing.trace_store import TraceStoreContract


@pytest.fixture
async def stores(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteStores]:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        yield stores


class TestSqliteQueue(EventQueueContract):
    @pytest.fixture
    def queue(self, stores: SqliteStores) -> SqliteQueue:
        return stores.queue

    @pytest.fixture
    async def tiny_queue(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteQueue]:
        async with SqliteStores.open(tmp_path / "tiny", clock=clock, max_depth=3) as stores:
            yield stores.queue


class TestSqliteState(StateStoreContract):
    @pytest.fixture
    def state(self, stores: SqliteStores) -> SqliteState:
        return stores.state


class TestSqliteTraces(TraceStoreContract):
    @pytest.fixture
    def traces(self, stores: SqliteStores) -> SqliteTraces:
        return stores.traces


class TestSqliteLeases(LeasesContract):
    @pytest.fixture
    def leases(self, stores: SqliteStores) -> SqliteLeases:
        return stores.leases
