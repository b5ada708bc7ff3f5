"""StepStretches: how the attempts of Steps went in stretches of time, over restarts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class StepStretch:
    """The attempts of a Step that ended in `width` seconds from `start` (epoch s) on.

    `durations` and `lags` are the counts of histograms (`model.histogram`) of milliseconds.
    """

    width: int
    start: int
    step: str
    errors: int
    durations: Mapping[int, int]
    lags: Mapping[int, int]


class StepStretches(Protocol):
    """Losing the last moments at a crash is allowed."""

    async def save(self, stretches: Sequence[StepStretch]) -> None:
        """Store them in place of earlier ones of the same width, start and Step."""
        ...

    async def load(self, *, since: Mapping[int, int]) -> list[StepStretch]:
        """The stretches of each width in `since` that start at or after the time it gives (epoch s)."""
        ...

    async def forget(self, *, before: Mapping[int, int]) -> int:
        """Drop those of each width in `before` that start earlier than it says; how many."""
        ...
