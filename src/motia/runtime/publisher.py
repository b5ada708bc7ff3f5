"""From an event, a direct start or a tick to deliveries in the queue."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

import orjson

from motia.model.delivery import KEY_TTL_MS, Cause, Delivery
from motia.model.errors import AuthorError, InvalidPayload
from motia.model.identity import new_delivery_id
from motia.model.step import CronTrigger, EventTrigger, HttpTrigger, StateTrigger, Step, StreamTrigger
from motia.model.step_table import StateWatch, StepTable, Subscription
from motia.model.stream_table import StreamWatch
from motia.model.streams import ItemChange, change_payload
from motia.ports.event_queue import EventQueue
from motia.runtime.clock import Clock

PAYLOAD_LIMIT: Final = 64 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class EmittedEvent:
    """An event as it was emitted; `payload` is JSON text. `due_at` (epoch ms) holds it back for all subscribers.

    `key` makes it idempotent for `key_ttl_ms`, per topic and subscriber. `dedup_key` joins it with one that has not begun.
    No subscriber begins it later than `ttl_ms` after it was due there.
    """

    topic: str
    payload: bytes
    group: str | None = None
    due_at: int | None = None
    key: str | None = None
    key_ttl_ms: int = KEY_TTL_MS
    dedup_key: str | None = None
    ttl_ms: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Emission:
    """What became of an emit: how many subscribers each event has, and the ids of the deliveries that were stored."""

    subscribers: tuple[int, ...]
    delivery_ids: tuple[str, ...]


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

    async def emit(self, events: Sequence[EmittedEvent], cause: Cause) -> Emission:
        """Deliver each event to every subscriber, all or nothing, except where its keys say that it was delivered before.

        Raises `InvalidPayload`, `StoreUnavailable`, `Overloaded`.
        """
        deliveries, counts = self.of_events(events, cause)
        stored = await self._queue.publish(deliveries) if deliveries else []
        self._on_emitted(events, cause)
        ids = tuple(delivery.id for delivery, new in zip(deliveries, stored, strict=True) if new)
        return Emission(tuple(counts), ids)

    def of_events(self, events: Sequence[EmittedEvent], cause: Cause) -> tuple[list[Delivery], list[int]]:
        """The deliveries of events, and to how many subscribers each one goes. Raises `InvalidPayload`."""
        now = self._clock.now_ms()
        table = self._table()
        deliveries: list[Delivery] = []
        counts: list[int] = []
        for event in events:
            _check_size(event.payload, f"event {event.topic!r}")
            subscriptions = table.subscriptions(event.topic)
            counts.append(len(subscriptions))
            deliveries += [_event_delivery(event, each, cause, now) for each in subscriptions]
        for event, count in zip(events, counts, strict=True):
            if count == 0:
                self._on_unheard(event.topic)
        return deliveries, counts

    async def cancel(self, topic: str, *, key: str | None = None, dedup_key: str | None = None) -> int:
        """Cancel the pending deliveries of `topic` that were emitted with these keys; how many there were."""
        return await self._queue.cancel(await self._queue.emitted(topic, key=key, dedup_key=dedup_key))

    def watches_state(self, group: str, key: str | None = None) -> bool:
        """Whether any Step is started by changes of this key, or of some key of the group."""
        return any(
            watch.trigger.group in {None, group} and (key is None or watch.trigger.key in {None, key})
            for watch in self._table().state_watches
        )

    async def state_changed(self, changes: Sequence[StateChange], cause: Cause) -> None:
        """Deliver each change to every Step that watches it (EVT-29). Raises as `emit`."""
        if deliveries := self.of_changes(changes, cause):
            await self._queue.publish(deliveries)

    def of_changes(self, changes: Sequence[StateChange], cause: Cause) -> list[Delivery]:
        """The deliveries of changes to the Steps that watch them."""
        watches = self._table().state_watches
        if not watches or not changes:
            return []
        now = self._clock.now_ms()
        return [
            _state_delivery(change, watch, cause, now)
            for change in changes
            for watch in watches
            if _concerns(watch, change)
        ]

    async def stream_changed(self, changes: Sequence[ItemChange], watches: Sequence[StreamWatch], cause: Cause) -> None:
        """Deliver each change of an item to those of `watches` that it concerns (EVT-29). Raises as `emit`."""
        if deliveries := self.of_stream_changes(changes, watches, cause):
            await self._queue.publish(deliveries)

    def of_stream_changes(
        self, changes: Sequence[ItemChange], watches: Sequence[StreamWatch], cause: Cause
    ) -> list[Delivery]:
        """The deliveries of changes to those of `watches` that they concern."""
        now = self._clock.now_ms()
        return [
            _stream_delivery(change, watch, cause, now)
            for change in changes
            for watch in watches
            if watch.concerns(change.group, change.id)
        ]

    async def start(self, step: Step, payload: bytes, cause: Cause) -> Delivery:
        """Start `step` directly (EVT-25); the delivery. Raises as `emit`, and `AuthorError` when there is nothing to run."""
        delivery = self.of_start(step, payload, cause)
        await self._queue.publish([delivery])
        return delivery

    def of_start(self, step: Step, payload: bytes, cause: Cause) -> Delivery:
        """The delivery of a direct start. Raises as `start_of`."""
        return start_of(step, payload, cause, self._clock.now_ms())

    async def again(
        self, step: Step, index: int, payload: bytes, cause: Cause, *, topic: str, scheduled_for: int | None = None
    ) -> Delivery:
        """Start `step` as its trigger `index` did before, it alone, with `payload`. Raises as `start`."""
        started = start_of(step, payload, cause, self._clock.now_ms())
        trigger = step.triggers[index]
        kind = trigger.kind
        assert not isinstance(trigger, HttpTrigger)  # noqa: S101 - a request is sent, not delivered
        assert kind != "http"  # noqa: S101 - as above
        delivery = dataclasses.replace(
            started,
            kind=kind,
            topic=topic,
            trigger=index,
            max_attempts=trigger.policy.max_attempts,
            group=""
            if isinstance(trigger, EventTrigger | StateTrigger | StreamTrigger) and trigger.policy.fifo
            else None,
            scheduled_for=scheduled_for,
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


def start_of(step: Step, payload: bytes, cause: Cause, now: int) -> Delivery:
    """The delivery that starts `step` directly. Raises `InvalidPayload`, and `AuthorError` when there is nothing to run."""
    if not step.has_handler:
        raise AuthorError(
            f"the Step {step.name!r} has no handler: it is only drawn in its flow, so it cannot be started"
        )
    _check_size(payload, f"the data for {step.name!r}")
    return Delivery(
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


def _event_delivery(event: EmittedEvent, subscription: Subscription, cause: Cause, now: int) -> Delivery:
    policy = subscription.trigger.policy
    step = subscription.step.name
    due = (now if event.due_at is None else max(now, event.due_at)) + policy.first_delay_ms
    return Delivery(
        id=new_delivery_id(now),
        step=step,
        kind="event",
        topic=event.topic,
        payload=event.payload,
        cause=cause,
        created_at=now,
        due_at=due,
        max_attempts=policy.max_attempts,
        trigger=subscription.index,
        group=(event.group or "") if policy.fifo else None,
        unique=None if event.key is None else f"{event.topic}\n{step}\n{subscription.index}\n{event.key}",
        unique_for_ms=event.key_ttl_ms,
        emit_key=event.key,
        dedup_key=event.dedup_key,
        expires_at=None if event.ttl_ms is None else due + event.ttl_ms,
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


def _stream_delivery(change: ItemChange, watch: StreamWatch, cause: Cause, now: int) -> Delivery:
    policy = watch.trigger.policy
    return Delivery(
        id=new_delivery_id(now),
        step=watch.step.name,
        kind="stream",
        topic=change.stream,
        payload=change_payload(change),
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
