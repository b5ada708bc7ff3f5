"""Operations on traces and logs."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import orjson

from motia.admin.operations import (
    INTEGER,
    MESSAGE,
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
from motia.model.records import LogRecord, Span, TraceSummary
from motia.ports.trace_store import LogFilter, TraceFilter

_LEVELS: Final = ("debug", "info", "warn", "error")
_PAGE: Final = 1000
_KEEP_ALIVE_S: Final = 15.0
_LOG = {
    "type": "object",
    "required": ["id", "time", "level", "msg", "step", "traceId", "spanId", "flows", "args"],
    "properties": {
        "id": STRING, "time": INTEGER, "level": {"enum": list(_LEVELS)}, "msg": STRING, "step": NULLABLE_STRING,
        "traceId": NULLABLE_STRING, "spanId": NULLABLE_STRING, "flows": listing(STRING), "args": {"type": "object"},
    },
}  # fmt: skip
_TRACE = record(
    id=STRING, name=STRING, kind=STRING, status=STRING, start=INTEGER, end=NULLABLE_INTEGER, spans=INTEGER,
    steps=INTEGER, errors=INTEGER,
)  # fmt: skip
_SPAN = record(
    id=STRING, parentId=NULLABLE_STRING, name=STRING, kind=STRING, step=STRING, status=STRING,
    start=INTEGER, end=NULLABLE_INTEGER, attributes={"type": "object"},
)  # fmt: skip


class RecordOperations:
    """The operations; `all` lists them. Times in answers are epoch microseconds for spans, milliseconds for logs."""

    def __init__(self, sources: Sources) -> None:
        """Reads `sources`."""
        self._sources = sources

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        log_query: dict[str, tuple[Mapping[str, Any], str]] = {
            "step": (STRING, "only of this Step"),
            "traceId": (STRING, "only of this trace"),
            "level": ({"enum": list(_LEVELS)}, "this level or above"),
            "text": (STRING, "only with this text in the message"),
        }
        return [
            Operation(
                "listTraces", "GET", "/__motia/traces", "Traces, newest first", self._traces, listing(_TRACE), tag="records",
                query={
                    "step": (STRING, "only those in which this Step ran"),
                    "status": ({"enum": ["running", "ok", "error"]}, "only in this status"),
                    "since": (INTEGER, "only started at or after this time (epoch ms)"),
                    "before": (INTEGER, "only started before this time (epoch µs): the next page"),
                    "limit": (INTEGER, f"how many, at most {_PAGE}"),
                },
            ),
            Operation(
                "showTrace", "GET", "/__motia/traces/{traceId}", "One trace with its spans and logs", self._trace,
                record(id=STRING, spans=listing(_SPAN), logs=listing(_LOG)), tag="records",
            ),
            Operation(
                "clearTraces", "POST", "/__motia/trace/clear", "Forget all traces and logs", self._clear, MESSAGE,
                body={"type": "object"}, tag="records",
            ),
            Operation(
                "listLogs", "GET", "/__motia/logs", "Log records, newest first", self._logs, listing(_LOG), tag="records",
                query={
                    **log_query,
                    "since": (INTEGER, "only at or after this time (epoch ms)"),
                    "until": (INTEGER, "only before this time (epoch ms)"),
                    "after": (STRING, "only behind this log id, oldest first"),
                    "before": (STRING, "only older than the record of this id: the next page"),
                    "limit": (INTEGER, f"how many, at most {_PAGE}"),
                },
            ),
            Operation(
                "followLogs", "GET", "/__motia/logs/follow", "New log records as Server-Sent Events", self._follow, _LOG,
                tag="records", query=log_query, media_type="text/event-stream",
            ),
        ]  # fmt: skip

    async def _traces(self, asked: Asked) -> Answered:
        before = asked.number("before", 0) or None
        where = TraceFilter(
            asked.query.get("step"),
            asked.query.get("status"),
            asked.number("since", 0) * 1_000_000 or None,
            before and before * 1000,
        )
        await self._sources.recorder.flush()
        found = await self._sources.traces.traces(where, limit=asked.number("limit", 50, most=_PAGE))
        return Answered([_summary(each) for each in found])

    async def _trace(self, asked: Asked) -> Answered:
        trace_id = asked.parameters["traceId"]
        await self._sources.recorder.flush()
        spans = await self._sources.traces.spans(trace_id)
        logs = await self._sources.traces.logs(LogFilter(trace_id=trace_id), limit=_PAGE)
        if not spans and not logs:
            raise AdminRefusal(404, f"There is no trace {trace_id!r}; traces are kept for a limited time")
        return Answered(
            {
                "id": trace_id,
                "spans": [_span(each) for each in spans],
                "logs": [_log(each) for each in logs[::-1]],
            }
        )

    async def _clear(self, _: Asked) -> Answered:
        await self._sources.traces.clear()
        return Answered({"message": "Traces cleared"})

    async def _logs(self, asked: Asked) -> Answered:
        where = dataclasses.replace(
            _log_filter(asked),
            since=asked.number("since", 0) or None,
            until=asked.number("until", 0) or None,
            after=asked.query.get("after"),
            before=asked.query.get("before"),
        )
        await self._sources.recorder.flush()
        found = await self._sources.traces.logs(where, limit=asked.number("limit", 100, most=_PAGE))
        return Answered([_log(each) for each in found])

    async def _follow(self, asked: Asked) -> Answered:
        return Answered(stream=self._records(_log_filter(asked)))

    async def _records(self, where: LogFilter) -> AsyncIterator[bytes]:
        waiting: asyncio.Queue[LogRecord] = asyncio.Queue(10_000)

        def take(each: LogRecord) -> None:
            if _matches(each, where) and not waiting.full():
                waiting.put_nowait(each)

        end = self._sources.recorder.listen(take)
        try:
            yield b": following\n\n"
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_S):
                        each = await waiting.get()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                yield b"id: %s\ndata: %s\n\n" % (each.id.encode(), orjson.dumps(_log(each)))
        finally:
            end()


def _log_filter(asked: Asked) -> LogFilter:
    level = asked.query.get("level")
    if level is not None and level not in _LEVELS:
        raise AdminRefusal(400, f"'level' must be one of {', '.join(_LEVELS)}")
    return LogFilter(asked.query.get("step"), asked.query.get("traceId"), level, asked.query.get("text"))


def _matches(each: LogRecord, where: LogFilter) -> bool:
    return (
        (where.step is None or each.step == where.step)
        and (where.trace_id is None or each.trace_id == where.trace_id)
        and (where.level is None or _LEVELS.index(each.level) >= _LEVELS.index(where.level))
        and (where.text is None or where.text.lower() in each.message.lower())
    )


def _micro(nanoseconds: int | None) -> int | None:
    return None if nanoseconds is None else nanoseconds // 1000


def _summary(each: TraceSummary) -> dict[str, Any]:
    return {
        "id": each.trace_id, "name": each.name, "kind": each.kind, "status": each.status,
        "start": _micro(each.started), "end": _micro(each.ended), "spans": each.spans, "steps": each.steps, "errors": each.errors,
    }  # fmt: skip


def _span(each: Span) -> dict[str, Any]:
    return {
        "id": each.span_id, "parentId": each.parent_id, "name": each.name, "kind": each.kind, "step": each.step,
        "status": each.status, "start": _micro(each.started), "end": _micro(each.ended), "attributes": each.attributes,
    }  # fmt: skip


def _log(each: LogRecord) -> dict[str, Any]:
    return {
        "id": each.id, "time": each.time, "level": each.level, "msg": each.message, "step": each.step,
        "traceId": each.trace_id, "spanId": each.span_id, "flows": list(each.flows), "args": each.args,
    }  # fmt: skip
