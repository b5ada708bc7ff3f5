"""The exam of AtomicCommits adapters.

A test module derives from the class and provides these fixtures:

- `clock`: a `ManualClock`; adapters that ask for the time get it.
- `stores`: empty stores with `queue`, `state` and `commits` that belong together.
- `tiny_stores`: the same with a queue that takes at most 3 unsettled deliveries.
"""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio
import dataclasses
import random
from typing import Any, Protocol

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
    Superseded,
    digest_of_items,
    digest_of_names,
)
from motia.model.delivery import Cause, Delivery, Done, Release
from motia.model.errors import Overloaded
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.event_queue import EventQueue
from motia.ports.state_store import StateStore
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
    def commits(self) -> AtomicCommits:
        """Both at once."""
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
    return groups, books, ids(await stores.queue.pending())


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
        work = a_work(delivery=zombie, writes=(StateSet("g", "k", b"1"),), deliveries=(a_delivery(),))
        assert await stores.commits.commit(work) == Superseded()
        assert await _seen(stores) == before
        assert await stores.commits.commit(dataclasses.replace(work, delivery=holder)) == Committed()

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
        before = await _seen(stores)
        work = a_work(
            delivery=delivery,
            reads=reads,
            writes=(StateSet("g", "k", b"9"), StateClear("g")),
            deliveries=(a_delivery(unique="once"),),
        )
        places = (*reads.values, *((group,) for group in reads.lists), *([()] if reads.names is not None else []))
        assert await stores.commits.commit(work) == Conflict(places)
        assert await _seen(stores) == before
        assert await claim(stores.queue, clock) == []
        assert await stores.queue.renew([delivery], now=clock.now, lease_ms=LEASE_MS) == [True]
        again = dataclasses.replace(work, reads=StateReads())
        assert await stores.commits.commit(again) == Committed()
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
            delivery=delivery, writes=(StateSet("g", "k", b"1"),), deliveries=(a_delivery(), a_delivery(unique="u"))
        )
        before = await _seen(tiny_stores)
        with pytest.raises(Overloaded):
            await tiny_stores.commits.commit(work)
        assert await _seen(tiny_stores) == before
        await tiny_stores.queue.settle(other, Done())
        assert await tiny_stores.commits.commit(work) == Committed()
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
                await asyncio.sleep(0)

        async def write() -> None:
            for number in range(50):
                value = b"%d" % number
                await stores.commits.commit(a_work(writes=(StateSet("g", "a", value), StateSet("g", "b", value))))

        looking = asyncio.ensure_future(look())
        await write()
        done = True
        await looking

    async def test_a_cancelled_commit_is_whole_or_nothing(self, stores: OneEngine, clock: ManualClock) -> None:
        """Whoever waited has gone; the work has not become two things."""
        delivery = await _claimed(stores, clock)
        work = a_work(delivery=delivery, writes=(StateSet("g", "k", b"1"),), deliveries=(a_delivery(step="mail"),))
        task = asyncio.ensure_future(stores.commits.commit(work))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stores.state.set("other", "k", b"1")  # comes after it, if it came at all
        was_stored = await stores.state.get("g", "k") is not None
        books = {line.step: line for line in await stores.queue.ledger()}
        assert (books["charge"].done == 1) == was_stored
        assert ("mail" in books) == was_stored

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
