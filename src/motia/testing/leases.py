"""The exam of Leases adapters. A test module derives from the class and provides the fixture `leases`."""
# ruff: noqa: S101 - an exam asserts

from __future__ import annotations

import asyncio

from motia.ports.leases import Leases

TTL_MS = 1_000


class LeasesContract:
    """What leases promise."""

    async def test_one_holds_it(self, leases: Leases) -> None:
        """Others get nothing while it lasts."""
        assert await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS) is not None
        assert await leases.acquire("cron", "b", now=TTL_MS - 1, ttl_ms=TTL_MS) is None

    async def test_of_many_at_once_one_gets_it(self, leases: Leases) -> None:
        """Exactly one."""
        epochs = await asyncio.gather(*(leases.acquire("cron", f"h{n}", now=0, ttl_ms=TTL_MS) for n in range(20)))
        assert sum(epoch is not None for epoch in epochs) == 1

    async def test_the_holder_renews_with_the_same_epoch(self, leases: Leases) -> None:
        """And for longer."""
        epoch = await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS)
        assert await leases.acquire("cron", "a", now=TTL_MS - 1, ttl_ms=TTL_MS) == epoch
        assert await leases.acquire("cron", "b", now=TTL_MS, ttl_ms=TTL_MS) is None

    async def test_it_can_be_had_when_it_ran_out(self, leases: Leases) -> None:
        """With a higher epoch, which tells the one before that it is late."""
        first = await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS)
        second = await leases.acquire("cron", "b", now=TTL_MS, ttl_ms=TTL_MS)
        assert first is not None
        assert second is not None
        assert second > first
        assert await leases.acquire("cron", "a", now=TTL_MS, ttl_ms=TTL_MS) is None

    async def test_coming_back_late_is_a_new_acquisition(self, leases: Leases) -> None:
        """Even when nobody had it in between: the holder cannot know."""
        first = await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS)
        again = await leases.acquire("cron", "a", now=TTL_MS, ttl_ms=TTL_MS)
        assert first is not None
        assert again is not None
        assert again > first

    async def test_given_back_it_can_be_had_at_once(self, leases: Leases) -> None:
        """By whoever comes, with a higher epoch."""
        first = await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS)
        await leases.release("cron", "a")
        second = await leases.acquire("cron", "a", now=1, ttl_ms=TTL_MS)
        assert first is not None
        assert second is not None
        assert second > first

    async def test_only_its_holder_can_give_it_back(self, leases: Leases) -> None:
        """Anybody else changes nothing, nor does giving back what nobody has."""
        await leases.release("cron", "a")
        await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS)
        await leases.release("cron", "b")
        assert await leases.acquire("cron", "b", now=1, ttl_ms=TTL_MS) is None

    async def test_names_are_apart(self, leases: Leases) -> None:
        """Each has its own holder."""
        assert await leases.acquire("cron", "a", now=0, ttl_ms=TTL_MS) is not None
        assert await leases.acquire("cron:2", "b", now=0, ttl_ms=TTL_MS) is not None
