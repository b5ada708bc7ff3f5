"""The exam of EventQueue adapters, second part: keys, cancelling, and what waits."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio

import pytest

from motia.model.delivery import KEY_TTL_MS, Bury, Done, Release, Retry
from motia.ports.event_queue import EventQueue
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery
from motia.testing.event_queue import FAILURE, LEASE_MS, claim, ids


class KeysContract:
    """What `publish` promises about keys."""

    @pytest.mark.parametrize("ttl", [1, KEY_TTL_MS, 30 * KEY_TTL_MS])
    async def test_an_idempotency_key_counts_for_its_time(
        self, queue: EventQueue, clock: ManualClock, ttl: int
    ) -> None:
        """The time of the delivery that used it, whatever the next one says."""
        await queue.publish([a_delivery(unique="k", unique_for_ms=ttl), a_delivery(unique="other", unique_for_ms=1)])
        clock.advance(ttl - 1)
        assert await queue.publish([a_delivery(unique="k", unique_for_ms=1)]) == [False]
        clock.advance(1)
        assert await queue.publish([a_delivery(unique="k"), a_delivery(unique="k")]) == [True, False]

    async def test_of_what_is_pending_there_is_one_of_a_key(self, queue: EventQueue, clock: ManualClock) -> None:
        """In one call and across calls; once it has been claimed, there may be another."""
        assert await queue.publish([a_delivery(dedup_key="k"), a_delivery(dedup_key="k"), a_delivery()]) == [
            True,
            False,
            True,
        ]
        assert await queue.publish([a_delivery(dedup_key="k")]) == [False]
        assert len(await claim(queue, clock)) == 2
        assert await queue.publish([a_delivery(dedup_key="k")]) == [True]
        assert await queue.publish([a_delivery(dedup_key="k")]) == [False]
        [line] = await queue.ledger()
        assert (line.accepted, line.leased, line.pending) == (3, 2, 1)

    async def test_what_waits_for_its_time_or_a_retry_is_pending(self, queue: EventQueue, clock: ManualClock) -> None:
        """Its run is still to come."""
        await queue.publish([a_delivery(dedup_key="k", due_at=clock.now + 10)])
        assert await queue.publish([a_delivery(dedup_key="k")]) == [False]
        clock.advance(10)
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Retry(clock.now + 10, FAILURE))
        assert await queue.publish([a_delivery(dedup_key="k")]) == [False]
        clock.advance(10)
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Release())
        assert await queue.publish([a_delivery(dedup_key="k")]) == [False]
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Bury(FAILURE, "exhausted", clock.now))
        assert await queue.publish([a_delivery(dedup_key="k")]) == [True]

    async def test_keys_of_others_are_not_concerned(self, queue: EventQueue) -> None:
        """Another topic, Step or trigger has keys of its own."""
        await queue.publish([a_delivery(dedup_key="k")])
        others = [
            a_delivery(dedup_key="k", topic="paid"),
            a_delivery(dedup_key="k", step="mail"),
            a_delivery(dedup_key="k", trigger=1),
            a_delivery(dedup_key="j"),
        ]
        assert await queue.publish(others) == [True] * 4

    async def test_who_publishes_after_a_claim_gets_a_run_of_their_own(
        self, queue: EventQueue, clock: ManualClock
    ) -> None:
        """However close: nothing is awaited between the claim and the call."""
        await queue.publish([a_delivery(dedup_key="k")])
        for _ in range(50):
            [claimed], stored = await asyncio.gather(claim(queue, clock), queue.publish([a_delivery(dedup_key="k")]))
            assert stored == [True]
            await queue.settle(claimed, Done())
        assert len(await claim(queue, clock)) == 1

    async def test_many_at_once_are_one(self, queue: EventQueue, clock: ManualClock) -> None:
        """Calls that are written together see each other."""
        stored = await asyncio.gather(*(queue.publish([a_delivery(dedup_key="k")]) for _ in range(20)))
        assert sorted(stored) == [[False]] * 19 + [[True]]
        assert len(await claim(queue, clock)) == 1

    async def test_what_is_not_stored_uses_up_no_idempotency_key(self, queue: EventQueue, clock: ManualClock) -> None:
        """Its emit may be repeated once the other one runs."""
        await queue.publish([a_delivery(dedup_key="k")])
        assert await queue.publish([a_delivery(dedup_key="k", unique="u")]) == [False]
        await claim(queue, clock)
        assert await queue.publish([a_delivery(dedup_key="k", unique="u")]) == [True]


class CancelContract:
    """What `waiting`, `emitted` and `cancel` promise."""

    async def test_what_waits_is_listed_by_due_time_in_pages(self, queue: EventQueue, clock: ManualClock) -> None:
        """With `due_after`, only what is scheduled; never what runs."""
        late, later = a_delivery(due_at=clock.now + 20), a_delivery(due_at=clock.now + 30)
        running, now, soon = a_delivery(due_at=0), a_delivery(due_at=clock.now), a_delivery(due_at=clock.now + 10)
        await queue.publish([later, late, running, now, soon])
        await claim(queue, clock, limit=1)
        assert ids(await queue.waiting()) == ids([now, soon, late, later])
        scheduled = await queue.waiting(due_after=clock.now, limit=2)
        assert ids(scheduled) == ids([soon, late])
        last = scheduled[-1]
        await queue.cancel([last.id])
        rest = await queue.waiting(due_after=clock.now, after=(last.due_at, last.id))
        assert rest == [later]

    async def test_what_waits_is_found_by_step_and_topic(self, queue: EventQueue) -> None:
        """Both conditions hold."""
        one, two, three = a_delivery(), a_delivery(topic="paid"), a_delivery(topic="paid", step="mail")
        await queue.publish([one, two, three])
        assert ids(await queue.waiting(step="charge")) == ids([one, two])
        assert ids(await queue.waiting(topic="paid")) == ids([two, three])
        assert ids(await queue.waiting(step="charge", topic="paid")) == [two.id]
        assert await queue.waiting_ids(step="charge") == ids([one, two])
        assert await queue.waiting_ids(topic="paid") == ids([two, three])
        assert await queue.waiting_ids() == ids([one, two, three])

    async def test_deliveries_are_found_by_their_keys(self, queue: EventQueue, clock: ManualClock) -> None:
        """While they are unsettled; with two keys, both hold."""
        one, two = a_delivery(emit_key="k"), a_delivery(emit_key="k", dedup_key="d", step="mail")
        await queue.publish([one, two, a_delivery(emit_key="k", topic="paid"), a_delivery(emit_key="j")])
        assert await queue.emitted("ordered", key="k") == ids([one, two])
        assert await queue.emitted("ordered", dedup_key="d") == [two.id]
        assert await queue.emitted("ordered", key="j", dedup_key="d") == []
        [claimed] = await claim(queue, clock, limit=1)
        await queue.settle(claimed, Done())
        assert await queue.emitted("ordered", key="k") == [two.id]

    async def test_what_is_cancelled_never_runs(self, queue: EventQueue, clock: ManualClock) -> None:
        """Scheduled or waiting; it is counted as discarded, and cancelled once."""
        scheduled, waiting, kept = a_delivery(due_at=clock.now + 10), a_delivery(), a_delivery()
        await queue.publish([scheduled, waiting, kept])
        assert await queue.cancel([scheduled.id, waiting.id, waiting.id, "unknown"]) == 2
        assert await queue.cancel([scheduled.id]) == 0
        clock.advance(10)
        assert ids(await claim(queue, clock)) == [kept.id]
        [line] = await queue.ledger()
        assert (line.accepted, line.discarded, line.leased, line.balanced) == (3, 2, 1, True)

    async def test_what_runs_is_passed_over(self, queue: EventQueue, clock: ManualClock) -> None:
        """Also later, when it waits for a retry: that one was not asked for. Asked again, it goes."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        assert await queue.cancel([claimed.id]) == 0
        await queue.settle(claimed, Retry(clock.now + 10, FAILURE))
        assert ids(await queue.waiting()) == [claimed.id]
        assert await queue.cancel([claimed.id]) == 1
        clock.advance(10)
        assert await claim(queue, clock) == []

    async def test_a_lost_lease_is_passed_over(self, queue: EventQueue, clock: ManualClock) -> None:
        """Its holder may still be at work."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        clock.advance(LEASE_MS)
        assert await queue.cancel([claimed.id]) == 0
        assert len(await claim(queue, clock)) == 1

    async def test_cancelling_frees_the_idempotency_key(self, queue: EventQueue) -> None:
        """The same may be scheduled again at once."""
        first, second = a_delivery(unique="k"), a_delivery(unique="k")
        await queue.publish([first])
        assert await queue.publish([a_delivery(unique="k")]) == [False]
        await queue.cancel([first.id])
        assert await queue.publish([second]) == [True]
        assert await queue.publish([a_delivery(unique="k")]) == [False]

    async def test_a_key_that_is_anothers_by_now_is_not_freed(self, queue: EventQueue, clock: ManualClock) -> None:
        """The first delivery still waits when its key has run out and was used again."""
        first, second = a_delivery(unique="k", unique_for_ms=10), a_delivery(unique="k")
        await queue.publish([first])
        clock.advance(10)
        assert await queue.publish([second]) == [True]
        assert await queue.cancel([first.id]) == 1
        assert await queue.publish([a_delivery(unique="k")]) == [False]

    async def test_cancelling_frees_the_deduplication_key(self, queue: EventQueue) -> None:
        """Nothing with it is pending."""
        first = a_delivery(dedup_key="k", due_at=1 << 50)
        await queue.publish([first])
        cancelled, stored = await asyncio.gather(queue.cancel([first.id]), queue.publish([a_delivery(dedup_key="k")]))
        assert (cancelled, stored) == (1, [True])

    async def test_a_cancelled_head_lets_its_group_go_on(self, queue: EventQueue, clock: ManualClock) -> None:
        """In order; and the queue wakes for it."""
        head, second, third = (a_delivery(group="g", due_at=due) for due in (clock.now + 1_000, 0, 0))
        await queue.publish([head, second, third])
        assert await claim(queue, clock) == []
        woken = asyncio.Event()
        queue.on_ready(woken.set)
        assert await queue.cancel([head.id]) == 1
        async with asyncio.timeout(10):
            await woken.wait()
        [claimed] = await claim(queue, clock)
        assert claimed.id == second.id
        await queue.settle(claimed, Done())
        assert ids(await claim(queue, clock)) == [third.id]

    async def test_the_middle_of_a_group_can_be_cancelled(self, queue: EventQueue, clock: ManualClock) -> None:
        """The others keep their order, one at a time."""
        group = [a_delivery(group="g") for _ in range(6)]
        await queue.publish(group)
        [running] = await claim(queue, clock)
        assert await queue.cancel(ids([group[1], group[3], group[4]])) == 3
        order = []
        while True:
            await queue.settle(running, Done())
            claimed = await claim(queue, clock)
            if not claimed:
                break
            [running] = claimed
            order.append(running.id)
        assert order == ids([group[2], group[5]])
        await queue.publish([last := a_delivery(group="g")])
        assert ids(await claim(queue, clock)) == [last.id]

    async def test_a_group_moves_on_while_its_next_is_being_cancelled(
        self, queue: EventQueue, clock: ManualClock
    ) -> None:
        """Whichever ends first."""
        group = [a_delivery(group="g") for _ in range(3)]
        await queue.publish(group)
        [running] = await claim(queue, clock)
        cancelled, settled = await asyncio.gather(queue.cancel([group[1].id]), queue.settle(running, Done()))
        assert (cancelled, settled) == (1, True)
        assert ids(await claim(queue, clock)) == [group[2].id]

    async def test_claiming_and_cancelling_at_once_takes_each_once(self, queue: EventQueue, clock: ManualClock) -> None:
        """A delivery is run or cancelled, never both, and cancelled by one."""
        published = [a_delivery(group=f"g{number % 3}" if number % 2 else None) for number in range(60)]
        await queue.publish(published)
        wanted = ids(published)
        first, second, claimed = await asyncio.gather(
            queue.cancel(wanted[:40]), queue.cancel(wanted[20:]), claim(queue, clock, limit=10)
        )
        assert first + second + len(claimed) + len(await queue.waiting()) == 60
        assert all(line.balanced for line in await queue.ledger())
