from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.model.policy import Backoff, DeliveryPolicy, retry_delay_ms

EXACT = DeliveryPolicy(jitter="none")


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        ("exponential", [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]),
        ("linear", [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000]),
        ("fixed", [1_000] * 8),
        ("none", [0] * 8),
    ],
)
def test_delays_grow_as_named(backoff: Backoff, expected: list[int]) -> None:
    policy = dataclasses.replace(EXACT, backoff=backoff)
    assert [retry_delay_ms(policy, attempt, lambda: 0.5) for attempt in range(1, 9)] == expected


@pytest.mark.parametrize("backoff", ["exponential", "linear", "fixed"])
def test_no_delay_exceeds_the_cap(backoff: Backoff) -> None:
    policy = dataclasses.replace(EXACT, backoff=backoff, delay_ms=5_000, max_delay_ms=3_000)
    assert [retry_delay_ms(policy, attempt, lambda: 0.0) for attempt in (1, 2, 1_000_000)] == [3_000] * 3


def test_full_jitter_spreads_from_zero_to_the_ceiling() -> None:
    drawn = iter([0.0, 0.5, 0.999])
    assert [retry_delay_ms(DeliveryPolicy(), 3, lambda: next(drawn)) for _ in range(3)] == [0, 2_000, 3_996]


def test_a_fixed_delay_is_not_jittered() -> None:
    assert retry_delay_ms(DeliveryPolicy(backoff="fixed"), 2, lambda: 0.1) == 1_000


@given(
    st.sampled_from(["exponential", "linear", "fixed", "none"]),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(1, 10**6),
)
def test_a_delay_is_never_negative_nor_above_the_cap(backoff: Backoff, delay: int, cap: int, attempt: int) -> None:
    policy = DeliveryPolicy(backoff=backoff, delay_ms=delay, max_delay_ms=cap)
    assert 0 <= retry_delay_ms(policy, attempt, random.random) <= cap
