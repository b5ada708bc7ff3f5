"""Operations on state and on the queue."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, Final

from motia.admin.json_text import dumps, loads
from motia.admin.operations import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULLABLE_INTEGER,
    NULLABLE_STRING,
    STRING,
    AdminRefusal,
    Answered,
    Asked,
    Operation,
    listing,
    record,
)
from motia.admin.sources import Sources
from motia.model.delivery import Cause, DeadLetter, Delivery
from motia.model.identity import new_span_id, new_trace_id
from motia.runtime.state_writes import StateWrites

_PAGE: Final = 1000
_ITEM = record(groupId=STRING, key=STRING, type=STRING, value=ANY)
_DELIVERY_FIELDS: Final = {
    "id": STRING, "step": STRING, "kind": STRING, "topic": NULLABLE_STRING, "payload": ANY, "attempt": INTEGER, "maxAttempts": INTEGER,
    "createdAt": INTEGER, "dueAt": INTEGER, "messageGroupId": NULLABLE_STRING, "traceId": NULLABLE_STRING,
    "idempotencyKey": NULLABLE_STRING, "dedupKey": NULLABLE_STRING, "expiresAt": NULLABLE_INTEGER,
}  # fmt: skip
_DELIVERY = record(**_DELIVERY_FIELDS)
_FAILURE = {
    "type": "object",
    "required": ["name", "message"],
    "properties": {"name": STRING, "message": STRING, "stack": STRING, "code": STRING},
}
_DEAD_LETTER = record(**_DELIVERY_FIELDS, error=_FAILURE, reason=STRING, failedAt=INTEGER)
_BOOKS = record(
    topic=STRING, step=STRING, accepted=INTEGER, done=INTEGER, pending=INTEGER, leased=INTEGER, dead=INTEGER, discarded=INTEGER,
    balanced=BOOLEAN,
)  # fmt: skip
_CHOICE = {
    "type": "object",
    "properties": {"ids": listing(STRING), "step": STRING, "topic": STRING, "dryRun": BOOLEAN},
    "description": "Dead letters by id, or all of a Step or topic, or with none of these all.",
}
_CHOICE_OF_WAITING = _CHOICE | {
    "description": "Pending deliveries by id, or all of a Step or topic, or with none of these all. What runs is passed over.",
}


class StoreOperations:
    """The operations; `all` lists them."""

    def __init__(self, sources: Sources) -> None:
        """Reads and changes `sources`."""
        self._sources = sources
        self._writes = StateWrites(sources.state, sources.publisher, sources.commits)

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        group = {"groupId": (STRING, "only this group")}
        return [
            Operation("listState", "GET", "/__motia/state", "State items", self._list, listing(_ITEM), query=group, tag="state"),
            Operation("listGroups", "GET", "/__motia/state/groups", "State groups", self._groups, listing(STRING), tag="state"),
            Operation(
                "getState", "GET", "/__motia/state/item", "One value", self._get, _ITEM, tag="state",
                query={**group, "key": (STRING, "the key")},
            ),
            Operation(
                "setState", "POST", "/__motia/state", "Store a value", self._set, {"type": "object"}, tag="state",
                body={"type": "object", "properties": {"groupId": STRING, "key": STRING, "value": ANY}, "required": ["groupId", "key"]},
            ),
            Operation(
                "deleteState", "POST", "/__motia/state/delete", "Delete values", self._delete, {}, status=204, tag="state",
                body={"type": "object", "properties": {"ids": listing(STRING), "items": listing(record(groupId=STRING, key=STRING))}},
            ),
            Operation(
                "showQueue", "GET", "/__motia/queue", "The books of the queue, per topic and Step", self._queue, tag="queue",
                answer=record(balanced=BOOLEAN, ledger=listing(_BOOKS), quarantined=INTEGER),
            ),
            Operation(
                "showQuarantine", "GET", "/__motia/queue/quarantine", "Rows that could not be read and were set aside, latest first",
                self._quarantine, record(count=INTEGER, reasons={"type": "object"}, rows=listing({"type": "object"})),
                query={"limit": (INTEGER, f"how many rows, at most {_PAGE}")}, tag="queue",
            ),
            Operation(
                "listPending", "GET", "/__motia/queue/pending", "What is waiting or running", self._pending, listing(_DELIVERY),
                query={"limit": (INTEGER, f"how many, at most {_PAGE}")}, tag="queue",
            ),
            Operation(
                "listDead", "GET", "/__motia/queue/dead", "Dead letters, newest first", self._dead, listing(_DEAD_LETTER), tag="queue",
                query={
                    "step": (STRING, "only of this Step"),
                    "topic": (STRING, "only of this topic"),
                    "after": (STRING, "continue behind this id"),
                    "limit": (INTEGER, f"how many, at most {_PAGE}"),
                },
            ),
            Operation(
                "showDead", "GET", "/__motia/queue/dead/{id}", "One dead letter", self._dead_one, _DEAD_LETTER, tag="queue",
            ),
            Operation(
                "listScheduled", "GET", "/__motia/queue/scheduled", "What waits for a time to come, by due time", self._scheduled,
                listing(_DELIVERY), tag="queue",
                query={
                    "step": (STRING, "only of this Step"),
                    "topic": (STRING, "only of this topic"),
                    "after": (STRING, "continue behind the delivery of this due time and id: DUEAT,ID"),
                    "limit": (INTEGER, f"how many, at most {_PAGE}"),
                },
            ),
            Operation(
                "cancel", "POST", "/__motia/queue/cancel", "Drop deliveries that have not begun", self._cancel,
                record(cancelled=INTEGER), body=_CHOICE_OF_WAITING, tag="queue",
            ),
            Operation(
                "redrive", "POST", "/__motia/queue/redrive", "Give dead letters their attempts again", self._redrive,
                record(redriven=INTEGER), body=_CHOICE, tag="queue",
            ),
            Operation(
                "discard", "POST", "/__motia/queue/discard", "Drop dead letters for good", self._discard,
                record(discarded=INTEGER), body=_CHOICE, tag="queue",
            ),
        ]  # fmt: skip

    # State

    @staticmethod
    def _cause() -> Cause:
        return Cause(new_trace_id(), new_span_id())

    async def _list(self, asked: Asked) -> Answered:
        wanted = asked.query.get("groupId")
        groups = [wanted] if wanted else await self._sources.state.groups()
        items = [_item(group, key, value) for group in groups for key, value in await self._sources.state.items(group)]
        return Answered(items)

    async def _groups(self, _: Asked) -> Answered:
        return Answered(await self._sources.state.groups())

    async def _get(self, asked: Asked) -> Answered:
        group, key = asked.query.get("groupId"), asked.query.get("key")
        if not group or not key:
            raise AdminRefusal(400, "'groupId' and 'key' are both needed")
        value = await self._sources.state.get(group, key)
        if value is None:
            raise AdminRefusal(404, f"There is no value in group {group!r} under key {key!r}")
        return Answered(_item(group, key, value))

    async def _set(self, asked: Asked) -> Answered:
        group, key, value = asked.field("groupId", str), asked.field("key", str), asked.body.get("value")
        if not group or not key:
            raise AdminRefusal(400, "'groupId' and 'key' must not be empty")
        await self._writes.set(group, key, dumps(value), self._cause())
        return Answered({"groupId": group, "key": key, "value": value})

    async def _delete(self, asked: Asked) -> Answered:
        for group, key in await self._addresses(asked):
            await self._writes.delete(group, key, self._cause())
        return Answered(status=204)

    async def _addresses(self, asked: Asked) -> list[tuple[str, str]]:
        """`{groupId, key}` pairs, and 0.17's `group:key` ids, which are looked up because `:` may be part of either."""
        items: list[Any] = asked.field("items", list, default=[])
        if not all(isinstance(item, dict) and "groupId" in item and "key" in item for item in items):
            raise AdminRefusal(400, "each of 'items' must be an object with 'groupId' and 'key'")
        pairs = [(str(item["groupId"]), str(item["key"])) for item in items]
        for text in map(str, asked.field("ids", list, default=[])):
            cuts = [at for at, letter in enumerate(text) if letter == ":"]
            candidates = [(text[:at], text[at + 1 :]) for at in cuts if at and at + 1 < len(text)]
            pairs += [pair for pair in candidates if await self._sources.state.get(*pair) is not None][:1]
        return pairs

    # Queue

    async def _queue(self, _: Asked) -> Answered:
        books = await self._sources.queue.ledger()
        paused = self._sources.pauses.steps
        rows = [dataclasses.asdict(each) | {"balanced": each.balanced, "paused": each.step in paused} for each in books]
        quarantine = await self._sources.queue.quarantine(limit=0)
        balanced = all(each.balanced for each in books)
        return Answered({"balanced": balanced, "ledger": rows, "quarantined": quarantine.count})

    async def _quarantine(self, asked: Asked) -> Answered:
        found = await self._sources.queue.quarantine(limit=asked.number("limit", 100, most=_PAGE))
        rows = [
            {"origin": each.origin, "reason": each.reason, "foundAt": each.found_at, "row": _payload(each.row)}
            for each in found.latest
        ]
        return Answered({"count": found.count, "reasons": found.reasons, "rows": rows})

    async def _pending(self, asked: Asked) -> Answered:
        found = await self._sources.queue.pending(limit=asked.number("limit", 100, most=_PAGE))
        return Answered([_delivery(each) for each in found])

    async def _dead(self, asked: Asked) -> Answered:
        query = asked.query
        found = await self._sources.queue.dead_letters(
            step=query.get("step"), topic=query.get("topic"), after=query.get("after"),
            limit=asked.number("limit", 100, most=_PAGE),
        )  # fmt: skip
        return Answered([_dead_letter(each) for each in found])

    async def _dead_one(self, asked: Asked) -> Answered:
        wanted = asked.parameters["id"]
        async for each in self._all_dead(None, None):
            if each.delivery.id == wanted:
                return Answered(_dead_letter(each))
        raise AdminRefusal(404, f"There is no dead letter {wanted!r}")

    async def _scheduled(self, asked: Asked) -> Answered:
        query = asked.query
        found = await self._sources.queue.waiting(
            step=query.get("step"), topic=query.get("topic"), due_after=self._sources.clock.now_ms(),
            limit=asked.number("limit", 100, most=_PAGE), after=_place(query.get("after")),
        )  # fmt: skip
        return Answered([_delivery(each) for each in found])

    async def _cancel(self, asked: Asked) -> Answered:
        queue, ids = self._sources.queue, asked.field("ids", list, default=None)
        step, topic = (asked.field(name, str, default=None) for name in ("step", "topic"))
        if ids is None or asked.body.get("dryRun") is True:
            waiting = await queue.waiting_ids(step=step, topic=topic)
            chosen = waiting if ids is None else list(set(waiting).intersection(map(str, ids)))
        else:
            chosen = [str(each) for each in ids]
        if asked.body.get("dryRun") is True:
            return Answered({"cancelled": len(chosen)})
        # In parts: one commit for a million would hold up everybody else's.
        parts = (chosen[start : start + _PAGE] for start in range(0, len(chosen), _PAGE))
        return Answered({"cancelled": sum([await queue.cancel(part) for part in parts])})

    async def _redrive(self, asked: Asked) -> Answered:
        ids = await self._chosen(asked)
        if asked.body.get("dryRun") is True:
            return Answered({"redriven": len(ids)})
        return Answered({"redriven": await self._sources.queue.redrive(ids, now=self._sources.clock.now_ms())})

    async def _discard(self, asked: Asked) -> Answered:
        ids = await self._chosen(asked)
        if asked.body.get("dryRun") is True:
            return Answered({"discarded": len(ids)})
        return Answered({"discarded": await self._sources.queue.discard(ids)})

    async def _chosen(self, asked: Asked) -> list[str]:
        """The ids asked for, or those of all dead letters that the filter lets through."""
        ids = asked.field("ids", list, default=None)
        if ids is not None:
            return [str(each) for each in ids]
        step, topic = asked.body.get("step"), asked.body.get("topic")
        return [each.delivery.id async for each in self._all_dead(step, topic)]

    async def _all_dead(self, step: str | None, topic: str | None) -> AsyncIterator[DeadLetter]:
        after: str | None = None
        while True:
            page = await self._sources.queue.dead_letters(step=step, topic=topic, limit=_PAGE, after=after)
            for each in page:
                yield each
            if len(page) < _PAGE:
                return
            after = page[-1].delivery.id


