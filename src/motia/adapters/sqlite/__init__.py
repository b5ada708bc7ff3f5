"""The embedded store: two SQLite files in one directory, which one core owns."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import apsw

from motia.adapters.sqlite.audit import SqliteAudit
from motia.adapters.sqlite.commits import SqliteCommits
from motia.adapters.sqlite.connection import Damaged, damaged, open_writer
from motia.adapters.sqlite.leases import SqliteLeases
from motia.adapters.sqlite.pauses import SqlitePauses
from motia.adapters.sqlite.queue import DEFAULT_DEPTH, SqliteQueue
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.recovery import Recovery, recover
from motia.adapters.sqlite.state import SqliteState
from motia.adapters.sqlite.step_stretches import SqliteStepStretches
from motia.adapters.sqlite.streams import SqliteStreams
from motia.adapters.sqlite.ticks import SqliteTicks
from motia.adapters.sqlite.traces import SqliteTraces
from motia.adapters.sqlite.traces_sql import CREATE_INCOMING
from motia.adapters.sqlite.writer import Writer
from motia.model.errors import StartupFailed

__all__ = [
    "SqliteAudit",
    "SqliteCommits",
    "SqliteLeases",
    "SqlitePauses",
    "SqliteQueue",
    "SqliteState",
    "SqliteStepStretches",
    "SqliteStores",
    "SqliteStreams",
    "SqliteTicks",
    "SqliteTraces",
    "now_ms",
]


# Nobody waits for traces: their thread may take longer, so that requests do not.
_TRACES_TURN_S: Final = 0.02


def now_ms() -> int:
    """The time of the system clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class SqliteStores:
    """The adapters that share `data.db`, and traces in `traces.db`, where losing the last moments is allowed.

    `traces_set_aside` is where a damaged `traces.db` was moved to, None when it was fine.
    """

    queue: SqliteQueue
    state: SqliteState
    commits: SqliteCommits
    leases: SqliteLeases
    ticks: SqliteTicks
    streams: SqliteStreams
    pauses: SqlitePauses
    traces: SqliteTraces
    audit: SqliteAudit
    stretches: SqliteStepStretches
    traces_set_aside: Path | None

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
            streams = SqliteStreams(path, writer, reader)
            stack.callback(streams.close)
            traces_writer, traces_reader, set_aside = await _open_traces(directory / "traces.db", stack, clock)
            yield cls(
                queue,
                state,
                SqliteCommits(queue, streams),
                SqliteLeases(writer),
                SqliteTicks(writer, reader),
                streams,
                SqlitePauses(writer, reader),
                SqliteTraces(traces_writer, traces_reader),
                SqliteAudit(traces_writer, traces_reader),
                SqliteStepStretches(traces_writer, traces_reader),
                set_aside,
            )


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


async def _open_traces(
    path: Path, stack: contextlib.AsyncExitStack, clock: Callable[[], int]
) -> tuple[Writer, Reader, Path | None]:
    """The file of the traces; a damaged file is moved aside first, as nobody's work depends on it."""
    set_aside = None
    try:
        db = open_writer(path, "traces", synchronous="NORMAL")
    except Damaged:
        set_aside = _set_aside(path, clock())
        db = open_writer(path, "traces", synchronous="NORMAL")
    db.execute(CREATE_INCOMING)
    writer = Writer(db, path, turn_every_s=_TRACES_TURN_S)
    stack.push_async_callback(writer.close)
    reader = Reader(path)
    stack.push_async_callback(reader.close)
    return writer, reader, set_aside


def _set_aside(path: Path, now: int) -> Path:
    """Rename a file and what SQLite keeps beside it; the new name of the file."""
    moment = dt.datetime.fromtimestamp(now / 1000, dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.damaged-{moment}")
    try:
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    except OSError as problem:
        raise StartupFailed(f"{path} is damaged and cannot be renamed: {problem}") from problem
    return aside
