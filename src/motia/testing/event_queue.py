"""The exam of EventQueue adapters: publishing, claiming and settling.

A test module derives from the classes here and provides these fixtures:

- `clock`: a `ManualClock`; adapters that ask for the time get it.
- `queue`: an empty queue.
- `tiny_queue`: an empty queue that takes at most 3 unsettled deliveries.
"""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from motia.model.delivery import Bury, Cause, Delivery, Done, Failure, Release, Retry
from motia.model.errors import Overloaded
from motia.ports.event_queue import EventQueue
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery

LEASE_MS = 30_000
FAILURE = Failure("ValueError", "no such order", "at line 1", "E_ORDER")


async def claim(
    queue: EventQueue, clock: ManualClock, limit: int = 100, unwilling: Sequence[str] = ()
) -> list[Delivery]:
    """What can be claimed now."""
    return await queue.claim(limit, now=clock.now, lease_ms=LEASE_MS, unwilling=unwilling)


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    """Their ids."""
    return [delivery.id for delivery in deliveries]


class PublishContract:
    """What `publish` promises."""

    async def test_what_was_published_comes_back_as_it_was(self, queue: EventQueue, clock: ManualClock) -> None:
        """Every field, and the payload byte for byte."""
        published = a_delivery(
            kind="cron",
            topic="0 5 * * *",
            payload='{"big": 123456789012345678901234567890, "text": "Grüße \\u0000", "f": 1.10}'.encode(),
            cause=Cause("a" * 32, "b" * 16, 3),
            created_at=clock.now - 5,
            due_at=clock.now - 1,
            max_attempts=7,
            trigger=2,
            group="customer/7",
            unique="tick-1",
            scheduled_for=clock.now - 2,
            unique_for_ms=5_000,
            emit_key="order 7",
            dedup_key="again",
            expires_at=clock.now + 60_000,
        )
        assert await queue.publish([published]) == [True]
        [claimed] = await claim(queue, clock)
        assert (claimed.attempt, claimed.epoch) == (1, published.epoch + 1)
        assert [getattr(claimed, name) for name in _UNCHANGED] == [getattr(published, name) for name in _UNCHANGED]

    @pytest.mark.parametrize("size", [0, 16 * 1024, 16 * 1024 + 1, 3_000_000])
    async def test_a_payload_of_any_size_comes_back(self, queue: EventQueue, clock: ManualClock, size: int) -> None:
        """Also one too large to be kept in memory."""
        payload = b'"' + b"x" * size + b'"'
        await queue.publish([a_delivery(payload=payload)])
        assert [claimed.payload for claimed in await claim(queue, clock)] == [payload]

    async def test_nothing_published_is_nothing_stored(self, queue: EventQueue) -> None:
        """An empty call is fine."""
        assert await queue.publish([]) == []

    async def test_an_idempotency_key_is_stored_once(self, queue: EventQueue, clock: ManualClock) -> None:
        """In one call and across calls, and what has no key is not concerned."""
        assert await queue.publish([a_delivery(unique="k"), a_delivery(unique="k"), a_delivery()]) == [
            True,
            False,
            True,
        ]
        assert await queue.publish([a_delivery(unique="k"), a_delivery(unique="other")]) == [False, True]
        assert len(await claim(queue, clock)) == 3

    async def test_an_idempotency_key_outlives_its_delivery(self, queue: EventQueue, clock: ManualClock) -> None:
        """Done is not forgotten."""
        await queue.publish([a_delivery(unique="k")])
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Done())
        assert await queue.publish([a_delivery(unique="k")]) == [False]

    async def test_a_full_queue_takes_all_or_none(self, tiny_queue: EventQueue, clock: ManualClock) -> None:
        """Past the depth nothing is accepted, and a settled delivery makes room."""
        await tiny_queue.publish([a_delivery(), a_delivery()])
        with pytest.raises(Overloaded) as refused:
            await tiny_queue.publish([a_delivery(unique="k"), a_delivery()])
        assert refused.value.retry_after_s >= 1
        [first, second] = await claim(tiny_queue, clock)
        await tiny_queue.settle(first, Done())
        assert await tiny_queue.publish([a_delivery(unique="k"), a_delivery()]) == [True, True]
        assert second.id not in ids(await claim(tiny_queue, clock))

    async def test_many_publishers_at_once_lose_and_double_nothing(self, queue: EventQueue, clock: ManualClock) -> None:
        """Every delivery is claimed exactly once, by claims that run beside the publishing."""
        published = [a_delivery(step=f"step{number % 7}") for number in range(300)]

        early: list[Delivery] = []

        async def take_some() -> None:
            early.extend(await claim(queue, clock, limit=10))

        publishing = [queue.publish(published[start : start + 3]) for start in range(0, 300, 3)]
        await asyncio.gather(*publishing, *(take_some() for _ in range(10)))
        rest = await claim(queue, clock, limit=1_000)
        assert sorted(ids(early) + ids(rest)) == ids(published)

    async def test_a_cancelled_publish_is_stored_or_not_but_never_half(
        self, queue: EventQueue, clock: ManualClock
    ) -> None:
        """Whoever went away leaves balanced books, and others unharmed."""
        task = asyncio.ensure_future(queue.publish([a_delivery(), a_delivery()]))
        other = asyncio.ensure_future(queue.publish([a_delivery(step="other")]))
        await asyncio.sleep(0)
        task.cancel()
        assert await other == [True]
        await asyncio.gather(task, return_exceptions=True)
        assert len(await claim(queue, clock)) in {1, 3}
        assert all(line.balanced for line in await queue.ledger())


