"""The embedded store: two SQLite files in one directory, which one core owns."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import apsw

from motia.adapters.sqlite.connection import damaged, open_writer
from motia.adapters.sqlite.leases import SqliteLeases
from motia.adapters.sqlite.queue import DEFAULT_DEPTH, SqliteQueue
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.recovery import Recovery, recover
from motia.adapters.sqlite.state import SqliteState
from motia.adapters.sqlite.ticks import SqliteTicks
from motia.adapters.sqlite.traces import SqliteTraces
from motia.adapters.sqlite.traces_sql import CREATE_INCOMING
from motia.adapters.sqlite.writer import Writer

__all__ = ["SqliteLeases", "SqliteQueue", "SqliteState", "SqliteStores", "SqliteTicks", "SqliteTraces", "now_ms"]


def now_ms() -> int:
    """The time of the system clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class SqliteStores:
    """The adapters that share `data.db`, and traces in `traces.db`, where losing the last moments is allowed."""

    queue: SqliteQueue
    state: SqliteState
    leases: SqliteLeases
    ticks: SqliteTicks
    traces: SqliteTraces

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        directory: Path,
        *,
        data_file: Path | None = None,
        clock: Callable[[], int] = now_ms,
        max_depth: int = DEFAULT_DEPTH,
    ) -> AsyncIterator[SqliteStores]:
        """Open the files in `directory`, making them where needed; closed in reverse order, with everything written.

        `data_file` is used instead of `data.db`; its directory must exist. `clock` tells epoch milliseconds. Raises `StartupFailed`.
        """
        async with contextlib.AsyncExitStack() as stack:
            path = data_file or directory / "data.db"
            writer, reader, recovery = await _open_data(path, stack, clock)
            queue = SqliteQueue(writer, reader, recovery, clock=clock, max_depth=max_depth)
            stack.callback(queue.close)
            state = SqliteState(path, writer, reader)
            stack.callback(state.close)
            traces = await _open_traces(directory / "traces.db", stack)
            yield cls(queue, state, SqliteLeases(writer), SqliteTicks(writer, reader), traces)


async def _open_data(
    path: Path, stack: contextlib.AsyncExitStack, clock: Callable[[], int]
) -> tuple[Writer, Reader, Recovery]:
    db = open_writer(path, "data", synchronous="FULL")
    try:
        recovery = recover(db, clock())
    except apsw.Error as problem:
        db.close()
        raise damaged(path, problem) from problem
    writer = Writer(db, path)
    stack.push_async_callback(writer.close)
    reader = Reader(path)
    stack.push_async_callback(reader.close)
    return writer, reader, recovery


async def _open_traces(path: Path, stack: contextlib.AsyncExitStack) -> SqliteTraces:
    db = open_writer(path, "traces", synchronous="NORMAL")
    db.execute(CREATE_INCOMING)
    writer = Writer(db, path)
    stack.push_async_callback(writer.close)
    reader = Reader(path)
    stack.push_async_callback(reader.close)
    return SqliteTraces(writer, reader)
