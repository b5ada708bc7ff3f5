"""The exam of TickLedger adapters. A test module derives from the class and provides the fixture `ticks`."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

from motia.model.tick import Tick
from motia.ports.tick_ledger import TickLedger

_KEPT = 1_000


def a_tick(at: int, step: str = "Report", trigger: int = 0) -> Tick:
    """A tick that fired at its time."""
    return Tick(step, trigger, at, "fired", at + 1, f"delivery-{at}")


class TickLedgerContract:
    """What a ledger of ticks promises."""

    async def test_each_nominal_time_is_recorded_once(self, ticks: TickLedger) -> None:
        """Whoever comes second is told so, and changes nothing."""
        assert await ticks.record([a_tick(1_000), a_tick(2_000)]) == [True, True]
        again = Tick("Report", 0, 2_000, "skipped", 9_000)
        assert await ticks.record([again, a_tick(3_000)]) == [False, True]
        assert await ticks.ticks() == [a_tick(3_000), a_tick(2_000), a_tick(1_000)]

    async def test_the_last_one_is_known_per_step_and_trigger(self, ticks: TickLedger) -> None:
        """And None where nothing was recorded."""
        assert await ticks.last("Report", 0) is None
        await ticks.record([a_tick(2_000), a_tick(1_000), a_tick(5_000, trigger=1), a_tick(9_000, "Other")])
        assert await ticks.last("Report", 0) == 2_000
        assert await ticks.last("Report", 1) == 5_000

    async def test_lists_are_latest_first_and_limited(self, ticks: TickLedger) -> None:
        """Of all Steps or of one."""
        await ticks.record([a_tick(1_000), a_tick(2_000, "Other"), a_tick(3_000)])
        assert [tick.scheduled_for for tick in await ticks.ticks(limit=2)] == [3_000, 2_000]
        assert [tick.scheduled_for for tick in await ticks.ticks(step="Report")] == [3_000, 1_000]

    async def test_old_ones_are_forgotten(self, ticks: TickLedger) -> None:
        """Each schedule keeps its last thousand."""
        await ticks.record([a_tick(at) for at in range(_KEPT + 50)])
        kept = await ticks.ticks(limit=_KEPT * 2)
        assert len(kept) == _KEPT
        assert kept[-1].scheduled_for == 50
