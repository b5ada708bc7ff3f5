"""The rows of state: what readers and the writer's transactions do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import apsw
import orjson

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


def get(db: apsw.Connection, group: str, key: str) -> bytes | None:
    """The value, None where there is none."""
    row = db.execute(_GET, (group, key)).fetchone()
    return None if row is None else row[0]


def put(db: apsw.Connection, group: str, key: str, value: bytes) -> None:
    """Store it."""
    db.execute(_PUT, (group, key, value))


def replace(
    db: apsw.Connection, group: str, key: str, change: Callable[[bytes | None], bytes]
) -> tuple[bytes | None, bytes]:
    """Store what `change` makes of the value; the value before and after."""
    before = get(db, group, key)
    after = change(before)
    put(db, group, key, after)
    return before, after


def delete(db: apsw.Connection, group: str, key: str) -> bytes | None:
    """Remove it; the value before."""
    value: bytes | None = db.execute(_DELETE, (group, key)).get
    return value


def clear(db: apsw.Connection, group: str) -> int:
    """Remove a group; how many keys it had."""
    db.execute(_CLEAR, (group,))
    return db.changes()


def items(db: apsw.Connection, group: str) -> list[tuple[str, bytes]]:
    """All (key, value) of a group, by position."""
    try:
        pieces = [orjson.loads(piece) for (piece,) in db.execute(_ITEMS, (group,))]
    except ValueError:  # a value is no UTF-8: it comes back all the same
        return list(db.execute(_ITEMS_ONE_BY_ONE, (group,)))
    return [(key, value.encode()) for piece in pieces for key, value in piece]


def groups(db: apsw.Connection) -> list[str]:
    """The names of groups with keys, sorted."""
    return [name for (name,) in db.execute(_GROUPS)]
