"""The exam of AtomicCommits adapters.

A test module derives from the class and provides these fixtures:

- `clock`: a `ManualClock`; adapters that ask for the time get it.
- `stores`: empty stores with `queue`, `state`, `streams` and `commits` that belong together.
- `tiny_stores`: the same with a queue that takes at most 3 unsettled deliveries.
"""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio
import dataclasses
import random
from typing import Any, Protocol

import orjson
import pytest

from motia.model.atomic_work import (
    AtomicWork,
    CommitOutcome,
    Committed,
    Conflict,
    StateClear,
    StateDelete,
    StateReads,
    StateSet,
    StreamClear,
    StreamDelete,
    StreamSend,
    StreamSet,
    Superseded,
    digest_of_items,
    digest_of_names,
    stream_place,
)
from motia.model.delivery import Cause, Delivery, Done, Release
from motia.model.errors import Overloaded
from motia.model.streams import ItemChange, change_payload, item_of
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.event_queue import EventQueue
from motia.ports.state_store import StateStore
from motia.ports.stream_store import StreamStore
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery
from motia.testing.event_queue import LEASE_MS, claim, ids


class OneEngine(Protocol):
    """Stores that can commit together."""

    @property
    def queue(self) -> EventQueue:
        """Deliveries."""
        ...

    @property
    def state(self) -> StateStore:
        """Values."""
        ...

    @property
    def streams(self) -> StreamStore:
        """Items of live streams."""
        ...

    @property
    def commits(self) -> AtomicCommits:
        """All of them at once."""
        ...


def a_work(**changes: Any) -> AtomicWork:
    """A work of Step `charge` with nothing in it but `changes`."""
    return AtomicWork(**{"step": "charge", "cause": Cause("0af7651916cd43dd8448eb211c80319c"), **changes})


async def _claimed(stores: OneEngine, clock: ManualClock) -> Delivery:
    await stores.queue.publish([a_delivery()])
    [delivery] = await claim(stores.queue, clock)
    return delivery


async def _seen(stores: OneEngine) -> tuple[Any, ...]:
    """Everything that a work could have changed."""
    groups = {group: await stores.state.items(group) for group in await stores.state.groups()}
    books = [dataclasses.astuple(line) for line in await stores.queue.ledger()]
    streams = {
        (name, group): await stores.streams.items(name, group)
        for name, _, _ in await stores.streams.streams()
        for group in await stores.streams.groups(name)
    }
    return groups, streams, books, ids(await stores.queue.pending())


def an_item(item: str, n: int = 1, created_at: int = 5_000) -> StreamSet:
    """A write to group `g` of stream `s`."""
    return StreamSet("s", "g", item, item_of(b'{"n":%d}' % n, item, created_at))


def _heard(outcome: CommitOutcome) -> list[tuple[str, str | None, Any]]:
    """The events of a commit: type, item, and its `n` or the author's event."""
    assert isinstance(outcome, Committed)
    events = [(message.id, orjson.loads(message.event)) for message in outcome.told]
    return [(event["type"], item, event["data"]["n"] if "data" in event else event["event"]) for item, event in events]


