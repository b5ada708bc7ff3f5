"""Delays and times as authors write them, in milliseconds."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*")


def delay_ms(delay: Any, name: str = "delay") -> int:
    """Milliseconds of a number (ms), a `timedelta` or a text such as `"5m"`; `name` is the option's, for the error.

    Raises:
        ValueError: anything else, or a negative duration.
    """
    if isinstance(delay, timedelta):
        milliseconds = delay.total_seconds() * 1000
    elif isinstance(delay, str) and (written := _WRITTEN.fullmatch(delay)):
        milliseconds = float(written[1]) * _UNITS[written[2] or "ms"]
    elif isinstance(delay, (int, float)) and not isinstance(delay, bool):
        milliseconds = delay
    else:
        raise ValueError(f"{name} is milliseconds or a text such as '5m', not {delay!r}")
    if not 0 <= milliseconds < float("inf"):
        raise ValueError(f"{name} cannot be {delay!r}")
    return round(milliseconds)


def epoch_ms(at: Any) -> int:
    """Epoch milliseconds of a `datetime` (without a zone: local time), an ISO 8601 text or a number of them.

    Raises:
        ValueError: anything else, or a time before 1970.
    """
    given = at
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at.strip().replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"at is a time such as '2030-01-31T08:00:00Z', not {at!r}") from None
    if isinstance(at, datetime):
        at = at.astimezone(timezone.utc).timestamp() * 1000
    if isinstance(at, (int, float)) and not isinstance(at, bool):
        if not 0 <= at < float("inf"):
            raise ValueError(f"at cannot be {given!r}")
        return round(at)
    raise ValueError(f"at is a datetime, an ISO 8601 text or epoch milliseconds, not {at!r}")
