"""What the queue writes: one page per batch, on which everything of the same sort is one statement.

Notes (leased, released, done) are bookkeeping that nobody waits for. They say what a row is now, guarded by its epoch, so
they may be merged, arrive late, or be written twice. Entries are waited for.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

import apsw
import orjson

from motia.adapters.sqlite import queue_sql
from motia.adapters.sqlite.recovery import set_aside, set_dead_aside
from motia.adapters.sqlite.rows import failure_text, row_of
from motia.adapters.sqlite.writer import Raised
from motia.model.delivery import Bury, Delivery

# Forgetting is cheap and not urgent: an old key counts as unused wherever it is met.
_FORGET_KEYS_EVERY_MS: Final = 600_000


@dataclasses.dataclass(slots=True, eq=False)
class Leased:
    """Deliveries were claimed: (seq, attempt, epoch) of each."""

    claims: list[tuple[int, int, int]]


@dataclasses.dataclass(slots=True, eq=False)
class Released:
    """A delivery was given back."""

    seq: int
    attempt: int
    epoch: int


@dataclasses.dataclass(slots=True, eq=False)
class Finished:
    """A delivery is done."""

    seq: int
    topic: str
    step: str


Note = Leased | Released | Finished


class Page:
    """What one batch changes, merged."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self.rows: list[tuple[Any, ...]] = []
        self._leased: dict[int, tuple[int, int, int]] = {}
        self._released: dict[int, tuple[int, int, int]] = {}
        self._finished: list[int] = []
        self._books: dict[tuple[str, str], list[int]] = collections.defaultdict(lambda: [0, 0, 0])
        self._awaiting: set[tuple[str | None, str, str, int]] = set()

    def note(self, note: Note) -> None:
        """Merge bookkeeping; of several notes about one delivery the last one holds."""
        match note:
            case Leased(claims):
                for claim in claims:
                    self._released.pop(claim[0], None)
                    self._leased[claim[0]] = claim
            case Released(seq, attempt, epoch):
                self._leased.pop(seq, None)
                self._released[seq] = (seq, attempt, epoch)
            case Finished(seq, topic, step):
                self._leased.pop(seq, None)
                self._released.pop(seq, None)
                self._finished.append(seq)
                self._books[topic, step][1] += 1

    def store(self, deliveries: Sequence[Delivery], first_seq: int, now: int) -> list[bool]:
        """Take in new deliveries, numbered from `first_seq`; whether each was stored.

        Deduplication is decided here, where all that was submitted before is in the file or on this page: notes of claims
        were written before any entry of this batch, and the rows of this batch that are not in the file yet are pending.
        """
        stored: list[bool] = []
        for seq, delivery in enumerate(deliveries, first_seq):
            new = not self._is_pending(delivery) and self._remember_key(delivery, now)
            if new:
                self._append(delivery, seq)
            stored.append(new)
        return stored

    def _is_pending(self, delivery: Delivery) -> bool:
        """Whether one with the same deduplication key has not begun."""
        if delivery.dedup_key is None:
            return False
        place = _place(delivery)
        return place in self._awaiting or bool(self.db.execute(queue_sql.PENDING_WITH_KEY, place).fetchall())

    def _remember_key(self, delivery: Delivery, now: int) -> bool:
        """Whether the idempotency key was unused."""
        if delivery.unique is None:
            return True
        values = (delivery.unique, now + delivery.unique_for_ms, delivery.id, now)
        self.db.execute(queue_sql.REMEMBER_KEY, values)
        return self.db.changes() == 1

    def _append(self, delivery: Delivery, seq: int) -> None:
        self.rows.append(row_of(delivery, seq))
        self._books[delivery.topic, delivery.step][0] += 1
        if delivery.dedup_key is not None:
            self._awaiting.add(_place(delivery))

    def done(self, topic: str, step: str) -> None:
        """Count one whose row was deleted with its last attempt."""
        self._books[topic, step][1] += 1

    def discarded(self, topic: str, step: str) -> None:
        """Count one that was dropped on purpose."""
        self._books[topic, step][2] += 1

    def write_notes(self) -> None:
        """Bookkeeping goes first: an entry of the same batch about the same delivery was made after it."""
        if self._leased:
            self.mark_leased(list(self._leased.values()))
        if self._released:
            self.db.execute(queue_sql.MARK_RELEASED, (orjson.dumps(list(self._released.values())).decode(),))
        if self._finished:
            self.db.execute(queue_sql.DELETE, (orjson.dumps(self._finished).decode(),))

    def mark_leased(self, claims: Sequence[tuple[int, int, int]]) -> None:
        """Write that deliveries were claimed, unless something later is known of them."""
        self.db.execute(queue_sql.MARK_LEASED, (orjson.dumps(claims).decode(),))

    def write_rows(self) -> None:
        """New deliveries, and then the books."""
        for rows in _in_sizes(self.rows):
            self.db.execute(queue_sql.INSERT[len(rows)], tuple(itertools.chain.from_iterable(rows)))
        if self._books:
            self.db.executemany(queue_sql.COUNT, [(*key, *counts) for key, counts in self._books.items()])


