"""Cron rules (CRON-1, CRON-2, CRON-4)."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia.model.schedule import ALIASES, CronSchedule, InvalidSchedule

BERLIN = "Europe/Berlin"
MINUTE = 60_000


def ms(text: str) -> int:
    """Epoch milliseconds of an ISO time with offset."""
    return int(dt.datetime.fromisoformat(text).timestamp() * 1000)


def due(expression: str, tz: str | None, after: str, count: int = 1) -> list[str]:
    schedule = CronSchedule.parse(expression, tz)
    zone = zoneinfo.ZoneInfo(tz or "UTC")
    moment: int | None = ms(after)
    found = []
    for _ in range(count):
        assert moment is not None
        moment = schedule.next_after(moment)
        if moment is None:
            break
        found.append(dt.datetime.fromtimestamp(moment / 1000, zone).isoformat())
    return found


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("*/5 * * * *", "2026-01-01T00:00:00+00:00", "2026-01-01T00:05:00+00:00"),
        ("*/5 * * * *", "2026-01-01T00:04:59.999+00:00", "2026-01-01T00:05:00+00:00"),
        ("0 9 * * *", "2026-01-01T09:00:00+00:00", "2026-01-02T09:00:00+00:00"),
        ("*/10 * * * * *", "2026-01-01T00:00:01+00:00", "2026-01-01T00:00:10+00:00"),
        ("0 0 4 * * *", "2026-01-01T00:00:00+00:00", "2026-01-01T04:00:00+00:00"),
        ("0 0 4 1 1 * 2030", "2026-01-01T00:00:00+00:00", "2030-01-01T04:00:00+00:00"),
        ("0 0 4 1 1 * 2027-2031/2", "2028-01-01T00:00:00+00:00", "2029-01-01T04:00:00+00:00"),
        ("@daily", "2026-01-01T12:00:00+00:00", "2026-01-02T00:00:00+00:00"),
        ("@WEEKLY", "2026-01-01T12:00:00+00:00", "2026-01-04T00:00:00+00:00"),
        ("  0   9 * * * ", "2026-01-01T00:00:00+00:00", "2026-01-01T09:00:00+00:00"),
    ],
)
def test_cron_1_fields_and_aliases(expression: str, after: str, expected: str) -> None:
    assert due(expression, "UTC", after) == [expected]


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_cron_1_every_alias_is_normalised_to_fields(alias: str) -> None:
    assert CronSchedule.parse(alias, "UTC").expression == ALIASES[alias]


def test_cron_1_a_year_in_the_past_never_comes_again() -> None:
    assert CronSchedule.parse("0 0 4 1 1 * 2020", "UTC").next_after(ms("2026-01-01T00:00:00+00:00")) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 * * 0", "2026-01-04"),
        ("0 0 * * 7", "2026-01-04"),
        ("0 0 * * sun", "2026-01-04"),
        ("0 0 * * MON-FRI", "2026-01-02"),
        ("0 0 * * SAT-SUN", "2026-01-03"),
        ("0 0 * jan 1,3", "2026-01-05"),
        ("0 0 13 * 5", "2026-02-13"),
        ("0 0 */2 * MON", "2026-01-05"),
        ("0 0 29 2 *", "2028-02-29"),
        ("0 0 29 2 1", "2044-02-29"),
    ],
)
def test_cron_2_weekdays_names_and_both_days(expression: str, expected: str) -> None:
    assert due(expression, "UTC", "2026-01-01T00:00:00+00:00") == [f"{expected}T00:00:00+00:00"]


@pytest.mark.parametrize(
    ("expression", "both"),
    [("0 0 13 * 5", True), ("0 0 * * 5", False), ("0 0 13 * *", False), ("0 0 */2 * 5", False)],
)
def test_cron_2_tells_where_crontab_would_say_or(expression: str, *, both: bool) -> None:
    assert CronSchedule.parse(expression).restricts_both_days is both


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("0 0 L * *", 'day-of-month field "L" uses L'),
        ("0 0 15W * *", 'day-of-month field "15W" uses W'),
        ("0 0 * * 5L", 'day-of-week field "5L" uses L'),
        ("0 0 * * 1#2", 'day-of-week field "1#2" uses #'),
        ("0 0 ? * 1", "day-of-month"),
        ("@reboot", "@reboot"),
        ("61 * * * *", 'minute field "61"'),
        ("* 24 * * *", 'hour field "24"'),
        ("* * * 13 *", 'month field "13"'),
        ("* * * * 8", 'day-of-week field "8"'),
        ("*/0 * * * *", "minute"),
        ("* * * *", "has 4 fields"),
        ("", "has 0 fields"),
        ("0 0 0 1 1 * 1950", 'year field "1950"'),
        ("0 0 0 1 1 * soon", 'year field "soon"'),
        ("0 0 30 2 *", "never comes"),
        ("0 0 0 31 4,6 *", "never comes"),
        ("0 0 31 2 1", "never comes"),
    ],
)
def test_cron_2_errors_name_the_field(expression: str, names: str) -> None:
    with pytest.raises(InvalidSchedule, match=names.replace("(", r"\(")):
        CronSchedule.parse(expression)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_cron_4_an_unknown_zone_is_an_error(zone: str) -> None:
    with pytest.raises(InvalidSchedule, match="IANA"):
        CronSchedule.parse("@daily", zone)


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 2026-03-29 02:00 → 03:00
        ("30 2 * * *", "2026-03-28T12:00:00+01:00", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("0,30 2 * * *", "2026-03-28T12:00:00+01:00", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"]),
        ("30 2,3 * * *", "2026-03-28T12:00:00+01:00", ["2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"]),
        ("30 */2 * * *", "2026-03-29T01:00:00+01:00", ["2026-03-29T03:00:00+02:00", "2026-03-29T04:30:00+02:00"]),
    ],
)
def test_cron_4_a_skipped_time_runs_at_the_next_valid_moment(expression: str, after: str, expected: list[str]) -> None:
    assert due(expression, BERLIN, after, len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 2026-10-25 03:00 → 02:00
        ("30 2 * * *", "2026-10-24T12:00:00+02:00", ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
        ("30 2 * * *", "2026-10-25T02:10:00+01:00", ["2026-10-26T02:30:00+01:00"]),
        ("0 30 2 * * *", "2026-10-24T12:00:00+02:00", ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
        ("*/30 2-3 * * *", "2026-10-25T02:30:00+02:00", ["2026-10-25T03:00:00+01:00"]),
    ],
)
def test_cron_4_a_repeated_time_runs_once(expression: str, after: str, expected: list[str]) -> None:
    assert due(expression, BERLIN, after, len(expected)) == expected


@pytest.mark.parametrize("change", ["2026-03-29T00:30:00+00:00", "2026-10-25T00:00:00+00:00"])
def test_cron_4_a_schedule_for_every_hour_never_pauses(change: str) -> None:
    schedule, moment = CronSchedule.parse("*/15 * * * *", BERLIN), ms(change)
    for _ in range(12):
        following = schedule.next_after(moment)
        assert following == moment + 15 * MINUTE
        moment = following


def test_cron_4_zones_with_half_hour_changes() -> None:
    # Lord Howe moves by 30 minutes: 2026-10-04 02:00 → 02:30
    assert due("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30") == ["2026-10-04T02:30:00+11:00"]
    assert due("15 * * * *", "Australia/Lord_Howe", "2026-10-04T01:20:00+10:30") == ["2026-10-04T03:15:00+11:00"]


def test_cron_4_without_a_zone_the_server_decides() -> None:
    schedule = CronSchedule.parse("0 12 * * *")
    moment = schedule.next_after(ms("2026-06-01T00:00:00+00:00"))
    assert moment is not None
    assert dt.datetime.fromtimestamp(moment / 1000).hour == 12  # noqa: DTZ006


@settings(max_examples=60, deadline=None)
@given(
    minute=st.sampled_from(["0", "30", "*/15", "5,50"]),
    hour=st.sampled_from(["*", "2", "1-3", "*/2", "0,23"]),
    start=st.sampled_from(["2026-03-28T20:00:00+00:00", "2026-10-24T20:00:00+00:00", "2026-07-01T00:00:00+00:00"]),
    zone=st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "UTC"]),
)
def test_cron_4_next_after_agrees_with_walking_the_clock(minute: str, hour: str, start: str, zone: str) -> None:
    """Minute by minute over twelve hours: matching, not a repeat of a wall-clock time, or the end of a skipped one."""
    schedule = CronSchedule.parse(f"{minute} {hour} * * *", zone)
    begin = ms(start)
    found, moment = [], begin
    while (following := schedule.next_after(moment)) is not None and following <= begin + 12 * 60 * MINUTE:
        found.append(following)
        moment = following
    assert found == _walked(minute, hour, begin, zoneinfo.ZoneInfo(zone))


def _walked(minute: str, hour: str, begin: int, zone: zoneinfo.ZoneInfo) -> list[int]:
    minutes = {m for m in range(60) if _matches(minute, m)}
    hours = {h for h in range(24) if _matches(hour, h)}
    found = []
    for moment in range(begin + MINUTE, begin + 12 * 60 * MINUTE + 1, MINUTE):
        now = dt.datetime.fromtimestamp(moment / 1000, zone)
        before = dt.datetime.fromtimestamp((moment - MINUTE) / 1000, zone)
        shown = [now] if hour == "*" or not now.fold else []
        step = (now.replace(tzinfo=None) - before.replace(tzinfo=None)) // dt.timedelta(minutes=1)
        if hour != "*" and step > 1:
            shown += [before.replace(tzinfo=None) + dt.timedelta(minutes=i) for i in range(1, step)]
        if any(each.minute in minutes and each.hour in hours for each in shown):
            found.append(moment)
    return found


def _matches(field: str, value: int) -> bool:
    if field.startswith("*"):
        return value % int(field[2:] or 1) == 0
    if "-" in field:
        first, last = field.split("-")
        return int(first) <= value <= int(last)
    return str(value) in field.split(",")
