"""The SQLite adapter sits every exam."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from motia.adapters.sqlite import SqliteStores
from motia.ports.audit_log import AuditLog
from motia.ports.event_queue import EventQueue
from motia.ports.leases import Leases
from motia.ports.pauses import PauseStore
from motia.ports.state_store import StateStore
from motia.ports.step_stretches import StepStretches
from motia.ports.stream_store import StreamStore
from motia.ports.tick_ledger import TickLedger
from motia.ports.trace_store import TraceStore
from motia.testing.atomic_commits import AtomicCommitsContract, OneEngine
from motia.testing.clock import ManualClock
from motia.testing.event_queue_settlement import EventQueueContract
from motia.testing.leases import LeasesContract
from motia.testing.small_records import AuditLogContract, PauseStoreContract, StepStretchesContract
from motia.testing.state_store import StateStoreContract
from motia.testing.stream_store import StreamStoreContract
from motia.testing.tick_ledger import TickLedgerContract
from motia.testing.trace_store import TraceStoreContract


@pytest.fixture
async def stores(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteStores]:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        yield stores


class TestSqliteQueue(EventQueueContract):
    @pytest.fixture
    def queue(self, stores: SqliteStores) -> EventQueue:
        return stores.queue

    @pytest.fixture
    async def tiny_queue(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[EventQueue]:
        async with SqliteStores.open(tmp_path / "tiny", clock=clock, max_depth=3) as stores:
            yield stores.queue


class TestSqliteQueueBeyondItsMemory(TestSqliteQueue):
    """The same when nothing is kept in memory: every delivery is read again when it is claimed."""

    @pytest.fixture(autouse=True)
    def _no_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("motia.adapters.sqlite.queue._KEEP_TOTAL", 0)
        monkeypatch.setattr("motia.adapters.sqlite.queue._MANY", 0)


class TestSqliteState(StateStoreContract):
    @pytest.fixture
    def state(self, stores: SqliteStores) -> StateStore:
        return stores.state

    async def test_a_value_that_is_no_utf8_hides_no_other(self, state: StateStore) -> None:
        await state.set("g", "a", b"1")
        await state.set("g", "b", b'"\xff"')
        assert await state.items("g") == [("a", b"1"), ("b", b'"\xff"')]


class TestSqliteTraces(TraceStoreContract):
    @pytest.fixture
    def traces(self, stores: SqliteStores) -> TraceStore:
        return stores.traces


class TestSqliteLeases(LeasesContract):
    @pytest.fixture
    def leases(self, stores: SqliteStores) -> Leases:
        return stores.leases


class TestSqliteTicks(TickLedgerContract):
    @pytest.fixture
    def ticks(self, stores: SqliteStores) -> TickLedger:
        return stores.ticks


class TestSqliteCommits(AtomicCommitsContract):
    @pytest.fixture
    async def tiny_stores(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[OneEngine]:
        async with SqliteStores.open(tmp_path / "tiny", clock=clock, max_depth=3) as stores:
            yield stores


class TestSqliteStreams(StreamStoreContract):
    @pytest.fixture
    def streams(self, stores: SqliteStores) -> StreamStore:
        return stores.streams

    async def test_items_and_clocks_outlive_the_store(self, tmp_path: Path, clock: ManualClock) -> None:
        async with SqliteStores.open(tmp_path / "lives", clock=clock) as first:
            await first.streams.set("s", "g", "i", b"{}", now=5_000)
            await first.streams.set("s", "g", "gone", b"{}", now=5_000)
            await first.streams.delete("s", "g", "gone", now=5_000)
            last = await first.streams.stamp("s", "g", now=5_000)
        async with SqliteStores.open(tmp_path / "lives", clock=clock) as second:
            assert [item for item, _ in await second.streams.items("s", "g")] == ["i"]
            assert await second.streams.stamp("s", "g", now=0) == last + 1
            assert (await second.streams.snapshot("s", "g", "gone", now=6_000)).deleted


class TestSqliteAudit(AuditLogContract):
    @pytest.fixture
    def audit(self, stores: SqliteStores) -> AuditLog:
        return stores.audit


class TestSqliteStepStretches(StepStretchesContract):
    @pytest.fixture
    def stretches(self, stores: SqliteStores) -> StepStretches:
        return stores.stretches


class TestSqlitePauses(PauseStoreContract):
    @pytest.fixture
    def pauses(self, stores: SqliteStores) -> PauseStore:
        return stores.pauses
