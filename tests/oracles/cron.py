"""An oracle for schedules: walks through each change of each zone minute by minute in UTC and compares.

It knows the rule (CRON-4, `model/schedule.py`) and nothing of the code that implements it: fields are expanded here, clocks
are read from zoneinfo, and a skipped time is one that no minute showed.

    python scripts/run_oracle.py cron             all zones, all changes from 2000 to 2040
    python scripts/run_oracle.py cron --zones 20  a sample
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import random
import time
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import Final

from motia.model.schedule import CronSchedule

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
FIRST: Final = int(dt.datetime(2000, 1, 1, tzinfo=dt.UTC).timestamp())
LAST: Final = int(dt.datetime(2041, 1, 1, tzinfo=dt.UTC).timestamp())
# Changes that lie closer together than this and cancel each other out would be missed; no zone has any.
_PROBE: Final = 6 * HOUR
_EPOCH_DAY: Final = dt.date(1970, 1, 1).toordinal()
_MONTHS: Final = dict(
    zip(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], range(1, 13), strict=True)
)
_DAYS: Final = dict(zip(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], range(7), strict=True))

# Expressions, and how many hours on either side of a change they are followed. What is due all the time is followed less far.
TWO_DAYS: Final = 48
EXPRESSIONS: Final[tuple[tuple[str, int], ...]] = (
    ("0 0 * * *", TWO_DAYS),
    ("30 0 * * *", TWO_DAYS),
    ("0 1 * * *", TWO_DAYS),
    ("30 1 * * *", TWO_DAYS),
    ("0 2 * * *", TWO_DAYS),
    ("30 2 * * *", TWO_DAYS),
    ("59 2 * * *", TWO_DAYS),
    ("0 3 * * *", TWO_DAYS),
    ("1 0 * * *", TWO_DAYS),
    ("59 23 * * *", TWO_DAYS),
    ("15,45 1,2,3 * * *", TWO_DAYS),
    ("0,20,40 0-4 * * *", TWO_DAYS),
    ("*/20 2 * * *", TWO_DAYS),
    ("7/13 1-2 * * *", TWO_DAYS),
    ("0 */2 * * *", TWO_DAYS),
    ("0 1-23/2 * * *", TWO_DAYS),
    ("10 */5 * * *", TWO_DAYS),
    ("0 0,12 * * *", TWO_DAYS),
    ("30 2 * * SUN", TWO_DAYS),
    ("30 1 * * 0,6", TWO_DAYS),
    ("0 3 * * 7", TWO_DAYS),
    ("15 2 * * mon-fri", TWO_DAYS),
    ("0 2 1 * *", TWO_DAYS),
    ("30 1 25-31 * *", TWO_DAYS),
    ("0 0 1,15 * *", TWO_DAYS),
    ("30 2 8-14 3 SUN", TWO_DAYS),
    ("30 2 25-31 3,10 0", TWO_DAYS),
    ("0 12 30 12 *", TWO_DAYS),
    ("0 * * * *", TWO_DAYS),
    ("30 * * * SUN", TWO_DAYS),
    ("*/15 * * * *", 6),
    ("* * * * *", 2),
    ("* 2 * * *", 12),
    ("0 30 2 * * *", TWO_DAYS),
    ("15,45 30 1,2 * * *", TWO_DAYS),
    ("*/20 0 * * * *", 12),
    ("10 */30 2-3 * * *", TWO_DAYS),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A moment at which the two do not agree. Moments are epoch seconds."""

    zone: str
    expression: str
    change: int
    missing: tuple[int, ...]
    added: tuple[int, ...]


@dataclasses.dataclass(slots=True)
class Figures:
    """What was compared."""

    zones: int = 0
    changes: int = 0
    comparisons: int = 0
    moments: int = 0


class Fields:
    """The fields of an expression, each written out as the set of values it lets through."""

    def __init__(self, expression: str) -> None:
        fields = expression.upper().split()
        if len(fields) == 5:
            fields.insert(0, "0")
        second, minute, hour, day, month, weekday = fields
        self.seconds = sorted(_values(second, 0, 59, {}))
        self.hours = _values(hour, 0, 23, {})
        self.minutes_of_day = sorted(60 * h + m for h in self.hours for m in _values(minute, 0, 59, {}))
        self._days = _values(day, 1, 31, {})
        self._months = _values(month, 1, 12, _MONTHS)
        self._weekdays = {value % 7 for value in _values(weekday, 0, 7, _DAYS)}
        self.names_hours = len(self.hours) < 24

    def on(self, day: int) -> bool:
        """Whether something may be due on that day, counted from 1970-01-01."""
        date = dt.date.fromordinal(day + _EPOCH_DAY)
        return date.day in self._days and date.month in self._months and date.isoweekday() % 7 in self._weekdays


def _values(field: str, least: int, most: int, names: dict[str, int]) -> set[int]:
    values: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = names[first] if first in names else int(first)
            high = (names[last] if last in names else int(last)) if last else most if step else low
        values.update(range(low, high + 1, int(step or 1)))
    return values


