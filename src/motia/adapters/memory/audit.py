"""The audit log in memory."""

from __future__ import annotations

from motia.ports.audit_log import AuditEntry


class MemoryAudit:
    """Survives nothing."""

    def __init__(self) -> None:
        self._entries: dict[str, AuditEntry] = {}

    async def add(self, entry: AuditEntry) -> None:
        """See `AuditLog.add`."""
        self._entries.setdefault(entry.id, entry)

    async def entries(
        self, *, action: str | None = None, target: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[AuditEntry]:
        """See `AuditLog.entries`."""
        found = [
            each
            for each in self._entries.values()
            if action in {None, each.action}
            and (target is None or target in each.target)
            and (after is None or each.id < after)
        ]
        return sorted(found, key=lambda each: each.id, reverse=True)[:limit]

    async def forget(self, *, before: int) -> int:
        """See `AuditLog.forget`."""
        old = [each.id for each in self._entries.values() if each.time < before]
        for each in old:
            del self._entries[each]
        return len(old)
