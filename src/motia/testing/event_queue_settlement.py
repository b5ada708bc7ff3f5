"""The exam of EventQueue adapters, last part: settling, waking, dead letters, the books, and the whole of it."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio
import random

import pytest

from motia.model.delivery import Bury, Delivery, Done, Release, Retry, Settlement
from motia.ports.event_queue import EventQueue
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery
from motia.testing.event_queue import FAILURE, LEASE_MS, ClaimContract, PublishContract, claim, ids
from motia.testing.event_queue_options import CancelContract, KeysContract


class SettleContract:
    """What `settle` and `renew` promise."""

    async def test_done_is_over(self, queue: EventQueue, clock: ManualClock) -> None:
        """Also after the lease would have ended."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        assert await queue.settle(claimed, Done()) is True
        clock.advance(LEASE_MS)
        assert await claim(queue, clock) == []

    async def test_retry_waits_for_its_time(self, queue: EventQueue, clock: ManualClock) -> None:
        """And the attempt stays counted."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        assert await queue.settle(claimed, Retry(clock.now + 500, FAILURE)) is True
        assert await claim(queue, clock) == []
        clock.advance(500)
        [again] = await claim(queue, clock)
        assert (again.attempt, again.epoch, again.due_at) == (2, claimed.epoch + 1, clock.now)

    async def test_release_gives_the_attempt_back(self, queue: EventQueue, clock: ManualClock) -> None:
        """It can be claimed at once, as the same attempt with a new epoch."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        assert await queue.settle(claimed, Release()) is True
        [again] = await claim(queue, clock)
        assert (again.attempt, again.epoch) == (1, claimed.epoch + 1)

    @pytest.mark.parametrize(
        "settlement",
        [Done(), Release(), Retry(0, FAILURE), Bury(FAILURE, "exhausted", 0)],
        ids=lambda each: type(each).__name__,
    )
    async def test_an_old_epoch_changes_nothing(
        self, queue: EventQueue, clock: ManualClock, settlement: Settlement
    ) -> None:
        """A zombie's result is refused, and whoever runs it now is not disturbed."""
        await queue.publish([a_delivery()])
        [zombie] = await claim(queue, clock)
        clock.advance(LEASE_MS)
        [holder] = await claim(queue, clock)
        before = await queue.ledger()
        assert await queue.settle(zombie, settlement) is False
        assert await queue.renew([zombie], now=clock.now, lease_ms=LEASE_MS) == [False]
        assert (await queue.ledger(), await claim(queue, clock)) == (before, [])
        assert await queue.settle(holder, Done()) is True

    async def test_a_settlement_counts_once(self, queue: EventQueue, clock: ManualClock) -> None:
        """Whatever came first."""
        await queue.publish([a_delivery() for _ in range(4)])
        settlements: list[Settlement] = [Done(), Release(), Retry(clock.now, FAILURE), Bury(FAILURE, "exhausted", 0)]
        for claimed, settlement in zip(await claim(queue, clock), settlements, strict=True):
            assert await queue.settle(claimed, settlement) is True
            assert await queue.settle(claimed, Done()) is False
        [line] = await queue.ledger()
        assert (line.done, line.pending, line.leased, line.dead) == (1, 2, 0, 1)

    async def test_two_settlements_at_once_count_once(self, queue: EventQueue, clock: ManualClock) -> None:
        """Even when they are under way together."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        both = await asyncio.gather(
            queue.settle(claimed, Bury(FAILURE, "exhausted", 0)), queue.settle(claimed, Retry(0, FAILURE))
        )
        assert sorted(both) == [False, True]
        assert all(line.balanced for line in await queue.ledger())

    async def test_a_renewed_lease_lasts_longer(self, queue: EventQueue, clock: ManualClock) -> None:
        """From the time of renewing; a delivery that is over cannot be renewed."""
        await queue.publish([a_delivery(), a_delivery()])
        [kept, done] = await claim(queue, clock)
        await queue.settle(done, Done())
        clock.advance(LEASE_MS - 1)
        assert await queue.renew([kept, done], now=clock.now, lease_ms=LEASE_MS) == [True, False]
        clock.advance(LEASE_MS - 1)
        assert await claim(queue, clock) == []
        clock.advance(1)
        assert ids(await claim(queue, clock)) == [kept.id]


class WakingContract:
    """What `next_due` and `on_ready` promise."""

    async def test_nothing_waits_in_an_empty_queue(self, queue: EventQueue, clock: ManualClock) -> None:
        """Before, and when all is done."""
        assert queue.next_due() is None
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Done())
        assert queue.next_due() is None

    async def test_next_due_is_the_earliest_reason_to_claim(self, queue: EventQueue, clock: ManualClock) -> None:
        """A due time or the end of a lease."""
        await queue.publish([a_delivery(due_at=clock.now + 90_000), a_delivery(due_at=clock.now)])
        assert queue.next_due() == clock.now
        [claimed] = await claim(queue, clock)
        assert queue.next_due() == clock.now + LEASE_MS
        await queue.settle(claimed, Retry(clock.now + 7, FAILURE))
        assert queue.next_due() == clock.now + 7

    async def test_every_reason_to_claim_wakes(self, queue: EventQueue, clock: ManualClock) -> None:
        """Publishing, a retry, a release, the next of a group, a redrive."""
        woken = asyncio.Event()
        queue.on_ready(woken.set)

        async def was_woken() -> None:
            async with asyncio.timeout(10):
                await woken.wait()
            woken.clear()

        await queue.publish([a_delivery(group="g"), a_delivery(group="g")])
        await was_woken()
        [head] = await claim(queue, clock)
        await queue.settle(head, Retry(clock.now, FAILURE))
        await was_woken()
        [head] = await claim(queue, clock)
        await queue.settle(head, Release())
        await was_woken()
        [head] = await claim(queue, clock)
        await queue.settle(head, Bury(FAILURE, "exhausted", clock.now))
        await was_woken()
        [behind] = await claim(queue, clock)
        await queue.settle(behind, Done())
        await queue.redrive([head.id], now=clock.now)
        await was_woken()
        assert ids(await claim(queue, clock)) == [head.id]


class DeadLetterContract:
    """What happens to deliveries that failed for good."""

    async def bury(self, queue: EventQueue, clock: ManualClock, *deliveries: Delivery) -> None:
        """Publish and bury them."""
        await queue.publish(deliveries)
        for claimed in await claim(queue, clock):
            await queue.settle(claimed, Bury(FAILURE, "exhausted", clock.now))

    async def test_a_dead_letter_keeps_everything(self, queue: EventQueue, clock: ManualClock) -> None:
        """The delivery as it was last run, why, and when."""
        await queue.publish([a_delivery(payload=b"[1, 2]", group="g")])
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Bury(FAILURE, "non-retryable", clock.now + 3))
        [letter] = await queue.dead_letters()
        assert letter.delivery == claimed
        assert (letter.failure, letter.reason, letter.failed_at) == (FAILURE, "non-retryable", clock.now + 3)
        assert await claim(queue, clock) == []

    async def test_they_are_listed_newest_first_in_pages(self, queue: EventQueue, clock: ManualClock) -> None:
        """`after` goes on behind a page's last."""
        buried = [a_delivery() for _ in range(5)]
        await self.bury(queue, clock, *buried)
        newest_first = ids(buried)[::-1]
        page = await queue.dead_letters(limit=2)
        assert ids([letter.delivery for letter in page]) == newest_first[:2]
        rest = await queue.dead_letters(after=newest_first[1])
        assert ids([letter.delivery for letter in rest]) == newest_first[2:]

    async def test_they_are_found_by_step_and_topic(self, queue: EventQueue, clock: ManualClock) -> None:
        """Both conditions hold."""
        one, two, three = a_delivery(), a_delivery(topic="paid"), a_delivery(topic="paid", step="mail")
        await self.bury(queue, clock, one, two, three)
        for step, topic, expected in (
            ("charge", None, [two, one]),
            (None, "paid", [three, two]),
            ("charge", "paid", [two]),
            ("unknown", None, []),
        ):
            found = await queue.dead_letters(step=step, topic=topic)
            assert ids([letter.delivery for letter in found]) == ids(expected)

    async def test_redriving_begins_again(self, queue: EventQueue, clock: ManualClock) -> None:
        """Attempts from 1, due now, the payload as it was, and an epoch that no zombie has."""
        await queue.publish([a_delivery(payload=b'"p"')])
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Bury(FAILURE, "exhausted", clock.now))
        now = clock.advance(60_000)
        assert await queue.redrive([claimed.id, "unknown"], now=now) == 1
        assert await queue.dead_letters() == []
        assert await queue.settle(claimed, Done()) is False
        [again] = await claim(queue, clock)
        assert (again.id, again.attempt, again.due_at, again.payload) == (claimed.id, 1, now, b'"p"')
        assert again.epoch > claimed.epoch
        assert await queue.redrive([claimed.id], now=now) == 0

    async def test_redriving_takes_the_expiry_away(self, queue: EventQueue, clock: ManualClock) -> None:
        """What somebody gives another chance must not expire at once; its keys stay."""
        await queue.publish([a_delivery(expires_at=clock.now, emit_key="k", dedup_key="d")])
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Bury(FAILURE, "expired", clock.now, began=False))
        await queue.redrive([claimed.id], now=clock.now)
        [again] = await claim(queue, clock)
        assert (again.expires_at, again.emit_key, again.dedup_key) == (None, "k", "d")

    async def test_a_claim_that_began_nothing_is_not_counted(self, queue: EventQueue, clock: ManualClock) -> None:
        """The dead letter says how many attempts were made."""
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        assert await queue.settle(claimed, Bury(FAILURE, "expired", clock.now, began=False)) is True
        assert [letter.delivery.attempt for letter in await queue.dead_letters()] == [0]

    async def test_followers_come_with_the_dead_letter(self, queue: EventQueue, clock: ManualClock) -> None:
        """They are deliveries like any other, and the dead letter knows nothing of them."""
        follower, another = a_delivery(step="rescue", payload=b'"help"'), a_delivery(step="rescue", group="g")
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        bury = Bury(FAILURE, "exhausted", clock.now, followers=(follower, another))
        assert await queue.settle(claimed, bury) is True
        assert await queue.settle(claimed, bury) is False
        assert ids([letter.delivery for letter in await queue.dead_letters()]) == [claimed.id]
        assert [(each.id, each.payload) for each in await claim(queue, clock)] == [
            (follower.id, b'"help"'),
            (another.id, another.payload),
        ]
        assert all(line.balanced for line in await queue.ledger())

    async def test_a_full_queue_still_takes_followers(self, tiny_queue: EventQueue, clock: ManualClock) -> None:
        """A burial must not fail because of them."""
        await tiny_queue.publish([a_delivery() for _ in range(3)])
        claimed = await claim(tiny_queue, clock)
        followers = (a_delivery(), a_delivery())
        assert await tiny_queue.settle(claimed[0], Bury(FAILURE, "exhausted", 0, followers=followers)) is True
        assert ids(await claim(tiny_queue, clock)) == ids(followers)

    async def test_discarding_is_for_good(self, queue: EventQueue, clock: ManualClock) -> None:
        """And is written in the books."""
        one, two = a_delivery(), a_delivery()
        await self.bury(queue, clock, one, two)
        assert await queue.discard([one.id, one.id, "unknown"]) == 1
        assert ids([letter.delivery for letter in await queue.dead_letters()]) == [two.id]
        assert await queue.redrive([one.id], now=clock.now) == 0
        [line] = await queue.ledger()
        assert (line.accepted, line.dead, line.discarded) == (2, 1, 1)

    async def test_a_failure_may_hold_any_text(self, queue: EventQueue, clock: ManualClock) -> None:
        """What an author's error says must not stop it from being kept."""
        failure = type(FAILURE)("E\x00", "half a pair: \ud800, \U0001f600", None, None)
        await queue.publish([a_delivery()])
        [claimed] = await claim(queue, clock)
        assert await queue.settle(claimed, Bury(failure, "exhausted", clock.now)) is True
        assert [letter.failure for letter in await queue.dead_letters()] == [failure]


