"""StateStore on SQLite: writes in the writer's transactions, single reads at once, lists in the reading thread.

Survives the end of the process at any instruction, and a power cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from motia.adapters.sqlite import state_rows
from motia.adapters.sqlite.connection import open_reader
from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.model.errors import InvalidPayload, StoreUnavailable
from motia.model.stored_json import incremented, updated


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
            return state_rows.get(self._db, group, key)
        except UnicodeEncodeError as problem:
            raise InvalidPayload(f"the name is no valid Unicode: {problem.reason}") from problem
        except apsw.Error as problem:
            raise StoreUnavailable(f"state could not be read: {problem}") from problem

    async def set(self, group: str, key: str, value: bytes) -> bytes | None:
        """See `StateStore.set`."""
        return await self._writer.run(lambda db: state_rows.replace(db, group, key, lambda _: value)[0])

    async def delete(self, group: str, key: str) -> bytes | None:
        """See `StateStore.delete`."""
        return await self._writer.run(lambda db: state_rows.delete(db, group, key))

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """See `StateStore.items`."""
        return await self._reader.run(lambda db: state_rows.items(db, group))

    async def groups(self) -> list[str]:
        """See `StateStore.groups`."""
        return await self._reader.run(state_rows.groups)

    async def clear(self, group: str) -> int:
        """See `StateStore.clear`."""
        return await self._writer.run(lambda db: state_rows.clear(db, group))

    async def update(self, group: str, key: str, ops: Sequence[dict[str, Any]]) -> tuple[bytes | None, bytes]:
        """See `StateStore.update`."""
        return await self._writer.run(lambda db: state_rows.replace(db, group, key, lambda value: updated(value, ops)))

    async def increment(self, group: str, key: str, by: float) -> bytes:
        """See `StateStore.increment`."""
        _, after = await self._writer.run(
            lambda db: state_rows.replace(db, group, key, lambda value: incremented(value, by))
        )
        return after

    def close(self) -> None:
        """Let go of the reading connection. May be called again."""
        self._db.close()
