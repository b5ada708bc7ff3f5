from __future__ import annotations

import pytest

from motia.adapters.memory import MemoryStepStretches
from motia.observe.step_meters import KEPT, StepMeters

NOW = 1_700_000_100


class Meters:
    """Meters whose time the test owns."""

    def __init__(self) -> None:
        self.now = float(NOW)
        self.meters = StepMeters(lambda: self.now)

    def record(self, *durations: float, step: str = "a", lag: float | None = None, failed: bool = False) -> None:
        for duration in durations:
            self.meters.record(step, duration, lag, failed=failed)


def test_a_window_sums_up_its_stretches() -> None:
    held = Meters()
    held.record(10.0, 20.0)
    held.now += 25
    held.record(30.0, failed=True, lag=4.0)
    held.record(5.0, step="b")
    totals, parts = held.meters.window(300, 10)
    assert {step: (each.attempts, each.errors) for step, each in totals.items()} == {"a": (3, 1), "b": (1, 0)}
    assert totals["a"].p50 == pytest.approx(20, rel=0.06)
    assert totals["a"].p99 == pytest.approx(30, rel=0.06)
    assert totals["a"].lag_p95 == pytest.approx(4, rel=0.06)
    assert totals["b"].lag_p50 is None
    assert {start: sorted(steps) for start, steps in parts.items()} == {NOW: ["a"], NOW + 20: ["a", "b"]}


def test_what_is_older_than_the_window_is_left_out_and_in_time_forgotten() -> None:
    held = Meters()
    held.record(1.0)
    held.now += 400
    assert held.meters.window(300, 10) == ({}, {})
    assert held.meters.window(3_600, 60)[0]["a"].attempts == 1
    held.now += KEPT[900] + 1_000
    held.record(1.0)
    assert [len(held.meters.window(10**9, width)[1]) for width in KEPT] == [1, 1, 1]
    assert held.meters.lifetime["a"].durations.total == 2


async def test_a_new_life_goes_on_with_what_was_stored() -> None:
    before, after, store = Meters(), Meters(), MemoryStepStretches()
    before.record(10.0, failed=True, lag=1.0)
    await store.save(before.meters.take_changed())
    assert before.meters.take_changed() == []
    before.record(20.0)
    await store.save(before.meters.take_changed())
    after.meters.restore(await store.load(since=dict.fromkeys(KEPT, 0)))
    assert after.meters.window(300, 10) == before.meters.window(300, 10)
    after.record(30.0)
    assert after.meters.window(300, 10)[0]["a"].attempts == 3
