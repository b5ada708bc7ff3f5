"""Collects spans and log records and hands them to the store in batches, off the path of the call."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from motia.model.identity import new_delivery_id
from motia.model.records import Level, LogRecord, Span, SpanStatus
from motia.model.run import Run, RunChange
from motia.observe.redaction import redacted
from motia.observe.run_book import Move, RunBook
from motia.ports.trace_store import TraceStore

# A batch: long enough that a burst is one commit, short enough that a person watching sees it at once.
_FLUSH_AFTER_S: Final = 0.05
# Past this many unsaved records new ones are dropped and counted: traces must never take the memory of the work.
_MOST_WAITING: Final = 200_000


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """A batch that was stored: spans that began or ended, log records, and the runs as they are now."""

    spans: Sequence[Span]
    logs: Sequence[LogRecord]
    runs: Sequence[Run]


class Recorder:
    """Takes spans and logs without waiting. While nothing happens it does nothing."""

    def __init__(
        self,
        store: TraceStore,
        now_ns: Callable[[], int] = time.time_ns,
        on_problem: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`now_ns` is epoch nanoseconds; `on_problem` hears once when records cannot be stored, and once when they can again."""
        self._on_problem = on_problem
        self._dropped_before: int | None = None
        self._store = store
        self._now_ns = now_ns
        self._open: dict[str, Span] = {}
        self._spans: list[Span] = []
        self._logs: list[LogRecord] = []
        self._unseen: dict[str, Span] = {}
        self._listeners: list[Callable[[LogRecord], None]] = []
        self._stored_listeners: list[Callable[[Stored], None]] = []
        self.runs = RunBook(self._schedule, now_ns)
        self._due: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self.dropped = 0

    def listen(self, listener: Callable[[LogRecord], None]) -> Callable[[], None]:
        """Call `listener` for each log record as it is made; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def listen_stored(self, listener: Callable[[Stored], None]) -> Callable[[], None]:
        """Call `listener` for each batch when it can be read; the returned function ends that."""
        self._stored_listeners.append(listener)
        return lambda: self._stored_listeners.remove(listener)

    def begin(self, span: Span) -> None:
        """A span that runs now. It is shown as running if it is still open when the next batch is written."""
        self._unseen[span.span_id] = span
        self._schedule()

    def end(self, span: Span, status: SpanStatus) -> None:
        """It is over."""
        span.ended = self._now_ns()
        span.status = status
        self._unseen.pop(span.span_id, None)
        if len(self._spans) < _MOST_WAITING:
            self._spans.append(span)
        else:
            self.dropped += 1
        self._schedule()

    def now_ns(self) -> int:
        """Epoch nanoseconds."""
        return self._now_ns()

    def log(
        self,
        level: Level,
        message: str,
        *,
        time_ms: int | None = None,
        step: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        flows: tuple[str, ...] = (),
        args: dict[str, Any] | None = None,
    ) -> None:
        """A log record, with the values of secret keys in `args` masked."""
        moment = self._now_ns() // 1_000_000 if time_ms is None else time_ms
        record = LogRecord(
            new_delivery_id(moment),
            moment,
            level,
            message,
            step,
            trace_id,
            span_id,
            flows,
            redacted(args) if args else {},
        )
        for listener in self._listeners:
            listener(record)
        if len(self._logs) < _MOST_WAITING:
            self._logs.append(record)
        else:
            self.dropped += 1
        self._schedule()

    async def flush(self) -> None:
        """Write all that is waiting; returns when it is stored."""
        while self._writing is not None:
            await asyncio.shield(self._writing)
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._has_more():
            await self._write()

    def _schedule(self) -> None:
        if self._due is None and self._writing is None:
            self._due = asyncio.get_running_loop().call_later(_FLUSH_AFTER_S, self._begin_write)

    def _begin_write(self) -> None:
        self._due = None
        self._writing = asyncio.get_running_loop().create_task(self._write())
        self._writing.add_done_callback(self._wrote)

    def _wrote(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        if not task.cancelled() and self._has_more():
            self._schedule()

    def _has_more(self) -> bool:
        return bool(self._spans or self._logs or self._unseen or self.runs.has_notes)

    async def _write(self) -> None:
        spans, self._spans = [*self._unseen.values(), *self._spans], []
        logs, self._logs = self._logs, []
        self._unseen = {}
        changes, moves = self.runs.take()
        try:
            if moves:
                changes = await self._with_moves(changes, moves)
            runs = await self._store.record(spans, logs, changes)
        except Exception as problem:  # noqa: BLE001 - a record that cannot be kept must never hurt the work it is about
            self.dropped += len(spans) + len(logs)
            if self._dropped_before is None:
                self._dropped_before = self.dropped - len(spans) - len(logs)
                self._on_problem(f"traces and logs cannot be stored: {problem}; they are dropped until they can be")
        else:
            if self._dropped_before is not None:
                lost, self._dropped_before = self.dropped - self._dropped_before, None
                self._on_problem(f"traces and logs are stored again; {lost:,} were dropped meanwhile")
            stored = Stored(spans, logs, runs)
            for hear in list(self._stored_listeners):
                hear(stored)

    async def _with_moves(self, changes: list[RunChange], moves: Sequence[Move]) -> list[RunChange]:
        """`changes` and what `moves` mean: of a delivery known by id alone the store tells which run it belongs to."""
        by_trace = {change.trace_id: change for change in changes}
        noted = {each.id: each for change in changes for each in change.deliveries.values()}
        unknown = {each for move in moves for each in move.ids if each not in noted}
        known = noted | {each.id: each for each in await self._store.run_deliveries(unknown)}
        for move in moves:
            for each in (known[delivery_id] for delivery_id in move.ids if delivery_id in known):
                if each.place in move.origins:
                    change = by_trace.setdefault(each.trace_id, RunChange(each.trace_id))
                    change.last = self._now_ns()
                    known[each.id] = change.deliveries[each.id] = dataclasses.replace(each, place=move.target)
        return list(by_trace.values())
