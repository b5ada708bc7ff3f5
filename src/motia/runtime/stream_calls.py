"""What a running handler asks of live streams: the ops `stream.*` of the worker protocol."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from motia.model.delivery import Cause
from motia.model.errors import AuthorError, ImpossibleUpdate
from motia.model.invocation import Invocation
from motia.model.streams import ItemChange, marked
from motia.ports.step_runner import Answer
from motia.runtime.effects import StreamEffects

Op = Callable[[StreamEffects, dict[str, Any], bytes, Cause], Awaitable[Answer]]


class StreamCalls:
    """The ops of docs/worker-protocol.md."""

    def __init__(self, streams: Callable[[Invocation | None], StreamEffects]) -> None:
        """`streams` tells what the calls of a run read and change; it may raise `AuthorError`."""
        self._streams = streams

    def __contains__(self, op: str) -> bool:
        """Whether there is such an op."""
        return op in _OPS

    async def ask(
        self, invocation: Invocation | None, op: str, arguments: dict[str, Any], body: bytes, cause: Cause
    ) -> Answer:
        """Do `op`, one of these."""
        return await _OPS[op](self._streams(invocation), arguments, body, cause)


async def _get(streams: StreamEffects, arguments: dict[str, Any], _body: bytes, _cause: Cause) -> Answer:
    stream, group, item = _address(streams, arguments)
    found = await streams.get(stream, group, item)
    return Answer({"found": found is not None}, b"" if found is None else marked(found, stream, group, item))


async def _set(streams: StreamEffects, arguments: dict[str, Any], body: bytes, cause: Cause) -> Answer:
    return _pair(await streams.set(*_address(streams, arguments), body, cause))


async def _update(streams: StreamEffects, arguments: dict[str, Any], body: bytes, cause: Cause) -> Answer:
    ops = json.loads(body)  # not the fast codec: integers stay exact, however large
    if not isinstance(ops, list) or not all(isinstance(op, dict) for op in ops):
        raise ImpossibleUpdate("update needs a list of operations, each an object with a type")
    return _pair(await streams.update(*_address(streams, arguments), ops, cause))


async def _delete(streams: StreamEffects, arguments: dict[str, Any], _body: bytes, cause: Cause) -> Answer:
    change = await streams.delete(*_address(streams, arguments), cause)
    return Answer({"found": False}) if change is None else Answer({"found": True}, _marked(change, change.before))


async def _list(streams: StreamEffects, arguments: dict[str, Any], _body: bytes, _cause: Cause) -> Answer:
    stream, group = _stream(streams, arguments), _name(arguments, "group")
    items = await streams.items(stream, group)
    return Answer(body=b"[%s]" % b",".join(marked(text, stream, group, item) for item, text in items))


async def _groups(streams: StreamEffects, arguments: dict[str, Any], _body: bytes, _cause: Cause) -> Answer:
    return Answer(body=orjson.dumps(await streams.groups(_stream(streams, arguments))))


async def _clear(streams: StreamEffects, arguments: dict[str, Any], _body: bytes, cause: Cause) -> Answer:
    await streams.clear(_stream(streams, arguments), _name(arguments, "group"), cause)
    return Answer()


async def _send(streams: StreamEffects, arguments: dict[str, Any], body: bytes, _cause: Cause) -> Answer:
    item = None if arguments.get("item") is None else _name(arguments, "item")
    await streams.send(_stream(streams, arguments), _name(arguments, "group"), item, body)
    return Answer()


def _stream(streams: StreamEffects, arguments: dict[str, Any]) -> str:
    return streams.named(_name(arguments, "stream"))


def _address(streams: StreamEffects, arguments: dict[str, Any]) -> tuple[str, str, str]:
    return _stream(streams, arguments), _name(arguments, "group"), _name(arguments, "item")


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


_OPS: Final[Mapping[str, Op]] = {
    "stream.get": _get,
    "stream.set": _set,
    "stream.update": _update,
    "stream.delete": _delete,
    "stream.list": _list,
    "stream.groups": _groups,
    "stream.clear": _clear,
    "stream.send": _send,
}
