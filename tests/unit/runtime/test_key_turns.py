"""Turns by name: in order of asking, apart for different names, and free again whatever happens."""

from __future__ import annotations

import asyncio

import pytest

from motia.model.atomic_work import Place
from motia.runtime.key_turns import KeyTurns

A, B, G = ("g", "a"), ("g", "b"), ("g",)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_those_who_want_the_same_wait_in_line() -> None:
    turns = KeyTurns()
    order: list[int] = []

    async def work(number: int) -> None:
        async with turns.of([A]):
            order.append(number)
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(work(number) for number in range(5)))
    assert order == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert len(turns) == 0


async def test_those_who_want_others_do_not() -> None:
    turns = KeyTurns()
    async with turns.of([A]), turns.of([B, G]), turns.of([]), turns.of([()]):
        assert len(turns) == 4
    assert len(turns) == 0


async def test_several_at_once_never_wait_for_each_other() -> None:
    turns = KeyTurns()
    done = 0

    async def work(*places: Place) -> None:
        nonlocal done
        for _ in range(20):
            async with turns.of(places):
                await asyncio.sleep(0)
        done += 1

    async with asyncio.timeout(10):
        await asyncio.gather(work(A, B), work(B, A), work(G, B, B), work(A), work(B, G, A))
    assert (done, len(turns)) == (5, 0)


async def test_who_gives_up_waiting_leaves_the_line() -> None:
    turns = KeyTurns()

    async def want() -> None:
        async with turns.of([A, B]):
            pass

    async with turns.of([B]):
        waiting = asyncio.ensure_future(want())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert len(turns) == 1
    assert len(turns) == 0
