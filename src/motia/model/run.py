"""A run: one trace seen from its entry. What is known of it arrives in changes, and `merged` is the only way they add up."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Literal

RunStatus = Literal["queued", "running", "waiting", "retrying", "completed", "failed", "cancelled"]

RUN_STATUSES: Final[tuple[RunStatus, ...]] = (
    "queued",
    "running",
    "waiting",
    "retrying",
    "completed",
    "failed",
    "cancelled",
)

# Where a delivery of a run is. `waiting`: scheduled for later; `retrying`: for its next attempt; `over`: nothing is owed.
DeliveryPlace = Literal["queued", "waiting", "retrying", "leased", "dead", "discarded", "cancelled", "over"]

# Those that are owed and not being run, in the order in which they say what a run is up to.
PENDING: Final[tuple[Literal["queued", "retrying", "waiting"], ...]] = ("queued", "retrying", "waiting")

_OVER: Final = frozenset({"completed", "failed", "cancelled"})

# How much of what a run is about can be searched.
_SEARCHED: Final = 400


@dataclasses.dataclass(frozen=True, slots=True)
class RunDelivery:
    """One delivery of a run that is not over. `due_at` is epoch ms, `attempt` counts attempts begun."""

    id: str
    trace_id: str
    step: str
    place: DeliveryPlace
    due_at: int
    attempt: int
    max_attempts: int


@dataclasses.dataclass(frozen=True, slots=True)
class RunEntry:
    """How a run began: at `started` (epoch ns), by `trigger`, in `step`. `input` is JSON, cut and masked."""

    started: int
    trigger: str
    step: str
    topic: str = ""
    input: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class StepEnd:
    """How the last attempt of a Step ended. `failed`: and nothing will try again, as far as the attempt knows."""

    output: Any = None
    error: str | None = None
    failed: bool = False


@dataclasses.dataclass(slots=True, eq=False)
class RunChange:
    """What happened to a run in a short time. Durations are nanoseconds, `last` is the latest end (epoch ns).

    Each change is recorded once: unlike spans, numbers in it are added.
    """

    trace_id: str
    entry: RunEntry | None = None
    version: str | None = None
    attempts: int = 0
    open: int = 0
    queued: int = 0
    running: int = 0
    backoff: int = 0
    last: int | None = None
    cancelled: bool = False
    flows: set[str] = dataclasses.field(default_factory=set)
    steps: set[str] = dataclasses.field(default_factory=set)
    ends: dict[str, StepEnd] = dataclasses.field(default_factory=dict)
    deliveries: dict[str, RunDelivery] = dataclasses.field(default_factory=dict)
    attributes: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A run as it is listed. Times are epoch nanoseconds, durations nanoseconds; `ended` is None while anything is owed.

    `attempts` counts the attempts of all its Steps, `open` those that run now, `places` its deliveries by where they are.
    `queued` is the time that attempts waited for their turn after they were due, `backoff` the time between attempts,
    `running` the time in handlers; what ran at once counts twice, so these need not add up to the duration.
    """

    id: str
    status: RunStatus
    started: int
    trigger: str
    step: str
    topic: str = ""
    version: str | None = None
    ended: int | None = None
    last: int | None = None
    attempts: int = 0
    open: int = 0
    queued: int = 0
    running: int = 0
    backoff: int = 0
    cancelled: bool = False
    failed: bool = False
    error: str | None = None
    flows: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    places: Mapping[str, int] = dataclasses.field(default_factory=dict)
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing runs and nothing is owed."""
        return self.status in _OVER

    @property
    def duration(self) -> int | None:
        """From its start to its end, None before that."""
        return None if self.ended is None else max(0, self.ended - self.started)

    def searched(self) -> str:
        """What a text filter looks through, besides the beginning of the input: names, ids, the error. Lower case."""
        words = (self.id, self.step, self.topic, *self.attributes.values(), self.error or "")
        return "\n".join(word[:_SEARCHED] for word in words).lower()


def merged(run: Run | None, change: RunChange, before: Mapping[str, DeliveryPlace]) -> Run:
    """`run` (None: not known yet) after `change`; `before` tells where the deliveries in it were."""
    known = run or Run(change.trace_id, "queued", _start_of(change), "", "")
    entry = change.entry
    moves_start = entry is not None and (not known.step or entry.started < known.started)
    first = (
        entry if entry is not None and moves_start else RunEntry(known.started, known.trigger, known.step, known.topic)
    )
    end = change.ends.get(first.step)
    places = _moved(known.places, change, before) if change.deliveries else known.places
    attempts, open_ = known.attempts + change.attempts, max(0, known.open + change.open)
    cancelled = known.cancelled or change.cancelled
    failed = known.failed if end is None else end.failed
    status = _status(places, attempts, open_, cancelled=cancelled, failed=failed)
    last = known.last if change.last is None else max(change.last, known.last or 0)
    return Run(
        known.id,
        status,
        first.started,
        first.trigger,
        first.step,
        first.topic,
        version=known.version or change.version,
        ended=(last or first.started) if status in _OVER else None,
        last=last,
        attempts=attempts,
        open=open_,
        queued=known.queued + change.queued,
        running=known.running + change.running,
        backoff=known.backoff + change.backoff,
        cancelled=cancelled,
        failed=failed,
        error=next((each.error for each in reversed(change.ends.values()) if each.error), known.error),
        flows=_with(known.flows, change.flows),
        steps=_with(known.steps, change.steps),
        places=places,
        attributes={**known.attributes, **change.attributes} if change.attributes else known.attributes,
    )


def _status(places: Mapping[str, int], attempts: int, open_: int, *, cancelled: bool, failed: bool) -> RunStatus:
    if open_ or places.get("leased") or (places.get("queued") and attempts):
        return "running"
    for place in PENDING:
        if places.get(place):
            return place
    if cancelled or (places.get("cancelled") and not attempts):
        return "cancelled"
    return "failed" if failed or places.get("dead") or places.get("discarded") else "completed"


def _with(known: tuple[str, ...], more: set[str]) -> tuple[str, ...]:
    return known if more.issubset(known) else tuple(sorted({*known, *more}))


def _moved(places: Mapping[str, int], change: RunChange, before: Mapping[str, DeliveryPlace]) -> dict[str, int]:
    counts = Counter(places)
    for delivery in change.deliveries.values():
        was = before.get(delivery.id)
        if was is not None:
            counts[was] -= 1
        counts[delivery.place] += 1
    return {place: count for place, count in counts.items() if count > 0 and place != "over"}


def _start_of(change: RunChange) -> int:
    if change.entry is not None:
        return change.entry.started
    return change.last or 0
