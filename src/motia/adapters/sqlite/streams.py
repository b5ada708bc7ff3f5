"""StreamStore on SQLite: everything that happens to a group passes the writer's thread, whose order is the order of all.

Survives the end of the process at any instruction, and a power cut. Snapshots and stamps are bookkeeping for the disk:
they wait for their turn, not for a sync.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from motia.adapters.sqlite.connection import open_reader
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Raised, Writer, resolve
from motia.model.errors import InvalidPayload, MotiaError, StoreUnavailable
from motia.model.streams import (
    TOMBSTONE_MS,
    ItemChange,
    Snapshot,
    created_at_of,
    item_of,
    updated_item,
    with_created_at,
)

_GET: Final = "SELECT value FROM stream_items WHERE stream = ? AND item_group = ? AND id = ?"
_GET_WITH_TIME: Final = "SELECT value, created_at FROM stream_items WHERE stream = ? AND item_group = ? AND id = ?"
_ITEMS: Final = "SELECT id, value FROM stream_items WHERE stream = ? AND item_group = ? ORDER BY position"
_CREATE: Final = "INSERT INTO stream_items (stream, item_group, id, created_at, value) VALUES (?, ?, ?, ?, ?)"
_CHANGE: Final = "UPDATE stream_items SET value = ? WHERE stream = ? AND item_group = ? AND id = ?"
_DELETE: Final = "DELETE FROM stream_items WHERE stream = ? AND item_group = ? AND id = ? RETURNING value"
_CLEAR: Final = "DELETE FROM stream_items WHERE stream = ? AND item_group = ?"
_GROUPS: Final = "SELECT DISTINCT item_group FROM stream_items WHERE stream = ? ORDER BY item_group"
_STREAMS: Final = """
SELECT stream, count(*), count(DISTINCT item_group) FROM stream_items GROUP BY stream ORDER BY stream
"""
_LAST: Final = "SELECT last_at FROM stream_clocks WHERE stream = ? AND item_group = ?"
_KEEP_LAST: Final = "INSERT OR REPLACE INTO stream_clocks (stream, item_group, last_at) VALUES (?, ?, ?)"
_BURY: Final = "INSERT OR REPLACE INTO stream_removals (stream, item_group, id, removed_at) VALUES (?, ?, ?, ?)"
_RAISE: Final = "DELETE FROM stream_removals WHERE stream = ? AND item_group = ? AND id = ?"
_REMOVED_AT: Final = "SELECT removed_at FROM stream_removals WHERE stream = ? AND item_group = ? AND id = ?"
_FORGET: Final = "DELETE FROM stream_removals WHERE removed_at <= ?"

_FORGET_EVERY_MS: Final = 600_000
# Clocks are read again from the file where they are not in memory; this bounds only the memory.
_MOST_CLOCKS: Final = 10_000


@dataclasses.dataclass(slots=True, eq=False)
class _Job:
    """One thing to do in the writer's thread; `work(book)` may run again after a rollback."""

    future: asyncio.Future[Any]
    now: int
    work: Callable[[Book], Any]


