"""Durations and sizes as people write them."""

from __future__ import annotations

import re
from typing import Any, Final

_DURATIONS: Final = {"": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SIZES: Final = {
    "": 1,
    "b": 1,
    **{
        f"{prefix}{unit}": 1 << power
        for power, prefix in ((10, "k"), (20, "m"), (30, "g"), (40, "t"))
        for unit in ("b", "ib")
    },
}
_QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


def milliseconds(value: Any) -> int | None:
    """A duration: a number of milliseconds, or text such as `"5m"`; None when it is neither."""
    return _quantity(value, _DURATIONS)


def size_in_bytes(value: Any) -> int | None:
    """A size: a number of bytes, or text such as `"16mb"` (of 1024²); None when it is neither."""
    return _quantity(value, _SIZES)


def _quantity(value: Any, units: dict[str, int]) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return round(value) if value >= 0 else None
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2].lower() not in units:
        return None
    return round(float(match[1]) * units[match[2].lower()])
