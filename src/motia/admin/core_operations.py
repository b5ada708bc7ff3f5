"""Operations about the core itself: health, Steps, flows, workers, starting Steps and events."""

from __future__ import annotations

import dataclasses
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
from motia.admin.origin import Origin
from motia.admin.sources import Sources
from motia.model.schedule import CronSchedule
from motia.model.step import CronTrigger, EventTrigger, HttpTrigger, Schema, StateTrigger, Step, StreamTrigger, Trigger
from motia.ports.pauses import Pause
from motia.runtime.emit_options import read_event

_UPCOMING: Final = 5
_STATUS = record(status=STRING)
_SCHEDULE = record(
    step=STRING,
    expression=STRING,
    timezone=NULLABLE_STRING,
    next=NULLABLE_INTEGER,
    upcoming=listing(INTEGER),
    paused=NULLABLE_INTEGER,
    pausedBy=NULLABLE_STRING,
)
_TRIGGER = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": STRING,
        "method": STRING,
        "path": STRING,
        "schemas": {"type": "object", "additionalProperties": ANY},
        "responses": {"type": "object", "additionalProperties": ANY},
        "queryParams": listing({"type": "object", "properties": {"name": STRING, "description": STRING}}),
        "topic": STRING,
        "input": ANY,
        "policy": {"type": "object", "additionalProperties": ANY},
        "expression": STRING,
        "timezone": NULLABLE_STRING,
        "group": NULLABLE_STRING,
        "key": NULLABLE_STRING,
        "stream": STRING,
        "item": NULLABLE_STRING,
    },
}
_STEP = {
    "type": "object",
    "required": ["id", "name", "type", "file", "language", "flows", "triggers", "emits"],
    "properties": {
        "id": STRING,
        "name": STRING,
        "alias": NULLABLE_STRING,
        "type": STRING,
        "file": STRING,
        "line": NULLABLE_INTEGER,
        "language": STRING,
        "description": NULLABLE_STRING,
        "flows": listing(STRING),
        "emits": listing(STRING),
        "startable": BOOLEAN,
        "atomic": BOOLEAN,
        "triggers": listing(_TRIGGER),
    },
}
_TOPIC = {
    "anyOf": [
        STRING,
        {
            "type": "object",
            "required": ["topic"],
            "properties": {"topic": STRING, "label": STRING, "conditional": BOOLEAN},
        },
    ]
}
_NODE = {
    "type": "object",
    "required": ["id", "name", "type", "filePath", "language", "emits"],
    "properties": {
        "id": STRING,
        "name": STRING,
        "type": STRING,
        "description": STRING,
        "filePath": STRING,
        "language": STRING,
        "emits": listing(_TOPIC),
        "virtualEmits": listing(_TOPIC),
        "subscribes": listing(STRING),
        "virtualSubscribes": listing(STRING),
        "webhookUrl": STRING,
        "cronExpression": STRING,
    },
}
_EDGE = record(
    id=STRING, source=STRING, target=STRING,
    data={
        "type": "object",
        "required": ["variant", "topic", "labelVariant"],
        "properties": {"variant": STRING, "topic": STRING, "label": STRING, "labelVariant": STRING},
    },
)  # fmt: skip
_FLOW = record(id=STRING, name=STRING, steps=listing(_NODE), edges=listing(_EDGE))
_INFO = {
    "type": "object",
    "required": ["version", "isDev", "workbenchBase", "project", "startedAt"],
    "properties": {
        "version": STRING, "isDev": BOOLEAN, "isTutorialDisabled": BOOLEAN, "workbenchBase": NULLABLE_STRING, "project": STRING,
        "startedAt": INTEGER,
    },
}  # fmt: skip
_NOTICE = {
    "type": "object",
    "required": ["level", "message"],
    "properties": {
        "level": STRING, "message": STRING, "rule": NULLABLE_STRING, "file": NULLABLE_STRING, "line": NULLABLE_INTEGER,
        "field": NULLABLE_STRING,
    },
}  # fmt: skip
_TICK = record(
    step=STRING, trigger=INTEGER, scheduled_for=INTEGER, outcome=STRING, recorded_at=INTEGER, delivery=NULLABLE_STRING,
)  # fmt: skip
_EMIT_OPTIONS = {
    "messageGroupId": STRING,
    "delay": INTEGER,
    "at": INTEGER,
    "ttl": INTEGER,
    "idempotencyKey": STRING,
    "idempotencyTtl": INTEGER,
    "dedupKey": STRING,
}
_WORKER = record(language=STRING, pid=INTEGER, runtime=STRING, inFlight=INTEGER, restarts=INTEGER)


