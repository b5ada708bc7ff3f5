"""Live streams in one attempt of an atomic Step: what it does to them is kept here until it is committed, or forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from motia.model.delivery import Cause, Delivery
from motia.model.errors import AuthorError
from motia.model.stream_table import StreamWatch
from motia.model.streams import ItemChange, created_at_of, item_of, updated_item
from motia.runtime.attempt_record import AttemptRecord
from motia.runtime.publisher import Publisher
from motia.runtime.stream_overlay import StreamOverlay
from motia.runtime.stream_writes import StreamWrites, checked_event


class AtomicStreams:
    """`StreamEffects` that nobody else sees. Changes have no timestamp before the commit: their `at` is 0.

    `stamped` is that of `AtomicWork`.
    """

    def __init__(self, streams: StreamWrites, publisher: Publisher, record: AttemptRecord) -> None:
        """Reads and checks as `streams` does; deliveries go to `record`."""
        self.overlay = StreamOverlay(streams.store)
        self.stamped: dict[str, int] = {}
        self._streams = streams
        self._publisher = publisher
        self._record = record
        self._new: set[str] = set()

    def named(self, wanted: str) -> str:
        """See `StreamEffects.named`. A new stream comes into being with the commit; one with its own storage is refused."""
        name = self._streams.meant(wanted, self._new)
        if self._streams.keeps_itself(name):
            raise AuthorError(
                f"the Step {self._record.step.name!r} is atomic, and the stream {name!r} keeps its items in storage of its own, "
                "which cannot be part of a commit. Emit an event to a Step that is not atomic, and use the stream there."
            )
        self._new.add(name)
        return name

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """See `StreamEffects.get`."""
        async with self._record.call():
            return await self.overlay.get(stream, group, item)

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """See `StreamEffects.items`."""
        async with self._record.call():
            return await self.overlay.items(stream, group)

    async def groups(self, stream: str) -> list[str]:
        """See `StreamEffects.groups`."""
        async with self._record.call():
            return await self.overlay.groups(stream)

    async def set(self, stream: str, group: str, item: str, data: bytes, cause: Cause) -> ItemChange:
        """See `StreamEffects.set`. The item before counts as read only when some Step is told of it."""
        self._streams.check(stream, data)
        async with self._record.call():
            watches = self._streams.watches(stream, group, item)
            before = await self.overlay.get(stream, group, item, matters=bool(watches))
            after = item_of(data, item, self._created_at(before))
            return self._store(ItemChange(stream, group, item, before, after, 0), watches, cause)

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> ItemChange:
        """See `StreamEffects.update`."""
        async with self._record.call():
            before = await self.overlay.get(stream, group, item)
            after = updated_item(before, ops, item, self._created_at(before))
            self._streams.check(stream, after)
            watches = self._streams.watches(stream, group, item)
            return self._store(ItemChange(stream, group, item, before, after, 0), watches, cause)

    async def delete(self, stream: str, group: str, item: str, cause: Cause) -> ItemChange | None:
        """See `StreamEffects.delete`; as `set`."""
        async with self._record.call():
            watches = self._streams.watches(stream, group, item)
            before = await self.overlay.get(stream, group, item, matters=bool(watches))
            change = None if before is None else ItemChange(stream, group, item, before, None, 0)
            self._keep([] if change is None else [change], watches, cause, changes=1)
            self.overlay.delete(stream, group, item)
            return change

    async def clear(self, stream: str, group: str, cause: Cause) -> None:
        """See `StreamEffects.clear`. What the group held counts as read only when some Step is told of it."""
        async with self._record.call():
            watches = self._streams.watches(stream, group)
            if not watches:
                self._record.keep([], changes=1)
                self.overlay.clear(stream, group)
                return
            items = await self.overlay.items(stream, group)
            removed = [ItemChange(stream, group, item, before, None, 0) for item, before in items]
            self._keep(removed, watches, cause, changes=len(removed))
            for item, _ in items:
                self.overlay.delete(stream, group, item)

    async def send(self, stream: str, group: str, item: str | None, event: bytes) -> None:
        """See `StreamEffects.send`; pushed after the commit."""
        async with self._record.call():
            self._record.keep([], changes=1, size=len(checked_event(event)))
            self.overlay.send(stream, group, item, event)

    def _created_at(self, before: bytes | None) -> int:
        return self._streams.now_ms() if before is None else created_at_of(before)

    def _store(self, change: ItemChange, watches: Sequence[StreamWatch], cause: Cause) -> ItemChange:
        assert change.after is not None  # noqa: S101 - a deletion is not stored
        self._keep([change], watches, cause, changes=1, size=len(change.after))
        self.overlay.set(change.stream, change.group, change.id, change.after)
        return change

    def _keep(
        self,
        changes_told: Sequence[ItemChange],
        watches: Sequence[StreamWatch],
        cause: Cause,
        *,
        changes: int,
        size: int = 0,
    ) -> None:
        """Make room for the next writes, one for each of `changes_told`, and take the deliveries that tell of them."""
        started = [self._publisher.of_stream_changes([change], watches, cause) for change in changes_told]
        self._record.keep(list(_flat(started)), changes=changes, size=size)
        for index, deliveries in enumerate(started, len(self.overlay.writes)):
            self.stamped.update((delivery.id, index) for delivery in deliveries)


def _flat(lists: Iterable[Iterable[Delivery]]) -> Iterable[Delivery]:
    return (each for one in lists for each in one)