class AtomicCommitsContract:
    """The whole exam."""

    async def test_everything_of_a_work_is_there_afterwards(self, stores: OneEngine, clock: ManualClock) -> None:
        """Writes in order, deliveries in order, the delivery done, and the books of all of it."""
        delivery = await _claimed(stores, clock)
        await stores.state.set("old", "k", b"1")
        new = [a_delivery(step="mail"), a_delivery(step="ship")]
        work = a_work(
            delivery=delivery,
            writes=(
                StateSet("g", "b", b"1"),
                StateSet("g", "a", b"2"),
                StateSet("g", "b", b"3.0"),
                StateClear("old"),
                StateSet("old", "new", b"null"),
                StateSet("gone", "k", b"1"),
                StateDelete("gone", "k"),
                StateDelete("never", "there"),
            ),
            deliveries=tuple(new),
        )
        assert await stores.commits.commit(work) == Committed()
        assert await stores.state.items("g") == [("b", b"3.0"), ("a", b"2")]
        assert await stores.state.items("old") == [("new", b"null")]
        assert await stores.state.groups() == ["g", "old"]
        books = {line.step: line for line in await stores.queue.ledger()}
        assert (books["charge"].accepted, books["charge"].done, books["charge"].leased) == (1, 1, 0)
        assert all(line.balanced for line in books.values())
        assert ids(await claim(stores.queue, clock)) == ids(new)

    async def test_a_delivery_is_settled_once(self, stores: OneEngine, clock: ManualClock) -> None:
        """What is done by a commit cannot be settled, claimed or committed again."""
        delivery = await _claimed(stores, clock)
        assert await stores.commits.commit(a_work(delivery=delivery)) == Committed()
        assert await stores.queue.settle(delivery, Done()) is False
        assert await stores.queue.settle(delivery, Release()) is False
        assert await stores.commits.commit(a_work(delivery=delivery)) == Superseded()
        clock.advance(LEASE_MS)
        assert await claim(stores.queue, clock) == []

    async def test_it_lets_the_next_of_its_group_run(self, stores: OneEngine, clock: ManualClock) -> None:
        """As `Done` does."""
        first, second = a_delivery(group="g"), a_delivery(group="g")
        await stores.queue.publish([first, second])
        [head] = await claim(stores.queue, clock)
        assert await stores.commits.commit(a_work(delivery=head)) == Committed()
        assert ids(await claim(stores.queue, clock)) == [second.id]

    async def test_it_wakes_who_waits_for_deliveries(self, stores: OneEngine) -> None:
        """As `publish` does."""
        woken = asyncio.Event()
        stores.queue.on_ready(woken.set)
        await stores.commits.commit(a_work(deliveries=(a_delivery(),)))
        async with asyncio.timeout(10):
            await woken.wait()

    async def test_a_delivery_is_not_needed(self, stores: OneEngine, clock: ManualClock) -> None:
        """A request's work has none; an empty one is fine."""
        work = a_work(writes=(StateSet("g", "k", b"1"),), deliveries=(a_delivery(),))
        assert await stores.commits.commit(work) == Committed()
        assert await stores.commits.commit(a_work()) == Committed()
        assert await stores.state.get("g", "k") == b"1"
        assert len(await claim(stores.queue, clock)) == 1

    async def test_an_old_epoch_changes_nothing(self, stores: OneEngine, clock: ManualClock) -> None:
        """Its lease ran out and somebody else has it; they can still commit."""
        zombie = await _claimed(stores, clock)
        clock.advance(LEASE_MS)
        [holder] = await claim(stores.queue, clock)
        before = await _seen(stores)
        work = a_work(
            delivery=zombie,
            writes=(StateSet("g", "k", b"1"),),
            deliveries=(a_delivery(),),
            stream_writes=(an_item("i"),),
        )
        assert await stores.commits.commit(work) == Superseded()
        assert await _seen(stores) == before
        assert _heard(await stores.commits.commit(dataclasses.replace(work, delivery=holder))) == [("create", "i", 1)]

    @pytest.mark.parametrize(
        "reads",
        [
            StateReads(values={("g", "k"): b"2"}),
            StateReads(values={("g", "k"): None}),
            StateReads(values={("g", "k"): b"1.0"}),
            StateReads(values={("g", "new"): b"1"}),
            StateReads(lists={"g": digest_of_items([("k", b"2")])}),
            StateReads(lists={"g": digest_of_items([])}),
            StateReads(lists={"new": digest_of_items([("k", b"1")])}),
            StateReads(names=digest_of_names([])),
        ],
    )
    async def test_a_read_that_no_longer_holds_changes_nothing(
        self, stores: OneEngine, clock: ManualClock, reads: StateReads
    ) -> None:
        """It says which, and the delivery is leased as before."""
        delivery = await _claimed(stores, clock)
        await stores.state.set("g", "k", b"1")
        await stores.streams.set("s", "g", "i", b"{}", now=1)
        before = await _seen(stores)
        work = a_work(
            delivery=delivery,
            reads=reads,
            writes=(StateSet("g", "k", b"9"), StateClear("g")),
            deliveries=(a_delivery(unique="once"),),
            stream_writes=(StreamClear("s", "g"), StreamSend("s", "g", None, b'{"type":"t"}')),
        )
        places = (*reads.values, *((group,) for group in reads.lists), *([()] if reads.names is not None else []))
        assert await stores.commits.commit(work) == Conflict(places)
        assert await _seen(stores) == before
        assert await claim(stores.queue, clock) == []
        assert await stores.queue.renew([delivery], now=clock.now, lease_ms=LEASE_MS) == [True]
        again = dataclasses.replace(work, reads=StateReads())
        assert isinstance(await stores.commits.commit(again), Committed)
        assert len(await claim(stores.queue, clock)) == 1  # nor was the idempotency key used up

    async def test_reads_that_hold_are_no_obstacle(self, stores: OneEngine) -> None:
        """Values, absences, lists in their order, and names."""
        items = [("b", b"1"), ("a", b'{"n": 1.10}')]
        for key, value in items:
            await stores.state.set("g", key, value)
        reads = StateReads(
            values={("g", "b"): b"1", ("g", "c"): None},
            lists={"g": digest_of_items(items), "none": digest_of_items([])},
            names=digest_of_names(["g"]),
        )
        assert await stores.commits.commit(a_work(reads=reads, writes=(StateDelete("g", "b"),))) == Committed()
        assert await stores.state.items("g") == items[1:]

    async def test_only_what_changed_is_named(self, stores: OneEngine) -> None:
        """All of it."""
        reads = StateReads(values={("g", "a"): None, ("g", "b"): b"1", ("g", "c"): b"1"}, names=digest_of_names([]))
        assert await stores.commits.commit(a_work(reads=reads)) == Conflict((("g", "b"), ("g", "c")))

    async def test_used_idempotency_keys_are_left_out(self, stores: OneEngine, clock: ManualClock) -> None:
        """As `publish` does; the rest of the work is stored."""
        await stores.queue.publish([a_delivery(unique="k")])
        new = (a_delivery(unique="k"), a_delivery(unique="l"), a_delivery(unique="l"))
        assert await stores.commits.commit(a_work(writes=(StateSet("g", "k", b"1"),), deliveries=new)) == Committed()
        assert await stores.state.get("g", "k") == b"1"
        assert len(await claim(stores.queue, clock)) == 2

    async def test_a_queue_without_room_changes_nothing(self, tiny_stores: OneEngine, clock: ManualClock) -> None:
        """And the work can be stored when there is."""
        await tiny_stores.queue.publish([a_delivery(), a_delivery()])
        delivery, other = await claim(tiny_stores.queue, clock)
        work = a_work(
            delivery=delivery,
            writes=(StateSet("g", "k", b"1"),),
            deliveries=(a_delivery(), a_delivery(unique="u")),
            stream_writes=(an_item("i"),),
        )
        before = await _seen(tiny_stores)
        with pytest.raises(Overloaded):
            await tiny_stores.commits.commit(work)
        assert await _seen(tiny_stores) == before
        await tiny_stores.queue.settle(other, Done())
        assert _heard(await tiny_stores.commits.commit(work)) == [("create", "i", 1)]
        assert len(await claim(tiny_stores.queue, clock)) == 2

    async def test_of_works_at_once_that_read_the_same_one_wins(self, stores: OneEngine) -> None:
        """The others hear of it, so that no increment is lost."""
        lost = 0

        async def increment(number: int) -> None:
            nonlocal lost
            while True:
                seen = await stores.state.get("g", "n")
                work = a_work(
                    reads=StateReads(values={("g", "n"): seen}),
                    writes=(StateSet("g", "n", b"%d" % (int(seen or 0) + 1)), StateSet("by", f"{number}", b"1")),
                    deliveries=(a_delivery(),),
                )
                outcome: CommitOutcome = await stores.commits.commit(work)
                if isinstance(outcome, Committed):
                    return
                lost += 1
                await asyncio.sleep(0)

        await asyncio.gather(*(increment(number) for number in range(30)))
        assert await stores.state.get("g", "n") == b"30"
        assert len(await stores.state.items("by")) == 30
        assert len(await stores.queue.pending()) == 30

    async def test_nobody_sees_a_part(self, stores: OneEngine) -> None:
        """Whoever lists while works are stored finds both halves of each, or none."""
        done = False

        async def look() -> None:
            while not done:
                items = dict(await stores.state.items("g"))
                assert items.get("a") == items.get("b")
                shown = await stores.streams.items("s", "g")
                assert len({orjson.loads(text)["n"] for _, text in shown}) <= 1
                assert len(shown) in {0, 2}
                await asyncio.sleep(0)

        async def write() -> None:
            for number in range(50):
                value = b"%d" % number
                writes = (StateSet("g", "a", value), StateSet("g", "b", value))
                items = (StreamClear("s", "g"), an_item("b", number), an_item("a", number))
                await stores.commits.commit(a_work(writes=writes, stream_writes=items))

        looking = asyncio.ensure_future(look())
        await write()
        done = True
        await looking

    async def test_a_cancelled_commit_is_whole_or_nothing(self, stores: OneEngine, clock: ManualClock) -> None:
        """Whoever waited has gone; the work has not become two things."""
        delivery = await _claimed(stores, clock)
        work = a_work(
            delivery=delivery,
            writes=(StateSet("g", "k", b"1"),),
            deliveries=(a_delivery(step="mail"),),
            stream_writes=(an_item("i"),),
        )
        task = asyncio.ensure_future(stores.commits.commit(work))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stores.state.set("other", "k", b"1")  # comes after it, if it came at all
        was_stored = await stores.state.get("g", "k") is not None
        books = {line.step: line for line in await stores.queue.ledger()}
        assert (books["charge"].done == 1) == was_stored
        assert ("mail" in books) == was_stored
        assert (await stores.streams.get("s", "g", "i") is not None) == was_stored

    async def test_works_and_other_calls_in_any_order_balance(self, stores: OneEngine, clock: ManualClock) -> None:
        """Settlements, commits, conflicts and old epochs mixed: the books stay balanced, and nothing is done twice."""
        chance = random.Random(7)  # noqa: S311 - a test's dice
        await stores.queue.publish([a_delivery() for _ in range(60)])
        committed = 0
        while leased := await claim(stores.queue, clock, limit=7):
            for delivery in leased:
                seen = await stores.state.get("g", "n")
                stale = b"-1" if chance.random() < 0.3 else seen
                work = a_work(
                    delivery=delivery,
                    reads=StateReads(values={("g", "n"): stale}),
                    writes=(StateSet("g", "n", b"%d" % (int(seen or 0) + 1)),),
                )
                if isinstance(await stores.commits.commit(work), Committed):
                    committed += 1
                else:
                    await stores.queue.settle(delivery, Release())
        assert committed == 60
        assert await stores.state.get("g", "n") == b"60"
        [line] = await stores.queue.ledger()
        assert (line.done, line.balanced) == (60, True)

    # Live streams

    async def test_writes_to_streams_are_there_afterwards_and_told_in_order(self, stores: OneEngine) -> None:
        """Each as what it was when it was stored; each group has timestamps of its own, not before `now`, rising."""
        for item in ("kept", "cleared 1", "cleared 2"):
            group = "h" if "cleared" in item else "g"
            await stores.streams.set("s", group, item, b'{"n":0}', now=3)
        work = a_work(
            now=1_000,
            stream_writes=(
                an_item("new"),
                an_item("kept", 2),
                an_item("new", 3),
                StreamSend("s", "g", None, b'{"type":"t","data":1}'),
                StreamDelete("s", "g", "new"),
                StreamDelete("s", "g", "never there"),
                StreamClear("s", "h"),
                StreamSend("s", "g", "kept", b'{"type":"u"}'),
                an_item("new", 4, created_at=7_000),
                StreamSet("other", "g", "x", item_of(b'{"n":5}', "x", 9)),
            ),
        )
        outcome = await stores.commits.commit(work)
        assert _heard(outcome) == [
            ("create", "new", 1),
            ("update", "kept", 2),
            ("update", "new", 3),
            ("event", None, {"type": "t", "data": 1}),
            ("delete", "new", 3),
            ("delete", "cleared 1", 0),
            ("delete", "cleared 2", 0),
            ("event", "kept", {"type": "u"}),
            ("create", "new", 4),
            ("create", "x", 5),
        ]
        assert isinstance(outcome, Committed)
        by_group: dict[tuple[str, str], list[int]] = {}
        for message in outcome.told:
            by_group.setdefault((message.stream, message.group), []).append(message.at)
        assert {group: ats == sorted({*ats}) for group, ats in by_group.items()} == dict.fromkeys(by_group, True)
        assert min(message.at for message in outcome.told) >= 1_000
        # An item that was there keeps the time of its creation, a new one has what the work says.
        assert await stores.streams.items("s", "g") == [
            ("kept", b'{"n":2,"id":"kept","_createdAt":3}'),
            ("new", b'{"n":4,"id":"new","_createdAt":7000}'),
        ]
        assert await stores.streams.groups("s") == ["g"]
        snapshot = await stores.streams.snapshot("s", "g", "new", now=0)
        assert snapshot.at > max(by_group["s", "g"])
        assert (await stores.streams.snapshot("s", "h", "cleared 1", now=1_001)).deleted

    async def test_a_new_item_can_be_changed_as_any_other(self, stores: OneEngine) -> None:
        """The store's own writes go on from what a commit stored."""
        await stores.commits.commit(a_work(stream_writes=(an_item("i"),)))
        change = await stores.streams.update("s", "g", "i", [{"type": "increment", "path": "n", "by": 1}], now=9_000)
        assert change.after == b'{"n":2,"id":"i","_createdAt":5000}'

    @pytest.mark.parametrize(
        ("reads", "places"),
        [
            ({"s": StateReads(values={("g", "i"): None})}, [("g", "i")]),
            ({"s": StateReads(values={("g", "i"): b"{}"})}, [("g", "i")]),
            ({"s": StateReads(values={("g", "none"): b"{}"})}, [("g", "none")]),
            ({"s": StateReads(lists={"g": digest_of_items([])})}, [("g",)]),
            ({"s": StateReads(names=digest_of_names(["g", "h"]))}, [()]),
            (
                {"s": StateReads(values={("g", "i"): None}, lists={"h": digest_of_items([("i", b"{}")])})},
                [("g", "i"), ("h",)],
            ),
        ],
    )
    async def test_a_read_of_a_stream_that_no_longer_holds_changes_nothing(
        self, stores: OneEngine, reads: dict[str, StateReads], places: list[tuple[str, ...]]
    ) -> None:
        """It says which; the same place in state is another."""
        await stores.streams.set("s", "g", "i", b'{"n":1}', now=1)
        await stores.state.set("g", "i", b"1")
        before = await _seen(stores)
        work = a_work(
            reads=StateReads(values={("g", "i"): b"1"}),
            stream_reads=reads,
            writes=(StateSet("g", "k", b"9"),),
            deliveries=(a_delivery(),),
            stream_writes=(an_item("i", 9),),
        )
        assert await stores.commits.commit(work) == Conflict(tuple(stream_place("s", *place) for place in places))
        assert await _seen(stores) == before

    async def test_reads_of_streams_that_hold_are_no_obstacle(self, stores: OneEngine) -> None:
        """Items, absences, lists in their order, and names."""
        for item in "ba":
            await stores.streams.set("s", "g", item, b'{"n": 1.10}', now=1)
        items = await stores.streams.items("s", "g")
        reads = StateReads(
            values={("g", "b"): items[0][1], ("g", "c"): None, ("h", "b"): None},
            lists={"g": digest_of_items(items), "h": digest_of_items([])},
            names=digest_of_names(["g"]),
        )
        work = a_work(stream_reads={"s": reads, "t": StateReads(names=digest_of_names([]))})
        assert await stores.commits.commit(work) == Committed()

    @pytest.mark.parametrize("size", [1, 300_000])
    async def test_deliveries_carry_the_timestamps_of_what_they_tell_of(
        self, stores: OneEngine, clock: ManualClock, size: int
    ) -> None:
        """However large they are; others stay as they are."""
        item = StreamSet("s", "g", "i", item_of(b'{"n":1,"x":"%s"}' % (b"," * size), "i", 5))
        payload = change_payload(ItemChange("s", "g", "i", None, item.value, 0))
        tells, other, tells_too = a_delivery(payload=payload), a_delivery(), a_delivery(payload=payload)
        work = a_work(
            now=7_000,
            stream_writes=(StreamDelete("s", "g", "none"), StreamSend("s", "g", None, b'{"type":"t"}'), item),
            deliveries=(tells, other, tells_too),
            stamped={tells.id: 2, tells_too.id: 2},
        )
        outcome = await stores.commits.commit(work)
        assert isinstance(outcome, Committed)
        at = outcome.told[1].at
        assert at > 7_000
        stamped = payload.replace(b'"timestamp":0', b'"timestamp":%d' % at, 1)
        assert [each.payload for each in await claim(stores.queue, clock)] == [stamped, other.payload, stamped]

    async def test_works_and_calls_at_once_return_in_the_order_of_their_timestamps(self, stores: OneEngine) -> None:
        """So that whoever tells subscribers at once tells them in order, whoever else writes to the same group."""
        returned: list[int] = []
        changed: list[int] = []

        async def commit(number: int) -> None:
            writes = (an_item(f"{number}"), StreamSend("s", "g", None, b'{"type":"t"}'), an_item("all", number))
            outcome = await stores.commits.commit(a_work(stream_writes=writes, now=number % 7))
            assert isinstance(outcome, Committed)
            returned.extend(message.at for message in outcome.told)
            changed.extend(message.at for message in outcome.told if message.id is not None)

        async def call(number: int) -> None:
            change = await stores.streams.set("s", "g", "all", b'{"n":%d}' % number, now=number % 5)
            returned.append(change.at)
            changed.append(change.at)

        async def stamp(number: int) -> None:
            returned.append(await stores.streams.stamp("s", "g", now=number % 3))

        async def look(_: int) -> None:
            snapshot = await stores.streams.snapshot("s", "g", None, now=0)
            assert not changed or snapshot.at > changed[-1]
            returned.append(snapshot.at)

        chance = random.Random(11)  # noqa: S311 - a test's dice
        works = [chance.choice((commit, call, stamp, look))(number) for number in range(200)]
        await asyncio.gather(*works)
        assert returned == sorted({*returned})
