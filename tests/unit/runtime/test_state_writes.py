"""Writes and the deliveries they start: one commit where the engine can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from motia.adapters.memory import MemoryStores
from motia.model.atomic_work import AtomicWork, CommitOutcome
from motia.model.delivery import Cause
from motia.model.errors import StoreUnavailable
from motia.model.policy import DeliveryPolicy
from motia.model.step import StateTrigger, Step
from motia.model.step_table import StepTable
from motia.runtime.clock import SystemClock
from motia.runtime.publisher import Publisher
from motia.runtime.state_writes import StateWrites

CAUSE = Cause("t" * 32)
TABLE = StepTable.of(
    [Step("watch", "w", "w", "python", "w", "type", (StateTrigger(DeliveryPolicy(), group="watched", key="k"),))]
)


class Commits:
    """Counts, and fails where a test wants it."""

    def __init__(self, stores: MemoryStores) -> None:
        self.works: list[AtomicWork] = []
        self.broken = False
        self.begun = asyncio.Event()
        self._stores = stores

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        if self.broken:
            raise StoreUnavailable("no")
        self.works.append(work)
        self.begun.set()
        await asyncio.sleep(0)
        return await self._stores.commits.commit(work)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stores() -> AsyncIterator[MemoryStores]:
    async with MemoryStores.open() as stores:
        yield stores


@pytest.fixture
def commits(stores: MemoryStores) -> Commits:
    return Commits(stores)


@pytest.fixture(params=["one commit", "two commits"])
def writes(stores: MemoryStores, commits: Commits, request: pytest.FixtureRequest) -> StateWrites:
    publisher = Publisher(stores.queue, lambda: TABLE, SystemClock())
    return StateWrites(stores.state, publisher, commits if request.param == "one commit" else None)


async def told(stores: MemoryStores) -> list[tuple[int | None, int | None]]:
    payloads = [orjson.loads(each.payload) for each in await stores.queue.pending()]
    return [(each["old_value"], each["new_value"]) for each in payloads]


async def test_every_write_tells_who_watches(stores: MemoryStores, writes: StateWrites) -> None:
    assert await writes.set("watched", "k", b"1", CAUSE) is None
    assert await writes.set("watched", "k", b"2", CAUSE) == b"1"
    assert await writes.update("watched", "k", [{"type": "increment"}], CAUSE) == (b"2", b"3")
    assert await writes.increment("watched", "k", 4, CAUSE) == b"7"
    assert await writes.delete("watched", "k", CAUSE) == b"7"
    assert await writes.delete("watched", "k", CAUSE) is None
    await writes.set("watched", "k", b"8", CAUSE)
    await writes.set("watched", "other", b"9", CAUSE)
    await writes.clear("watched", CAUSE)
    assert await told(stores) == [(None, 1), (1, 2), (2, 3), (3, 7), (7, None), (None, 8), (8, None)]
    assert await stores.state.groups() == []


async def test_writes_at_once_are_told_in_the_order_they_happened(
    stores: MemoryStores, writes: StateWrites, commits: Commits
) -> None:
    await asyncio.gather(*(writes.increment("watched", "k", 1, CAUSE) for _ in range(20)))
    assert await told(stores) == [(n or None, n + 1) for n in range(20)]
    assert len(commits.works) in {0, 20}  # they took turns: none had to be done twice


@pytest.mark.parametrize("writes", ["one commit"], indirect=True)
async def test_what_cannot_be_stored_is_not_told_and_what_cannot_be_told_is_not_stored(
    stores: MemoryStores, writes: StateWrites, commits: Commits
) -> None:
    commits.broken = True
    for write in (
        writes.set("watched", "k", b"1", CAUSE),
        writes.increment("watched", "k", 1, CAUSE),
        writes.update("watched", "k", [{"type": "increment"}], CAUSE),
    ):
        with pytest.raises(StoreUnavailable):
            await write
    assert await stores.state.groups() == []
    assert await told(stores) == []
    await writes.set("watched", "nobody watches", b"1", CAUSE)  # a commit of its own


@pytest.mark.parametrize("writes", ["one commit"], indirect=True)
async def test_a_change_by_somebody_else_comes_before_or_after(
    stores: MemoryStores, writes: StateWrites, commits: Commits
) -> None:
    writing = asyncio.ensure_future(writes.set("watched", "k", b"1", CAUSE))
    await commits.begun.wait()
    await stores.state.set("watched", "k", b"5")
    assert await writing == b"5"
    assert await told(stores) == [(5, 1)]
    assert len(commits.works) == 2
