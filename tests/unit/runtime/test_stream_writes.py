"""Writes to live streams and the deliveries they start: one commit where the engine can."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from motia.adapters.memory import MemoryBroadcast, MemoryStores
from motia.model.atomic_work import AtomicWork, CommitOutcome
from motia.model.delivery import Cause
from motia.model.errors import AuthorError, StoreUnavailable
from motia.model.policy import DeliveryPolicy
from motia.model.step import Schema, Step, StreamDefinition, StreamTrigger
from motia.model.step_table import StepTable
from motia.model.stream_table import StreamTable
from motia.runtime.publisher import Publisher
from motia.runtime.stream_writes import StreamWrites
from motia.testing.clock import ManualClock

CAUSE = Cause("t" * 32)
POLICY = DeliveryPolicy()
WATCHES = [
    Step("watch", "w", "w", "python", "w", "type", (StreamTrigger("orders", POLICY, group="watched", item="k"),)),
    Step("strict", "w", "w", "python", "w", "type", (StreamTrigger("strict", POLICY),)),
    Step("custom", "w", "w", "python", "w", "type", (StreamTrigger("custom", POLICY),)),
]
NUMBERS = Schema({"type": "object", "properties": {"n": {"type": "number"}}})
TABLE = StreamTable.of(
    [
        StreamDefinition("orders", "o", "python", "o"),
        StreamDefinition("strict", "s", "python", "s", NUMBERS, validation="enforce"),
        StreamDefinition("custom", "c", "python", "c", storage="custom"),
    ],
    WATCHES,
)


class Commits:
    """Counts, and fails or dawdles where a test wants it."""

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


class Clock(ManualClock):
    def now_ms(self) -> int:
        return self()

    def call_at(self, due_ms: int, callback: Any) -> Any:
        raise AssertionError((due_ms, callback))


@dataclasses.dataclass
class Bench:
    stores: MemoryStores
    writes: StreamWrites
    commits: Commits
    heard: list[dict[str, Any]]

    async def started(self) -> list[tuple[str, Any, int]]:
        """Event, item and timestamp of what watching Steps are told."""
        payloads = [orjson.loads(each.payload) for each in await self.stores.queue.pending()]
        return [(each["event"]["type"], each["event"]["data"].get("n"), each["timestamp"]) for each in payloads]

    def told(self) -> list[tuple[str, Any, int]]:
        """The same, as subscribers heard it."""
        return [(each["event"]["type"], each["event"]["data"].get("n"), each["timestamp"]) for each in self.heard]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["one commit", "two commits"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    clock = Clock()
    async with MemoryStores.open(clock=clock) as stores:
        heard: list[dict[str, Any]] = []
        broadcast, commits = MemoryBroadcast(), Commits(stores)
        broadcast.listen(lambda message: heard.append(orjson.loads(message.envelope())), lambda: None)
        publisher = Publisher(stores.queue, lambda: StepTable.of(WATCHES), clock)
        offered = commits if request.param == "one commit" else None
        writes = StreamWrites(stores.streams, broadcast, publisher, lambda: TABLE, clock, commits=offered)
        yield Bench(stores, writes, commits, heard)


async def test_every_write_tells_who_watches_and_who_listens(bench: Bench) -> None:
    writes, address = bench.writes, ("orders", "watched", "k")
    created = await writes.set(*address, b'{"n":1}', CAUSE)
    assert (created.kind, created.before) == ("create", None)
    changed = await writes.set(*address, b'{"n":2}', CAUSE)
    assert (changed.kind, changed.before) == ("update", created.after)
    updated = await writes.update(*address, [{"type": "increment", "path": "n", "by": 1}], CAUSE)
    assert (updated.before, orjson.loads(updated.after or b"")["n"]) == (changed.after, 3)
    removed = await writes.delete(*address, CAUSE)
    assert removed is not None
    assert (removed.kind, removed.before) == ("delete", updated.after)
    assert await writes.delete(*address, CAUSE) is None
    await writes.set(*address, b'{"n":4}', CAUSE)
    await writes.clear("orders", "watched", CAUSE)
    await writes.clear("orders", "watched", CAUSE)
    expected = [("create", 1), ("update", 2), ("update", 3), ("delete", 3), ("create", 4), ("delete", 4)]
    assert [each[:2] for each in bench.told()] == expected
    assert await bench.started() == bench.told()
    stamps = [at for *_, at in bench.told()]
    assert stamps == sorted({*stamps})
    assert [change.at for change in (created, changed, updated, removed)] == stamps[:4]


async def test_what_nobody_watches_needs_no_commit(bench: Bench) -> None:
    await bench.writes.set("orders", "watched", "other", b'{"n":1}', CAUSE)
    await bench.writes.set("orders", "unwatched", "k", b'{"n":2}', CAUSE)
    await bench.writes.clear("orders", "unwatched", CAUSE)
    assert [each[:2] for each in bench.told()] == [("create", 1), ("create", 2), ("delete", 2)]
    assert await bench.started() == []
    assert bench.commits.works == []


async def test_a_clear_tells_the_watched_items_to_steps_and_all_to_subscribers(bench: Bench) -> None:
    for item, n in (("j", 1), ("k", 2), ("l", 3)):
        await bench.writes.set("orders", "watched", item, b'{"n":%d}' % n, CAUSE)
    await bench.writes.clear("orders", "watched", CAUSE)
    assert [each[:2] for each in bench.told()[3:]] == [("delete", 1), ("delete", 2), ("delete", 3)]
    assert await bench.started() == [bench.told()[1], bench.told()[4]]
    assert await bench.stores.streams.streams() == []


async def test_writes_at_once_are_told_in_the_order_they_happened(bench: Bench) -> None:
    """Watched writes pass the commit, others do not; a group has one order all the same."""
    add = [{"type": "increment", "path": "n", "by": 1}]
    await asyncio.gather(
        *(bench.writes.update("orders", "watched", "k", add, CAUSE) for _ in range(20)),
        *(bench.writes.set("orders", "watched", "other", b"{}", CAUSE) for _ in range(20)),
    )
    stamps = [at for *_, at in bench.told()]
    assert (len(stamps), stamps) == (40, sorted({*stamps}))
    counted = [n for _, n, _ in bench.told() if n is not None]
    assert counted == list(range(1, 21))
    assert [n for _, n, _ in await bench.started()] == counted


async def test_a_schema_that_is_enforced_refuses_before_anything_happens(bench: Bench) -> None:
    with pytest.raises(AuthorError, match="does not fit the schema"):
        await bench.writes.set("strict", "g", "k", b'{"n":"many"}', CAUSE)
    await bench.writes.set("strict", "g", "k", b'{"n":1}', CAUSE)
    with pytest.raises(AuthorError, match="does not fit the schema"):
        await bench.writes.update("strict", "g", "k", [{"type": "set", "path": "n", "value": "many"}], CAUSE)
    assert [each[:2] for each in bench.told()] == [("create", 1)]


@pytest.mark.parametrize("bench", ["one commit"], indirect=True)
async def test_a_commit_that_fails_leaves_nothing_and_tells_nobody(bench: Bench) -> None:
    await bench.writes.set("orders", "watched", "k", b'{"n":1}', CAUSE)
    bench.commits.broken = True
    for write in (
        bench.writes.set("orders", "watched", "k", b'{"n":2}', CAUSE),
        bench.writes.delete("orders", "watched", "k", CAUSE),
        bench.writes.clear("orders", "watched", CAUSE),
    ):
        with pytest.raises(StoreUnavailable):
            await write
    assert [each[:2] for each in bench.told()] == [("create", 1)]
    assert await bench.started() == bench.told()
    assert [item for item, _ in await bench.stores.streams.items("orders", "watched")] == ["k"]


@pytest.mark.parametrize("bench", ["one commit"], indirect=True)
async def test_somebody_who_comes_in_between_is_not_overwritten_unseen(bench: Bench) -> None:
    """The commit is done again with what they left."""
    writing = asyncio.ensure_future(bench.writes.set("orders", "watched", "k", b'{"n":2}', CAUSE))
    await bench.commits.begun.wait()
    between = await bench.stores.streams.set("orders", "watched", "k", b'{"n":1}', now=5)
    assert (await writing).before == between.after
    assert [outcome[:2] for outcome in await bench.started()] == [("update", 2)]
    assert len(bench.commits.works) == 2


@pytest.mark.parametrize("bench", ["one commit"], indirect=True)
async def test_streams_with_storage_of_their_own_have_no_commit(bench: Bench) -> None:
    await bench.writes.set("custom", "g", "k", b'{"n":1}', CAUSE)
    assert bench.commits.works == []
    assert await bench.started() == bench.told()


async def test_what_is_sent_is_waited_for(bench: Bench) -> None:
    """By whoever keeps the items; what it raises, the sender hears, and nobody else does."""
    asked: list[tuple[Any, ...]] = []

    async def before(stream: str, group: str, item: str | None, event: bytes) -> None:
        asked.append((stream, group, item, event))
        if item == "fail":
            raise AuthorError("no")

    bench.writes.before_send(before)
    await bench.writes.send("orders", "g", None, b'{"type":"t"}')
    with pytest.raises(AuthorError, match="no"):
        await bench.writes.send("orders", "g", "fail", b'{"type":"t"}')
    assert asked == [("orders", "g", None, b'{"type":"t"}'), ("orders", "g", "fail", b'{"type":"t"}')]
    assert [message["event"] for message in bench.heard] == [{"type": "event", "event": {"type": "t"}}]
