from __future__ import annotations

import asyncio

from motia.http.turns import TurnBudget


async def test_a_burst_is_spread_over_turns_and_keeps_its_order() -> None:
    budget = TurnBudget(3)
    turn = 0
    begun: list[tuple[int, int]] = []

    async def request(number: int) -> None:
        if budget.is_used_up:
            await budget.wait()
        else:
            budget.begin()
        begun.append((number, turn))

    tasks = [asyncio.create_task(request(number)) for number in range(10)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        turn += 1
    assert [number for number, _ in begun] == list(range(10))
    per_turn = [sum(1 for _, at in begun if at == each) for each in range(turn + 1)]
    assert max(per_turn) <= 3


async def test_one_that_gives_up_does_not_hold_up_the_others() -> None:
    budget = TurnBudget(1)
    budget.begin()
    first, second = asyncio.create_task(budget.wait()), asyncio.create_task(budget.wait())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
