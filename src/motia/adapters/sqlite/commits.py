"""AtomicCommits on SQLite: queue, state and streams are tables of one file, so one transaction holds them all.

Survives the end of the process at any instruction, and a power cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import apsw

from motia.adapters.sqlite import state_rows
from motia.adapters.sqlite.queue import SqliteQueue
from motia.adapters.sqlite.streams import Book, SqliteStreams
from motia.model.atomic_work import (
    AtomicWork,
    CommitOutcome,
    Committed,
    Conflict,
    Place,
    StateClear,
    StateDelete,
    StateReads,
    StateSet,
    StateWrite,
    StreamClear,
    StreamDelete,
    StreamSend,
    StreamSet,
    StreamWrite,
    Superseded,
    digest_of_items,
    digest_of_names,
    stream_place,
)
from motia.model.delivery import Delivery
from motia.model.streams import Published, published, published_event


class SqliteCommits:
    """Commits to the file of `queue` and `streams`, which also holds the state."""

    def __init__(self, queue: SqliteQueue, streams: SqliteStreams) -> None:
        """The queue's journal is where works are written: it alone numbers deliveries and keeps the books."""
        self._queue = queue
        self._streams = streams

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """See `AtomicCommits.commit`."""
        values = _ValuesOf(work, self._streams)
        match await self._queue.commit(work.deliveries, work.delivery, values):
            case None:
                return Superseded()
            case False:
                return Conflict(values.changed)
            case _:
                return Committed(values.told)


class _ValuesOf:
    """State and streams of one work; runs in the writer's thread, possibly more than once."""

    def __init__(self, work: AtomicWork, streams: SqliteStreams) -> None:
        self.changed: tuple[Place, ...] = ()
        self.told: tuple[Published, ...] = ()
        self._work = work
        self._streams = streams

    def holds(self, db: apsw.Connection) -> bool:
        self.changed = (
            *_changed(
                self._work.reads,
                lambda group, key: state_rows.get(db, group, key),
                lambda group: state_rows.items(db, group),
                lambda: state_rows.groups(db),
            ),
            *self._changed_in_streams(Book(db)),
        )
        return not self.changed

    def write(self, db: apsw.Connection) -> tuple[Delivery, ...]:
        for change in self._work.writes:
            _write(db, change)
        if not self._work.stream_writes:
            return self._work.deliveries
        with self._streams.writing(db, self._work.now) as book:
            done = [_write_stream(book, change) for change in self._work.stream_writes]
        self.told = tuple(message for messages in done for message in messages)
        return self._work.deliveries_at({index: messages[0].at for index, messages in enumerate(done) if messages})

    def _changed_in_streams(self, book: Book) -> Iterator[Place]:
        for stream, reads in self._work.stream_reads.items():
            for place in _changed_in_stream(book, stream, reads):
                yield stream_place(stream, *place)


def _changed_in_stream(book: Book, stream: str, reads: StateReads) -> Iterator[Place]:
    return _changed(
        reads,
        lambda group, item: book.get(stream, group, item),
        lambda group: book.items(stream, group),
        lambda: book.groups(stream),
    )


def _changed(
    reads: StateReads,
    get: Callable[[str, str], bytes | None],
    items: Callable[[str], list[tuple[str, bytes]]],
    groups: Callable[[], list[str]],
) -> Iterator[Place]:
    for (group, key), seen in reads.values.items():
        if get(group, key) != seen:
            yield group, key
    for group, digest in reads.lists.items():
        if digest_of_items(items(group)) != digest:
            yield (group,)
    if reads.names is not None and digest_of_names(groups()) != reads.names:
        yield ()


def _write(db: apsw.Connection, change: StateWrite) -> None:
    match change:
        case StateSet(group, key, value):
            state_rows.put(db, group, key, value)
        case StateDelete(group, key):
            state_rows.delete(db, group, key)
        case StateClear(group):
            state_rows.clear(db, group)


def _write_stream(book: Book, change: StreamWrite) -> list[Published]:
    """What subscribers are to hear of it."""
    match change:
        case StreamSet(stream, group, item, value):
            return [published(book.put(stream, group, item, value))]
        case StreamDelete(stream, group, item):
            removed = book.delete(stream, group, item)
            return [] if removed is None else [published(removed)]
        case StreamClear(stream, group):
            return [published(removed) for removed in book.clear(stream, group)]
        case StreamSend(stream, group, item, event):
            return [published_event(stream, group, item, book.stamp(stream, group), event)]
