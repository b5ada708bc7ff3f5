"""Live streams as Steps find and change them: writes are told to subscribers, and to the Steps that watch the stream."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import orjson

from motia.model.atomic_work import (
    AtomicWork,
    Committed,
    StateReads,
    StreamDelete,
    StreamSet,
    StreamWrite,
    digest_of_items,
    stream_place,
)
from motia.model.delivery import Cause
from motia.model.errors import AuthorError, ImpossibleUpdate
from motia.model.step import StreamDefinition
from motia.model.stream_table import StreamTable, StreamWatch, is_internal
from motia.model.streams import (
    ItemChange,
    Published,
    created_at_of,
    item_of,
    published,
    published_event,
    updated_item,
)
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.broadcast import Broadcast
from motia.ports.stream_store import StreamStore
from motia.runtime.clock import Clock
from motia.runtime.key_turns import KeyTurns
from motia.runtime.publisher import Publisher
from motia.runtime.told_commits import ToldCommits
from motia.runtime.validation import SchemaChecker


class StreamObserver:
    """Hears what authors may want to know of their streams. Derive from it; these do nothing."""

    def undeclared_stream(self, name: str) -> None:
        """A stream without a definition came into being by use (STR-23)."""

    def stream_mismatch(self, stream: StreamDefinition, problem: str) -> None:
        """Data was written that does not fit the stream's schema, which is no error in its mode (SCH-11)."""


