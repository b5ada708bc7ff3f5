"""Live collections: items by stream, group and id, and what happens to them. Items are JSON text throughout."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, Final, Literal

import orjson

from motia.model.errors import ImpossibleUpdate, InvalidPayload
from motia.model.stored_json import text_of, updated

ID: Final = "id"
CREATED_AT: Final = "_createdAt"
MARK: Final = "__motia"
_PAYLOAD_HEAD: Final = b'{"type":"stream","timestamp":'
_OURS: Final = frozenset({ID, CREATED_AT, MARK})

# For how long a removed item is told to whoever joins it (WS-5).
TOMBSTONE_MS: Final = 24 * 3_600_000


@dataclasses.dataclass(frozen=True, slots=True)
class ItemChange:
    """One item was written at `at` (ms, strictly increasing within its group); None is "no item"."""

    stream: str
    group: str
    id: str
    before: bytes | None
    after: bytes | None
    at: int

    @property
    def kind(self) -> Literal["create", "update", "delete"]:
        """What became of the item."""
        return "delete" if self.after is None else "create" if self.before is None else "update"


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """What a group, or one item of it, held at `at`: later than every change in it, earlier than every one that is not.

    `items` are (id, item), oldest first. `deleted`: the one item that was asked for was removed lately.
    """

    items: tuple[tuple[str, bytes], ...]
    at: int
    deleted: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Published:
    """What subscribers of a group, and of its item `id`, are told: `event` is the JSON text of the envelope's `event`."""

    stream: str
    group: str
    id: str | None
    at: int
    event: bytes

    def envelope(self) -> bytes:
        """The message on the wire (WS-3)."""
        return envelope(self.stream, self.group, self.id, self.at, self.event)


def envelope(stream: str, group: str, item: str | None, at: int, event: bytes) -> bytes:
    """A message to subscribers, keys in the order of WS-3."""
    own_id = b"" if item is None else b'"id":%s,' % orjson.dumps(item)
    return b'{"timestamp":%d,"streamName":%s,"groupId":%s,%s"event":%s}' % (
        at,
        orjson.dumps(stream),
        orjson.dumps(group),
        own_id,
        event,
    )


def change_event(change: ItemChange) -> bytes:
    """The event that tells of a change (WS-12): the item as it is, or as it was when it is gone."""
    item = change.before if change.after is None else change.after
    return b'{"type":"%s","data":%s}' % (change.kind.encode(), item or b"null")


def published(change: ItemChange) -> Published:
    """What subscribers are told of a change."""
    return Published(change.stream, change.group, change.id, change.at, change_event(change))


def published_event(stream: str, group: str, item: str | None, at: int, event: bytes) -> Published:
    """What subscribers get of an event that is pushed and not stored (STR-15); `event` is the JSON text of `{type, data}`."""
    return Published(stream, group, item, at, b'{"type":"event","event":%s}' % event)


def change_payload(change: ItemChange) -> bytes:
    """The change as the Steps get it that it starts (HND-12)."""
    return _PAYLOAD_HEAD + b'%d,"streamName":%s,"groupId":%s,"id":%s,"event":%s}' % (
        change.at,
        orjson.dumps(change.stream),
        orjson.dumps(change.group),
        orjson.dumps(change.id),
        change_event(change),
    )


def stamped_payload(payload: bytes, at: int) -> bytes:
    """What `change_payload` made, with another timestamp."""
    return b"%s%d%s" % (_PAYLOAD_HEAD, at, payload[payload.index(b",", len(_PAYLOAD_HEAD)) :])


def sync_event(snapshot: Snapshot, *, one: bool, always: bool = False) -> bytes | None:
    """The event that begins a subscription (WS-5, WS-6); None when there never was the `one` item asked for.

    `always`: say that there is none, too.
    """
    if not one:
        return b'{"type":"sync","data":[%s]}' % b",".join(item for _, item in snapshot.items)
    if snapshot.items:
        return b'{"type":"sync","data":%s}' % snapshot.items[0][1]
    return b'{"type":"sync","data":null}' if snapshot.deleted or always else None


def item_of(data: bytes, item_id: str, created_at: int) -> bytes:
    """What is stored for `data` (STR-20): its members, then `id` and `_createdAt`. Raises `InvalidPayload`.

    The text of the data stays as it is, unless it names a member that is ours.
    """
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        parsed = _parsed(data)  # integers and nesting beyond the fast codec
    if not isinstance(parsed, dict):
        raise InvalidPayload("the data of a stream item must be an object")
    text = data.strip()
    if not _OURS.isdisjoint(parsed):
        kept = {key: value for key, value in _parsed(data).items() if key not in _OURS}
        text, parsed = text_of(kept), kept
    separator = b"," if parsed else b""
    return b'%s%s"id":%s,"_createdAt":%d}' % (text[:-1], separator, orjson.dumps(item_id), created_at)


def created_at_of(item: bytes) -> int:
    """When it was created, epoch milliseconds: `item_of` writes that last."""
    return int(item[item.rindex(b":") + 1 : -1])


def with_created_at(item: bytes, created_at: int) -> bytes:
    """The same item with another time of creation."""
    return b"%s%d}" % (item[: item.rindex(b":") + 1], created_at)


def updated_item(item: bytes | None, ops: Sequence[dict[str, Any]], item_id: str, created_at: int) -> bytes:
    """`item` after `ops` (STR-14). Raises `ImpossibleUpdate`."""
    after = updated(item, ops)
    try:
        return item_of(after, item_id, created_at)
    except InvalidPayload as problem:
        raise ImpossibleUpdate(str(problem)) from problem


def marked(item: bytes, stream: str, group: str, item_id: str) -> bytes:
    """`item` as Steps get it (STR-21)."""
    return b'%s,"__motia":{"type":"state-stream","streamName":%s,"groupId":%s,"id":%s}}' % (
        item[:-1],
        orjson.dumps(stream),
        orjson.dumps(group),
        orjson.dumps(item_id),
    )


def folded(name: str) -> str:
    """What two spellings of a stream's name have in common (STR-22)."""
    return name.replace("-", "").replace("_", "").lower()


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise InvalidPayload(f"the data of a stream item cannot be read: {problem}") from problem
