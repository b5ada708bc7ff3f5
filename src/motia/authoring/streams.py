"""`ctx.streams.NAME` and `Stream("name")`: live collections of items by group and id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from motia.authoring.configs import StepConfig
from motia.authoring.encoding import decode, decode_payload, encode
from motia.authoring.link import RunningCall, ask
from motia.authoring.records import EitherSpelling, Payload, Record
from motia.authoring.spelling import option
from motia.authoring.state import DEFAULT_GROUP, name_of

Item = TypeVar("Item")

DEFAULT_ID = "default"


class StreamConfig(StepConfig):
    """Definition of a stream: `name`, `schema`, `base_config` …"""

    __slots__ = ()


class Stream(Generic[Item]):
    """One stream. Each call takes `(group, id, …)`; leaving the group out means the group `default`, the id likewise.

    Args:
        config: the stream's name, or its `StreamConfig`.

    Raises:
        TypeError: the config names no stream; in calls: an argument is missing or is no non-empty text.
    """

    def __init__(self, config: Any, _call: RunningCall | None = None, *, _paired: bool = True) -> None:
        name = config.get("name") if isinstance(config, Mapping) else config
        self.name = name_of("Stream", "name", name)
        self.config = config if isinstance(config, Mapping) else StreamConfig(name=self.name)
        self._call = _call
        self._paired = _paired

    def set(self, *args: Any) -> Any:
        """Stores an item, creating it where needed: `(group, id, data)`, `(id, data)` or `(data)`."""
        group, item_id, data = self._place_and("set", args)
        return self._ask("set", group, item_id, encode(data, "data"), _pair if self._paired else _new_item)

    def get(self, *args: Any) -> Any:
        """The item, else `None`: `(group, id)`, `(id)` or nothing."""
        return self._ask("get", *self._place("get", args), read=_item)

    def delete(self, *args: Any) -> Any:
        """Removes an item and answers with it, else `None`: `(group, id)`, `(id)` or nothing."""
        return self._ask("delete", *self._place("delete", args), read=_item)

    def update(self, *args: Any) -> Any:
        """Applies operations, or merges a partial object: `(group, id, ops)` or `(id, ops)`."""
        group, item_id, ops = self._place_and("update", args)
        if isinstance(ops, Mapping) and "type" not in ops:
            ops = {"type": "merge", "path": "", "value": ops}
        listed = ops if isinstance(ops, (list, tuple)) else [ops]
        return self._ask("update", group, item_id, encode(listed, "ops"), _pair)

    def get_group(self, group: Any = DEFAULT_GROUP) -> Any:
        """The items of a group, oldest first."""
        return self._ask("list", name_of("streams.get_group", "group", group), read=_items)

    def send(self, channel: Any, event: Any = None) -> Any:
        """Pushes an event, which is not stored: `({"group_id": …, "id"?: …}, {"type": …, "data": …})` or `(event)`."""
        if event is None:
            channel, event = {}, channel
        if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
            raise TypeError("streams.send takes an event {'type': …, 'data': …}")
        group = name_of("streams.send", "groupId", option(channel, "groupId") or DEFAULT_GROUP)
        arguments = {"stream": self.name, "group": group, "event": event["type"]}
        if channel.get("id") is not None:
            arguments["id"] = name_of("streams.send", "id", channel["id"])
        return ask(self._call, "stream.send", arguments, encode(event.get("data"), "data"))

    def list_groups(self) -> Any:
        """The names of the groups that have items."""
        return ask(self._call, "stream.groups", {"stream": self.name}, read=_decoded)

    def clear(self, group: Any = DEFAULT_GROUP) -> Any:
        """Removes every item of a group."""
        return self._ask("clear", name_of("streams.clear", "group", group))

    list = get_group
    getGroup = get_group  # noqa: N815 - the other spelling
    listGroups = list_groups  # noqa: N815 - the other spelling

    def _ask(self, op: str, group: str, item_id: str | None = None, body: bytes = b"", read: Any = None) -> Any:
        arguments = {"stream": self.name, "group": group}
        if item_id is not None:
            arguments["id"] = item_id
        return ask(self._call, f"stream.{op}", arguments, body, read or _decoded)

    def _place(self, call: str, args: tuple[Any, ...]) -> tuple[str, str]:
        if len(args) > 2:  # noqa: PLR2004 - group and id
            raise TypeError(f"streams.{call} takes (group, id), (id) or nothing")
        group = args[0] if len(args) == 2 else DEFAULT_GROUP  # noqa: PLR2004
        item_id = args[-1] if args else DEFAULT_ID
        return name_of(f"streams.{call}", "group", group), name_of(f"streams.{call}", "id", item_id)

    def _place_and(self, call: str, args: tuple[Any, ...]) -> tuple[str, str, Any]:
        if not 1 <= len(args) <= 3:  # noqa: PLR2004 - group, id and the data
            raise TypeError(f"streams.{call} takes (group, id, data), (id, data) or (data)")
        *place, data = args
        return (*self._place(call, tuple(place)), data)


class StreamItem:
    """One item as `streams.create` gives it: `id`, `data`, and `update(partial)`, which need not be awaited."""

    def __init__(self, stream: Stream[Any], group: str, item_id: str, data: Any) -> None:
        self.id = item_id
        self.data = data
        self._stream = stream
        self._group = group
        stream._ask("get", group, item_id, read=self._refresh)  # noqa: SLF001 - one unit with the stream

    def update(self, partial: Mapping[str, Any]) -> Any:
        """Merges top-level fields into the item and publishes it; answers with the item."""
        merge = [{"type": "merge", "path": "", "value": {**partial}}]
        self.data = Payload({**(self.data or {}), **partial})
        return self._stream._ask("update", self._group, self.id, encode(merge, "data"), self._refresh_pair)  # noqa: SLF001

    def _refresh(self, _header: Mapping[str, Any], body: bytes) -> Any:
        stored = decode_payload(body)
        if stored is not None:
            self.data = stored
        return self.data

    def _refresh_pair(self, header: Mapping[str, Any], body: bytes) -> Any:
        self.data = _pair(header, body).get("new_value", self.data)
        return self.data


class Streams:
    """The streams by name: `streams.chat`, `streams["chat-messages"]`."""

    def __init__(self, call: RunningCall | None = None) -> None:
        self._call = call

    def __getitem__(self, name: str) -> Stream[Any]:
        """The stream of that name; which one it is, the core decides."""
        return Stream(name, self._call, _paired=self._call.paired if self._call else True)

    def __getattr__(self, name: str) -> Stream[Any]:
        """`streams[name]`."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def create(self, options: Mapping[str, Any] | None = None, /, **more: Any) -> StreamItem:
        """An item to write to at once, without `await`: `streams.create(id=…, schema=…, name=…, group_id=…, initial=…)`."""
        given = {**(options or {}), **more}
        stream = self[option(given, "name") or "default"]
        group = name_of("streams.create", "groupId", option(given, "groupId") or DEFAULT_GROUP)
        item_id = name_of("streams.create", "id", option(given, "id"))
        initial = option(given, "initial", "schema")
        return StreamItem(stream, group, item_id, Payload(initial) if isinstance(initial, Mapping) else Record())


def _item(_header: Mapping[str, Any], body: bytes) -> Any:
    return decode_payload(body)


def _new_item(_header: Mapping[str, Any], body: bytes) -> Any:
    value = decode_payload(body)
    return value.get("new_value", value) if isinstance(value, dict) else value


def _items(_header: Mapping[str, Any], body: bytes) -> list[Any]:
    return [Payload(item) if isinstance(item, dict) else item for item in decode(body) or ()]


def _pair(_header: Mapping[str, Any], body: bytes) -> EitherSpelling:
    pair = decode(body) or {}
    return EitherSpelling({key: Payload(value) if isinstance(value, dict) else value for key, value in pair.items()})


def _decoded(_header: Mapping[str, Any], body: bytes) -> Any:
    return decode(body)