class ClaimContract:
    """What `claim` promises."""

    async def test_a_claimed_delivery_is_nobody_elses(self, queue: EventQueue, clock: ManualClock) -> None:
        """Until its lease ends."""
        await queue.publish([a_delivery()])
        assert len(await claim(queue, clock)) == 1
        clock.advance(LEASE_MS - 1)
        assert await claim(queue, clock) == []

    async def test_it_comes_back_when_its_lease_has_ended(self, queue: EventQueue, clock: ManualClock) -> None:
        """With another attempt counted, and a new epoch."""
        await queue.publish([a_delivery()])
        [first] = await claim(queue, clock)
        clock.advance(LEASE_MS)
        [second] = await claim(queue, clock)
        assert (second.id, second.attempt, second.epoch) == (first.id, 2, first.epoch + 1)

    async def test_the_limit_holds(self, queue: EventQueue, clock: ManualClock) -> None:
        """Never more than asked for, and the rest next time."""
        published = [a_delivery() for _ in range(5)]
        await queue.publish(published)
        assert ids(await claim(queue, clock, limit=2)) == ids(published[:2])
        assert ids(await claim(queue, clock, limit=9)) == ids(published[2:])
        assert await claim(queue, clock) == []

    async def test_what_is_not_due_waits(self, queue: EventQueue, clock: ManualClock) -> None:
        """Due at a time means from that very millisecond."""
        await queue.publish([a_delivery(due_at=clock.now + 10)])
        clock.advance(9)
        assert await claim(queue, clock) == []
        clock.advance(1)
        assert len(await claim(queue, clock)) == 1

    async def test_order_is_by_due_time_and_then_as_published(self, queue: EventQueue, clock: ManualClock) -> None:
        """Across Steps too, in one claim or in several."""
        late, first = a_delivery(due_at=50), a_delivery(due_at=20, step="b")
        second, third = a_delivery(due_at=20, step="a"), a_delivery(due_at=20, step="b")
        await queue.publish([late, first, second])
        await queue.publish([third])
        assert ids(await claim(queue, clock, limit=2)) == ids([first, second])
        assert ids(await claim(queue, clock, limit=2)) == ids([third, late])

    async def test_unwilling_steps_are_passed_over(self, queue: EventQueue, clock: ManualClock) -> None:
        """They keep their place, and the limit is spent on others."""
        await queue.publish([a_delivery(step="busy") for _ in range(5)])
        free = a_delivery(step="free")
        await queue.publish([free])
        assert ids(await claim(queue, clock, limit=1, unwilling=["busy", "unknown"])) == [free.id]
        assert await claim(queue, clock, unwilling=["busy"]) == []
        assert len(await claim(queue, clock)) == 5

    async def test_of_a_group_one_runs_at_a_time_in_order(self, queue: EventQueue, clock: ManualClock) -> None:
        """The next comes when the one before is settled for good."""
        published = [a_delivery(group="g") for _ in range(3)]
        await queue.publish(published)
        order = []
        while claimed := await claim(queue, clock):
            assert len(claimed) == 1
            order.extend(ids(claimed))
            assert await claim(queue, clock) == []
            await queue.settle(claimed[0], Done())
        assert order == ids(published)

    async def test_groups_do_not_wait_for_each_other(self, queue: EventQueue, clock: ManualClock) -> None:
        """Nor for the same name at another Step, nor for what has no group."""
        heads = [a_delivery(group="g"), a_delivery(group="h"), a_delivery(group="g", step="other"), a_delivery()]
        await queue.publish([*heads, a_delivery(group="g"), a_delivery(group="h")])
        assert ids(await claim(queue, clock)) == ids(heads)

    async def test_a_failing_head_blocks_only_its_group(self, queue: EventQueue, clock: ManualClock) -> None:
        """Until it is done or dead, whatever its due time."""
        head, behind, free = a_delivery(group="g"), a_delivery(group="g"), a_delivery(group="h")
        await queue.publish([head, behind, free])
        [claimed, _] = await claim(queue, clock)
        await queue.settle(claimed, Retry(clock.now + 1_000, FAILURE))
        assert await claim(queue, clock) == []
        clock.advance(1_000)
        [again] = await claim(queue, clock)
        assert again.id == head.id
        await queue.settle(again, Bury(FAILURE, "exhausted", clock.now))
        assert ids(await claim(queue, clock)) == [behind.id]

    async def test_a_head_that_is_due_later_holds_back_its_group(self, queue: EventQueue, clock: ManualClock) -> None:
        """Order of publishing counts, not due time."""
        head, behind = a_delivery(group="g", due_at=clock.now + 100), a_delivery(group="g")
        await queue.publish([head, behind])
        assert await claim(queue, clock) == []
        clock.advance(100)
        assert ids(await claim(queue, clock)) == [head.id]

    async def test_a_lost_lease_does_not_let_the_group_pass(self, queue: EventQueue, clock: ManualClock) -> None:
        """The head itself comes back."""
        head = a_delivery(group="g")
        await queue.publish([head, a_delivery(group="g")])
        await claim(queue, clock)
        clock.advance(LEASE_MS)
        assert ids(await claim(queue, clock)) == [head.id]

    async def test_a_released_or_redriven_head_keeps_one_running(self, queue: EventQueue, clock: ManualClock) -> None:
        """At no time do two of a group run."""
        head, behind = a_delivery(group="g"), a_delivery(group="g")
        await queue.publish([head, behind])
        [claimed] = await claim(queue, clock)
        await queue.settle(claimed, Release())
        [claimed] = await claim(queue, clock)
        assert claimed.id == head.id
        await queue.settle(claimed, Bury(FAILURE, "exhausted", clock.now))
        [running] = await claim(queue, clock)
        await queue.redrive([head.id], now=clock.now)
        assert (running.id, await claim(queue, clock)) == (behind.id, [])
        await queue.settle(running, Done())
        assert ids(await claim(queue, clock)) == [head.id]


_UNCHANGED = (
    "id", "step", "kind", "topic", "payload", "cause", "created_at", "due_at", "max_attempts", "trigger", "group", "unique",
    "scheduled_for", "unique_for_ms", "emit_key", "dedup_key", "expires_at",
)  # fmt: skip
