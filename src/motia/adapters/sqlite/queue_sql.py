"""The statements of the queue, each with what it is for."""

from __future__ import annotations

from typing import Final

# The columns of a delivery that both tables have, payload last. `rows.py` reads and writes them in this order.
_DELIVERY: Final = (
    "id, step, kind, topic, due_at, attempt, epoch, max_attempts, trigger, message_group, unique_key, created_at, "
    "scheduled_for, trace_id, span_id, hops, unique_for_ms, emit_key, dedup_key, expires_at, payload"
)
_DELIVERY_WIDTH: Final = _DELIVERY.count(",") + 1

# Several rows per statement: each statement costs two hand-overs of the interpreter between threads, each row none.
INSERT_SIZES: Final = (128, 32, 8, 1)


def _insert(rows: int) -> str:
    row = f"(?, 'pending', {', '.join('?' * _DELIVERY_WIDTH)})"
    return f"INSERT INTO deliveries (seq, state, {_DELIVERY}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - only names and marks


# Pending deliveries, by how many rows the statement takes.
INSERT: Final = {size: _insert(size) for size in INSERT_SIZES}

# Which deliveries run, as JSON [[seq, attempt, epoch], ...]. The epoch guards against a note that arrives late.
MARK_LEASED: Final = """
UPDATE deliveries SET state = 'leased', attempt = note.attempt, epoch = note.epoch
FROM (SELECT value ->> 0 AS seq, value ->> 1 AS attempt, value ->> 2 AS epoch FROM json_each(?)) AS note
WHERE deliveries.seq = note.seq AND deliveries.epoch < note.epoch
"""

# Which deliveries were given back, in the same form.
MARK_RELEASED: Final = """
UPDATE deliveries SET state = 'pending', attempt = note.attempt, epoch = note.epoch
FROM (SELECT value ->> 0 AS seq, value ->> 1 AS attempt, value ->> 2 AS epoch FROM json_each(?)) AS note
WHERE deliveries.seq = note.seq AND deliveries.epoch <= note.epoch
"""

# Settled deliveries, as JSON [seq, ...].
DELETE: Final = "DELETE FROM deliveries WHERE seq IN (SELECT value FROM json_each(?))"

RESCHEDULE: Final = "UPDATE deliveries SET state = 'pending', due_at = ?, attempt = ?, epoch = ? WHERE seq = ?"

BURY: Final = f"""
INSERT INTO dead_letters ({_DELIVERY}, failure, reason, failed_at)
SELECT id, step, kind, topic, due_at, ?, ?, max_attempts, trigger, message_group, unique_key, created_at, scheduled_for,
       trace_id, span_id, hops, unique_for_ms, emit_key, dedup_key, expires_at, payload, ?, ?, ?
FROM deliveries WHERE seq = ?
"""  # noqa: S608 - only the column list above is inserted

# A dead letter as a delivery again. Its place in its group is the last, and it does not expire.
REDRIVE: Final = f"""
INSERT INTO deliveries (seq, state, {_DELIVERY})
SELECT ?, 'pending', id, step, kind, topic, ?, 0, epoch, max_attempts, trigger, message_group, unique_key, created_at,
       scheduled_for, trace_id, span_id, hops, unique_for_ms, emit_key, dedup_key, NULL, payload
FROM dead_letters WHERE id = ?
RETURNING id, step, topic, message_group, seq, due_at, attempt, epoch
"""  # noqa: S608

DISCARD: Final = "DELETE FROM dead_letters WHERE id = ? RETURNING topic, step"

# Remembers an idempotency key; changes nothing when it still counts. Parameters: key, until when, its delivery, now.
REMEMBER_KEY: Final = """
INSERT INTO published (unique_key, until, delivery) VALUES (?, ?, ?)
ON CONFLICT (unique_key) DO UPDATE SET until = excluded.until, delivery = excluded.delivery WHERE until <= ?
"""

FORGET_KEYS: Final = "DELETE FROM published WHERE until <= ?"

# Whether a delivery with that topic, Step, trigger and deduplication key is pending.
PENDING_WITH_KEY: Final = """
SELECT 1 FROM deliveries WHERE dedup_key = ? AND topic = ? AND step = ? AND trigger = ? AND state = 'pending' LIMIT 1
"""

# Cancelling the deliveries of a JSON [seq, ...]: first the keys that are theirs, then the rows.
FREE_KEYS: Final = """
DELETE FROM published WHERE (unique_key, delivery) IN
    (SELECT unique_key, id FROM deliveries WHERE seq IN (SELECT value FROM json_each(?)) AND unique_key IS NOT NULL)
"""
CANCEL: Final = "DELETE FROM deliveries WHERE seq IN (SELECT value FROM json_each(?)) RETURNING topic, step"

