"""What calls of streams are given: `(group, id, data)`, shorter by what is `default`, or by keywords."""

from collections.abc import Mapping
from typing import Any

from motia.authoring.encoding import encode
from motia.authoring.spelling import option
from motia.authoring.state import DEFAULT_GROUP, name_of

DEFAULT_ID = "default"
_KEYWORDS = {"group": "group", "group_id": "group", "groupId": "group", "id": "id", "item_id": "id", "itemId": "id"}
_OPERATIONS = {"set", "merge", "increment", "decrement", "append", "remove"}


def item_of(call: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[str, str]:
    """Group and id of `(group, id)`, `(id)` or nothing.

    Raises:
        TypeError: there are too many, or one is no non-empty text.
    """
    given = _by_name(call, named, ())
    names = [name for name in ("group", "id") if name not in given]
    if len(args) > len(names):
        raise TypeError(f"streams.{call} takes (group, id), (id) or nothing")
    given.update(zip(names[len(names) - len(args) :], args, strict=True))
    group = name_of(f"streams.{call}", "group", given.get("group", DEFAULT_GROUP))
    return group, name_of(f"streams.{call}", "id", given.get("id", DEFAULT_ID))


def item_and(call: str, last: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[str, str, Any]:
    """Group, id and what comes last of `(group, id, last)`, `(id, last)` or `(last)`.

    Raises:
        TypeError: `last` is missing, there are too many, or a name is no non-empty text.
    """
    rest = {name: value for name, value in named.items() if name != last}
    if last in named:
        return *item_of(call, args, rest), named[last]
    if not 1 <= len(args) <= 3:  # noqa: PLR2004 - group, id and the last
        raise TypeError(f"streams.{call} takes (group, id, {last}), (id, {last}) or ({last})")
    *names, value = args
    return *item_of(call, tuple(names), rest), value


def group_of(call: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    """The group of `(group)` or nothing.

    Raises:
        TypeError: there are too many, or it is no non-empty text.
    """
    given = _by_name(call, named, ("id",))
    if len(args) > ("group" not in given):
        raise TypeError(f"streams.{call} takes (group) or nothing")
    return name_of(f"streams.{call}", "group", args[0] if args else given.get("group", DEFAULT_GROUP))


def channel_and_event(channel: Any, event: Any) -> tuple[str, str | None, bytes]:
    """Group, id and the event as JSON of `({group_id, id?}, {type, data})` or `(event)`.

    Raises:
        TypeError: the channel has no group, or the event no type.
    """
    if event is None:
        channel, event = {"groupId": DEFAULT_GROUP}, channel
    if not isinstance(event, Mapping) or not isinstance(event.get("type"), str) or not event["type"]:
        raise TypeError(
            "streams.send takes an event {'type': …, 'data': …}, before it perhaps {'group_id': …, 'id': …}"
        )
    if not isinstance(channel, Mapping):
        raise TypeError(f"streams.send sends to {{'group_id': …, 'id': …}}, not to {channel!r}")
    group = name_of("streams.send", "group_id", option(channel, "groupId"))
    item = None if channel.get("id") is None else name_of("streams.send", "id", channel["id"])
    return group, item, encode({"type": event["type"], "data": dict(event).get("data")}, "event")


def data_of(call: str, data: Any) -> bytes:
    """The JSON of an item.

    Raises:
        TypeError: it is no object.
        PayloadError: JSON cannot hold it.
    """
    text = encode(data, "data")
    if not text.startswith(b"{"):
        raise TypeError(f"streams.{call}: 'data' is an object, not {type(data).__name__}")
    return text


def operations_of(ops: Any) -> bytes:
    """The JSON of operations, of one, or of the merge that a partial object stands for."""
    listed = list(ops) if isinstance(ops, (list, tuple)) else [ops]
    if isinstance(ops, Mapping) and not (ops.get("type") in _OPERATIONS and "path" in ops):
        data_of("update", ops)
        listed = [{"type": "merge", "path": "", "value": ops}]
    if not all(isinstance(each, Mapping) and isinstance(each.get("type"), str) for each in listed):
        raise TypeError(
            "streams.update takes operations such as {'type': 'increment', 'path': 'n', 'by': 1}, or an object"
        )
    return encode(listed, "ops")


def _by_name(call: str, named: Mapping[str, Any], refused: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for keyword, value in named.items():
        name = _KEYWORDS.get(keyword)
        if name is None or name in refused:
            raise TypeError(f"streams.{call} does not know '{keyword}'")
        if name in given:
            raise TypeError(f"streams.{call}: '{name}' is given twice")
        given[name] = value
    return given
