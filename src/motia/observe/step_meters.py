"""How the attempts of each Step went, by stretches of time: counted as they end, kept small, read without touching a store."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Final

from motia.model.histogram import Histogram
from motia.ports.step_stretches import StepStretch

# Stretches by their width (s), and for how long (s) they are kept: a window is drawn in about a hundred of one width.
KEPT: Final = {10: 600, 60: 7_200, 900: 172_800}


@dataclasses.dataclass(slots=True)
class _Stretch:
    errors: int = 0
    durations: Histogram = dataclasses.field(default_factory=Histogram)
    lags: Histogram = dataclasses.field(default_factory=Histogram)


@dataclasses.dataclass(slots=True)
class Lifetime:
    """All attempts of a Step since the core started. Sums are milliseconds."""

    errors: int = 0
    durations: Histogram = dataclasses.field(default_factory=Histogram)
    lags: Histogram = dataclasses.field(default_factory=Histogram)
    total_duration: float = 0.0
    total_lag: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class StepFigures:
    """One Step in one window or one stretch of it. Quantiles are milliseconds, None where nothing was counted."""

    attempts: int
    errors: int
    p50: float | None
    p95: float | None
    p99: float | None
    lag_p50: float | None
    lag_p95: float | None
    lag_p99: float | None


class StepMeters:
    """Counts attempts. Durations and lags are milliseconds; `now_s` is epoch seconds."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        """Nothing counted yet."""
        self._now_s = now_s
        self._stretches: dict[int, dict[int, dict[str, _Stretch]]] = {width: {} for width in KEPT}
        self._changed: set[tuple[int, int, str]] = set()
        self.lifetime: dict[str, Lifetime] = {}

    def record(self, step: str, duration: float, lag: float | None, *, failed: bool) -> None:
        """An attempt ended."""
        now = int(self._now_s())
        for width, stretches in self._stretches.items():
            start = now - now % width
            steps = stretches.get(start)
            if steps is None:
                steps = stretches[start] = {}
                self._forget(width, now)
            stretch = steps.get(step)
            if stretch is None:
                stretch = steps[step] = _Stretch()
            _count(stretch, duration, lag, failed=failed)
            self._changed.add((width, start, step))
        life = self.lifetime.setdefault(step, Lifetime())
        _count(life, duration, lag, failed=failed)
        life.total_duration += duration
        life.total_lag += lag or 0.0

    def window(self, seconds: int, width: int) -> tuple[dict[str, StepFigures], dict[int, dict[str, StepFigures]]]:
        """The figures of the last `seconds` by Step, and those of its stretches of `width` (a key of `KEPT`) by start."""
        now = int(self._now_s())
        first = now - seconds
        totals: dict[str, _Stretch] = {}
        parts: dict[int, dict[str, StepFigures]] = {}
        for start, steps in sorted(self._stretches[width].items()):
            if start + width <= first or start > now:
                continue
            parts[start] = {step: _figures(stretch) for step, stretch in steps.items()}
            for step, stretch in steps.items():
                total = totals.setdefault(step, _Stretch())
                total.errors += stretch.errors
                total.durations.include(stretch.durations)
                total.lags.include(stretch.lags)
        return {step: _figures(total) for step, total in sorted(totals.items())}, parts

    def take_changed(self) -> list[StepStretch]:
        """The stretches that changed since the last time, as they are to be stored."""
        changed, self._changed = self._changed, set()
        found = []
        for width, start, step in sorted(changed):
            stretch = self._stretches[width].get(start, {}).get(step)
            if stretch is not None:
                found.append(
                    StepStretch(width, start, step, stretch.errors, stretch.durations.counts, stretch.lags.counts)
                )
        return found

    def restore(self, stretches: Iterable[StepStretch]) -> None:
        """Go on with what an earlier life counted."""
        for each in stretches:
            if each.width in self._stretches:
                held = _Stretch(each.errors, Histogram(each.durations), Histogram(each.lags))
                self._stretches[each.width].setdefault(each.start, {})[each.step] = held

    def _forget(self, width: int, now: int) -> None:
        stretches = self._stretches[width]
        for start in [start for start in stretches if start + width < now - KEPT[width]]:
            del stretches[start]


def _count(stretch: _Stretch | Lifetime, duration: float, lag: float | None, *, failed: bool) -> None:
    stretch.errors += failed
    stretch.durations.add(duration)
    if lag is not None:
        stretch.lags.add(lag)


def _figures(stretch: _Stretch) -> StepFigures:
    fractions = (0.5, 0.95, 0.99)
    return StepFigures(
        stretch.durations.total,
        stretch.errors,
        *stretch.durations.quantiles(fractions),
        *stretch.lags.quantiles(fractions),
    )
