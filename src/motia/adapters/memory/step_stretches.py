"""The figures of Steps in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from motia.ports.step_stretches import StepStretch


class MemoryStepStretches:
    """Survives nothing."""

    def __init__(self) -> None:
        self._stretches: dict[tuple[int, int, str], StepStretch] = {}

    async def save(self, stretches: Sequence[StepStretch]) -> None:
        """See `StepStretches.save`."""
        for each in stretches:
            kept = dataclasses.replace(each, durations=dict(each.durations), lags=dict(each.lags))
            self._stretches[each.width, each.start, each.step] = kept

    async def load(self, *, since: Mapping[int, int]) -> list[StepStretch]:
        """See `StepStretches.load`."""
        return [each for each in self._stretches.values() if each.width in since and each.start >= since[each.width]]

    async def forget(self, *, before: Mapping[int, int]) -> int:
        """See `StepStretches.forget`."""
        old = [key for key in self._stretches if key[0] in before and key[1] < before[key[0]]]
        for key in old:
            del self._stretches[key]
        return len(old)
