"""`ctx.streams.NAME` and `Stream("name")`: live collections of items by group and id."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Generic, TypeVar, overload

from motia.authoring.configs import StepConfig
from motia.authoring.encoding import decode, decode_payload, encode
from motia.authoring.link import CURRENT, RunningCall, ask, connected
from motia.authoring.records import EitherSpelling, Payload, Record
from motia.authoring.schemas import schema_of
from motia.authoring.spelling import option
from motia.authoring.state import DEFAULT_GROUP, name_of
from motia.authoring.stream_arguments import channel_and_event, data_of, group_of, item_and, item_of, operations_of
from motia.authoring.triggers import defining_module

Item = TypeVar("Item")

_JSON_SCHEMA_KEYS = {"$ref", "$schema", "allOf", "anyOf", "enum", "oneOf", "properties", "type"}


class StreamConfig(StepConfig):
    """Definition of a stream.

    Args:
        options: the definition as a dict, besides the keywords.
        name: what Steps and clients call it.
        schema: of the items: a model class, a dataclass, a mapping of names to types, JSON Schema …
        description: for people.
        base_config: `{"storage_type": "default"}`, or `{"storage_type": "custom", "factory": f}`, where `f()` gives an object
            with the methods `get`, `set`, `delete`, `get_group` and perhaps `send`.
        can_access: `(subscription, auth_context) -> bool`: whether a client may watch.
        on_join: `(subscription, ctx, auth_context)`; the result `{"unauthorized": True}` turns the client away.
        on_leave: likewise, when the client has gone.
        validation: `warn`, `enforce` or `off`: what the schema does with items that do not fit.
    """

    __slots__ = ("module",)

    def __init__(self, options: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        super().__init__(options, **more)
        object.__setattr__(self, "module", defining_module())


class Stream(Generic[Item]):
    """One stream. Each call takes `(group, id, …)`; leaving the group out means the group `default`, the id likewise.

    Keywords work too: `group` (`group_id`), `id` (`item_id`), `data`, `ops`. In `async` code the calls are awaited, in a plain
    `def` they return their value.

    Args:
        config: the stream's name, or its `StreamConfig`. One made with a config in a stream file defines the stream.

    Raises:
        TypeError: the config names no stream; in calls: an argument is missing, is too many, or is no non-empty text.
    """

    def __init__(self, config: Any, _call: RunningCall | None = None, *, _paired: bool = True) -> None:
        name = config.get("name") if isinstance(config, Mapping) else config
        self.name = name_of("Stream", "name", name)
        self.config: Mapping[str, Any] = config if isinstance(config, Mapping) else StepConfig(name=self.name)
        self.module = defining_module() if isinstance(config, Mapping) else None
        self._call = _call
        self._paired = _paired

    @overload
    def set(self, group: str, id: str, data: Item, /) -> Any: ...
    @overload
    def set(self, id: str, data: Item, /) -> Any: ...
    @overload
    def set(self, data: Item, /) -> Any: ...
    @overload
    def set(self, *args: Any, **named: Any) -> Any: ...

    def set(self, *args: Any, **named: Any) -> Any:
        """Stores an item, creating it where needed: `(group, id, data)`, `(id, data)` or `(data)`.

        Answers with the item in `ctx.streams`, with `{old_value, new_value}` elsewhere and in triggers form.
        """
        group, item, data = item_and("set", "data", args, named)
        return self._ask("set", group, item, data_of("set", data), _pair if self._paired else _new_item)

    def get(self, *args: Any, **named: Any) -> Any:
        """The item, else `None`: `(group, id)`, `(id)` or nothing."""
        return self._ask("get", *item_of("get", args, named), read=_item)

    def delete(self, *args: Any, **named: Any) -> Any:
        """Removes an item and answers with it, else `None`: `(group, id)`, `(id)` or nothing."""
        return self._ask("delete", *item_of("delete", args, named), read=_item)

    def update(self, *args: Any, **named: Any) -> Any:
        """Applies operations, or merges a partial object: `(group, id, ops)` or `(id, ops)`.

        Answers with `{old_value, new_value}`.
        """
        if len(args) + len(named) < 2:  # noqa: PLR2004 - an id and the operations at least
            raise TypeError("streams.update takes (group, id, ops) or (id, ops)")
        group, item, ops = item_and("update", "ops", args, named)
        return self._ask("update", group, item, operations_of(ops), _pair)

    def get_group(self, *args: Any, **named: Any) -> Any:
        """The items of a group, oldest first: `(group)` or nothing."""
        return self._ask("list", group_of("get_group", args, named), read=_items)

    @overload
    def send(self, channel: Mapping[str, Any], event: Mapping[str, Any]) -> Any: ...
    @overload
    def send(self, event: Mapping[str, Any], /) -> Any: ...

    def send(self, channel: Any, event: Any = None) -> Any:
        """Pushes an event, which is not stored: `({"group_id": …, "id"?: …}, {"type": …, "data": …})` or `(event)`."""
        group, item, text = channel_and_event(channel, event)
        return self._ask("send", group, item, text)

    def list_groups(self) -> Any:
        """The names of the groups that have items."""
        return ask(self._call, "stream.groups", {"stream": self.name}, read=_decoded)

    def clear(self, *args: Any, **named: Any) -> Any:
        """Removes every item of a group: `(group)` or nothing."""
        return self._ask("clear", group_of("clear", args, named))

    list = get_group
    getGroup = get_group  # noqa: N815 - the other spelling
    listGroups = list_groups  # noqa: N815 - the other spelling

    def _ask(self, op: str, group: str, item: str | None = None, body: bytes = b"", read: Any = None) -> Any:
        arguments = {"stream": self.name, "group": group}
        if item is not None:
            arguments["item"] = item
        return ask(self._call, f"stream.{op}", arguments, body, read or _nothing)


class StreamItem:
    """One item as `streams.create` gives it: `id`, `data`, and `update(partial)`, which need not be awaited.

    `data` is the stored item as soon as that is known: at once in a plain `def`, in `async` code after `await item` or after
    an update that was awaited. Until then, and when none is stored, it is what `create` was given.
    """

    def __init__(self, stream: Stream[Any], group: str, item_id: str, initial: Mapping[str, Any]) -> None:
        self.id = item_id
        self.data: Any = Payload(initial)
        self._initial = dict(initial)
        self._stream = stream
        self._group = group
        self._unconfirmed: dict[str, Any] = {}
        self._updates = 0
        self._loading = stream._ask("get", group, item_id, read=self._loaded)  # noqa: SLF001 - one unit with the stream

    def update(self, partial: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """Replaces top-level fields and publishes the item; answers with the item. What is not stored yet begins as `initial`."""
        fields = {**(partial or {}), **more}
        data_of("create(…).update", fields)
        self.data = Payload({**self.data, **fields})
        self._unconfirmed.update(fields)
        self._updates += 1
        if self._loading is None or self._loading.done():
            return self._write(fields)
        return connected().after(self._stream._call or CURRENT.get(), self._loading, lambda: self._write(fields))  # noqa: SLF001

    def __await__(self) -> Generator[Any, None, StreamItem]:
        """Waits until `data` is the stored item."""
        if self._loading is not None:
            yield from self._loading.__await__()
        return self

    def _write(self, fields: Mapping[str, Any]) -> Any:
        whole = {**self._initial, **fields}
        self._initial = {}
        ops = [{"type": "set", "path": [name], "value": value} for name, value in whole.items()]
        ops = ops or [{"type": "merge", "path": "", "value": {}}]
        return self._stream._ask("update", self._group, self.id, encode(ops, "data"), self._confirmed)  # noqa: SLF001

    def _loaded(self, _header: Mapping[str, Any], body: bytes) -> None:
        stored = decode_payload(body)
        if isinstance(stored, dict):
            self._initial = {}
            self.data = Payload({**stored, **self._unconfirmed})

    def _confirmed(self, header: Mapping[str, Any], body: bytes) -> Any:
        self._updates -= 1
        item = _pair(header, body).get("new_value")
        if self._updates == 0 and isinstance(item, dict):
            self._unconfirmed = {}
            self.data = item
        return item


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

    @property
    def create(self) -> CreatingStream:
        """`streams.create(id=…)`: an item to write to at once; also the stream called `create`."""
        return CreatingStream("create", self._call, _paired=self._call.paired if self._call else True)


class CreatingStream(Stream[Any]):
    """The stream called `create` which, called, is the helper of that name: so neither is in the other's way."""

    def __call__(self, options: Mapping[str, Any] | None = None, /, **more: Any) -> StreamItem:
        """An item to write to at once, without `await`: `streams.create(id=…, schema=…, name=…, group_id=…, initial=…)`.

        Args:
            options: the same as a dict.
            more: `id`; `name` of the stream and `group_id`, both `default`; `initial`, what the item is when none is stored;
                `schema`, which stands for `initial` when it is no schema but an example.

        Raises:
            TypeError: the id is missing, or a name is no non-empty text.
        """
        given = {**(options or {}), **more}
        name = option(given, "name")
        stream = Streams(self._call)["default" if name is None else name]
        group = option(given, "groupId")
        group = name_of("streams.create", "group_id", DEFAULT_GROUP if group is None else group)
        return StreamItem(stream, group, name_of("streams.create", "id", option(given, "id")), _initial_of(given))


