"""Figures: how the Steps do, and what waits in the queue, for people and for Prometheus."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Final

from motia.admin.operations import INTEGER, STRING, AdminRefusal, Answered, Asked, Operation, listing, record
from motia.admin.sources import Sources
from motia.model.delivery import TopicLedger
from motia.observe.step_meters import Lifetime, StepFigures, StepMeters

# Name of a window → its length and the width of the stretches it is drawn in, seconds.
_WINDOWS: Final = {"5m": (300, 10), "1h": (3_600, 60), "24h": (86_400, 900)}
# Upper bounds of the histograms for Prometheus, seconds: those of its client libraries, and up to the longest timeouts.
_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_STATES: Final = ("pending", "leased", "dead")
_TOTALS: Final = ("accepted", "done", "discarded")
_OBJECT: Final = {"type": "object"}


class MetricOperations:
    """The operations; `all` lists them."""

    def __init__(self, sources: Sources, meters: StepMeters) -> None:
        """Reads `meters`, and of `sources` the queue's books and the workers."""
        self._sources = sources
        self._meters = meters

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        return [
            Operation(
                "showMetrics", "GET", "/__motia/metrics", "How the Steps did lately, in all and over time; times in ms",
                self._metrics, tag="metrics",
                answer=record(
                    window=STRING, seconds=INTEGER, width=INTEGER, until=INTEGER, steps=listing(_OBJECT),
                    stretches=listing(_OBJECT), queue=listing(_OBJECT), runs=_OBJECT,
                ),
                query={
                    "window": ({"enum": list(_WINDOWS)}, "how far back (5m)"),
                    "step": (STRING, "only of this Step"),
                },
            ),
            *(
                Operation(
                    name, "GET", path, "Counters since the start, in Prometheus' text format", self._prometheus, STRING,
                    tag="metrics", media_type="text/plain",
                )
                for name, path in (("prometheus", "/__motia/metrics/prometheus"), ("prometheusMetrics", "/metrics"))
            ),
        ]  # fmt: skip

    async def _metrics(self, asked: Asked) -> Answered:
        name, only = asked.query.get("window", "5m"), asked.query.get("step")
        if name not in _WINDOWS:
            raise AdminRefusal(400, f"'window' must be one of {', '.join(_WINDOWS)}, not {name!r}")
        seconds, width = _WINDOWS[name]
        totals, parts = self._meters.window(seconds, width)
        now = self._sources.clock.now_ms()
        books = await self._sources.queue.ledger()
        return Answered(
            {
                "window": name,
                "seconds": seconds,
                "width": width,
                "until": now,
                "steps": [_row(step, figures, seconds) for step, figures in totals.items() if only in {None, step}],
                "stretches": [
                    {
                        "start": start * 1000,
                        "steps": {step: _figures(each, width) for step, each in steps.items() if only in {None, step}},
                    }
                    for start, steps in parts.items()
                ],
                "queue": [_owed(each) for each in books if only in {None, each.step}],
                "runs": await self._sources.traces.run_counts(since=(now - seconds * 1000) * 1_000_000),
            }
        )

    async def _prometheus(self, _: Asked) -> Answered:
        books = await self._sources.queue.ledger()
        lines = [
            *_step_lines(self._meters.lifetime),
            *_queue_lines(books),
            *_family("motia_workers", "gauge", "Worker processes.", _worker_lines(self._sources.workers())),
            *_family(
                "motia_trace_records_dropped_total", "counter", "Spans and log records that could not be stored.",
                [f"motia_trace_records_dropped_total {self._sources.recorder.dropped}"],
            ),
        ]  # fmt: skip
        return Answered(text="\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _row(step: str, figures: StepFigures, seconds: int) -> dict[str, Any]:
    return {"step": step, **_figures(figures, seconds)}


def _figures(figures: StepFigures, seconds: int) -> dict[str, Any]:
    return {
        "attempts": figures.attempts,
        "perSecond": figures.attempts / seconds,
        "errors": figures.errors,
        "errorRate": figures.errors / figures.attempts if figures.attempts else 0.0,
        "duration": {"p50": figures.p50, "p95": figures.p95, "p99": figures.p99},
        "lag": {"p50": figures.lag_p50, "p95": figures.lag_p95, "p99": figures.lag_p99},
    }


def _owed(each: TopicLedger) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(each).items() if name in {"topic", "step", *_STATES}}


def _step_lines(lifetime: dict[str, Lifetime]) -> list[str]:
    steps = sorted(lifetime.items())
    attempts = [f"motia_step_attempts_total{_labels(step=step)} {life.durations.total}" for step, life in steps]
    errors = [f"motia_step_errors_total{_labels(step=step)} {life.errors}" for step, life in steps]
    durations: list[str] = []
    lags: list[str] = []
    for step, life in steps:
        durations += _histogram("motia_step_duration_seconds", step, life.durations, life.total_duration)
        if life.lags.total:
            lags += _histogram("motia_step_queue_lag_seconds", step, life.lags, life.total_lag)
    return [
        *_family("motia_step_attempts_total", "counter", "Attempts that ended.", attempts),
        *_family("motia_step_errors_total", "counter", "Attempts that failed.", errors),
        *_family("motia_step_duration_seconds", "histogram", "How long attempts took.", durations),
        *_family("motia_step_queue_lag_seconds", "histogram", "How long attempts began after they were due.", lags),
    ]


def _histogram(name: str, step: str, histogram: Any, total_ms: float) -> list[str]:
    lines = [
        f"{name}_bucket{_labels(step=step, le=f'{bound:g}')} {histogram.count_up_to(bound * 1000)}" for bound in _BOUNDS
    ]
    return [
        *lines,
        f"{name}_bucket{_labels(step=step, le='+Inf')} {histogram.total}",
        f"{name}_sum{_labels(step=step)} {total_ms / 1000:.6f}",
        f"{name}_count{_labels(step=step)} {histogram.total}",
    ]


def _queue_lines(books: Iterable[TopicLedger]) -> list[str]:
    held, gone = [], []
    for each in books:
        row = dataclasses.asdict(each)
        held += [
            f"motia_queue_deliveries{_labels(topic=each.topic, step=each.step, state=state)} {row[state]}"
            for state in _STATES
        ]
        gone += [
            f"motia_queue_deliveries_total{_labels(topic=each.topic, step=each.step, what=what)} {row[what]}"
            for what in _TOTALS
        ]
    return [
        *_family("motia_queue_deliveries", "gauge", "Deliveries in the queue.", held),
        *_family("motia_queue_deliveries_total", "counter", "Deliveries accepted, done and discarded.", gone),
    ]


def _worker_lines(workers: Iterable[dict[str, Any]]) -> list[str]:
    counts: dict[str, int] = {}
    for worker in workers:
        counts[worker["language"]] = counts.get(worker["language"], 0) + 1
    return [f"motia_workers{_labels(language=language)} {count}" for language, count in sorted(counts.items())]


def _family(name: str, kind: str, about: str, samples: list[str]) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}", *samples] if samples else []


def _labels(**given: str) -> str:
    escaped = (
        (name, text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for name, text in given.items()
    )
    return "{" + ",".join(f'{name}="{text}"' for name, text in escaped) + "}"
