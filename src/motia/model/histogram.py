"""A histogram with a bounded relative error: buckets grow by a constant factor, so that few hold any range of durations.

The scheme is that of DDSketch (Masson, Rim, Lee: DDSketch, VLDB 2019): with growth g a quantile is off by at most
(g - 1) / (g + 1) of its value, which is 5 % here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

_GROWTH: Final = 1.105
_LOG: Final = math.log(_GROWTH)
# Below this (in the unit of the values, milliseconds for us) everything is one bucket.
_LEAST: Final = 0.01


class Histogram:
    """Counts of values by bucket."""

    __slots__ = ("counts", "total")

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        """`counts` by bucket number, as in `counts` of another one."""
        self.counts: dict[int, int] = dict(counts or {})
        self.total = sum(self.counts.values())

    def add(self, value: float) -> None:
        """Count one value; negative ones as 0."""
        bucket = 0 if value <= _LEAST else math.ceil(math.log(value / _LEAST) / _LOG)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.total += 1

    def include(self, other: Histogram) -> None:
        """Add all that `other` counted."""
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count
        self.total += other.total

    def quantiles(self, wanted: Iterable[float]) -> list[float | None]:
        """The values below which each of the ascending fractions in `wanted` lies; None where nothing was counted."""
        if not self.total:
            return [None for _ in wanted]
        found: list[float | None] = []
        ascending = iter(sorted(self.counts.items()))
        bucket, count = next(ascending)
        seen = count
        for fraction in wanted:
            rank = max(1, math.ceil(fraction * self.total))
            while seen < rank:
                bucket, count = next(ascending)
                seen += count
            found.append(_middle(bucket))
        return found

    def count_up_to(self, bound: float) -> int:
        """How many values were at most `bound`, as exactly as buckets can tell."""
        return sum(count for bucket, count in self.counts.items() if _middle(bucket) <= bound)


def _middle(bucket: int) -> float:
    """The value in a bucket that is off the least from all others there."""
    return 0.0 if bucket == 0 else _LEAST * 2 * _GROWTH**bucket / (_GROWTH + 1)
