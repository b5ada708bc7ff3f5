"""What live clients say and what they are told of their mistakes (WS-3, WS-4, WS-13). Pure."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import orjson

from motia.model.streams import envelope
from motia.runtime.rooms import Target

BAD_MESSAGE = "BAD_MESSAGE"
TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
ACCESS_DENIED = "STREAM_ACCESS_DENIED"


class BadMessage(Exception):
    """A frame that is no message; the text says why, for whoever wrote the client."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """A join or leave as it was asked for. `target.stream` is the name as the client wrote it.

    `after` and `presence` are our own additions: the timestamp of the last message the client saw there, and whether it wants
    to be told how many are there.
    """

    kind: Literal["join", "leave"]
    target: Target
    subscription: str | None
    after: int | None = None
    presence: bool = False


def wish_of(text: str | bytes) -> Wish | None:
    """What a frame asks for, None when it is of a type that means nothing here. Raises `BadMessage`."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadMessage(f"the message is no JSON: {problem}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadMessage('a message is an object with a "type"')
    kind = message["type"]
    if kind not in {"join", "leave"}:
        return None
    data = message.get("data")
    if not isinstance(data, dict):
        raise BadMessage(f'"{kind}" needs "data": an object')
    item = data.get("id")
    target = Target(
        _text(data, "streamName", kind), _text(data, "groupId", kind), None if item is None else _text(data, "id", kind)
    )
    subscription = data.get("subscriptionId")
    if kind == "join" or subscription is not None:
        subscription = _text(data, "subscriptionId", kind)
    after = data.get("after")
    if after is not None and (isinstance(after, bool) or not isinstance(after, int)):
        raise BadMessage('"after" is the timestamp of the last message seen: an integer')
    presence = data.get("presence")
    if presence is not None and not isinstance(presence, bool):
        raise BadMessage('"presence" says whether to tell how many are there: true or false')
    return Wish("join" if kind == "join" else "leave", target, subscription, after, bool(presence))


def error_message(target: Target | None, code: str, text: str, *, now: int) -> bytes:
    """An `event` that tells the client of a mistake; without a `target` the names are empty (WS-4)."""
    event = {"type": "event", "event": {"type": "error", "data": {"code": code, "message": text}}}
    if target is None:
        return envelope("", "", None, now, orjson.dumps(event))
    return envelope(target.stream, target.group, target.item, now, orjson.dumps(event))


def _text(data: dict[str, Any], name: str, kind: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise BadMessage(f'"{kind}" needs "{name}": a non-empty string')
    return value