class SqliteStreams:
    """The items in the file behind `writer` and `reader`, which stay open when this is closed."""

    def __init__(self, path: Path, writer: Writer, reader: Reader) -> None:
        """`path` is the file of both; single reads use a connection of their own, in the event loop's thread."""
        self._writer = writer
        self._reader = reader
        self._db = open_reader(path)
        self._journal = _Journal()
        self._loop = asyncio.get_running_loop()

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """See `StreamStore.get`."""
        try:
            row = self._db.execute(_GET, (stream, group, item)).fetchone()
        except UnicodeEncodeError as problem:
            raise InvalidPayload(f"the name is no valid Unicode: {problem.reason}") from problem
        except apsw.Error as problem:
            raise StoreUnavailable(f"the stream could not be read: {problem}") from problem
        return None if row is None else row[0]

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """See `StreamStore.items`."""
        return await self._reader.run(lambda db: list(db.execute(_ITEMS, (stream, group))))

    async def set(self, stream: str, group: str, item: str, data: bytes, *, now: int) -> ItemChange:
        """See `StreamStore.set`."""

        def change(_: bytes | None, created_at: int) -> bytes:
            return item_of(data, item, created_at)

        result: ItemChange = await self._do(lambda book: book.change(stream, group, item, change), now)
        return result

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], *, now: int
    ) -> ItemChange:
        """See `StreamStore.update`."""

        def change(before: bytes | None, created_at: int) -> bytes:
            return updated_item(before, ops, item, created_at)

        result: ItemChange = await self._do(lambda book: book.change(stream, group, item, change), now)
        return result

    async def delete(self, stream: str, group: str, item: str, *, now: int) -> ItemChange | None:
        """See `StreamStore.delete`."""
        result: ItemChange | None = await self._do(lambda book: book.delete(stream, group, item), now)
        return result

    async def clear(self, stream: str, group: str, *, now: int) -> list[ItemChange]:
        """See `StreamStore.clear`."""
        result: list[ItemChange] = await self._do(lambda book: book.clear(stream, group), now)
        return result

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        """See `StreamStore.snapshot`."""
        result: Snapshot = await self._do(lambda book: book.snapshot(stream, group, item), now, durable=False)
        return result

    async def stamp(self, stream: str, group: str, *, now: int) -> int:
        """See `StreamStore.stamp`."""
        result: int = await self._do(lambda book: book.stamp(stream, group), now, durable=False)
        return result

    async def groups(self, stream: str) -> list[str]:
        """See `StreamStore.groups`."""
        return await self._reader.run(lambda db: [name for (name,) in db.execute(_GROUPS, (stream,))])

    async def streams(self) -> list[tuple[str, int, int]]:
        """See `StreamStore.streams`."""
        return await self._reader.run(lambda db: list(db.execute(_STREAMS)))

    def close(self) -> None:
        """Let go of the reading connection. May be called again."""
        self._db.close()

    def writing(self, db: apsw.Connection, now: int) -> contextlib.AbstractContextManager[Book]:
        """The tables for writes in somebody else's transaction, in the writer's thread."""
        return self._journal.writing(db, now)

    async def _do(self, work: Callable[[Book], Any], now: int, *, durable: bool = True) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._writer.submit(self._journal, _Job(future, now, work), durable=durable)
        return await future


class _Journal:
    """The streams' party at the writer: jobs one after another, the clocks of their groups once per batch."""

    def __init__(self) -> None:
        self._clocks: dict[tuple[str, str], int] = {}
        self._forgotten_at = 0

    def write(self, db: apsw.Connection, jobs: Sequence[_Job]) -> list[Any]:
        """See `Party.write`."""
        with self.writing(db, max(job.now for job in jobs)) as book:
            return [self._attempt(book, job) for job in jobs]

    @contextlib.contextmanager
    def writing(self, db: apsw.Connection, now: int) -> Iterator[Book]:
        """The tables, with the clocks that all writes of the file have in common; in the end they are written, too."""
        if len(self._clocks) > _MOST_CLOCKS:
            self._clocks.clear()
        book = Book(db, now, self._clocks)
        yield book
        book.keep_clocks()
        if now - self._forgotten_at >= _FORGET_EVERY_MS:
            db.execute(_FORGET, (now - TOMBSTONE_MS,))
            self._forgotten_at = now

    def answer(self, jobs: Sequence[_Job], outcomes: Sequence[Any]) -> None:
        """See `Party.answer`."""
        for job, outcome in zip(jobs, outcomes, strict=True):
            resolve(job.future, outcome)

    def _attempt(self, book: Book, job: _Job) -> Any:
        book.now = job.now
        before = book.db.total_changes()
        try:
            return job.work(book)
        except MotiaError as refusal:
            if book.db.total_changes() != before:
                raise
            return Raised(refusal)


