"""One attempt of an atomic Step: what its handler does is kept here until all of it is committed, or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motia.model.atomic_work import AtomicWork
from motia.model.delivery import Cause, Delivery
from motia.model.errors import AuthorError
from motia.model.invocation import Invocation
from motia.model.step import Step
from motia.model.stored_json import incremented, updated
from motia.ports.state_store import StateStore
from motia.runtime.atomic_streams import AtomicStreams
from motia.runtime.attempt_record import AtomicLimits, AttemptRecord
from motia.runtime.publisher import Emission, EmittedEvent, Publisher, StateChange
from motia.runtime.state_overlay import StateOverlay
from motia.runtime.stream_writes import StreamWrites


class AtomicAttempt:
    """`Effects` that nobody else sees, and `streams` likewise. Calls are served one after another, as a transaction's are."""

    def __init__(
        self,
        invocation: Invocation,
        state: StateStore,
        streams: StreamWrites,
        publisher: Publisher,
        limits: AtomicLimits,
    ) -> None:
        """Reads from `state` and `streams`; `publisher` makes the deliveries but does not publish them."""
        self._invocation = invocation
        self._record = AttemptRecord(invocation.step, limits)
        self._overlay = StateOverlay(state)
        self._publisher = publisher
        self._now_ms = streams.now_ms
        self.streams = AtomicStreams(streams, publisher, self._record)

    def end(self) -> None:
        """Take no more calls."""
        self._record.end()

    async def work(self) -> AtomicWork:
        """What to commit: everything that was asked for before this. No more calls are taken."""
        await self._record.end_after_calls()
        invocation = self._invocation
        return AtomicWork(
            invocation.step.name,
            Cause(invocation.trace_id, invocation.span_id, invocation.hops),
            invocation.delivery,
            self._overlay.reads,
            tuple(self._overlay.writes),
            tuple(self._record.deliveries),
            self.streams.overlay.reads,
            tuple(self.streams.overlay.writes),
            self.streams.stamped,
            self._now_ms(),
        )

    # State

    async def get(self, group: str, key: str) -> bytes | None:
        """See `Effects.get`."""
        async with self._record.call():
            return await self._overlay.get(group, key)

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """See `Effects.items`."""
        async with self._record.call():
            return await self._overlay.items(group)

    async def groups(self) -> list[str]:
        """See `Effects.groups`."""
        async with self._record.call():
            return await self._overlay.groups()

    async def set(self, group: str, key: str, value: bytes, cause: Cause) -> bytes | None:
        """See `Effects.set`. The value before counts as read only when some Step is told of it."""
        async with self._record.call():
            before = await self._overlay.get(group, key, matters=self._publisher.watches_state(group, key))
            self._store(group, key, before, value, cause)
            return before

    async def delete(self, group: str, key: str, cause: Cause) -> bytes | None:
        """See `Effects.delete`; as `set`."""
        async with self._record.call():
            before = await self._overlay.get(group, key, matters=self._publisher.watches_state(group, key))
            change = [] if before is None else [StateChange(group, key, before, None)]
            self._record.keep(self._publisher.of_changes(change, cause), changes=1)
            self._overlay.delete(group, key)
            return before

    async def clear(self, group: str, cause: Cause) -> None:
        """See `Effects.clear`. What the group held counts as read only when some Step is told of it."""
        async with self._record.call():
            items = await self._overlay.items(group) if self._publisher.watches_state(group) else []
            changes = [StateChange(group, key, value, None) for key, value in items]
            self._record.keep(self._publisher.of_changes(changes, cause), changes=1)
            self._overlay.clear(group)

    async def update(
        self, group: str, key: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> tuple[bytes | None, bytes]:
        """See `Effects.update`."""
        async with self._record.call():
            before = await self._overlay.get(group, key)
            after = updated(before, ops)
            self._store(group, key, before, after, cause)
            return before, after

    async def increment(self, group: str, key: str, by: float, cause: Cause) -> bytes:
        """See `Effects.increment`."""
        async with self._record.call():
            before = await self._overlay.get(group, key)
            after = incremented(before, by)
            self._store(group, key, before, after, cause)
            return after

    # Events

    async def emit(self, events: Sequence[EmittedEvent], cause: Cause) -> Emission:
        """See `Effects.emit`. The ids are of all deliveries: which of them a key leaves out is known at the commit."""
        async with self._record.call():
            deliveries, counts = self._publisher.of_events(events, cause)
            self._record.keep(deliveries)
            return Emission(tuple(counts), tuple(delivery.id for delivery in deliveries))

    async def cancel(self, topic: str, *, key: str | None = None, dedup_key: str | None = None) -> int:
        """Refused: what is waiting may begin at any moment, so it cannot be held until the commit. Raises `AuthorError`."""
        del topic, key, dedup_key
        raise AuthorError(
            f"the Step {self._invocation.step.name!r} is atomic: cancelling takes effect at once, so it cannot be part of its "
            "commit. Emit an event to a Step that is not atomic, and cancel there."
        )

    async def start(self, step: Step, payload: bytes, cause: Cause) -> Delivery:
        """See `Effects.start`."""
        async with self._record.call():
            delivery = self._publisher.of_start(step, payload, cause)
            self._record.keep([delivery])
            return delivery

    def _store(self, group: str, key: str, before: bytes | None, after: bytes, cause: Cause) -> None:
        started = self._publisher.of_changes([StateChange(group, key, before, after)], cause)
        self._record.keep(started, changes=1, size=len(after))
        self._overlay.set(group, key, after)
