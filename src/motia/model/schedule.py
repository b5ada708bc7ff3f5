"""Cron expressions: what they say (CRON-1, CRON-2) and when they come due next (CRON-4). Pure: no clock.

Wall-clock arithmetic is cronsim's, on times without a zone; what daylight saving time means is decided here:

- A schedule that names hours means wall-clock times. One that a change skips comes due at the moment of the change, one
  that a change repeats comes due the first time only.
- A schedule for every hour names none: it comes due whenever the clock shows a matching time, also while an hour is
  repeated, so that "every 15 minutes" never pauses.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator
from typing import Final

from cronsim import CronSim, CronSimError

from motia.model.errors import AuthorError

ALIASES: Final[dict[str, str]] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS: Final = ("second", "minute", "hour", "day-of-month", "month", "day-of-week", "year")
_DAY, _WEEKDAY = 3, 5
_RANGES: Final = dict(zip(_FIELDS, ("0-59", "0-59", "0-23", "1-31", "1-12", "0-7", "1970-2099"), strict=True))
_YEARS: Final = range(1970, 2100)
_UNSUPPORTED: Final = re.compile(r"[LW#?]")
_WEEKDAY_NAMES: Final = re.compile(r"SUN|MON|TUE|WED|THU|FRI|SAT")
_NEVER: Final = '"{}" names a date that never comes'
_SECOND: Final = dt.timedelta(seconds=1)


class InvalidSchedule(AuthorError):
    """A cron expression or time zone cannot be used; the message names the field."""


@dataclasses.dataclass(frozen=True, slots=True)
class CronSchedule:
    """When a Step comes due. Made by `parse`; `expression` is normalised, aliases written out."""

    expression: str
    timezone: str | None
    _fields: str
    _years: frozenset[int] | None
    _every_hour: bool
    _zone: zoneinfo.ZoneInfo | None

    @classmethod
    def parse(cls, expression: str, tz: str | None = None) -> CronSchedule:
        """The schedule of `expression` in the IANA zone `tz`, None for the server's own.

        Raises `InvalidSchedule`.
        """
        fields = _fields_of(expression)
        years = _years_of(fields[6]) if len(fields) == 7 else None  # noqa: PLR2004 - the year is the seventh
        six = ["0", *fields] if len(fields) == 5 else fields[:6]  # noqa: PLR2004 - without seconds
        normal = _for_cronsim(six)
        try:
            sim = CronSim(" ".join(normal), dt.datetime(1970, 1, 1))  # noqa: DTZ001 - a wall clock
        except CronSimError as problem:
            raise InvalidSchedule(_explain(problem, six)) from None
        schedule = cls(" ".join(fields), tz, " ".join(normal), years, len(sim.hours) == 24, _zone(tz))  # noqa: PLR2004
        if next(schedule._walls(dt.datetime(1969, 12, 31, 23, 59, 59)), None) is None:  # noqa: DTZ001
            raise InvalidSchedule(_NEVER.format(" ".join(fields)))
        return schedule

    @property
    def restricts_both_days(self) -> bool:
        """Whether day of month and weekday are both restricted, which crontab(5) would read as "or" (CRON-2)."""
        fields = self._fields.split()
        return not fields[_DAY].startswith("*") and not fields[_WEEKDAY].startswith("*")

    def next_after(self, epoch_ms: int) -> int | None:
        """The first due moment later than `epoch_ms`, both in epoch milliseconds; None when none will come."""
        after = epoch_ms // 1000
        moment = self._next_elapsed(after) if self._every_hour else self._next_wall(after)
        return None if moment is None else moment * 1000

    def _next_wall(self, after: int) -> int | None:
        for wall in self._walls(self._local(after)):
            if (moment := self._first_moment(wall)) > after:
                return moment
        return None

    def _next_elapsed(self, after: int) -> int | None:
        wall, offset = self._local(after), self._offset(after)
        while True:
            match = next(self._walls(wall), None)
            if match is None:
                return None
            moment = _as_utc(match) - offset
            if self._offset(moment) == offset:
                return moment
            after = self._transition(after, moment)
            wall, offset = self._local(after) - _SECOND, self._offset(after)

    def _walls(self, after: dt.datetime) -> Iterator[dt.datetime]:
        """The matching wall-clock times later than `after`."""
        sim = CronSim(self._fields, after.replace(fold=0))
        sim.day_and = True
        for wall in sim:
            if self._years is None or wall.year in self._years:
                yield wall
                continue
            later = [year for year in self._years if year > wall.year]
            if later:
                yield from self._walls(dt.datetime(min(later), 1, 1) - _SECOND)  # noqa: DTZ001
            return

    def _local(self, moment: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(moment, self._zone).replace(tzinfo=None)

    def _offset(self, moment: int) -> int:
        return _as_utc(self._local(moment)) - moment

    def _first_moment(self, wall: dt.datetime) -> int:
        """When the clock shows `wall` for the first time; where it skips it, the moment of the change."""
        moment = int(wall.replace(tzinfo=self._zone).timestamp())
        if self._local(moment) == wall:
            return moment
        before = int(wall.replace(tzinfo=self._zone, fold=1).timestamp())
        return self._transition(before, moment)

    def _transition(self, before: int, after: int) -> int:
        """The first moment with the offset of `after`, between the two."""
        offset = self._offset(after)
        while before < after:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                after = middle
            else:
                before = middle + 1
        return after


def _fields_of(expression: str) -> list[str]:
    text = expression.strip()
    if text.startswith("@"):
        if text.lower() not in ALIASES:
            raise InvalidSchedule(f'"{text}" is not supported; the names are {", ".join(ALIASES)}')
        text = ALIASES[text.lower()]
    fields = text.split()
    if len(fields) not in (5, 6, 7):
        raise InvalidSchedule(
            f'"{expression}" has {len(fields)} fields; write 5 (minute hour day-of-month month day-of-week), '
            "or 6 with leading seconds, or 7 with seconds and a year"
        )
    return fields


def _for_cronsim(six: list[str]) -> list[str]:
    """The six fields as cronsim reads them; refuses what it reads and we do not."""
    fields = [field.upper() for field in six]
    for index in (_DAY, _WEEKDAY):
        rest = _WEEKDAY_NAMES.sub("", fields[index]) if index == _WEEKDAY else fields[index]
        if found := _UNSUPPORTED.search(rest):
            raise InvalidSchedule(f'the {_FIELDS[index]} field "{six[index]}" uses {found[0]}, which is not supported')
    fields[_WEEKDAY] = fields[_WEEKDAY].replace("-SUN", "-7")
    return fields


def _explain(problem: CronSimError, six: list[str]) -> str:
    name = str(problem).removeprefix("Bad ")
    if name not in _FIELDS:
        return str(problem)
    if name == _FIELDS[_DAY] and _is_day(six[_DAY].upper()):
        return _NEVER.format(" ".join(six))
    return f'the {name} field "{six[_FIELDS.index(name)]}" is not valid; its range is {_RANGES[name]}'


def _is_day(field: str) -> bool:
    """Whether the field is fine by itself; cronsim also refuses days that the months do not have."""
    try:
        CronSim(f"0 0 {field} * *", dt.datetime(1970, 1, 1))  # noqa: DTZ001 - a wall clock
    except CronSimError:
        return False
    return True


def _years_of(field: str) -> frozenset[int] | None:
    if field == "*":
        return None
    years = {year for term in field.split(",") for year in _year_term(term, field)}
    return frozenset(years)


def _year_term(term: str, field: str) -> range:
    match = re.fullmatch(r"(?:\*|(\d{4})(?:-(\d{4}))?)(?:/(\d+))?", term)
    if match is None:
        raise _bad_year(field)
    first, last, step = (None if part is None else int(part) for part in match.groups())
    if step == 0:
        raise _bad_year(field)
    start = _YEARS.start if first is None else first
    end = last if last is not None else (_YEARS.stop - 1 if first is None or step else start)
    if start not in _YEARS or end not in _YEARS or end < start:
        raise _bad_year(field)
    return range(start, end + 1, step or 1)


def _bad_year(field: str) -> InvalidSchedule:
    return InvalidSchedule(f'the year field "{field}" is not valid; its range is {_RANGES["year"]}')


def _zone(tz: str | None) -> zoneinfo.ZoneInfo | None:
    if tz is None:
        return None
    try:
        return zoneinfo.ZoneInfo(tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSchedule(f'"{tz}" is not an IANA time zone such as "Europe/Berlin"') from None


def _as_utc(wall: dt.datetime) -> int:
    return int(wall.replace(tzinfo=dt.UTC).timestamp())
