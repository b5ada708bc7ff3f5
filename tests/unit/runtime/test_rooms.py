"""Rooms: nothing is lost, repeated or out of order between a snapshot and what follows."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from motia.adapters.memory import MemoryBroadcast, MemoryStreams
from motia.model.errors import StoreUnavailable
from motia.model.streams import Published, Snapshot, change_event
from motia.runtime.clock import SystemClock
from motia.runtime.rooms import Message, Rooms, Target

GROUP = Target("s", "g")


class StillClock(SystemClock):
    """Time that stands still: timestamps rise all the same."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


class Ear:
    """A subscriber that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.gone = 0

    def tell(self, message: Message) -> None:
        self.told.append(json.loads(message.text))

    def overwhelmed(self) -> None:
        self.gone += 1

    def events(self) -> list[tuple[str, Any]]:
        return [(each["event"]["type"], each["event"].get("data")) for each in self.told]

    def kinds(self) -> list[str]:
        return [each["event"]["type"] for each in self.told]


class SlowStreams(MemoryStreams):
    """Snapshots are taken at once, but the answer waits until `gate` opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        taken = await super().snapshot(stream, group, item, now=now)
        await self.gate.wait()
        if self.broken:
            raise StoreUnavailable("the disk is gone")
        return taken


class World:
    """A store, a broadcast and rooms over them."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.store = SlowStreams()
        self.broadcast = MemoryBroadcast()
        self.rooms = Rooms(self.store, self.broadcast, self.clock, most_held=2_000)

    async def set(self, item: str, group: str = "g", **data: Any) -> int:
        change = await self.store.set("s", group, item, json.dumps(data).encode(), now=self.clock.now_ms())
        self.broadcast.publish(Published("s", group, item, change.at, change_event(change)))
        return change.at

    async def send(self, item: str | None = None, name: str = "hello") -> None:
        at = await self.store.stamp("s", "g", now=self.clock.now_ms())
        event = b'{"type":"event","event":{"type":"%s","data":1}}' % name.encode()
        self.broadcast.publish(Published("s", "g", item, at, event))


@pytest.fixture
def world() -> World:
    return World()


async def test_a_group_begins_with_what_is_there(world: World) -> None:
    await world.set("a", n=1)
    ear = Ear()
    await world.rooms.join(ear, GROUP)
    await world.set("b", n=2)
    await world.set("a", n=3)
    assert ear.kinds() == ["sync", "create", "update"]
    assert [item["id"] for item in ear.told[0]["event"]["data"]] == ["a"]
    assert [each.get("id") for each in ear.told] == [None, "b", "a"]
    stamps = [each["timestamp"] for each in ear.told]
    assert stamps == sorted(set(stamps))


async def test_an_item_that_never_was_says_nothing(world: World) -> None:
    ear = Ear()
    await world.rooms.join(ear, Target("s", "g", "x"))
    assert ear.told == []
    await world.set("x")
    assert ear.kinds() == ["create"]


async def test_an_item_that_never_was_is_null_to_who_says_what_it_saw(world: World) -> None:
    ear = Ear()
    await world.rooms.join(ear, Target("s", "g", "x"), after=0)
    assert ear.events() == [("sync", None)]
    await world.set("x")
    assert ear.kinds() == ["sync", "create"]


async def test_an_item_that_was_removed_is_null(world: World) -> None:
    await world.set("x")
    await world.store.delete("s", "g", "x", now=world.clock.now_ms())
    ear = Ear()
    await world.rooms.join(ear, Target("s", "g", "x"))
    assert ear.events() == [("sync", None)]


async def test_members_hear_only_what_they_asked_for(world: World) -> None:
    group, item, other = Ear(), Ear(), Ear()
    await world.rooms.join(group, GROUP)
    await world.rooms.join(item, Target("s", "g", "a"))
    await world.rooms.join(other, Target("s", "other"))
    await world.set("a")
    await world.set("b")
    await world.send("a", "to-item")
    await world.send(None, "to-group")
    assert group.kinds() == ["sync", "create", "create", "event", "event"]
    assert item.kinds() == ["create", "event"]
    assert other.kinds() == ["sync"]


async def test_a_connection_hears_each_event_once(world: World) -> None:
    ear = Ear()
    await world.rooms.join(ear, GROUP)
    await world.rooms.join(ear, Target("s", "g", "a"))
    await world.rooms.join(ear, Target("s", "g", "a"))
    await world.set("a")
    assert ear.kinds() == ["sync", "create"]
    world.rooms.leave(ear, GROUP)
    world.rooms.leave(ear, Target("s", "g", "a"))
    await world.set("a")
    assert ear.kinds() == ["sync", "create", "update"]
    world.rooms.leave(ear, Target("s", "g", "a"))
    await world.set("a")
    assert ear.kinds() == ["sync", "create", "update"]
    assert world.rooms.presence("s", "g") == 0


async def test_what_happens_while_the_snapshot_is_read_comes_after_it(world: World) -> None:
    await world.set("a")
    ear = Ear()
    world.store.gate.clear()
    joining = asyncio.create_task(world.rooms.join(ear, GROUP))
    await asyncio.sleep(0)
    await world.set("b")
    assert ear.told == []
    world.store.gate.set()
    await joining
    assert ear.kinds() == ["sync", "create"]
    assert [item["id"] for item in ear.told[0]["event"]["data"]] == ["a"]


async def test_what_the_snapshot_shows_is_not_told_again(world: World) -> None:
    """The message of a write may come after a snapshot that already has it."""
    change = await world.store.set("s", "g", "a", b"{}", now=world.clock.now_ms())
    ear = Ear()
    world.store.gate.clear()
    joining = asyncio.create_task(world.rooms.join(ear, GROUP))
    await asyncio.sleep(0)
    world.broadcast.publish(Published("s", "g", "a", change.at, change_event(change)))
    world.store.gate.set()
    await joining
    assert ear.kinds() == ["sync"]


async def test_a_second_join_holds_back_the_first_without_losing_anything(world: World) -> None:
    """Otherwise an event later than the snapshot would go before it, and clients drop the older one."""
    ear = Ear()
    await world.rooms.join(ear, Target("s", "g", "a"))
    world.store.gate.clear()
    joining = asyncio.create_task(world.rooms.join(ear, GROUP))
    await asyncio.sleep(0)
    await world.set("a")
    await world.set("b")
    world.store.gate.set()
    await joining
    assert ear.kinds() == ["sync", "create", "create"]
    stamps = [each["timestamp"] for each in ear.told]
    assert stamps == sorted(set(stamps))


async def test_leaving_while_joining(world: World) -> None:
    ear = Ear()
    world.store.gate.clear()
    joining = asyncio.create_task(world.rooms.join(ear, GROUP))
    await asyncio.sleep(0)
    world.rooms.leave(ear, GROUP)
    world.store.gate.set()
    await joining
    await world.set("a")
    assert ear.told == []
    assert world.rooms.presence("s", "g") == 0


async def test_a_snapshot_that_cannot_be_read_leaves_nothing_behind(world: World) -> None:
    other = Ear()
    await world.rooms.join(other, Target("s", "g", "a"))
    world.store.broken = True
    with pytest.raises(StoreUnavailable):
        await world.rooms.join(other, GROUP)
    assert world.rooms.presence("s", "g") == 1
    world.store.broken = False
    await world.set("a")
    await world.set("b")
    assert other.kinds() == ["create"]


async def test_who_may_not_be_owed_more_is_disconnected(world: World) -> None:
    ear = Ear()
    world.store.gate.clear()
    joining = asyncio.create_task(world.rooms.join(ear, GROUP))
    await asyncio.sleep(0)
    await world.set("a", text="x" * 3_000)
    assert ear.gone == 1
    world.store.gate.set()
    await joining


class TestResuming:
    """A client that comes back says what it saw last."""

    async def test_it_gets_exactly_what_it_missed(self, world: World) -> None:
        first = Ear()
        await world.rooms.join(first, GROUP)
        seen = await world.set("a", n=1)
        world.rooms.leave(first, GROUP)
        await world.set("b", n=2)
        await world.set("a", n=3)
        ear = Ear()
        await world.rooms.join(ear, GROUP, after=seen)
        assert ear.events()[0] == ("resumed", {"missed": 2})
        assert ear.kinds() == ["resumed", "create", "update"]
        await world.set("c")
        assert ear.kinds()[-1] == "create"

    async def test_of_one_item_only_that_items(self, world: World) -> None:
        first = Ear()
        await world.rooms.join(first, GROUP)
        seen = first.told[0]["timestamp"]
        await world.set("a")
        await world.set("b")
        ear = Ear()
        await world.rooms.join(ear, Target("s", "g", "b"), after=seen)
        assert ear.kinds() == ["resumed", "create"]
        assert ear.told[1]["id"] == "b"

    async def test_what_nobody_watched_begins_anew(self, world: World) -> None:
        seen = await world.set("a")
        ear = Ear()
        await world.rooms.join(ear, GROUP, after=seen)
        assert ear.kinds() == ["sync"]

    async def test_what_came_while_the_first_snapshot_was_read_is_known(self, world: World) -> None:
        first = Ear()
        world.store.gate.clear()
        joining = asyncio.create_task(world.rooms.join(first, GROUP))
        await asyncio.sleep(0)
        await world.set("early")
        world.store.gate.set()
        await joining
        ear = Ear()
        await world.rooms.join(ear, GROUP, after=first.told[0]["timestamp"])
        assert ear.kinds() == ["resumed", "create"]

    async def test_too_long_ago_begins_anew(self, world: World) -> None:
        first = Ear()
        await world.rooms.join(first, GROUP)
        seen = first.told[0]["timestamp"]
        for number in range(1_001):
            await world.set("a", n=number)
        ear = Ear()
        await world.rooms.join(ear, GROUP, after=seen)
        assert ear.kinds() == ["sync"]


async def test_a_gap_in_the_broadcast_starts_everybody_over() -> None:
    gaps: list[Any] = []

    class Lossy(MemoryBroadcast):
        def listen(self, hear: Any, gap: Any) -> None:
            super().listen(hear, gap)
            gaps.append(gap)

    rooms = Rooms(MemoryStreams(), Lossy(), StillClock())
    ear = Ear()
    await rooms.join(ear, GROUP)
    gaps[0]()
    assert ear.gone == 1
    await rooms.join(again := Ear(), GROUP, after=ear.told[0]["timestamp"])
    assert again.kinds() == ["sync"]


async def test_presence_is_told_to_who_asked_when_the_number_changes() -> None:
    world, asking, silent = World(), Ear(), Ear()
    await world.rooms.join(asking, GROUP, presence=True)
    await asyncio.sleep(0)
    assert asking.told[1]["event"] == {"type": "event", "event": {"type": "presence", "data": {"count": 1}}}
    assert asking.told[1]["timestamp"] == asking.told[0]["timestamp"]
    await world.rooms.join(silent, GROUP)
    await world.rooms.join(silent, Target("s", "g", "i"))
    await world.rooms.join(Ear(), Target("s", "other"))
    await asyncio.sleep(0)
    assert counts(asking) == [1, 2]
    world.rooms.leave(silent, GROUP)
    await asyncio.sleep(0)
    assert counts(asking) == [1, 2]  # it still watches an item
    world.rooms.leave(silent, Target("s", "g", "i"))
    await asyncio.sleep(0)
    assert counts(asking) == [1, 2, 1]
    assert silent.kinds() == ["sync"]


async def test_presence_of_one_turn_of_the_loop_is_told_once() -> None:
    world, asking = World(), Ear()
    await world.rooms.join(asking, GROUP, presence=True)
    await asyncio.sleep(0)
    others = [Ear() for _ in range(10)]
    for each in others:
        await world.rooms.join(each, GROUP)
    await asyncio.sleep(0)
    for each in others[:5]:
        world.rooms.leave(each, GROUP)
    world.rooms.leave(asking, Target("s", "never joined"))
    await asyncio.sleep(0)
    assert counts(asking) == [1, 11, 6]


async def test_presence_of_an_item_counts_who_watches_it() -> None:
    world, asking, group = World(), Ear(), Ear()
    item = Target("s", "g", "i")
    await world.rooms.join(group, GROUP)
    await world.rooms.join(asking, item, presence=True)
    await world.rooms.join(Ear(), item)
    await asyncio.sleep(0)
    assert counts(asking) == [2]
    assert asking.told[-1]["id"] == "i"
    assert "event" not in group.kinds()


async def test_presence_ends_with_the_subscription() -> None:
    world, asking = World(), Ear()
    await world.rooms.join(asking, GROUP, presence=True)
    await asyncio.sleep(0)
    world.rooms.leave(asking, GROUP)
    await world.rooms.join(asking, GROUP)
    await world.rooms.join(Ear(), GROUP)
    await asyncio.sleep(0)
    assert counts(asking) == [1]


def counts(ear: Ear) -> list[int]:
    return [each["event"]["event"]["data"]["count"] for each in ear.told if each["event"]["type"] == "event"]