def _place(delivery: Delivery) -> tuple[str | None, str, str, int]:
    """Where deduplication finds it: the parameters of `queue_sql.PENDING_WITH_KEY`."""
    return delivery.dedup_key, delivery.topic, delivery.step, delivery.trigger


def _in_sizes(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    start = 0
    for size in queue_sql.INSERT_SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


@dataclasses.dataclass(slots=True, eq=False)
class Entered:
    """Something that is waited for. `answered` gets the outcome of `write` on the event loop, or `Raised`."""

    answered: Callable[[Any], None]

    def write(self, page: Page) -> Any:
        """Put it on the page or into the database."""
        raise NotImplementedError


@dataclasses.dataclass(slots=True, eq=False)
class Publish(Entered):
    """New deliveries, numbered from `first_seq`; the outcome says for each whether it was stored.

    `claims` are `QueueJournal.unconfirmed` when it was submitted, needed where a delivery has a deduplication key.
    """

    deliveries: Sequence[Delivery]
    first_seq: int
    now: int
    claims: Sequence[tuple[int, int, int]] = ()

    def write(self, page: Page) -> list[bool]:
        """Store those whose keys allow it."""
        if self.claims:
            # A note that failed with its batch may reach the file only after this entry, and the delivery it is about would
            # pass for pending: the new one would be dropped in favour of a run that had begun. Noting twice is harmless.
            page.mark_leased(self.claims)
        return page.store(self.deliveries, self.first_seq, self.now)


class Companion(Protocol):
    """What belongs into the same transaction as deliveries and is not the queue's business."""

    def holds(self, db: apsw.Connection) -> bool:
        """Whether the work may be stored."""
        ...

    def write(self, db: apsw.Connection) -> Sequence[Delivery]:
        """Store what is not the queue's; the deliveries as they are to be stored, as many as were announced."""
        ...


@dataclasses.dataclass(slots=True, eq=False)
class CommitWork(Entered):
    """`publish`, a finished delivery and what `companion` writes; the outcome is None when the companion does not hold.

    The deliveries of `publish` are then what the companion made of them.
    """

    publish: Publish
    finished: Finished | None
    companion: Companion

    @property
    def now(self) -> int:
        """When it was entered, epoch milliseconds."""
        return self.publish.now

    def write(self, page: Page) -> list[bool] | None:
        """All of it, or nothing."""
        if not self.companion.holds(page.db):
            return None
        self.publish.deliveries = self.companion.write(page.db)
        if self.finished is not None:
            page.db.execute(queue_sql.DELETE_ONE, (self.finished.seq,))
            page.done(self.finished.topic, self.finished.step)
        return self.publish.write(page)


@dataclasses.dataclass(slots=True, eq=False)
class Reschedule(Entered):
    """A failed delivery gets another attempt."""

    seq: int
    due_at: int
    attempt: int
    epoch: int

    def write(self, page: Page) -> None:
        """Write all that may differ, whether or not the note of its claim was written."""
        page.db.execute(queue_sql.RESCHEDULE, (self.due_at, self.attempt, self.epoch, self.seq))


@dataclasses.dataclass(slots=True, eq=False)
class BuryDead(Entered):
    """A delivery becomes a dead letter. Its followers are numbered from `first_seq`; the outcome says which were stored."""

    seq: int
    attempt: int
    epoch: int
    settlement: Bury
    first_seq: int

    def write(self, page: Page) -> list[bool]:
        """Move the row; the books change only when it is redriven or discarded."""
        end = self.settlement
        values = (self.attempt, self.epoch, failure_text(end.failure), end.reason, end.failed_at, self.seq)
        page.db.execute(queue_sql.BURY, values)
        page.db.execute(queue_sql.DELETE_ONE, (self.seq,))
        return page.store(end.followers, self.first_seq, end.failed_at)


@dataclasses.dataclass(slots=True, eq=False)
class CancelPending(Entered):
    """Deliveries that nobody can claim any more are dropped."""

    seqs: Sequence[int]

    def write(self, page: Page) -> None:
        """Free their idempotency keys, and count each in the books."""
        seqs = orjson.dumps(self.seqs).decode()
        page.db.execute(queue_sql.FREE_KEYS, (seqs,))
        dropped: list[Any] = page.db.execute(queue_sql.CANCEL, (seqs,)).fetchall()
        for topic, step in dropped:
            page.discarded(topic, step)


@dataclasses.dataclass(slots=True, eq=False)
class Redrive(Entered):
    """Dead letters become pending, numbered from `first_seq`; the outcome is what the index needs of each."""

    ids: Sequence[str]
    first_seq: int
    now: int

    def write(self, page: Page) -> list[tuple[Any, ...]]:
        """Ids that are no dead letters, or no longer, are passed over."""
        found: list[tuple[Any, ...]] = []
        for seq, delivery_id in enumerate(self.ids, self.first_seq):
            found.extend(page.db.execute(queue_sql.REDRIVE, (seq, self.now, delivery_id)))
            page.db.execute(queue_sql.DELETE_DEAD_BY_ID, (delivery_id,))
        return found


@dataclasses.dataclass(slots=True, eq=False)
class Discard(Entered):
    """Dead letters are dropped; the outcome is how many."""

    ids: Sequence[str]

    def write(self, page: Page) -> int:
        """Count each in the books."""
        dropped = [row for delivery_id in self.ids for row in page.db.execute(queue_sql.DISCARD, (delivery_id,))]
        for topic, step in dropped:
            page.discarded(topic, step)
        return len(dropped)


@dataclasses.dataclass(slots=True, eq=False)
class Quarantine(Entered):
    """A delivery turned out to be unreadable."""

    seq: int
    reason: str
    now: int

    def write(self, page: Page) -> None:
        """Set it aside."""
        set_aside(page.db, self.seq, self.reason, self.now)


@dataclasses.dataclass(slots=True, eq=False)
class QuarantineDead(Entered):
    """A dead letter turned out to be unreadable."""

    rowid: int
    reason: str
    now: int

    def write(self, page: Page) -> None:
        """Set it aside."""
        set_dead_aside(page.db, self.rowid, self.reason, self.now)


class QueueJournal:
    """The queue's party at the writer."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called after each batch in which somebody was answered."""
        self._changed = changed
        self._keys_forgotten_at = 0
        self._unconfirmed: set[Leased] = set()
        self.unwritten: list[Note] = []

    def claimed(self, claims: list[tuple[int, int, int]]) -> Leased:
        """The note of these claims."""
        note = Leased(claims)
        self._unconfirmed.add(note)
        return note

    def unconfirmed(self) -> list[tuple[int, int, int]]:
        """Claims that may not be in the file yet."""
        return [claim for note in self._unconfirmed for claim in note.claims]

    def write(self, db: apsw.Connection, jobs: Sequence[Any]) -> list[Any]:
        """See `Party.write`."""
        page = Page(db)
        entries = [job for job in jobs if isinstance(job, Entered)]
        for job in jobs:
            if not isinstance(job, Entered):
                page.note(job)
        page.write_notes()
        outcomes = {id(entry): entry.write(page) for entry in entries}
        page.write_rows()
        self._forget_keys(db, entries)
        return [outcomes.get(id(job)) for job in jobs]

    def answer(self, jobs: Sequence[Any], outcomes: Sequence[Any]) -> None:
        """See `Party.answer`."""
        answered = False
        for job, outcome in zip(jobs, outcomes, strict=True):
            if isinstance(job, Entered):
                job.answered(outcome)
                answered = True
            elif isinstance(outcome, Raised):
                self.unwritten.append(job)
            else:
                self._unconfirmed.discard(job)
        if answered:
            self._changed()

    def _forget_keys(self, db: apsw.Connection, entries: list[Entered]) -> None:
        now = max((entry.now for entry in entries if isinstance(entry, Publish | CommitWork)), default=0)
        if now - self._keys_forgotten_at >= _FORGET_KEYS_EVERY_MS:
            db.execute(queue_sql.FORGET_KEYS, (now,))
            self._keys_forgotten_at = now
