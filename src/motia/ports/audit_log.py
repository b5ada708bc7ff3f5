"""AuditLog: who asked the admin surface to do what."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action. `time` is epoch ms; `actor` who (`local`, `token`), `action` the operation, `status` its HTTP answer.

    `target` is what it was done to, `details` what else was asked for, with secrets masked.
    """

    id: str
    time: int
    actor: str
    action: str
    target: str
    status: int
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class AuditLog(Protocol):
    """Entries are only ever added, and dropped by age."""

    async def add(self, entry: AuditEntry) -> None:
        """Store it. Raises `StoreUnavailable`."""
        ...

    async def entries(
        self, *, action: str | None = None, target: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[AuditEntry]:
        """Entries by id, newest first; `target` is a part of theirs, `after` continues behind that id."""
        ...

    async def forget(self, *, before: int) -> int:
        """Drop what is older than `before` (epoch ms); how many."""
        ...