class CoreOperations:
    """The operations; `all` lists them."""

    def __init__(self, sources: Sources) -> None:
        """Reads and drives `sources`."""
        self._sources = sources

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        return [
            Operation("health", "GET", "/__motia/health", "Whether the core runs", self._health, _STATUS, open=True),
            Operation("ready", "GET", "/__motia/ready", "Whether it takes work", self._ready, _STATUS, open=True),
            Operation("healthz", "GET", "/healthz", "As /__motia/health", self._health, _STATUS, open=True),
            Operation("readyz", "GET", "/readyz", "As /__motia/ready", self._ready, _STATUS, open=True),
            Operation("info", "GET", "/__motia", "Version and mode", self._info, _INFO),
            Operation("listSteps", "GET", "/__motia/steps", "All Steps", self._steps, listing(_STEP), tag="steps"),
            Operation(
                "showStep", "GET", "/__motia/step/{stepId}", "One Step with its source", self._step,
                record(id=STRING, content=STRING, features=listing(ANY), config={"type": "object"}), tag="steps",
            ),
            Operation(
                "startStep", "POST", "/__motia/steps/{idOrName}/start", "Start a Step directly", self._start,
                record(id=STRING, traceId=STRING), body={"type": "object", "properties": {"data": ANY}}, status=202, tag="steps",
            ),
            Operation("listFlows", "GET", "/__motia/flows", "The flows as graphs", self._flows, listing(_FLOW), tag="steps"),
            Operation(
                "listNotices", "GET", "/__motia/notices", "What is wrong in the project, and where", self._notices,
                listing(_NOTICE), tag="steps",
            ),
            Operation("listWorkers", "GET", "/__motia/workers", "The worker processes", self._workers, listing(_WORKER)),
            Operation(
                "listSchedules", "GET", "/__motia/cron", "Schedules and their next ticks", self._cron,
                listing(_SCHEDULE),
                tag="steps",
            ),
            Operation(
                "listTicks", "GET", "/__motia/cron/ticks", "What became of each nominal tick, latest first", self._ticks,
                listing(_TICK), tag="steps",
                query={"step": (STRING, "only of this Step"), "limit": (INTEGER, "how many, at most 1000")},
            ),
            *(
                Operation(
                    name, "POST", path, "Send an event", self._emit,
                    record(
                        success=BOOLEAN, emitted=record(topic=STRING, data=ANY), deliveries=INTEGER,
                        deliveryIds=listing(STRING), traceId=STRING,
                    ),
                    body={
                        "type": "object", "properties": {"topic": STRING, "data": ANY, **_EMIT_OPTIONS}, "required": ["topic"],
                    },
                )
                for name, path in (("emit", "/__motia/emit"), ("emitEvent", "/emit"))
            ),
        ]  # fmt: skip

    async def _health(self, _: Asked) -> Answered:
        return Answered({"status": "ok"})

    async def _ready(self, _: Asked) -> Answered:
        return Answered({"status": "ready"}) if self._sources.ready() else Answered({"status": "starting"}, 503)

    async def _info(self, _: Asked) -> Answered:
        sources = self._sources
        return Answered(
            {
                "version": sources.version,
                "isDev": sources.is_dev,
                "isTutorialDisabled": True,
                "workbenchBase": sources.workbench_base,
                "project": sources.project,
                "startedAt": sources.started_at,
            }
        )

    async def _steps(self, _: Asked) -> Answered:
        return Answered([_described(step) for step in self._sources.table().steps])

    async def _step(self, asked: Asked) -> Answered:
        wanted = asked.parameters["stepId"]
        step = next((each for each in self._sources.table().steps if wanted in {each.id, each.name}), None)
        content = None if step is None else self._sources.source_of(step.file)
        if step is None or content is None:
            raise AdminRefusal(404, "Step not found")
        return Answered(
            {"id": step.id, "content": content, "features": self._features(step.file), "config": dict(step.config)}
        )

    def _features(self, file: str) -> list[Any]:
        """What a tutorial says about places in a file: `FILE-features.json`, for files below `src` the one below `tutorial`."""
        beside = f"/{file}-features.json"
        for path in (beside.replace("/src/", "/tutorial/", 1), beside):
            try:
                found = loads((self._sources.source_of(path[1:]) or "[]").encode())
            except ValueError:
                continue
            if found and isinstance(found, list):
                return found
        return []

    async def _start(self, asked: Asked) -> Answered:
        sources = self._sources
        step = sources.table().resolve(asked.parameters["idOrName"])
        with Origin(sources, f"start {step.name}") as cause:
            delivery = await sources.publisher.start(step, dumps(asked.body.get("data")), cause)
        return Answered({"id": delivery.id, "traceId": cause.trace_id}, 202)

    async def _emit(self, asked: Asked) -> Answered:
        topic = asked.field("topic", str, default=None)
        if not topic:
            raise AdminRefusal(400, "'topic' is missing: the name of the topic to emit to")
        data = asked.body.get("data")
        with Origin(self._sources, f"emit {topic}") as cause:
            event = read_event(asked.body, dumps(data), now=self._sources.clock.now_ms(), run=None)
            emission = await self._sources.publisher.emit([event], cause)
        return Answered(
            {
                "success": True,
                "emitted": {"topic": topic, "data": data},
                "deliveries": emission.subscribers[0],
                "deliveryIds": list(emission.delivery_ids),
                "traceId": cause.trace_id,
            }
        )

    async def _flows(self, _: Asked) -> Answered:
        return Answered(self._sources.flows())

    async def _notices(self, _: Asked) -> Answered:
        return Answered(self._sources.notices())

    async def _workers(self, _: Asked) -> Answered:
        return Answered(self._sources.workers())

    async def _ticks(self, asked: Asked) -> Answered:
        limit = asked.number("limit", 100, most=1000)
        found = await self._sources.ticks.ticks(step=asked.query.get("step"), limit=limit)
        return Answered([dataclasses.asdict(each) for each in found])

    async def _cron(self, _: Asked) -> Answered:
        ticks = self._sources.next_ticks()
        return Answered([
            {
                "step": step.name,
                "expression": trigger.expression,
                "timezone": trigger.timezone,
                "next": ticks.get((step.name, index)),
                "upcoming": _upcoming(trigger, ticks.get((step.name, index))),
                **_paused(self._sources.pauses.of("schedule", step.name)),
            }
            for step in self._sources.table().steps
            for index, trigger in enumerate(step.triggers)
            if isinstance(trigger, CronTrigger)
        ])  # fmt: skip


