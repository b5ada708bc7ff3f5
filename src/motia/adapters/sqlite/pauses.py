"""Pauses on SQLite."""

from __future__ import annotations

from typing import Final

import apsw

from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.ports.pauses import Pause, PauseKind

_PAUSE: Final = "INSERT OR IGNORE INTO pauses (step, kind, since, by) VALUES (?, ?, ?, ?)"
_RESUME: Final = "DELETE FROM pauses WHERE step = ? AND kind = ?"
_LIST: Final = "SELECT kind, step, since, by FROM pauses ORDER BY step, kind"


class SqlitePauses:
    """Pauses in the file behind `writer` and `reader`, which stay open when this is done with."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def pause(self, pause: Pause) -> bool:
        """See `PauseStore.pause`."""
        values = (pause.step, pause.kind, pause.since, pause.by)
        return await self._writer.run(lambda db: _changed(db, _PAUSE, values))

    async def resume(self, kind: PauseKind, step: str) -> bool:
        """See `PauseStore.resume`."""
        return await self._writer.run(lambda db: _changed(db, _RESUME, (step, kind)))

    async def pauses(self) -> list[Pause]:
        """See `PauseStore.pauses`."""
        return await self._reader.run(lambda db: [Pause(*row) for row in db.execute(_LIST)])


def _changed(db: apsw.Connection, statement: str, values: tuple[object, ...]) -> bool:
    db.execute(statement, values)
    return db.changes() > 0
