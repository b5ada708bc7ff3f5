"""A sample of what `python scripts/run_oracle.py cron` compares in full."""

from __future__ import annotations

import random
import zoneinfo

import pytest

from motia.model.schedule import CronSchedule
from oracles.cron import EXPRESSIONS, HOUR, Fields, Figures, Walk, answered, changes, compare

# A repeated hour, half an hour of daylight saving time, changes at midnight, a day that never was, two changes in a Ramadan.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/St_Johns",
)


@pytest.mark.parametrize("zone", ZONES)
def test_schedules_agree_with_a_walk_through_the_minutes(zone: str) -> None:
    figures = Figures()
    assert list(compare(zone, EXPRESSIONS, figures, random.Random(zone))) == []
    assert figures.comparisons == 2 * len(EXPRESSIONS)
    assert figures.moments > 1_000


def test_the_oracle_sees_a_wrong_schedule() -> None:
    """One zone's schedule against another's walk: the check can fail."""
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    change = changes(berlin)[0]
    expected = Walk(berlin, change).due(Fields("30 2 * * *"), change - HOUR, change + HOUR)
    assert expected == [change]
    assert answered(CronSchedule.parse("30 2 * * *", "Europe/London"), change - HOUR, change + HOUR) != expected


def test_the_oracle_knows_the_rule_on_a_day_with_a_gap_and_one_with_a_repeat() -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    spring, autumn = changes(berlin)[:2]
    day = 24 * HOUR
    fields, half_an_hour = Fields("30 2 * * *"), 1_800
    assert Walk(berlin, spring).due(fields, spring - day, spring + day) == [
        spring - day + half_an_hour,
        spring,
        spring + day - half_an_hour,
    ]
    assert Walk(berlin, autumn).due(fields, autumn - day, autumn + day) == [autumn - half_an_hour]
    hourly = Walk(berlin, autumn).due(Fields("0 * * * *"), autumn - 2 * HOUR, autumn + 2 * HOUR)
    assert hourly == [autumn - HOUR, autumn, autumn + HOUR, autumn + 2 * HOUR]