def _upcoming(trigger: CronTrigger, following: int | None) -> list[int]:
    """The next ticks, epoch ms; fewer where the schedule ends."""
    schedule = CronSchedule.parse(trigger.expression, trigger.timezone)
    found: list[int] = []
    while following is not None and len(found) < _UPCOMING:
        found.append(following)
        following = schedule.next_after(following)
    return found


def _paused(pause: Pause | None) -> dict[str, Any]:
    return {"paused": None if pause is None else pause.since, "pausedBy": None if pause is None else pause.by}


def _described(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "name": step.name,
        "alias": step.alias,
        "type": step.kind,
        "file": step.file,
        "line": step.line,
        "language": step.language,
        "description": step.description,
        "flows": list(step.flows),
        "emits": [emitted.topic for emitted in step.emits or ()],
        "startable": step.has_handler,
        "atomic": step.atomic,
        "triggers": [_trigger(trigger) for trigger in step.triggers],
    }


def _trigger(trigger: Trigger) -> dict[str, Any]:
    described: dict[str, Any] = {"type": trigger.kind}
    if isinstance(trigger, HttpTrigger):
        parts = {"body": trigger.body, "query": trigger.query, "params": trigger.params, "headers": trigger.headers}
        return described | {
            "method": trigger.method,
            "path": trigger.path,
            "schemas": {
                part: schema.json for part, schema in parts.items() if schema is not None and schema.json is not None
            },
            "responses": {status: schema.json for status, schema in trigger.responses.items()},
            "queryParams": [dict(each) for each in trigger.query_params],
        }
    if isinstance(trigger, EventTrigger):
        return described | {
            "topic": trigger.topic,
            "policy": dataclasses.asdict(trigger.policy),
            "input": _json_schema(trigger.input),
        }
    if isinstance(trigger, CronTrigger):
        return described | {"expression": trigger.expression, "timezone": trigger.timezone}
    if isinstance(trigger, StateTrigger):
        return described | {"group": trigger.group, "key": trigger.key}
    if isinstance(trigger, StreamTrigger):
        return described | {"stream": trigger.stream, "group": trigger.group, "item": trigger.item}
    return described | {"input": _json_schema(trigger.input)}


def _json_schema(schema: Schema | None) -> Any:
    return None if schema is None else schema.json