class StreamWrites:
    """`StreamEffects` that happen at once. A write returns when it and the deliveries it started are durable.

    With `commits`, a write and the deliveries it starts are one commit; without, and in streams with storage of their own,
    a crash between the two leaves a change that no Step hears of. `appeared(name)` is called when a stream comes into being
    by use.
    """

    def __init__(
        self,
        store: StreamStore,
        broadcast: Broadcast,
        publisher: Publisher,
        table: Callable[[], StreamTable],
        clock: Clock,
        *,
        commits: AtomicCommits | None = None,
        strict: Callable[[], bool] = lambda: False,
        observer: StreamObserver | None = None,
    ) -> None:
        """`table` gives the declared streams of this moment; `strict()` whether there are no others (STR-23).

        `commits` belongs to the engine of streams and queue, where it is one.
        """
        self.undeclared: set[str] = set()
        self.store = store
        self.now_ms = clock.now_ms
        self._commits = None if commits is None else ToldCommits(commits, self.tell)
        self._turns = KeyTurns()
        self._broadcast = broadcast
        self._publisher = publisher
        self._table = table
        self._before_send: Callable[[str, str, str | None, bytes], Awaitable[None]] | None = None
        self._strict = strict
        self._observer = observer or StreamObserver()
        self._appeared: Callable[[str], None] = lambda _: None
        self._schemas = SchemaChecker()

    async def start(self) -> None:
        """Learn which undeclared streams hold items from an earlier life."""
        self.undeclared.update(name for name, _, _ in await self.store.streams() if not is_internal(name))

    def on_appeared(self, call: Callable[[str], None]) -> None:
        """Call `call` with the name of each stream that comes into being by use."""
        self._appeared = call

    def before_send(self, call: Callable[[str, str, str | None, bytes], Awaitable[None]]) -> None:
        """Wait for `call(stream, group, item, event)` before an event is pushed; what it raises, `send` raises."""
        self._before_send = call

    def exists(self, name: str) -> bool:
        """Whether a stream of exactly that name does."""
        return name in self.undeclared or name in self._table().declared

    def known(self, wanted: str) -> str | None:
        """The exact name of a stream that exists, None when none does. Raises `AuthorError` when two fit."""
        return self._table().resolve(wanted, self.undeclared)

    def named(self, wanted: str) -> str:
        """The exact name of the stream an author means; it comes into being if need be. Raises `AuthorError`."""
        name = self.meant(wanted)
        if not self.exists(name):
            self._appear(name)
        return name

    def meant(self, wanted: str, new: Collection[str] = ()) -> str:
        """The exact name of the stream an author means, which need not be yet; `new` are others like that.

        Raises `AuthorError`.
        """
        if is_internal(wanted):
            raise AuthorError(f'the stream "{wanted}" belongs to the Workbench; choose another name')
        name = self._table().resolve(wanted, {*self.undeclared, *new} if new else self.undeclared)
        if name is None and self._strict():
            declared = ", ".join(f'"{each}"' for each in sorted(self._table().declared)) or "none"
            raise AuthorError(f'there is no stream "{wanted}" (declared: {declared}) and strictStreams is on')
        return name or wanted

    def keeps_itself(self, stream: str) -> bool:
        """Whether the author's own storage has the items (STR-3)."""
        return self._table().keeps_itself(stream)

    def watches(self, stream: str, group: str, item: str | None = None) -> list[StreamWatch]:
        """Who is started by changes of this item, or of some item of the group."""
        return [watch for watch in self._table().watching(stream) if watch.concerns(group, item)]

    def tell(self, messages: Sequence[Published]) -> None:
        """Tell subscribers, in this order; streams come into being with the first message about them."""
        for message in messages:
            if not self.exists(message.stream):
                self._appear(message.stream)
            self._broadcast.publish(message)

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """The item (STR-11), None where there is none."""
        return await self.store.get(stream, group, item)

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """All (id, item) of a group, oldest first (STR-13)."""
        return await self.store.items(stream, group)

    async def groups(self, stream: str) -> list[str]:
        """Names of the groups with items, sorted (STR-16)."""
        return await self.store.groups(stream)

    async def set(self, stream: str, group: str, item: str, data: bytes, cause: Cause) -> ItemChange:
        """Store an item (STR-10). Raises `AuthorError` where the schema is enforced."""
        self.check(stream, data)
        if commits := self._commits_of(stream, group, item):
            now = self.now_ms()
            return await self._change(
                commits,
                (stream, group, item),
                lambda before: item_of(data, item, now if before is None else created_at_of(before)),
                cause,
            )
        change = await self.store.set(stream, group, item, data, now=self.now_ms())
        await self._changed([change], cause)
        return change

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> ItemChange:
        """Apply operations to an item (STR-14). Raises as `set`, and `ImpossibleUpdate`."""
        if commits := self._commits_of(stream, group, item):
            now = self.now_ms()

            def change_of(before: bytes | None) -> bytes:
                after = updated_item(before, ops, item, now if before is None else created_at_of(before))
                self.check(stream, after)
                return after

            return await self._change(commits, (stream, group, item), change_of, cause)
        definition = self._checked(stream)
        if definition is not None and definition.validation == "enforce":
            # What other writes make of it in between is not seen here: the check is of this one's own doing.
            self.check(stream, await self._preview(stream, group, item, ops))
        change = await self.store.update(stream, group, item, ops, now=self.now_ms())
        if definition is not None and definition.validation == "warn" and change.after is not None:
            self.check(stream, change.after)
        await self._changed([change], cause)
        return change

    async def delete(self, stream: str, group: str, item: str, cause: Cause) -> ItemChange | None:
        """Remove an item (STR-12)."""
        if commits := self._commits_of(stream, group, item):
            return await self._remove(commits, (stream, group, item), cause)
        change = await self.store.delete(stream, group, item, now=self.now_ms())
        if change is not None:
            await self._changed([change], cause)
        return change

    async def clear(self, stream: str, group: str, cause: Cause) -> None:
        """Remove a group (STR-16)."""
        if commits := self._commits_of(stream, group):
            await self._clear(commits, stream, group, cause)
            return
        await self._changed(await self.store.clear(stream, group, now=self.now_ms()), cause)

    async def send(self, stream: str, group: str, item: str | None, event: bytes) -> None:
        """Push an event to whoever is there (STR-15). `event` is the JSON text of `{type, data}`. Raises `AuthorError`."""
        checked_event(event)
        if self._before_send is not None:
            await self._before_send(stream, group, item, event)
        at = await self.store.stamp(stream, group, now=self.now_ms())
        self._broadcast.publish(published_event(stream, group, item, at, event))

    def _appear(self, stream: str) -> None:
        self.undeclared.add(stream)
        self._observer.undeclared_stream(stream)
        self._appeared(stream)

    async def _changed(self, changes: Sequence[ItemChange], cause: Cause) -> None:
        # At once and without waiting in between: the order in which writes return is the order subscribers see.
        self.tell([published(change) for change in changes])
        if changes:
            await self._publisher.stream_changed(changes, self._table().watching(changes[0].stream), cause)

    def _commits_of(self, stream: str, group: str, item: str | None = None) -> AtomicCommits | None:
        """What to commit with, if anybody watches; a write that starts nothing is one commit anyway."""
        return None if self.keeps_itself(stream) or not self.watches(stream, group, item) else self._commits

    async def _change(
        self,
        commits: AtomicCommits,
        address: tuple[str, str, str],
        change_of: Callable[[bytes | None], bytes],
        cause: Cause,
    ) -> ItemChange:
        """Read, change and commit with what it starts; again if somebody else came in between, who then got on."""
        stream, group, item = address
        async with self._turns.of([stream_place(*address)]):
            while True:
                before = await self.store.get(*address)
                change = ItemChange(stream, group, item, before, change_of(before), 0)
                assert change.after is not None  # noqa: S101 - what `change_of` returned
                reads = StateReads({(group, item): before})
                told = await self._commit(commits, reads, [change], [StreamSet(*address, change.after)], cause)
                if told is not None:
                    return dataclasses.replace(change, at=told[0].at)

    async def _remove(self, commits: AtomicCommits, address: tuple[str, str, str], cause: Cause) -> ItemChange | None:
        stream, group, item = address
        async with self._turns.of([stream_place(*address)]):
            while (before := await self.store.get(*address)) is not None:
                change = ItemChange(stream, group, item, before, None, 0)
                reads = StateReads({(group, item): before})
                told = await self._commit(commits, reads, [change], [StreamDelete(*address)], cause)
                if told is not None:
                    return dataclasses.replace(change, at=told[0].at)
        return None

    async def _clear(self, commits: AtomicCommits, stream: str, group: str, cause: Cause) -> None:
        async with self._turns.of([stream_place(stream, group)]):
            while items := await self.store.items(stream, group):
                changes = [ItemChange(stream, group, item, before, None, 0) for item, before in items]
                reads = StateReads(lists={group: digest_of_items(items)})
                writes = [StreamDelete(stream, group, item) for item, _ in items]
                if await self._commit(commits, reads, changes, writes, cause) is not None:
                    return

    async def _commit(
        self,
        commits: AtomicCommits,
        reads: StateReads,
        changes: Sequence[ItemChange],
        writes: Sequence[StreamWrite],
        cause: Cause,
    ) -> Sequence[Published] | None:
        """Commit `writes`, which make `changes` one by one, with what they start; None when `reads` no longer hold."""
        stream = changes[0].stream
        watches = self._table().watching(stream)
        started = [self._publisher.of_stream_changes([change], watches, cause) for change in changes]
        work = AtomicWork(
            "",
            cause,
            stream_reads={stream: reads},
            stream_writes=tuple(writes),
            deliveries=tuple(delivery for deliveries in started for delivery in deliveries),
            stamped={delivery.id: index for index, deliveries in enumerate(started) for delivery in deliveries},
            now=self.now_ms(),
        )
        outcome = await commits.commit(work)
        return outcome.told if isinstance(outcome, Committed) else None

    async def _preview(self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]]) -> bytes:
        return updated_item(await self.store.get(stream, group, item), ops, item, 0)

    def _checked(self, stream: str) -> StreamDefinition | None:
        definition = self._table().declared.get(stream)
        if definition is None or definition.schema is None or definition.schema.json is None:
            return None
        return None if definition.validation == "off" else definition

    def check(self, stream: str, data: bytes) -> None:
        """Compare data with the stream's schema: as JSON Schema, since any language writes to any stream (SCH-11).

        Raises `AuthorError` where the schema is enforced.
        """
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


def checked_event(event: bytes) -> bytes:
    """`event`, the JSON text of `{type, data}`. Raises `AuthorError` when its type is none."""
    name = orjson.loads(event).get("type")
    if not isinstance(name, str) or not name:
        raise AuthorError("streams.send needs an event with a type: a non-empty string")
    return event


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
