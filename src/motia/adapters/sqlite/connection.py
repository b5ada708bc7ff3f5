"""Opening a database file: a library that is safe, settings that are durable, a schema that is ours and current."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import apsw

from motia.model.errors import StartupFailed

# SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write or checkpoint at once.
_FIRST_SAFE_LIBRARY: Final = (3, 51, 3)
_BUSY_TIMEOUT_MS: Final = 5_000
_JOURNAL_SIZE_LIMIT: Final = 64 * 1024 * 1024

# What a failing disk, a damaged file or another process's lock looks like: the operation was fine, the engine was not.
ENGINE_FAULTS: Final = (
    apsw.FullError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)


class Damaged(StartupFailed):
    """What the file holds is no database, or no longer one."""


Schema = Literal["data", "traces"]


def require_safe_library(version: str) -> None:
    """Raise `StartupFailed` for an SQLite library that can damage the files it is trusted with."""
    if tuple(int(part) for part in version.split(".")[:3]) < _FIRST_SAFE_LIBRARY:
        safe = ".".join(map(str, _FIRST_SAFE_LIBRARY))
        raise StartupFailed(
            f"SQLite {version} can corrupt its files under concurrent use; {safe} or newer is needed (upgrade apsw)"
        )


def open_writer(path: Path, schema: Schema, *, synchronous: Literal["FULL", "NORMAL"]) -> apsw.Connection:
    """The one connection that writes `path`, with its schema brought up to date.

    Raises `StartupFailed` when the file cannot be opened, is damaged, is not ours, or was written by a newer version.
    """
    require_safe_library(apsw.sqlite_lib_version())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = apsw.Connection(str(path))
    except (apsw.Error, OSError) as problem:
        raise StartupFailed(f"cannot open {path}: {problem}") from problem
    try:
        _configure(db, synchronous)
        # Pages freed by pruning, or by a backlog that was worked off, can be given back piecemeal (decision 0009). Takes
        # effect only before the first table is made.
        db.pragma("auto_vacuum", "INCREMENTAL")
        db.pragma("journal_mode", "WAL")
        _migrate(db, path, schema)
    except apsw.Error as problem:
        db.close()
        raise damaged(path, problem) from problem
    except BaseException:
        db.close()
        raise
    return db


def open_reader(path: Path) -> apsw.Connection:
    """A connection that can only read. Use it from one thread at a time."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.set_busy_timeout(_BUSY_TIMEOUT_MS)
    return db


def damaged(path: Path, problem: apsw.Error) -> StartupFailed:
    """What to tell the operator when `path` cannot be used."""
    if isinstance(problem, (apsw.CorruptError, apsw.NotADBError)):
        return Damaged(
            f"cannot use {path}: {problem}; it is damaged or no SQLite file. Restore a copy, or move {path.name}, "
            f"{path.name}-wal and {path.name}-shm away to start empty"
        )
    if isinstance(problem, (apsw.BusyError, apsw.LockedError)):
        advice = "another process is using it"
    elif isinstance(problem, apsw.FullError):
        advice = "the disk is full; make room and start again"
    else:
        advice = "check the disk and the permissions"
    return StartupFailed(f"cannot use {path}: {problem}; {advice}")


def _configure(db: apsw.Connection, synchronous: str) -> None:
    db.set_busy_timeout(_BUSY_TIMEOUT_MS)
    db.pragma("synchronous", synchronous)
    # Only F_FULLFSYNC makes macOS put data on the disk; elsewhere this changes nothing.
    db.pragma("fullfsync", 1)
    db.pragma("temp_store", "MEMORY")
    db.pragma("journal_size_limit", _JOURNAL_SIZE_LIMIT)
    # The writer decides when to checkpoint, after it has answered.
    db.wal_autocheckpoint(0)


def _migrate(db: apsw.Connection, path: Path, schema: Schema) -> None:
    present: int = db.pragma("user_version")
    if present == 0 and db.execute("SELECT count(*) FROM sqlite_schema").get:
        raise StartupFailed(f"{path} is an SQLite file of something else; move it away or choose another directory")
    latest = 0
    for number, script in _migrations(schema):
        latest = number
        if number > present:
            with db:
                db.execute(script)
                db.pragma("user_version", number)
    if present > latest:
        raise StartupFailed(
            f"{path} was written by a newer version (schema {present}, this one knows {latest}); upgrade motia"
        )


def _migrations(schema: Schema) -> Iterator[tuple[int, str]]:
    folder = importlib.resources.files(f"{__package__}.migrations") / schema
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            yield int(file.name.partition("_")[0]), file.read_text(encoding="utf-8")
