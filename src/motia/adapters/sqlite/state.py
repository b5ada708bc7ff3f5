"""StateStore on SQLite: writes in the writer's transactions, single reads at once, lists in the reading thread.

Survives the end of the process at any instruction, and a power cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import orjson

from motia.adapters.sqlite.connection import open_reader
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.model.errors import InvalidPayload, StoreUnavailable
from motia.model.stored_json import incremented, updated

_GET: Final = "SELECT value FROM state WHERE state_group = ? AND key = ?"
# An overwritten key keeps its position, a deleted one that comes again gets a new one.
_PUT: Final = """
INSERT INTO state (state_group, key, value) VALUES (?, ?, ?)
ON CONFLICT (state_group, key) DO UPDATE SET value = excluded.value
"""
_DELETE: Final = "DELETE FROM state WHERE state_group = ? AND key = ? RETURNING value"
_CLEAR: Final = "DELETE FROM state WHERE state_group = ?"
_GROUPS: Final = "SELECT DISTINCT state_group FROM state ORDER BY state_group"
# Pieces of 500 rows as one JSON text each: the thread hands the interpreter over once per piece, not once per row. The
# values travel as strings, so they come back as they are.
_ITEMS: Final = """
SELECT json_group_array(json_array(key, CAST(value AS TEXT)) ORDER BY position) FROM (
    SELECT position, key, value, row_number() OVER (ORDER BY position) / 500 AS piece FROM state WHERE state_group = ?
) GROUP BY piece ORDER BY piece
"""
_ITEMS_ONE_BY_ONE: Final = "SELECT key, value FROM state WHERE state_group = ? ORDER BY position"


class SqliteState:
    """State in the file behind `writer` and `reader`, which stay open when this is closed."""

    def __init__(self, path: Path, writer: Writer, reader: Reader) -> None:
        """`path` is the file of both; single reads use a connection of their own, in the event loop's thread."""
        self._writer = writer
        self._reader = reader
        self._db = open_reader(path)

    async def get(self, group: str, key: str) -> bytes | None:
        """See `StateStore.get`."""
        try:
            row = self._db.execute(_GET, (group, key)).fetchone()
        except UnicodeEncodeError as problem:
            raise InvalidPayload(f"the name is no valid Unicode: {problem.reason}") from problem
        except apsw.Error as problem:
            raise StoreUnavailable(f"state could not be read: {problem}") from problem
        return None if row is None else row[0]

    async def set(self, group: str, key: str, value: bytes) -> bytes | None:
        """See `StateStore.set`."""
        return await self._writer.run(lambda db: _replace(db, group, key, lambda _: value)[0])

    async def delete(self, group: str, key: str) -> bytes | None:
        """See `StateStore.delete`."""
        return await self._writer.run(lambda db: db.execute(_DELETE, (group, key)).get)

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """See `StateStore.items`."""
        return await self._reader.run(lambda db: _items(db, group))

    async def groups(self) -> list[str]:
        """See `StateStore.groups`."""
        return await self._reader.run(lambda db: [name for (name,) in db.execute(_GROUPS)])

    async def clear(self, group: str) -> int:
        """See `StateStore.clear`."""
        return await self._writer.run(lambda db: _clear(db, group))

    async def update(self, group: str, key: str, ops: Sequence[dict[str, Any]]) -> tuple[bytes | None, bytes]:
        """See `StateStore.update`."""
        return await self._writer.run(lambda db: _replace(db, group, key, lambda value: updated(value, ops)))

    async def increment(self, group: str, key: str, by: float) -> bytes:
        """See `StateStore.increment`."""
        return (await self._writer.run(lambda db: _replace(db, group, key, lambda value: incremented(value, by))))[1]

    def close(self) -> None:
        """Let go of the reading connection. May be called again."""
        self._db.close()


def _replace(
    db: apsw.Connection, group: str, key: str, change: Callable[[bytes | None], bytes]
) -> tuple[bytes | None, bytes]:
    """The value before and after."""
    row = db.execute(_GET, (group, key)).fetchone()
    before = None if row is None else row[0]
    after = change(before)
    db.execute(_PUT, (group, key, after))
    return before, after


def _clear(db: apsw.Connection, group: str) -> int:
    db.execute(_CLEAR, (group,))
    return db.changes()


def _items(db: apsw.Connection, group: str) -> list[tuple[str, bytes]]:
    try:
        pieces = [orjson.loads(piece) for (piece,) in db.execute(_ITEMS, (group,))]
    except ValueError:  # a value is no UTF-8: it comes back all the same
        return list(db.execute(_ITEMS_ONE_BY_ONE, (group,)))
    return [(key, value.encode()) for piece in pieces for key, value in piece]
