"""Streams whose items are kept by an object of the author's, in the author's worker (STR-3)."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from motia.model.errors import AuthorError, StoreUnavailable
from motia.model.identity import new_span_id, new_trace_id
from motia.model.invocation import Completed, Failed, Invocation
from motia.model.step import Step, StreamDefinition
from motia.model.stream_table import StreamTable
from motia.model.streams import CREATED_AT, ItemChange, Snapshot, item_of, updated_item
from motia.ports.step_runner import StepRunner
from motia.ports.stream_store import StreamStore

_LIMIT_MS: Final = 30_000


class AuthorStorage:
    """A `StreamStore`: streams with storage of their own are asked there, all others in `inner`, which gives all timestamps.

    One thing at a time happens to such a stream: its object knows no transactions. How durable a write is, is the author's
    affair; groups of such streams cannot be listed.
    """

    def __init__(self, inner: StreamStore, runner: Callable[[], StepRunner], table: Callable[[], StreamTable]) -> None:
        """`runner` gives what runs the author's code, `table` the declared streams of the moment."""
        self._inner = inner
        self._runner = runner
        self._table = table
        self._locks: collections.defaultdict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """See `StreamStore.get`."""
        custom = self._custom(stream)
        return await self._inner.get(stream, group, item) if custom is None else await self._get(custom, group, item)

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """See `StreamStore.items`."""
        custom = self._custom(stream)
        return await self._inner.items(stream, group) if custom is None else await self._list(custom, group)

    async def set(self, stream: str, group: str, item: str, data: bytes, *, now: int) -> ItemChange:
        """See `StreamStore.set`."""
        custom = self._custom(stream)
        if custom is None:
            return await self._inner.set(stream, group, item, data, now=now)
        return await self._change(custom, group, item, lambda _, created: item_of(data, item, created), now)

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], *, now: int
    ) -> ItemChange:
        """See `StreamStore.update`."""
        custom = self._custom(stream)
        if custom is None:
            return await self._inner.update(stream, group, item, ops, now=now)
        return await self._change(
            custom, group, item, lambda before, created: updated_item(before, ops, item, created), now
        )

    async def delete(self, stream: str, group: str, item: str, *, now: int) -> ItemChange | None:
        """See `StreamStore.delete`."""
        custom = self._custom(stream)
        if custom is None:
            return await self._inner.delete(stream, group, item, now=now)
        async with self._locks[stream]:
            return await self._delete(custom, group, item, now)

    async def clear(self, stream: str, group: str, *, now: int) -> list[ItemChange]:
        """See `StreamStore.clear`."""
        custom = self._custom(stream)
        if custom is None:
            return await self._inner.clear(stream, group, now=now)
        async with self._locks[stream]:
            names = [name for name, _ in await self._list(custom, group)]
            changes = [await self._delete(custom, group, name, now) for name in names]
        return [change for change in changes if change is not None]

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        """See `StreamStore.snapshot`. That an item was removed is not known.

        For a subscriber it makes no difference why there is nothing to see, and the reason is not theirs to know: whatever
        the storage does wrong is `StoreUnavailable`, too.
        """
        custom = self._custom(stream)
        if custom is None:
            return await self._inner.snapshot(stream, group, item, now=now)
        async with self._locks[stream]:
            try:
                found = await self._all_or_one(custom, group, item)
            except AuthorError as problem:
                raise StoreUnavailable(str(problem)) from problem
            return Snapshot(tuple(found), await self._inner.stamp(stream, group, now=now))

    async def sent(self, stream: str, group: str, item: str | None, event: bytes) -> None:
        """An event (JSON text of `{type, data}`) is about to be pushed: storage with a `send` hears of it first.

        Raises `AuthorError` when that fails, and `StoreUnavailable`.
        """
        custom = self._custom(stream)
        if custom is not None:
            await self._ask(custom, "send", group, item, event=event)

    async def stamp(self, stream: str, group: str, *, now: int) -> int:
        """See `StreamStore.stamp`."""
        return await self._inner.stamp(stream, group, now=now)

    async def groups(self, stream: str) -> list[str]:
        """See `StreamStore.groups`."""
        if self._custom(stream) is not None:
            raise AuthorError(f'the stream "{stream}" keeps its items itself, and such storage cannot list its groups')
        return await self._inner.groups(stream)

    async def streams(self) -> list[tuple[str, int, int]]:
        """See `StreamStore.streams`."""
        return await self._inner.streams()

    def _custom(self, stream: str) -> StreamDefinition | None:
        definition = self._table().declared.get(stream)
        return definition if definition is not None and definition.storage == "custom" else None

    async def _change(
        self,
        stream: StreamDefinition,
        group: str,
        item: str,
        change: Callable[[bytes | None, int], bytes],
        now: int,
    ) -> ItemChange:
        async with self._locks[stream.name]:
            before = await self._get(stream, group, item)
            after = change(before, _created_at(before, now))
            await self._ask(stream, "set", group, item, after)
            at = await self._inner.stamp(stream.name, group, now=now)
        return ItemChange(stream.name, group, item, before, after, at)

    async def _delete(self, stream: StreamDefinition, group: str, item: str, now: int) -> ItemChange | None:
        before = await self._get(stream, group, item)
        if before is None:
            return None
        await self._ask(stream, "delete", group, item)
        at = await self._inner.stamp(stream.name, group, now=now)
        return ItemChange(stream.name, group, item, before, None, at)

    async def _all_or_one(self, stream: StreamDefinition, group: str, item: str | None) -> list[tuple[str, bytes]]:
        if item is None:
            return await self._list(stream, group)
        text = await self._get(stream, group, item)
        return [] if text is None else [(item, text)]

    async def _get(self, stream: StreamDefinition, group: str, item: str) -> bytes | None:
        found = orjson.loads(await self._ask(stream, "get", group, item))
        return None if found is None else _normal(stream, found, item)

    async def _list(self, stream: StreamDefinition, group: str) -> list[tuple[str, bytes]]:
        found = orjson.loads(await self._ask(stream, "list", group))
        if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found or []):
            raise AuthorError(f'getGroup of the stream "{stream.name}" must return a list of items with an id')
        return [(str(each["id"]), _normal(stream, each, str(each["id"]))) for each in found]

    async def _ask(
        self,
        stream: StreamDefinition,
        op: str,
        group: str,
        item: str | None = None,
        data: bytes | None = None,
        event: bytes | None = None,
    ) -> bytes:
        body = b'{"groupId":%s' % orjson.dumps(group)
        if item is not None:
            body += b',"id":%s' % orjson.dumps(item)
        if data is not None:
            body += b',"data":%s' % data
        if event is not None:
            body += b',"event":%s' % event
        step = Step(stream.name, stream.entry, stream.file, stream.language, stream.entry, "function", ())
        arguments = {"hook": "stream.storage", "op": op}
        outcome = await self._runner().invoke(
            Invocation(step, "hook", 0, arguments, body + b"}", new_trace_id(), new_span_id(), timeout_ms=_LIMIT_MS)
        )
        if isinstance(outcome, Completed):
            return outcome.result or b"null"
        assert isinstance(outcome, Failed)  # noqa: S101 - a storage hook gives no HTTP response
        if outcome.reason == "handler":
            raise AuthorError(f'the storage of the stream "{stream.name}" failed: {outcome.failure.message}')
        raise StoreUnavailable(f'the storage of the stream "{stream.name}" is not there: {outcome.failure.message}')


def _created_at(item: bytes | None, now: int) -> int:
    known = None if item is None else orjson.loads(item).get(CREATED_AT)
    return known if isinstance(known, int) else now


def _normal(stream: StreamDefinition, found: object, item: str) -> bytes:
    if not isinstance(found, dict):
        raise AuthorError(f'the storage of the stream "{stream.name}" gave something that is no item')
    created_at = found.get(CREATED_AT)
    return item_of(orjson.dumps(found), item, created_at if isinstance(created_at, int) else 0)