COUNT: Final = """
INSERT INTO ledger (topic, step, accepted, done, discarded) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (topic, step) DO UPDATE SET
    accepted = accepted + excluded.accepted, done = done + excluded.done, discarded = discarded + excluded.discarded
"""

# One statement, so that all numbers are of one moment.
LEDGER: Final = """
WITH counted (topic, step, accepted, done, pending, leased, dead, discarded) AS (
    SELECT topic, step, accepted, done, 0, 0, 0, discarded FROM ledger
    UNION ALL
    SELECT topic, step, 0, 0, sum(state = 'pending'), sum(state = 'leased'), 0, 0 FROM deliveries GROUP BY topic, step
    UNION ALL
    SELECT topic, step, 0, 0, 0, 0, count(*), 0 FROM dead_letters GROUP BY topic, step
)
SELECT topic, step, sum(accepted), sum(done), sum(pending), sum(leased), sum(dead), sum(discarded)
FROM counted GROUP BY topic, step ORDER BY topic, step
"""

# A new life: what ran when the last one ended is pending, and that attempt does not count.
RECOVER: Final = "UPDATE deliveries SET state = 'pending', attempt = max(attempt - 1, 0) WHERE state <> 'pending'"

# What was published without a delay at a time that is yet to come, as the clock was set back meanwhile, is due now.
# Delayed deliveries keep their time: they may run later than asked for, not earlier. Parameters: now, now.
SET_BACK: Final = "UPDATE deliveries SET due_at = ? WHERE created_at > ? AND due_at <= created_at"

SCHEDULE: Final = """
SELECT id, step, topic, message_group, seq, due_at, attempt, epoch FROM deliveries ORDER BY seq
"""

# The last column says whether the payload is JSON (as far as SQLite follows it: 1000 levels deep).
READ: Final = f"SELECT {_DELIVERY}, json_valid(CAST(payload AS TEXT)) FROM deliveries WHERE seq = ?"  # noqa: S608


READ_DEAD: Final = f"SELECT {_DELIVERY}, failure, reason, failed_at FROM dead_letters WHERE rowid = ?"  # noqa: S608


def find_dead(*, step: bool, topic: bool, after: bool) -> str:
    """Where dead letters are, newest first; the parameters are those of the given conditions, in this order."""
    conditions = [text for text, wanted in (("step = ?", step), ("topic = ?", topic), ("id < ?", after)) if wanted]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT rowid FROM dead_letters {where} ORDER BY id DESC"  # noqa: S608


def find_emitted(*, key: bool, dedup_key: bool) -> str:
    """The ids of deliveries by topic and the given keys; the parameters are those, the topic first."""
    conditions = [text for text, wanted in (("emit_key = ?", key), ("dedup_key = ?", dedup_key)) if wanted]
    return f"SELECT id FROM deliveries WHERE {' AND '.join(['topic = ?', *conditions])} ORDER BY seq"  # noqa: S608


SEQS: Final = "SELECT seq FROM deliveries ORDER BY seq"

SCHEDULE_ONE: Final = """
SELECT id, step, topic, message_group, seq, due_at, attempt, epoch FROM deliveries WHERE seq = ?
"""

_AS_JSON: Final = f"""CAST(json_object({", ".join(f"'{name}', {name}" for name in _DELIVERY.split(", ")[:-1])},
    'payload', CAST(payload AS TEXT)) AS BLOB)"""

# A row that cannot be read is set aside, with what can be shown of it. Parameters: reason, time, which.
QUARANTINE: Final = f"""
INSERT INTO quarantine (origin, reason, found_at, row) SELECT 'deliveries', ?, ?, {_AS_JSON} FROM deliveries WHERE seq = ?
"""  # noqa: S608
QUARANTINE_DEAD: Final = f"""
INSERT INTO quarantine (origin, reason, found_at, row)
SELECT 'dead_letters', ?, ?, {_AS_JSON} FROM dead_letters WHERE rowid = ?
"""  # noqa: S608

QUARANTINE_REASONS: Final = "SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY count(*) DESC, reason"
QUARANTINED: Final = "SELECT origin, reason, found_at, row FROM quarantine ORDER BY id DESC LIMIT ?"

NAMES: Final = "SELECT topic, step FROM deliveries WHERE seq = ?"
NAMES_DEAD: Final = "SELECT topic, step FROM dead_letters WHERE rowid = ?"
DELETE_ONE: Final = "DELETE FROM deliveries WHERE seq = ?"
DELETE_DEAD: Final = "DELETE FROM dead_letters WHERE rowid = ?"
DELETE_DEAD_BY_ID: Final = "DELETE FROM dead_letters WHERE id = ?"
