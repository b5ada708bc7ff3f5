"""The ledger of ticks on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw

from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.model.tick import Tick

_KEPT: Final = 1_000
_RECORD: Final = """
INSERT OR IGNORE INTO ticks (step, "trigger", scheduled_for, outcome, recorded_at, delivery) VALUES (?, ?, ?, ?, ?, ?)
"""
_FORGET: Final = """
DELETE FROM ticks WHERE step = ?1 AND "trigger" = ?2 AND scheduled_for < (
    SELECT scheduled_for FROM ticks WHERE step = ?1 AND "trigger" = ?2 ORDER BY scheduled_for DESC LIMIT 1 OFFSET ?3
)
"""
_LAST: Final = 'SELECT max(scheduled_for) FROM ticks WHERE step = ? AND "trigger" = ?'
_LIST: Final = """
SELECT step, "trigger", scheduled_for, outcome, recorded_at, delivery FROM ticks
WHERE ?1 IS NULL OR step = ?1 ORDER BY scheduled_for DESC LIMIT ?2
"""


class SqliteTicks:
    """Ticks in the file behind `writer` and `reader`, which stay open when this is done with."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def record(self, ticks: Sequence[Tick]) -> list[bool]:
        """See `TickLedger.record`."""
        return await self._writer.run(lambda db: [_record(db, tick) for tick in ticks])

    async def last(self, step: str, trigger: int) -> int | None:
        """See `TickLedger.last`."""
        latest: int | None = await self._reader.run(lambda db: db.execute(_LAST, (step, trigger)).get)
        return latest

    async def ticks(self, *, step: str | None = None, limit: int = 100) -> list[Tick]:
        """See `TickLedger.ticks`."""
        return await self._reader.run(lambda db: [Tick(*row) for row in db.execute(_LIST, (step, limit))])


def _record(db: apsw.Connection, tick: Tick) -> bool:
    values = (tick.step, tick.trigger, tick.scheduled_for, tick.outcome, tick.recorded_at, tick.delivery)
    db.execute(_RECORD, values)
    new = db.changes() > 0
    db.execute(_FORGET, (tick.step, tick.trigger, _KEPT - 1))
    return new
