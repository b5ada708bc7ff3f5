"""From an event, a direct start or a tick to deliveries in the queue."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

import orjson

from motia.model.delivery import Cause, Delivery
from motia.model.errors import AuthorError, InvalidPayload
from motia.model.identity import new_delivery_id
from motia.model.step import CronTrigger, Step
from motia.model.step_table import StateWatch, StepTable, Subscription
from motia.ports.event_queue import EventQueue
from motia.runtime.clock import Clock

PAYLOAD_LIMIT: Final = 64 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class EmittedEvent:
    """An event as it was emitted; `payload` is JSON text. `due_at` (epoch ms) holds it back for all subscribers."""

    topic: str
    payload: bytes
    group: str | None = None
    due_at: int | None = None
    unique: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class StateChange:
    """One key of state changed; None is "no value". Values are JSON text."""

    group: str
    key: str
    before: bytes | None
    after: bytes | None

    def payload(self) -> bytes:
        """The change as its Steps get it (HND-12)."""
        what = "deleted" if self.after is None else "created" if self.before is None else "updated"
        group, key = orjson.dumps(self.group), orjson.dumps(self.key)
        return (
            b'{"type":"state","event_type":"state:%s","scope":%s,"key":%s,"group_id":%s,"item_id":%s,"old_value":%s,"new_value":%s}'
            % (what.encode(), group, key, group, key, self.before or b"null", self.after or b"null")
        )


class Publisher:
    """Stores what a Step, a client or a schedule sends. What it returned for is durable."""

    def __init__(
        self,
        queue: EventQueue,
        table: Callable[[], StepTable],
        clock: Clock,
        on_unheard: Callable[[str], None] = lambda _: None,
        on_emitted: Callable[[Sequence[EmittedEvent], Cause], None] = lambda *_: None,
    ) -> None:
        """`table` gives the Steps of this moment.

        `on_emitted(events, cause)` hears of what is stored; `on_unheard(topic)` of events that nobody subscribes to.
        """
        self._on_unheard = on_unheard
        self._on_emitted = on_emitted
        self._queue = queue
        self._table = table
        self._clock = clock

    async def emit(self, events: Sequence[EmittedEvent], cause: Cause) -> list[int]:
        """Deliver each event to every subscriber, all or nothing; to how many each one went.

        Raises `InvalidPayload`, `StoreUnavailable`, `Overloaded`.
        """
        now = self._clock.now_ms()
        table = self._table()
        deliveries: list[Delivery] = []
        counts: list[int] = []
        for event in events:
            _check_size(event.payload, f"event {event.topic!r}")
            subscriptions = table.subscriptions(event.topic)
            counts.append(len(subscriptions))
            deliveries += [_event_delivery(event, each, cause, now) for each in subscriptions]
        if deliveries:
            await self._queue.publish(deliveries)
        self._on_emitted(events, cause)
        for event, count in zip(events, counts, strict=True):
            if count == 0:
                self._on_unheard(event.topic)
        return counts

    def watches_state(self) -> bool:
        """Whether any Step is started by changes of state."""
        return bool(self._table().state_watches)

    async def state_changed(self, changes: Sequence[StateChange], cause: Cause) -> None:
        """Deliver each change to every Step that watches it (EVT-29). Raises as `emit`."""
        watches = self._table().state_watches
        if not watches or not changes:
            return
        now = self._clock.now_ms()
        deliveries = [
            _state_delivery(change, watch, cause, now)
            for change in changes
            for watch in watches
            if _concerns(watch, change)
        ]
        if deliveries:
            await self._queue.publish(deliveries)

    async def start(self, step: Step, payload: bytes, cause: Cause) -> Delivery:
        """Start `step` directly (EVT-25); the delivery. Raises as `emit`, and `AuthorError` when there is nothing to run."""
        if not step.has_handler:
            raise AuthorError(
                f"the Step {step.name!r} has no handler: it is only drawn in its flow, so it cannot be started"
            )
        _check_size(payload, f"the data for {step.name!r}")
        now = self._clock.now_ms()
        delivery = Delivery(
            id=new_delivery_id(now),
            step=step.name,
            kind="manual",
            topic="",
            payload=payload,
            cause=cause,
            created_at=now,
            due_at=now,
            max_attempts=step.manual_policy.max_attempts,
        )
        await self._queue.publish([delivery])
        return delivery

    async def tick(self, step: Step, index: int, scheduled_for: int, cause: Cause) -> Delivery:
        """Publish the delivery of one nominal tick (epoch ms). One that was published before, by whomever, is not stored again."""
        trigger = step.triggers[index]
        assert isinstance(trigger, CronTrigger)  # noqa: S101 - the schedule runs only these
        now = self._clock.now_ms()
        delivery = Delivery(
            id=new_delivery_id(now),
            step=step.name,
            kind="cron",
            topic=trigger.expression,
            payload=b"",
            cause=cause,
            created_at=now,
            due_at=now,
            max_attempts=trigger.policy.max_attempts,
            trigger=index,
            group="cron" if trigger.overlap == "queue" else None,
            unique=f"cron\n{step.name}\n{index}\n{scheduled_for}",
            scheduled_for=scheduled_for,
        )
        await self._queue.publish([delivery])
        return delivery


def _event_delivery(event: EmittedEvent, subscription: Subscription, cause: Cause, now: int) -> Delivery:
    policy = subscription.trigger.policy
    step = subscription.step.name
    due = now if event.due_at is None else max(now, event.due_at)
    return Delivery(
        id=new_delivery_id(now),
        step=step,
        kind="event",
        topic=event.topic,
        payload=event.payload,
        cause=cause,
        created_at=now,
        due_at=due + policy.first_delay_ms,
        max_attempts=policy.max_attempts,
        trigger=subscription.index,
        group=(event.group or "") if policy.fifo else None,
        unique=None if event.unique is None else f"{event.topic}\n{step}\n{subscription.index}\n{event.unique}",
    )


def _concerns(watch: StateWatch, change: StateChange) -> bool:
    return watch.trigger.group in {None, change.group} and watch.trigger.key in {None, change.key}


def _state_delivery(change: StateChange, watch: StateWatch, cause: Cause, now: int) -> Delivery:
    policy = watch.trigger.policy
    return Delivery(
        id=new_delivery_id(now),
        step=watch.step.name,
        kind="state",
        topic=change.group,
        payload=change.payload(),
        cause=dataclasses.replace(cause, hops=cause.hops + 1),
        created_at=now,
        due_at=now + policy.first_delay_ms,
        max_attempts=policy.max_attempts,
        trigger=watch.index,
        group="" if policy.fifo else None,
    )


def _check_size(payload: bytes, what: str) -> None:
    if len(payload) > PAYLOAD_LIMIT:
        raise InvalidPayload(f"{what} is {len(payload):,} bytes; the limit is {PAYLOAD_LIMIT:,} (payloadLimit)")
