from __future__ import annotations

import random
import statistics

import pytest

from motia.model.histogram import Histogram


def test_quantiles_are_within_five_percent() -> None:
    source = random.Random(7)
    values = [source.lognormvariate(3, 2) for _ in range(20_000)]
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = statistics.quantiles(values, n=100, method="inclusive")
    found = histogram.quantiles((0.5, 0.95, 0.99))
    for wanted, got in zip((exact[49], exact[94], exact[98]), found, strict=True):
        assert got == pytest.approx(wanted, rel=0.06)


def test_the_smallest_and_nothing() -> None:
    histogram = Histogram()
    assert histogram.quantiles((0.5, 0.99)) == [None, None]
    for value in (-1.0, 0.0, 0.005):
        histogram.add(value)
    assert histogram.quantiles((0.5, 1.0)) == [0.0, 0.0]
    assert histogram.counts == {0: 3}


def test_two_add_up_and_come_back_from_their_counts() -> None:
    one, other = Histogram(), Histogram()
    for value in (1.0, 10.0):
        one.add(value)
    other.add(100.0)
    one.include(Histogram(other.counts))
    assert one.total == 3
    assert one.count_up_to(50.0) == 2
    assert one.quantiles((1.0,))[0] == pytest.approx(100.0, rel=0.06)
