"""Writes to live streams: stored, told to subscribers, and to the Steps that watch the stream."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from motia.model.delivery import Cause
from motia.model.errors import AuthorError, ImpossibleUpdate
from motia.model.step import StreamDefinition
from motia.model.stream_table import StreamTable, is_internal
from motia.model.streams import ItemChange, Published, change_event, updated_item
from motia.ports.broadcast import Broadcast
from motia.ports.stream_store import StreamStore
from motia.runtime.clock import Clock
from motia.runtime.publisher import Publisher
from motia.runtime.validation import SchemaChecker


class StreamObserver:
    """Hears what authors may want to know of their streams. Derive from it; these do nothing."""

    def undeclared_stream(self, name: str) -> None:
        """A stream without a definition came into being by use (STR-23)."""

    def stream_mismatch(self, stream: StreamDefinition, problem: str) -> None:
        """Data was written that does not fit the stream's schema, which is no error in its mode (SCH-11)."""


class StreamWrites:
    """The streams as Steps write them. A write returns when it and the deliveries it started are durable.

    `appeared(name)` is called when a stream comes into being by use.
    """

    def __init__(
        self,
        store: StreamStore,
        broadcast: Broadcast,
        publisher: Publisher,
        table: Callable[[], StreamTable],
        clock: Clock,
        *,
        strict: Callable[[], bool] = lambda: False,
        observer: StreamObserver | None = None,
    ) -> None:
        """`table` gives the declared streams of this moment; `strict()` whether there are others (STR-23)."""
        self.undeclared: set[str] = set()
        self._store = store
        self._broadcast = broadcast
        self._publisher = publisher
        self._table = table
        self._clock = clock
        self._strict = strict
        self._observer = observer or StreamObserver()
        self._appeared: Callable[[str], None] = lambda _: None
        self._schemas = SchemaChecker()

    async def start(self) -> None:
        """Learn which undeclared streams hold items from an earlier life."""
        self.undeclared.update(name for name, _, _ in await self._store.streams() if not is_internal(name))

    def on_appeared(self, call: Callable[[str], None]) -> None:
        """Call `call` with the name of each stream that comes into being by use."""
        self._appeared = call

    def exists(self, name: str) -> bool:
        """Whether a stream of exactly that name does."""
        return name in self.undeclared or name in self._table().declared

    def known(self, wanted: str) -> str | None:
        """The exact name of a stream that exists, None when none does. Raises `AuthorError` when two fit."""
        return self._table().resolve(wanted, self.undeclared)

    def named(self, wanted: str) -> str:
        """The exact name of the stream an author means; it comes into being if need be. Raises `AuthorError`."""
        if is_internal(wanted):
            raise AuthorError(f'the stream "{wanted}" belongs to the Workbench; choose another name')
        name = self.known(wanted)
        if name is not None:
            return name
        if self._strict():
            declared = ", ".join(f'"{each}"' for each in sorted(self._table().declared)) or "none"
            raise AuthorError(f'there is no stream "{wanted}" (declared: {declared}) and strictStreams is on')
        self.undeclared.add(wanted)
        self._observer.undeclared_stream(wanted)
        self._appeared(wanted)
        return wanted

    async def set(self, stream: str, group: str, item: str, data: bytes, cause: Cause) -> ItemChange:
        """Store an item (STR-10). Raises `AuthorError` where the schema is enforced."""
        self._check(stream, data)
        change = await self._store.set(stream, group, item, data, now=self._clock.now_ms())
        await self._tell([change], cause)
        return change

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> ItemChange:
        """Apply operations to an item (STR-14). Raises as `set`, and `ImpossibleUpdate`."""
        definition = self._checked(stream)
        if definition is not None and definition.validation == "enforce":
            # What other writes make of it in between is not seen here: the check is of this one's own doing.
            self._check(stream, await self._preview(stream, group, item, ops))
        change = await self._store.update(stream, group, item, ops, now=self._clock.now_ms())
        if definition is not None and definition.validation == "warn" and change.after is not None:
            self._check(stream, change.after)
        await self._tell([change], cause)
        return change

    async def delete(self, stream: str, group: str, item: str, cause: Cause) -> ItemChange | None:
        """Remove an item (STR-12)."""
        change = await self._store.delete(stream, group, item, now=self._clock.now_ms())
        if change is not None:
            await self._tell([change], cause)
        return change

    async def clear(self, stream: str, group: str, cause: Cause) -> None:
        """Remove a group (STR-16)."""
        await self._tell(await self._store.clear(stream, group, now=self._clock.now_ms()), cause)

    async def send(self, stream: str, group: str, item: str | None, event: bytes) -> None:
        """Push an event to whoever is there (STR-15). `event` is the JSON text of `{type, data}`. Raises `AuthorError`."""
        name = orjson.loads(event).get("type")
        if not isinstance(name, str) or not name:
            raise AuthorError("streams.send needs an event with a type: a non-empty string")
        at = await self._store.stamp(stream, group, now=self._clock.now_ms())
        self._broadcast.publish(Published(stream, group, item, at, b'{"type":"event","event":%s}' % event))

    async def _tell(self, changes: Sequence[ItemChange], cause: Cause) -> None:
        # At once and without waiting in between: the order in which writes return is the order subscribers see.
        for change in changes:
            self._broadcast.publish(Published(change.stream, change.group, change.id, change.at, change_event(change)))
        if changes:
            await self._publisher.stream_changed(changes, self._table().watching(changes[0].stream), cause)

    async def _preview(self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]]) -> bytes:
        return updated_item(await self._store.get(stream, group, item), ops, item, 0)

    def _checked(self, stream: str) -> StreamDefinition | None:
        definition = self._table().declared.get(stream)
        if definition is None or definition.schema is None or definition.schema.json is None:
            return None
        return None if definition.validation == "off" else definition

    def _check(self, stream: str, data: bytes) -> None:
        """Compare data with the stream's schema: as JSON Schema, since any language writes to any stream (SCH-11)."""
        definition = self._checked(stream)
        if definition is None or definition.schema is None:
            return
        issues = self._schemas.issues(dataclasses.replace(definition.schema, live=False), _fields(data))
        if not issues:
            return
        problem = "; ".join(f"{issue.path or 'data'}: {issue.message}" for issue in issues)
        if definition.validation == "enforce":
            raise AuthorError(f'the data does not fit the schema of the stream "{stream}": {problem}')
        self._observer.stream_mismatch(definition, problem)


def _fields(data: bytes) -> Any:
    """The author's part of an item: a schema that allows no other members does not know ours."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        raise ImpossibleUpdate(f"the data cannot be read: {problem}") from problem
    if isinstance(value, dict):
        value.pop("_createdAt", None)
        value.pop("__motia", None)
    return value
