"""Operations on live streams (ADM-18)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from motia.admin.json_text import dumps, loads
from motia.admin.operations import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULLABLE_STRING,
    STRING,
    AdminRefusal,
    Answered,
    Asked,
    Operation,
    listing,
    record,
)
from motia.model.delivery import Cause
from motia.model.errors import AuthorError
from motia.model.identity import new_span_id, new_trace_id
from motia.model.step import StreamDefinition
from motia.model.stream_table import StreamTable, is_internal
from motia.model.streams import marked
from motia.ports.stream_store import StreamStore
from motia.runtime.stream_writes import StreamWrites

_ENTRY = record(id=STRING, name=STRING, hidden=BOOLEAN, filePath=NULLABLE_STRING, items=INTEGER, groups=INTEGER)
_ITEMS = record(streamName=STRING, groupId=STRING, items=listing({"type": "object"}), count=INTEGER)
_ITEM = record(streamName=STRING, groupId=STRING, itemId=STRING, data={"type": "object"})


class StreamOperations:
    """The operations; `all` lists them."""

    def __init__(
        self,
        store: StreamStore,
        writes: StreamWrites,
        table: Callable[[], StreamTable],
        internal: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """Reads `store`, changes it through `writes`; `table` gives the declared streams of the moment.

        `internal()` names the streams of the Workbench.
        """
        self._internal = internal
        self._store = store
        self._writes = writes
        self._table = table

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        entries = record(streams=listing(_ENTRY))
        return [
            Operation("listStreams", "GET", "/__motia/streams", "Streams", self._list, entries, tag="streams"),
            Operation("listAllStreams", "GET", "/__motia/streams/all", "Streams, internal ones too", self._all, entries, tag="streams"),
            Operation("showStream", "GET", "/__motia/streams/details/{name}", "One stream", self._show, _ENTRY, tag="streams"),
            Operation(
                "listStreamGroups", "GET", "/__motia/streams/groups/{name}", "Its groups", self._groups, listing(STRING), tag="streams",
            ),
            Operation(
                "listStreamItems", "GET", "/__motia/streams/group/{name}/{groupId}", "Items of a group", self._items, _ITEMS, tag="streams",
            ),
            Operation(
                "getStreamItem", "GET", "/__motia/streams/item/{name}/{groupId}/{itemId}", "One item", self._item, _ITEM, tag="streams",
            ),
            Operation(
                "setStreamItem", "POST", "/__motia/streams/set", "Store an item", self._set, _ITEM, tag="streams",
                body={
                    "type": "object",
                    "properties": {"streamName": STRING, "groupId": STRING, "itemId": STRING, "data": {"type": "object"}},
                    "required": ["streamName", "groupId", "itemId", "data"],
                },
            ),
            Operation(
                "deleteStreamItem", "POST", "/__motia/streams/delete", "Remove an item", self._delete, {}, status=204, tag="streams",
                body={
                    "type": "object",
                    "properties": {"streamName": STRING, "groupId": STRING, "itemId": STRING},
                    "required": ["streamName", "groupId", "itemId"],
                },
            ),
            Operation(
                "sendStreamEvent", "POST", "/__motia/streams/send", "Push an event, which is not stored", self._send, {}, status=204,
                tag="streams",
                body={
                    "type": "object",
                    "properties": {"streamName": STRING, "groupId": STRING, "itemId": NULLABLE_STRING, "type": STRING, "data": ANY},
                    "required": ["streamName", "groupId", "type"],
                },
            ),
        ]  # fmt: skip

    async def _list(self, _: Asked) -> Answered:
        entries = await self.entries()
        return Answered({"streams": [entry for entry in entries if not entry["hidden"]]})

    async def _all(self, _: Asked) -> Answered:
        ours = [
            {"id": name, "name": name, "hidden": True, "declared": True, "filePath": None, "items": 0, "groups": 0}
            for name in sorted(self._internal())
        ]
        return Answered({"streams": [*await self.entries(), *ours]})

    async def _show(self, asked: Asked) -> Answered:
        name = asked.parameters["name"]
        for entry in await self.entries():
            if entry["name"] == name:
                definition = self._table().declared.get(name)
                return Answered(entry | _more(definition))
        raise _unknown(name)

    async def _groups(self, asked: Asked) -> Answered:
        return Answered(await self._store.groups(self._known(asked.parameters["name"])))

    async def _items(self, asked: Asked) -> Answered:
        name, group = self._known(asked.parameters["name"]), asked.parameters["groupId"]
        items = [loads(marked(text, name, group, item)) for item, text in await self._store.items(name, group)]
        return Answered({"streamName": name, "groupId": group, "items": items, "count": len(items)})

    async def _item(self, asked: Asked) -> Answered:
        name, group, item = (
            self._known(asked.parameters["name"]),
            asked.parameters["groupId"],
            asked.parameters["itemId"],
        )
        text = await self._store.get(name, group, item)
        if text is None:
            raise AdminRefusal(404, f"There is no item {item!r} in group {group!r} of the stream {name!r}")
        return Answered(_shown(name, group, item, text))

    async def _set(self, asked: Asked) -> Answered:
        name, group, item = _address(asked)
        data = dumps(asked.field("data", dict))
        change = await self._writes.set(self._named(name), group, item, data, _cause())
        return Answered(_shown(change.stream, group, item, change.after or b"null"))

    async def _delete(self, asked: Asked) -> Answered:
        name, group, item = _address(asked)
        await self._writes.delete(self._known(name), group, item, _cause())
        return Answered(status=204)

    async def _send(self, asked: Asked) -> Answered:
        name, group = asked.field("streamName", str), asked.field("groupId", str)
        item = asked.body.get("itemId")
        event = {"type": asked.field("type", str), "data": asked.body.get("data")}
        await self._writes.send(self._named(name), group, None if item is None else str(item), dumps(event))
        return Answered(status=204)

    async def entries(self) -> list[dict[str, Any]]:
        """Every stream there is, with what it holds."""
        held = {name: (items, groups) for name, items, groups in await self._store.streams()}
        declared = self._table().declared
        return [
            {
                "id": name,
                "name": name,
                "hidden": is_internal(name),
                "declared": name in declared,
                "filePath": declared[name].file if name in declared else None,
                "items": held.get(name, (0, 0))[0],
                "groups": held.get(name, (0, 0))[1],
            }
            for name in sorted({*declared, *self._writes.undeclared, *held})
        ]

    def _known(self, name: str) -> str:
        if not self._writes.exists(name) and not is_internal(name):
            raise _unknown(name)
        return name

    def _named(self, name: str) -> str:
        try:
            return self._writes.named(name)
        except AuthorError as problem:
            raise AdminRefusal(400, str(problem)) from problem


def _more(definition: StreamDefinition | None) -> dict[str, Any]:
    if definition is None:
        return {"schema": None}
    return {
        "schema": definition.schema.json if definition.schema else None,
        "description": definition.description,
        "validation": definition.validation,
        "guarded": bool({"canAccess", "onJoin"} & {*definition.hooks}),
        "line": definition.line,
    }


def _shown(name: str, group: str, item: str, text: bytes) -> dict[str, Any]:
    return {"streamName": name, "groupId": group, "itemId": item, "data": loads(marked(text, name, group, item))}


def _address(asked: Asked) -> tuple[str, str, str]:
    address = asked.field("streamName", str), asked.field("groupId", str), asked.field("itemId", str)
    if not all(address):
        raise AdminRefusal(400, "'streamName', 'groupId' and 'itemId' must not be empty")
    return address


def _unknown(name: str) -> AdminRefusal:
    return AdminRefusal(404, f"Stream '{name}' not found")


def _cause() -> Cause:
    return Cause(new_trace_id(), new_span_id())
