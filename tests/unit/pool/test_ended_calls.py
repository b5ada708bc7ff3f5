"""Which calls were atomic is remembered for ever, exactly."""

from __future__ import annotations

import random

from motia.pool.ended_calls import AtomicCalls


def test_it_is_a_set_of_numbers() -> None:
    chosen = set(random.Random(1).sample(range(1, 100_000), 5_000))
    calls = AtomicCalls()
    for number in sorted(chosen):
        calls.add(number)
    assert {number for number in range(-5, 200_000) if number in calls} == chosen


def test_an_empty_one_holds_nothing() -> None:
    assert 0 not in AtomicCalls()
    assert 7 not in AtomicCalls()