def _initial_of(given: Mapping[str, Any]) -> Mapping[str, Any]:
    initial, schema = option(given, "initial"), option(given, "schema")
    if initial is None and isinstance(schema, Mapping) and schema_of(schema) is None and not _is_json_schema(schema):
        initial = schema
    if initial is None:
        return Record()
    data_of("create", initial)
    return initial if isinstance(initial, Mapping) else decode(encode(initial))


def _is_json_schema(value: Mapping[str, Any]) -> bool:
    """Whether an object describes others. An example may well have a `type`, but not one that JSON Schema knows."""
    kinds = {"array", "boolean", "integer", "null", "number", "object", "string"}
    return bool(_JSON_SCHEMA_KEYS & value.keys()) and ("type" not in value or value["type"] in kinds)


def _item(_header: Mapping[str, Any], body: bytes) -> Any:
    return decode_payload(body)


def _new_item(_header: Mapping[str, Any], body: bytes) -> Any:
    value = decode_payload(body)
    item = value.get("new_value", value) if isinstance(value, dict) else value
    return Payload(item) if isinstance(item, dict) else item


def _items(_header: Mapping[str, Any], body: bytes) -> list[Any]:
    return [Payload(item) if isinstance(item, dict) else item for item in decode(body) or ()]


def _pair(_header: Mapping[str, Any], body: bytes) -> EitherSpelling:
    pair = decode(body) or {}
    return EitherSpelling({key: Payload(value) if isinstance(value, dict) else value for key, value in pair.items()})


def _decoded(_header: Mapping[str, Any], body: bytes) -> Any:
    return decode(body)


def _nothing(_header: Mapping[str, Any], _body: bytes) -> None:
    return None