def _item(group: str, key: str, value: bytes) -> dict[str, Any]:
    parsed = loads(value)
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    return {"groupId": group, "key": key, "type": names.get(type(parsed), "null"), "value": parsed}


def _place(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    due_at, comma, delivery_id = text.partition(",")
    if not comma or not due_at.isascii() or not due_at.isdigit():
        raise AdminRefusal(
            400, f"'after' must be the due time and the id of a delivery, as in 'DUEAT,ID', not {text!r}"
        )
    return int(due_at), delivery_id


def _payload(text: bytes) -> Any:
    try:
        return loads(text) if text else None
    except ValueError:
        return text.decode("utf-8", "replace")


def _delivery(each: Delivery) -> dict[str, Any]:
    return {
        "id": each.id, "step": each.step, "kind": each.kind, "topic": each.topic, "payload": _payload(each.payload),
        "attempt": each.attempt, "maxAttempts": each.max_attempts, "createdAt": each.created_at, "dueAt": each.due_at,
        "messageGroupId": each.group, "traceId": each.cause.trace_id, "idempotencyKey": each.emit_key,
        "dedupKey": each.dedup_key, "expiresAt": each.expires_at,
    }  # fmt: skip


def _dead_letter(each: DeadLetter) -> dict[str, Any]:
    return _delivery(each.delivery) | {
        "error": each.failure.as_json(),
        "reason": each.reason,
        "failedAt": each.failed_at,
    }