class Book:
    """The tables during one transaction, in the writer's thread."""

    def __init__(self, db: apsw.Connection, now: int = 0, clocks: dict[tuple[str, str], int] | None = None) -> None:
        """`clocks` are the last timestamps of groups, as far as they are known; `now` is epoch milliseconds.

        Without them it can only be read.
        """
        self.db = db
        self.now = now
        self._touched: set[tuple[str, str]] = set()
        self._clocks = {} if clocks is None else clocks

    def keep_clocks(self) -> None:
        """Write the clocks that have moved."""
        for key in self._touched:
            self.db.execute(_KEEP_LAST, (*key, self._clocks[key]))

    def stamp(self, stream: str, group: str) -> int:
        """The next timestamp of a group. After a rollback it has risen for nothing, which is allowed."""
        key = (stream, group)
        last = self._clocks.get(key)
        if last is None:
            last = self.db.execute(_LAST, key).get or 0
        self._clocks[key] = at = max(self.now, last + 1)
        self._touched.add(key)
        return at

    def change(self, stream: str, group: str, item: str, change: Callable[[bytes | None, int], bytes]) -> ItemChange:
        """Write what `change(item or None, time of its creation)` makes of it."""
        before, created_at = self._found(stream, group, item) or (None, self.now)
        after = change(before, created_at)
        return self._store(stream, group, item, before, after, created_at)

    def put(self, stream: str, group: str, item: str, value: bytes) -> ItemChange:
        """Write an item that is made already; one that is there keeps the time of its creation."""
        found = self._found(stream, group, item)
        if found is None:
            return self._store(stream, group, item, None, value, created_at_of(value))
        before, created_at = found
        return self._store(stream, group, item, before, with_created_at(value, created_at), created_at)

    def _found(self, stream: str, group: str, item: str) -> tuple[bytes, int] | None:
        row: tuple[bytes, int] | None = self.db.execute(_GET_WITH_TIME, (stream, group, item)).fetchone()
        return row

    def _store(
        self, stream: str, group: str, item: str, before: bytes | None, after: bytes, created_at: int
    ) -> ItemChange:
        if before is None:
            self.db.execute(_CREATE, (stream, group, item, created_at, after))
            self.db.execute(_RAISE, (stream, group, item))
        else:
            self.db.execute(_CHANGE, (after, stream, group, item))
        return ItemChange(stream, group, item, before, after, self.stamp(stream, group))

    def get(self, stream: str, group: str, item: str) -> bytes | None:
        """The item, None where there is none."""
        value: bytes | None = self.db.execute(_GET, (stream, group, item)).get
        return value

    def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """All (id, item) of a group, oldest first."""
        return list(self.db.execute(_ITEMS, (stream, group)))

    def groups(self, stream: str) -> list[str]:
        """Names of the groups with items, sorted."""
        return [name for (name,) in self.db.execute(_GROUPS, (stream,))]

    def delete(self, stream: str, group: str, item: str) -> ItemChange | None:
        """Remove an item and remember that it was there."""
        before = self.db.execute(_DELETE, (stream, group, item)).get
        if before is None:
            return None
        self.db.execute(_BURY, (stream, group, item, self.now))
        return ItemChange(stream, group, item, before, None, self.stamp(stream, group))

    def clear(self, stream: str, group: str) -> list[ItemChange]:
        """Remove a group."""
        items = self.items(stream, group)
        self.db.execute(_CLEAR, (stream, group))
        self.db.executemany(_BURY, [(stream, group, item, self.now) for item, _ in items])
        return [ItemChange(stream, group, item, before, None, self.stamp(stream, group)) for item, before in items]

    def snapshot(self, stream: str, group: str, item: str | None) -> Snapshot:
        """What is there now."""
        if item is None:
            found = tuple(self.items(stream, group))
            return Snapshot(found, self.stamp(stream, group))
        value = self.get(stream, group, item)
        removed_at = self.db.execute(_REMOVED_AT, (stream, group, item)).get
        deleted = value is None and removed_at is not None and removed_at > self.now - TOMBSTONE_MS
        return Snapshot(() if value is None else ((item, value),), self.stamp(stream, group), deleted)
