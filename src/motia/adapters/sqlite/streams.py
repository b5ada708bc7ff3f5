"""StreamStore on SQLite: everything that happens to a group passes the writer's thread, whose order is the order of all.

Survives the end of the process at any instruction, and a power cut. Snapshots and stamps are bookkeeping for the disk:
they wait for their turn, not for a sync.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from motia.adapters.sqlite.connection import open_reader
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Raised, Writer, resolve
from motia.model.errors import InvalidPayload, MotiaError, StoreUnavailable
from motia.model.streams import TOMBSTONE_MS, ItemChange, Snapshot, item_of, updated_item

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
    work: Callable[[_Book], Any]


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

    async def _do(self, work: Callable[[_Book], Any], now: int, *, durable: bool = True) -> Any:
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
        if len(self._clocks) > _MOST_CLOCKS:
            self._clocks.clear()
        book = _Book(db, self._clocks)
        outcomes = [self._attempt(book, job) for job in jobs]
        for key in book.touched:
            db.execute(_KEEP_LAST, (*key, self._clocks[key]))
        now = max(job.now for job in jobs)
        if now - self._forgotten_at >= _FORGET_EVERY_MS:
            db.execute(_FORGET, (now - TOMBSTONE_MS,))
            self._forgotten_at = now
        return outcomes

    def answer(self, jobs: Sequence[_Job], outcomes: Sequence[Any]) -> None:
        """See `Party.answer`."""
        for job, outcome in zip(jobs, outcomes, strict=True):
            resolve(job.future, outcome)

    def _attempt(self, book: _Book, job: _Job) -> Any:
        book.now = job.now
        before = book.db.total_changes()
        try:
            return job.work(book)
        except MotiaError as refusal:
            if book.db.total_changes() != before:
                raise
            return Raised(refusal)


class _Book:
    """The tables during one batch. `touched` are the groups whose clock has moved."""

    def __init__(self, db: apsw.Connection, clocks: dict[tuple[str, str], int]) -> None:
        self.db = db
        self.now = 0
        self.touched: set[tuple[str, str]] = set()
        self._clocks = clocks

    def stamp(self, stream: str, group: str) -> int:
        """The next timestamp of a group. After a rollback it has risen for nothing, which is allowed."""
        key = (stream, group)
        last = self._clocks.get(key)
        if last is None:
            last = self.db.execute(_LAST, key).get or 0
        self._clocks[key] = at = max(self.now, last + 1)
        self.touched.add(key)
        return at

    def change(self, stream: str, group: str, item: str, change: Callable[[bytes | None, int], bytes]) -> ItemChange:
        """Write what `change(item or None, time of its creation)` makes of it."""
        row = self.db.execute(_GET_WITH_TIME, (stream, group, item)).fetchone()
        before, created_at = (None, self.now) if row is None else row
        after = change(before, created_at)
        if before is None:
            self.db.execute(_CREATE, (stream, group, item, created_at, after))
            self.db.execute(_RAISE, (stream, group, item))
        else:
            self.db.execute(_CHANGE, (after, stream, group, item))
        return ItemChange(stream, group, item, before, after, self.stamp(stream, group))

    def delete(self, stream: str, group: str, item: str) -> ItemChange | None:
        """Remove an item and remember that it was there."""
        before = self.db.execute(_DELETE, (stream, group, item)).get
        if before is None:
            return None
        self.db.execute(_BURY, (stream, group, item, self.now))
        return ItemChange(stream, group, item, before, None, self.stamp(stream, group))

    def clear(self, stream: str, group: str) -> list[ItemChange]:
        """Remove a group."""
        items = list(self.db.execute(_ITEMS, (stream, group)))
        self.db.execute(_CLEAR, (stream, group))
        self.db.executemany(_BURY, [(stream, group, item, self.now) for item, _ in items])
        return [ItemChange(stream, group, item, before, None, self.stamp(stream, group)) for item, before in items]

    def snapshot(self, stream: str, group: str, item: str | None) -> Snapshot:
        """What is there now."""
        if item is None:
            found = tuple(self.db.execute(_ITEMS, (stream, group)))
            return Snapshot(found, self.stamp(stream, group))
        value = self.db.execute(_GET, (stream, group, item)).get
        removed_at = self.db.execute(_REMOVED_AT, (stream, group, item)).get
        deleted = value is None and removed_at is not None and removed_at > self.now - TOMBSTONE_MS
        return Snapshot(() if value is None else ((item, value),), self.stamp(stream, group), deleted)
