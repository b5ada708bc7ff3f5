"""What the queue reads from its file; runs in the reading thread."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from motia.adapters.sqlite import queue_sql
from motia.adapters.sqlite.rows import Unreadable, checked_delivery_of, dead_letter_of
from motia.model.delivery import DeadLetter, Delivery, TopicLedger
from motia.model.quarantine import Quarantine, Quarantined


def deliveries(db: apsw.Connection, seqs: Sequence[int]) -> dict[int, Delivery | str]:
    """The deliveries of that place; a text instead says why one cannot be read."""
    return {seq: _delivery(db, seq) for seq in seqs}


def dead_letters(
    db: apsw.Connection, query: str, values: Sequence[str], limit: int
) -> tuple[list[DeadLetter], list[tuple[int, str]]]:
    """The first `limit` dead letters of `queue_sql.find_dead`, and the (rowid, reason) of unreadable ones met."""
    found: list[DeadLetter] = []
    unreadable: list[tuple[int, str]] = []
    for (rowid,) in db.execute(query, values):
        if len(found) >= limit:
            break
        try:
            found.extend(dead_letter_of(row) for row in db.execute(queue_sql.READ_DEAD, (rowid,)))
        except (Unreadable, UnicodeDecodeError) as problem:
            unreadable.append((rowid, str(problem)))
    return found, unreadable


def ids_of(db: apsw.Connection, query: str, values: Sequence[str]) -> list[str]:
    """The ids of `queue_sql.find_emitted`."""
    return [delivery_id for (delivery_id,) in db.execute(query, values)]


def ledger(db: apsw.Connection) -> list[TopicLedger]:
    """The books of one moment."""
    return [TopicLedger(*row) for row in db.execute(queue_sql.LEDGER)]


def quarantine(db: apsw.Connection, limit: int) -> Quarantine:
    """The rows that were set aside."""
    reasons = dict(db.execute(queue_sql.QUARANTINE_REASONS))
    return Quarantine(reasons, tuple(Quarantined(*row) for row in db.execute(queue_sql.QUARANTINED, (limit,))))


def _delivery(db: apsw.Connection, seq: int) -> Delivery | str:
    try:
        for row in db.execute(queue_sql.READ, (seq,)):
            return checked_delivery_of(row)
    except (Unreadable, UnicodeDecodeError) as problem:
        return str(problem)
    return "the row is gone"