class Walk:
    """The wall clock of a zone around a change, as it was seen minute by minute."""

    def __init__(self, zone: zoneinfo.ZoneInfo, change: int) -> None:
        """Starts a day earlier than is compared, so that a time shown for the second time is known as such."""
        begin = change - (TWO_DAYS + 24) * HOUR
        self.shown: dict[int, list[int]] = {}
        self.skipped: dict[int, int] = {}
        before: int | None = None
        for moment in range(begin, change + TWO_DAYS * HOUR + MINUTE, MINUTE):
            wall = wall_minute(zone, moment)
            self.shown.setdefault(wall, []).append(moment)
            if before is not None and wall > before + 1:
                for missed in range(before + 1, wall):
                    self.skipped[missed] = moment
            before = wall
        self.first, self.last = min(self.shown), max(self.shown)

    def due(self, fields: Fields, begin: int, end: int) -> list[int]:
        """The moments in (`begin`, `end`] by the rule."""
        due: set[int] = set()
        for day in range(self.first // 1440, self.last // 1440 + 1):
            if not fields.on(day):
                continue
            for minute in fields.minutes_of_day:
                wall = day * 1440 + minute
                shown = self.shown.get(wall)
                if shown is None:
                    # Skipped: what names an hour comes due when the clock jumps over it.
                    if fields.names_hours and wall in self.skipped:
                        due.add(self.skipped[wall])
                    continue
                for moment in shown[:1] if fields.names_hours else shown:
                    due.update(moment + second for second in fields.seconds)
        return sorted(moment for moment in due if begin < moment <= end)


def wall_minute(zone: zoneinfo.ZoneInfo, moment: int) -> int:
    """What the clock shows, in minutes from 1970-01-01 00:00 of that clock."""
    wall = dt.datetime.fromtimestamp(moment, zone)
    return (wall.toordinal() - _EPOCH_DAY) * 1440 + wall.hour * 60 + wall.minute


def changes(zone: zoneinfo.ZoneInfo) -> list[int]:
    """The moments from 2000 to 2040 at which the zone's clock jumps."""

    def offset(moment: int) -> dt.timedelta | None:
        return dt.datetime.fromtimestamp(moment, zone).utcoffset()

    found = []
    before = offset(FIRST)
    for probe in range(FIRST + _PROBE, LAST, _PROBE):
        now = offset(probe)
        if now != before:
            low, high = probe - _PROBE, probe
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset(middle) == now else (middle, high)
            found.append(high)
            before = now
    return found


def answered(schedule: CronSchedule, begin: int, end: int) -> list[int]:
    """What the code under test says is due in (`begin`, `end`]."""
    found = []
    moment = schedule.next_after(begin * 1000)
    while moment is not None and moment <= end * 1000:
        found.append(moment // 1000)
        moment = schedule.next_after(moment)
    return found


def compare(
    zone_name: str, expressions: Sequence[tuple[str, int]], figures: Figures, only: random.Random | None = None
) -> Iterator[Difference]:
    """Every change of a zone, or with `only` two of them, against every expression."""
    zone = zoneinfo.ZoneInfo(zone_name)
    schedules = [(text, Fields(text), CronSchedule.parse(text, zone_name), hours) for text, hours in expressions]
    found = changes(zone)
    if only is not None and len(found) > 2:
        found = only.sample(found, 2)
    figures.zones += 1
    for change in found:
        figures.changes += 1
        walk = Walk(zone, change)
        for text, fields, schedule, hours in schedules:
            begin, end = change - hours * HOUR, change + hours * HOUR
            expected, got = walk.due(fields, begin, end), answered(schedule, begin, end)
            figures.comparisons += 1
            figures.moments += len(expected)
            if expected != got:
                missing = tuple(sorted(set(expected) - set(got)))
                yield Difference(zone_name, text, change, missing, tuple(sorted(set(got) - set(expected))))


def distinct_zones() -> dict[str, list[str]]:
    """Zones with one history from 2000 to 2040, by the first of their names."""
    by_history: dict[tuple[object, ...], list[str]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        found = changes(zone)
        history = tuple((moment, dt.datetime.fromtimestamp(moment, zone).utcoffset()) for moment in (FIRST, *found))
        by_history.setdefault(history, []).append(name)
    return {names[0]: names for names in by_history.values()}


def main(arguments_given: Sequence[str]) -> int:
    """Exit status 1 when there are differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", type=int, help="only so many zones, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(arguments_given)
    started = time.monotonic()
    histories = distinct_zones()
    names = list(histories)
    if arguments.zones is not None:
        names = random.Random(arguments.seed).sample(names, min(arguments.zones, len(names)))
    figures = Figures()
    differences = 0
    for name in names:
        for difference in compare(name, EXPRESSIONS, figures):
            differences += 1
            print(difference, flush=True)
    covered = sum(len(histories[name]) for name in names)
    print(
        f"{covered} zones ({figures.zones} different histories), {figures.changes:,} changes, {len(EXPRESSIONS)} expressions: "
        f"{figures.comparisons:,} comparisons, {figures.moments:,} due moments, {differences:,} differences, "
        f"{time.monotonic() - started:.0f} s"
    )
    return 1 if differences else 0
