"""What subscribers are told. `at` is the server's time of it in milliseconds, which rises strictly within a stream's group."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

Item: TypeAlias = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Synced:
    """All there is: at the beginning, and whenever it is not known what happened in between.

    Of a group its items, oldest first; of an item that alone, or nothing.
    """

    at: int
    items: tuple[Item, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Created:
    """There is an item that was not there."""

    at: int
    item: Item


@dataclasses.dataclass(frozen=True, slots=True)
class Updated:
    """An item is now this."""

    at: int
    item: Item


@dataclasses.dataclass(frozen=True, slots=True)
class Deleted:
    """An item is gone; this is what it was."""

    at: int
    item: Item


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """A Step sent an event, which is not stored: to the item `id`, or to the group."""

    at: int
    id: str | None
    type: str
    data: Any


Change: TypeAlias = Synced | Created | Updated | Deleted | Sent

_OF_ITEMS: dict[str, type[Created | Updated | Deleted]] = {"create": Created, "update": Updated, "delete": Deleted}


def change_of(message: dict[str, Any]) -> Change | None:
    """The change that a message of the server tells of; None for one that a later server may send."""
    event, at = message["event"], message["timestamp"]
    kind = event["type"]
    if kind == "event":
        return Sent(at, message.get("id"), event["event"]["type"], event["event"].get("data"))
    if kind == "sync":
        data = event["data"]
        return Synced(at, tuple(data) if isinstance(data, list) else () if data is None else (data,))
    made = _OF_ITEMS.get(kind)
    return None if made is None else made(at, event["data"])
