"""The items of the Workbench's streams (WS-24, ADM-21, ADM-22), made of what the stores and the tables hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from motia.admin.run_views import shown
from motia.admin.sources import Sources
from motia.admin.workbench_streams import DEFAULT, LOGS, RUNS, Items, View, log_item
from motia.model.delivery import TopicLedger
from motia.model.records import LogRecord, Span
from motia.model.step import HttpTrigger, Step
from motia.ports.trace_store import LogFilter, RunFilter, TraceFilter

_LOGS_SHOWN: Final = 200
_RUNS_SHOWN: Final = 100
_STATUS: Final = {"running": "running", "ok": "completed", "error": "failed"}
_NS_PER_MS: Final = 1_000_000
_STATE_KEYS: Final = ("group", "key", "value", "ops", "by", "found")
_ATTEMPTS: Final = frozenset({"http", "event", "cron", "manual", "state", "stream"})
# Lists streams as (name, hidden, items, groups, file).
Registry = Callable[[], Any]


class WorkbenchViews:
    """The views; `all` names them. `streams` and `layouts` list what other parts of the core hold."""

    def __init__(self, sources: Sources, streams: Registry, layouts: Callable[[], Mapping[str, Any]]) -> None:
        """`streams()` gives the entries of `/__motia/streams`, awaited; `layouts()` the stored layout of each flow."""
        self._sources = sources
        self._streams = streams
        self._layouts = layouts

    def all(self) -> dict[str, View]:
        """By the stream's name."""
        return {
            LOGS: self._logs,
            RUNS: self._runs,
            "motia-trace-group": self._groups,
            "motia-trace": self._executions,
            "__motia.flows": self._flows,
            "__motia.flowsConfig": self._flows_config,
            "__motia.api-endpoints": self._endpoints,
            "__motia.bullmq-queues": self._queues,
            "__motia.streams-registry": self._registry,
        }

    async def _logs(self, group: str) -> Items:
        if group != DEFAULT:
            return {}
        found = await self._sources.traces.logs(LogFilter(), limit=_LOGS_SHOWN)
        return {each.id: log_item(each) for each in reversed(found)}

    async def _runs(self, group: str) -> Items:
        if group != DEFAULT:
            return {}
        found = await self._sources.traces.runs(RunFilter(), limit=_RUNS_SHOWN)
        return {each.id: shown(each) for each in reversed(found)}

    async def _groups(self, group: str) -> Items:
        if group != DEFAULT:
            return {}
        found = await self._sources.traces.traces(TraceFilter(), limit=_RUNS_SHOWN)
        return {
            each.trace_id: {
                "id": each.trace_id,
                "name": each.name,
                "startTime": each.started // _NS_PER_MS,
                "status": _STATUS[each.status],
                **({} if each.ended is None else {"endTime": each.ended // _NS_PER_MS}),
            }
            for each in reversed(found)
        }

    async def _executions(self, trace_id: str) -> Items:
        spans = await self._sources.traces.spans(trace_id)
        logs = await self._sources.traces.logs(LogFilter(trace_id=trace_id), limit=1000)
        attempts = [
            each for each in spans if each.kind in _ATTEMPTS and (each.kind == "http" or "attempt" in each.attributes)
        ]
        if not attempts:
            return {}
        first = attempts[0]
        return {each.span_id: _execution(each, first, spans, logs) for each in attempts}

    async def _flows(self, group: str) -> Items:
        return {each["id"]: each for each in self._sources.flows()} if group == DEFAULT else {}

    async def _flows_config(self, group: str) -> Items:
        if group != DEFAULT:
            return {}
        return {flow: {"id": flow, "config": config} for flow, config in self._layouts().items()}

    async def _endpoints(self, group: str) -> Items:
        found = [each for step in self._sources.table().steps for each in _endpoint(step)] if group == DEFAULT else []
        return {each["id"]: each for each in found}

    async def _queues(self, group: str) -> Items:
        if group != DEFAULT:
            return {}
        paused = self._sources.pauses.steps
        books = await self._sources.queue.ledger()
        return {each["id"]: each for book in books for each in _queue(book, is_paused=book.step in paused)}

    async def _registry(self, group: str) -> Items:
        if group != DEFAULT:
            return {}
        return {
            each["name"]: {
                "id": each["name"],
                "name": each["name"],
                "hidden": each["hidden"],
                "itemCount": each["items"],
                "groupCount": each["groups"],
                "filePath": each["filePath"],
            }
            for each in await self._streams()
        }


def _execution(attempt: Span, first: Span, spans: list[Span], logs: list[LogRecord]) -> Items:
    """One attempt with what it did, as ADM-22 has it."""
    events = [_event(each) for each in spans if each.parent_id == attempt.span_id]
    events += [
        {"type": "log", "timestamp": each.time, "level": each.level, "message": each.message, "metadata": each.args}
        for each in logs
        if each.span_id == attempt.span_id
    ]
    record: Items = {
        "id": attempt.span_id,
        "name": attempt.name,
        "parentTraceId": attempt.trace_id,
        "status": _STATUS[attempt.status],
        "startTime": attempt.started // _NS_PER_MS,
        "entryPoint": {"type": "api" if first.kind == "http" else first.kind, "stepName": first.step},
        "events": sorted((each for each in events if each), key=lambda each: each["timestamp"]),
    }
    if attempt.ended is not None:
        record["endTime"] = attempt.ended // _NS_PER_MS
    if "error" in attempt.attributes:
        record["error"] = attempt.attributes["error"]
    return record


def _event(span: Span) -> Items:
    """What a call of the handler was; empty for what is no event of it."""
    moment, about = span.started // _NS_PER_MS, span.attributes
    if span.name.startswith("state."):
        data: Items = {name: about[name] for name in _STATE_KEYS if name in about}
        return {"type": "state", "timestamp": moment, "operation": span.name.removeprefix("state."), "data": data}
    if span.name.startswith("streams."):
        data = {name: about[name] for name in about if name != "stream"}
        name = about.get("stream", "")
        operation = span.name.removeprefix("streams.")
        return {"type": "stream", "timestamp": moment, "operation": operation, "streamName": name, "data": data}
    if span.name == "emit":
        topics, ok = ", ".join(map(str, about.get("topics", []))), span.status != "error"
        return {"type": "emit", "timestamp": moment, "topic": topics, "success": ok, "data": about.get("data")}
    return {}


def _endpoint(step: Step) -> list[Items]:
    return [
        {
            "id": step.file if index == 0 else f"{step.file}#{index}",
            "method": trigger.method,
            "path": trigger.path,
            "description": step.description,
            "queryParams": [dict(each) for each in trigger.query_params],
            "responseSchema": {status: schema.json for status, schema in trigger.responses.items()},
            "bodySchema": None if trigger.body is None else trigger.body.json,
            "flows": list(step.flows),
            "step": step.name,
        }
        for index, trigger in enumerate(each for each in step.triggers if isinstance(each, HttpTrigger))
    ]


def _queue(book: TopicLedger, *, is_paused: bool) -> list[Items]:
    """A queue and its dead letters, as ADM-19 has them. What waits for a time counts as waiting."""
    name = f"{book.topic}.{book.step}" if book.topic else book.step
    stats = {
        "waiting": 0 if is_paused else book.pending, "active": book.leased, "completed": book.done, "failed": book.dead,
        "delayed": 0, "paused": book.pending if is_paused else 0, "prioritized": 0,
    }  # fmt: skip
    dead = {**dict.fromkeys(stats, 0), "waiting": book.dead}
    return [
        {"id": name, "name": name, "displayName": name, "isPaused": is_paused, "isDLQ": False, "stats": stats},
        {
            "id": f"{name}.dlq",
            "name": f"{name}.dlq",
            "displayName": name,
            "isPaused": False,
            "isDLQ": True,
            "stats": dead,
        },
    ]
