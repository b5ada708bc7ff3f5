"""Notes what happens to runs until the recorder stores it: attempts as they begin and end, deliveries as they move."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from motia.model.delivery import Bury, Delivery, Release, Retry, Settlement
from motia.model.invocation import Failed, Invocation, Outcome, Responded
from motia.model.run import DeliveryPlace, RunChange, RunDelivery, RunEntry, StepEnd
from motia.observe.values import RESULT_LIMIT, shown

_NS_PER_MS: Final = 1_000_000
# Of so many traces it is remembered that their beginning was noted.
_BEGUN: Final = 20_000
_TEXT_LIMIT: Final = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Move:
    """Deliveries known by id alone went from one of `origins` to `target`."""

    ids: tuple[str, ...]
    origins: tuple[DeliveryPlace, ...]
    target: DeliveryPlace


class RunBook:
    """What is to be stored of runs. Everything here is cheap and never waits; `noted` is called with each note."""

    def __init__(self, noted: Callable[[], None], now_ns: Callable[[], int]) -> None:
        """`now_ns` is epoch nanoseconds."""
        self.version: str | None = None
        self._noted = noted
        self._now_ns = now_ns
        self._changes: dict[str, RunChange] = {}
        self._moves: list[Move] = []
        self._begun: dict[str, None] = {}

    @property
    def has_notes(self) -> bool:
        """Whether anything was noted since they were taken."""
        return bool(self._changes or self._moves)

    def take(self) -> tuple[list[RunChange], list[Move]]:
        """What was noted since the last time."""
        changes, self._changes = list(self._changes.values()), {}
        moves, self._moves = self._moves, []
        return changes, moves

    # Deliveries

    def published(self, deliveries: Sequence[Delivery], stored: Sequence[bool]) -> None:
        """Deliveries were stored, except where `stored` says otherwise."""
        now = self._now_ns() // _NS_PER_MS
        for delivery, new in zip(deliveries, stored, strict=True):
            if new:
                self._placed(delivery, "waiting" if delivery.due_at > now else "queued", delivery.due_at)
                self._entered(delivery)

    def settled(self, delivery: Delivery, settlement: Settlement) -> None:
        """An attempt's claim of a delivery ended."""
        change = self._change(delivery.cause.trace_id)
        now = self._now_ns()
        if isinstance(settlement, Retry):
            change.backoff += max(0, settlement.due_at * _NS_PER_MS - now)
            self._placed(delivery, "retrying", settlement.due_at)
        elif isinstance(settlement, Release):
            self._placed(delivery, "queued", delivery.due_at)
        elif isinstance(settlement, Bury):
            self._placed(delivery, "dead", delivery.due_at)
            error = f"{settlement.failure.name}: {settlement.failure.message}"[:_TEXT_LIMIT]
            before = change.ends.get(delivery.step, StepEnd())
            change.ends[delivery.step] = dataclasses.replace(before, error=error)
            change.steps.add(delivery.step)
            change.last = now
            self._entered(delivery)
            self.published(settlement.followers, [True] * len(settlement.followers))
        else:
            self._placed(delivery, "over", delivery.due_at)
            change.last = now

    def moved(self, ids: Sequence[str], origins: tuple[DeliveryPlace, ...], target: DeliveryPlace) -> None:
        """Those of these deliveries that are in one of `origins` are at `target` now."""
        self._moves.append(Move(tuple(ids), origins, target))
        self._noted()

    # Attempts

    def began(self, invocation: Invocation, started: int) -> None:
        """An attempt began at `started` (epoch ns). What it was given, and gives, is in its span."""
        change = self._change(invocation.trace_id)
        step = invocation.step
        change.attempts += 1
        change.open += 1
        change.version = self.version
        change.steps.add(step.name)
        change.flows.update(step.flows)
        delivery = invocation.delivery
        if delivery is not None:
            self._placed(delivery, "leased", delivery.due_at)
            change.queued += max(0, started - delivery.due_at * _NS_PER_MS)
        if invocation.trace_id not in self._begun:
            begin = started if delivery is None else delivery.created_at * _NS_PER_MS
            topic = "" if delivery is None else delivery.topic
            self._enter(change, RunEntry(begin, invocation.kind, step.name, topic))
            change.attributes.update(_attributes(invocation))

    def ended(self, invocation: Invocation, started: int, outcome: Outcome | None) -> None:
        """It ended; `outcome` is None when it was cancelled."""
        change = self._change(invocation.trace_id)
        now = self._now_ns()
        change.open -= 1
        change.running += max(0, now - started)
        change.last = now
        name = invocation.step.name
        if isinstance(outcome, Failed):
            error = f"{outcome.failure.name}: {outcome.failure.message}"[:_TEXT_LIMIT]
            change.ends[name] = StepEnd(None, error, failed=invocation.delivery is None)
            change.attributes["error"] = outcome.failure.name[:_TEXT_LIMIT]
        elif isinstance(outcome, Responded):
            change.ends[name] = StepEnd(failed=outcome.status >= 500)  # noqa: PLR2004 - HTTP's own number
            change.attributes["http.status"] = str(outcome.status)
        elif outcome is not None:
            change.ends[name] = StepEnd()
        else:
            change.ends[name] = StepEnd(error="Cancelled")

    # Runs

    def cancelled(self, trace_id: str) -> None:
        """Somebody asked to cancel the run."""
        self._change(trace_id).cancelled = True

    def describe(self, trace_id: str, **attributes: str) -> None:
        """Give a run attributes that it can be found by; `_` in their names stands for a dot."""
        self._change(trace_id).attributes.update({name.replace("_", "."): text for name, text in attributes.items()})

    def _change(self, trace_id: str) -> RunChange:
        change = self._changes.get(trace_id)
        if change is None:
            change = self._changes[trace_id] = RunChange(trace_id)
            self._noted()
        return change

    def _placed(self, delivery: Delivery, place: DeliveryPlace, due_at: int) -> None:
        self._change(delivery.cause.trace_id).deliveries[delivery.id] = RunDelivery(
            delivery.id, delivery.cause.trace_id, delivery.step, place, due_at, delivery.attempt, delivery.max_attempts
        )

    def _entered(self, delivery: Delivery) -> None:
        trace_id = delivery.cause.trace_id
        if trace_id in self._begun:
            return
        given = shown(delivery.payload, RESULT_LIMIT) if delivery.payload else None
        started = delivery.created_at * _NS_PER_MS
        change = self._change(trace_id)
        self._enter(change, RunEntry(started, delivery.kind, delivery.step, delivery.topic, given))
        change.steps.add(delivery.step)
        change.attributes.update(_of_delivery(delivery))

    def _enter(self, change: RunChange, entry: RunEntry) -> None:
        change.entry = entry
        self._begun[change.trace_id] = None
        if len(self._begun) > _BEGUN:
            del self._begun[next(iter(self._begun))]


def _attributes(invocation: Invocation) -> dict[str, str]:
    if invocation.delivery is not None:
        return _of_delivery(invocation.delivery)
    given = invocation.arguments
    return {"http.method": str(given["method"]), "http.path": str(given["path"])[:_TEXT_LIMIT]}


def _of_delivery(delivery: Delivery) -> dict[str, str]:
    given = {
        "topic": delivery.topic,
        "messageGroupId": delivery.group,
        "idempotencyKey": delivery.emit_key,
        "dedupKey": delivery.dedup_key,
    }
    return {name: text[:_TEXT_LIMIT] for name, text in given.items() if text}