class BooksContract:
    """What `pending` and `ledger` promise."""

    async def test_pending_shows_what_is_owed_by_due_time(self, queue: EventQueue, clock: ManualClock) -> None:
        """Running ones too, with the attempt they are at."""
        late, early = a_delivery(due_at=clock.now + 1), a_delivery(payload=b'"' + b"x" * 20_000 + b'"')
        await queue.publish([late, early])
        [running] = await claim(queue, clock)
        assert await queue.pending() == [running, late]
        assert await queue.pending(limit=1) == [running]
        await queue.settle(running, Done())
        assert ids(await queue.pending()) == [late.id]

    async def test_the_ledger_has_a_line_per_subscription(self, queue: EventQueue, clock: ManualClock) -> None:
        """With what became of everything that was accepted."""
        await queue.publish([a_delivery(unique="k"), a_delivery(unique="k"), a_delivery(), a_delivery(topic="paid")])
        claimed = await claim(queue, clock, limit=2)
        await queue.settle(claimed[0], Done())
        lines = {(line.topic, line.step): line for line in await queue.ledger()}
        ordered, paid = lines["ordered", "charge"], lines["paid", "charge"]
        assert (ordered.accepted, ordered.done, ordered.leased, ordered.pending) == (2, 1, 1, 0)
        assert (paid.accepted, paid.pending) == (1, 1)
        assert len(lines) == 2

    @pytest.mark.parametrize("seed", range(4))
    async def test_the_books_balance_whatever_happens(self, queue: EventQueue, clock: ManualClock, seed: int) -> None:
        """A random life: at every moment everything accepted is somewhere, and nothing is held twice."""
        chance = random.Random(seed)  # noqa: S311
        held: dict[str, Delivery] = {}
        for _ in range(150):
            await self._live_a_little(queue, clock, chance, held)
            lines = await queue.ledger()
            assert all(line.balanced for line in lines)
        unsettled = sum(line.pending + line.leased for line in await queue.ledger())
        assert unsettled == len(await queue.pending(limit=10_000))

    async def _live_a_little(
        self, queue: EventQueue, clock: ManualClock, chance: random.Random, held: dict[str, Delivery]
    ) -> None:
        clock.advance(chance.choice([0, 1, 50, LEASE_MS // 3]))
        match chance.randrange(7):
            case 6:
                some = ids(await queue.waiting(limit=3)) + list(held)[:1]
                await queue.cancel(some)
                assert await queue.cancel(some) == 0
            case 0 | 1:
                await queue.publish([self._any_delivery(clock, chance) for _ in range(chance.randrange(1, 5))])
            case 2:
                for claimed in await claim(queue, clock, limit=chance.randrange(1, 6)):
                    before = held.get(claimed.id)
                    assert before is None or claimed.epoch > before.epoch
                    held[claimed.id] = claimed
            case 3 | 4 if held:
                claimed = held.pop(chance.choice(list(held)))
                await queue.settle(claimed, self._any_settlement(clock, chance))
            case _:
                dead = ids([letter.delivery for letter in await queue.dead_letters(limit=3)])
                if chance.random() < 0.5:
                    await queue.redrive(dead, now=clock.now)
                else:
                    await queue.discard(dead)

    def _any_delivery(self, clock: ManualClock, chance: random.Random) -> Delivery:
        return a_delivery(
            step=chance.choice("ab"),
            topic=chance.choice("xy"),
            group=chance.choice([None, "g", "h"]),
            due_at=clock.now + chance.choice([0, 0, 20]),
            unique=chance.choice([None, None, f"key{chance.randrange(40)}"]),
            dedup_key=chance.choice([None, None, "one", "two"]),
        )

    def _any_settlement(self, clock: ManualClock, chance: random.Random) -> Settlement:
        settlements: list[Settlement] = [
            Done(),
            Done(),
            Release(),
            Retry(clock.now + 30, FAILURE),
            Bury(FAILURE, "exhausted", clock.now),
            Bury(FAILURE, "expired", clock.now, began=False, followers=(self._any_delivery(clock, chance),)),
        ]
        return chance.choice(settlements)


class HousekeepingContract:
    """What `quarantine` and `give_back_space` promise."""

    async def test_nothing_is_set_aside_that_can_be_read(self, queue: EventQueue, clock: ManualClock) -> None:
        """Neither what is owed nor what is dead."""
        await queue.publish([a_delivery(), a_delivery()])
        [claimed] = await claim(queue, clock, limit=1)
        await queue.settle(claimed, Bury(FAILURE, "exhausted", 0))
        found = await queue.quarantine()
        assert (found.count, found.reasons, found.latest) == (0, {}, ())

    async def test_giving_back_space_touches_nothing_that_is_owed(self, queue: EventQueue, clock: ManualClock) -> None:
        """Also while others publish and claim."""
        published = [a_delivery(payload=b'"' + b"x" * 5_000 + b'"') for _ in range(200)]
        await queue.publish(published)
        for claimed in await claim(queue, clock, limit=150):
            await queue.settle(claimed, Done())
        await asyncio.gather(queue.give_back_space(), queue.publish([a_delivery()]))
        rest = await claim(queue, clock, limit=1_000)
        assert ids(rest)[:50] == ids(published[150:])
        assert [each.payload for each in rest[:50]] == [each.payload for each in published[150:]]
        assert all(line.balanced for line in await queue.ledger())


class EventQueueContract(
    PublishContract,
    KeysContract,
    ClaimContract,
    SettleContract,
    WakingContract,
    DeadLetterContract,
    CancelContract,
    BooksContract,
    HousekeepingContract,
):
    """The whole exam."""
