"""What a running handler asks of live streams: the ops `stream.*` of the worker protocol."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from motia.model.delivery import Cause
from motia.model.errors import AuthorError, ImpossibleUpdate
from motia.model.streams import ItemChange, marked
from motia.ports.step_runner import Answer
from motia.ports.stream_store import StreamStore
from motia.runtime.stream_writes import StreamWrites

Op = Callable[[dict[str, Any], bytes, Cause], Awaitable[Answer]]


class StreamCalls:
    """The ops; each takes arguments, body and cause."""

    def __init__(self, writes: StreamWrites, store: StreamStore) -> None:
        """All ops work at once."""
        self._writes = writes
        self._store = store
        self.ops: Mapping[str, Op] = {
            "stream.get": self._get,
            "stream.set": self._set,
            "stream.update": self._update,
            "stream.delete": self._delete,
            "stream.list": self._list,
            "stream.groups": self._groups,
            "stream.clear": self._clear,
            "stream.send": self._send,
        }

    async def _get(self, arguments: dict[str, Any], _body: bytes, _cause: Cause) -> Answer:
        stream, group, item = self._address(arguments)
        found = await self._store.get(stream, group, item)
        return Answer({"found": found is not None}, b"" if found is None else marked(found, stream, group, item))

    async def _set(self, arguments: dict[str, Any], body: bytes, cause: Cause) -> Answer:
        return _pair(await self._writes.set(*self._address(arguments), body, cause))

    async def _update(self, arguments: dict[str, Any], body: bytes, cause: Cause) -> Answer:
        ops = json.loads(body)  # not the fast codec: integers stay exact, however large
        if not isinstance(ops, list) or not all(isinstance(op, dict) for op in ops):
            raise ImpossibleUpdate("update needs a list of operations, each an object with a type")
        return _pair(await self._writes.update(*self._address(arguments), ops, cause))

    async def _delete(self, arguments: dict[str, Any], _body: bytes, cause: Cause) -> Answer:
        change = await self._writes.delete(*self._address(arguments), cause)
        return Answer({"found": False}) if change is None else Answer({"found": True}, _marked(change, change.before))

    async def _list(self, arguments: dict[str, Any], _body: bytes, _cause: Cause) -> Answer:
        stream, group = self._stream(arguments), _name(arguments, "group")
        items = await self._store.items(stream, group)
        return Answer(body=b"[%s]" % b",".join(marked(text, stream, group, item) for item, text in items))

    async def _groups(self, arguments: dict[str, Any], _body: bytes, _cause: Cause) -> Answer:
        return Answer(body=orjson.dumps(await self._store.groups(self._stream(arguments))))

    async def _clear(self, arguments: dict[str, Any], _body: bytes, cause: Cause) -> Answer:
        await self._writes.clear(self._stream(arguments), _name(arguments, "group"), cause)
        return Answer()

    async def _send(self, arguments: dict[str, Any], body: bytes, _cause: Cause) -> Answer:
        item = None if arguments.get("item") is None else _name(arguments, "item")
        await self._writes.send(self._stream(arguments), _name(arguments, "group"), item, body)
        return Answer()

    def _stream(self, arguments: dict[str, Any]) -> str:
        return self._writes.named(_name(arguments, "stream"))

    def _address(self, arguments: dict[str, Any]) -> tuple[str, str, str]:
        return self._stream(arguments), _name(arguments, "group"), _name(arguments, "item")


def _name(arguments: dict[str, Any], what: str) -> str:
    value = arguments.get(what)
    if not isinstance(value, str) or not value:
        raise AuthorError(f"streams need a {what}: a non-empty string")
    return value


def _marked(change: ItemChange, item: bytes | None) -> bytes:
    return b"null" if item is None else marked(item, change.stream, change.group, change.id)


def _pair(change: ItemChange) -> Answer:
    before, after = _marked(change, change.before), _marked(change, change.after)
    return Answer(body=b'{"old_value":%s,"new_value":%s}' % (before, after))
