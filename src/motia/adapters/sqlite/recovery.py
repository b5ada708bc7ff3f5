"""What a queue finds at its start, and what it does with rows that cannot be read."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import apsw

from motia.adapters.sqlite import queue_sql
from motia.model.delivery_index import Entry, Recovered


@dataclasses.dataclass(frozen=True, slots=True)
class Recovery:
    """The deliveries that are owed, in the order of publishing."""

    entries: list[Entry]
    summary: Recovered


def recover(db: apsw.Connection, now: int) -> Recovery:
    """Make what ran pending again, its attempt given back, and read what is owed."""
    with db:
        db.execute(queue_sql.RECOVER)
        running = db.changes()
        db.execute(queue_sql.SET_BACK, (now, now))
        try:
            entries = [entry_of(row) for row in db.execute(queue_sql.SCHEDULE)]
        except UnicodeDecodeError:
            entries = list(_one_by_one(db, now))
        entries = list(_with_ids_of_their_own(db, entries, now))
        damaged = db.execute("SELECT count(*) FROM quarantine WHERE found_at = ?", (now,)).get
    return Recovery(entries, Recovered(len(entries) - running, running, damaged))


def entry_of(row: tuple[Any, ...]) -> Entry:
    """What the index needs, from a row of `queue_sql.SCHEDULE`."""
    return Entry(*row)


def set_aside(db: apsw.Connection, seq: int, reason: str, now: int) -> None:
    """Move a delivery that cannot be read into the quarantine."""
    db.execute(queue_sql.QUARANTINE, (reason, now, seq))
    _count(db, queue_sql.NAMES, seq)
    db.execute(queue_sql.DELETE_ONE, (seq,))


def set_dead_aside(db: apsw.Connection, rowid: int, reason: str, now: int) -> None:
    """The same for a dead letter."""
    db.execute(queue_sql.QUARANTINE_DEAD, (reason, now, rowid))
    _count(db, queue_sql.NAMES_DEAD, rowid)
    db.execute(queue_sql.DELETE_DEAD, (rowid,))


def _count(db: apsw.Connection, names: str, row: int) -> None:
    """Count it as discarded; where not even its names can be read, the books rightly say that something is missing."""
    with contextlib.suppress(UnicodeDecodeError):
        for topic, step in db.execute(names, (row,)).fetchall():
            db.execute(queue_sql.COUNT, (topic, step, 0, 0, 1))


def _one_by_one(db: apsw.Connection, now: int) -> Iterator[Entry]:
    seqs: list[Any] = db.execute(queue_sql.SEQS).fetchall()
    for (seq,) in seqs:
        try:
            yield from [entry_of(row) for row in db.execute(queue_sql.SCHEDULE_ONE, (seq,))]
        except UnicodeDecodeError as problem:
            set_aside(db, seq, f"not UTF-8: {problem.reason}", now)


def _with_ids_of_their_own(db: apsw.Connection, entries: list[Entry], now: int) -> Iterator[Entry]:
    """Only damage makes two deliveries share an id; settling one would then settle the other."""
    known: set[str] = set()
    for entry in entries:
        if entry.id in known:
            set_aside(db, entry.seq, f"its id {entry.id!r} belongs to an earlier delivery", now)
        else:
            known.add(entry.id)
            yield entry
