"""The memory adapter sits every exam."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from motia.adapters.memory import (
    MemoryAudit,
    MemoryLeases,
    MemoryPauses,
    MemoryQueue,
    MemoryState,
    MemoryStepStretches,
    MemoryStores,
    MemoryStreams,
    MemoryTicks,
    MemoryTraces,
)
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


class TestMemoryQueue(EventQueueContract):
    @pytest.fixture
    def queue(self, clock: ManualClock) -> EventQueue:
        return MemoryQueue(clock=clock)

    @pytest.fixture
    def tiny_queue(self, clock: ManualClock) -> EventQueue:
        return MemoryQueue(clock=clock, max_depth=3)


class TestMemoryState(StateStoreContract):
    @pytest.fixture
    def state(self) -> StateStore:
        return MemoryState()


class TestMemoryTraces(TraceStoreContract):
    @pytest.fixture
    def traces(self) -> TraceStore:
        return MemoryTraces()


class TestMemoryLeases(LeasesContract):
    @pytest.fixture
    def leases(self) -> Leases:
        return MemoryLeases()


class TestMemoryTicks(TickLedgerContract):
    @pytest.fixture
    def ticks(self) -> TickLedger:
        return MemoryTicks()


class TestMemoryCommits(AtomicCommitsContract):
    @pytest.fixture
    async def stores(self, clock: ManualClock) -> AsyncIterator[OneEngine]:
        async with MemoryStores.open(clock=clock) as stores:
            yield stores

    @pytest.fixture
    async def tiny_stores(self, clock: ManualClock) -> AsyncIterator[OneEngine]:
        async with MemoryStores.open(clock=clock, max_depth=3) as stores:
            yield stores


class TestMemoryStreams(StreamStoreContract):
    @pytest.fixture
    def streams(self) -> StreamStore:
        return MemoryStreams()


class TestMemoryAudit(AuditLogContract):
    @pytest.fixture
    def audit(self) -> AuditLog:
        return MemoryAudit()


class TestMemoryStepStretches(StepStretchesContract):
    @pytest.fixture
    def stretches(self) -> StepStretches:
        return MemoryStepStretches()


class TestMemoryPauses(PauseStoreContract):
    @pytest.fixture
    def pauses(self) -> PauseStore:
        return MemoryPauses()
