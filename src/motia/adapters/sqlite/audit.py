"""The audit log in the file of the traces."""

from __future__ import annotations

from typing import Final

import apsw
import orjson

from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.model.safe_json import safe_json
from motia.ports.audit_log import AuditEntry

_ADD: Final = (
    "INSERT OR IGNORE INTO audit (id, time, actor, action, target, status, details) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_LIST: Final = """
SELECT id, time, actor, action, target, status, details FROM audit
WHERE (?1 IS NULL OR action = ?1) AND (?2 IS NULL OR instr(target, ?2)) AND (?3 IS NULL OR id < ?3)
ORDER BY id DESC LIMIT ?4
"""
_FORGET: Final = "DELETE FROM audit WHERE time < ?"


class SqliteAudit:
    """Entries in the file behind `writer` and `reader`, which stay open when this is done with."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def add(self, entry: AuditEntry) -> None:
        """See `AuditLog.add`."""
        e = entry
        values = (e.id, e.time, e.actor, e.action, e.target, e.status, safe_json(dict(e.details)).decode())

        def store(db: apsw.Connection) -> None:
            db.execute(_ADD, values)

        await self._writer.run(store)

    async def entries(
        self, *, action: str | None = None, target: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[AuditEntry]:
        """See `AuditLog.entries`."""
        rows = await self._reader.run(lambda db: list(db.execute(_LIST, (action, target, after, limit))))
        return [
            AuditEntry(id_, time, actor, action, target_, status, orjson.loads(details))
            for id_, time, actor, action, target_, status, details in rows
        ]

    async def forget(self, *, before: int) -> int:
        """See `AuditLog.forget`."""

        def drop(db: apsw.Connection) -> int:
            db.execute(_FORGET, (before,))
            return db.changes()

        return await self._writer.run(drop)
