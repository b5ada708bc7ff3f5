"""Who did what: every operation that changes something is noted with its answer, off the path of the request."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from motia.admin.operations import INTEGER, NULLABLE_STRING, STRING, Answered, Asked, Operation, listing, record
from motia.model.errors import MotiaError
from motia.model.identity import new_delivery_id
from motia.observe.redaction import MASK, is_secret_name, redacted
from motia.ports.audit_log import AuditEntry, AuditLog
from motia.runtime.clock import Clock

_PAGE: Final = 1000
_TEXT_LIMIT: Final = 500
# Members of a body that hold what is stored under a name, which may be the name of a secret.
_VALUES: Final = frozenset({"value", "data"})
_MEMBERS: Final = 20
# Members of a body that say what is meant; the others are details.
_TARGETS: Final = ("step", "topic", "ids", "items", "groupId", "key", "streamName", "itemId", "id")
_ENTRY = record(
    id=STRING, time=INTEGER, actor=STRING, action=STRING, target=STRING, status=INTEGER, details={"type": "object"},
)  # fmt: skip


class AuditTrail:
    """Notes actions; `on_problem` hears when they cannot be kept."""

    def __init__(self, log: AuditLog, clock: Clock, on_problem: Callable[[str], None] = lambda _: None) -> None:
        """Writes to `log`."""
        self._log = log
        self._clock = clock
        self._on_problem = on_problem
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, actor: str, operation: Operation, parameters: Mapping[str, str], body: Any, status: int) -> None:
        """An operation was answered with `status`."""
        now = self._clock.now_ms()
        given = body if isinstance(body, dict) else {}
        target = [*parameters.values(), *(_short(given[name]) for name in _TARGETS if given.get(name) is not None)]
        details = {name: _cut(value) for name, value in list(redacted(given).items())[:_MEMBERS]}
        if any(is_secret_name(word) for word in target) and _VALUES.intersection(details):
            details |= dict.fromkeys(_VALUES.intersection(details), MASK)
        entry = AuditEntry(
            new_delivery_id(now), now, actor, operation.id, " ".join(target)[:_TEXT_LIMIT], status, details
        )
        task = asyncio.get_running_loop().create_task(self._write(entry))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Returns when all that was noted is stored."""
        await asyncio.gather(*self._writing)

    def operations(self) -> list[Operation]:
        """In the order they are matched."""
        return [
            Operation(
                "listAudit", "GET", "/__motia/audit", "Who asked for what changes, newest first", self._list,
                record(entries=listing(_ENTRY), next=NULLABLE_STRING), tag="records",
                query={
                    "action": (STRING, "only this operation, by its id"),
                    "target": (STRING, "only where the target contains this"),
                    "before": (STRING, "continue behind this: the 'next' of the page before"),
                    "limit": (INTEGER, f"how many, at most {_PAGE}"),
                },
            )
        ]  # fmt: skip

    async def _list(self, asked: Asked) -> Answered:
        await self.settle()
        limit = max(1, asked.number("limit", 100, most=_PAGE))
        query = asked.query
        found = await self._log.entries(
            action=query.get("action"), target=query.get("target"), limit=limit, after=query.get("before")
        )
        more = found[-1].id if len(found) == limit else None
        return Answered({"entries": [dataclasses.asdict(each) for each in found], "next": more})

    async def _write(self, entry: AuditEntry) -> None:
        try:
            await self._log.add(entry)
        except MotiaError as problem:
            self._on_problem(f"{entry.action} by {entry.actor} could not be noted in the audit log: {problem}")


def _short(value: Any) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - 3} more" if len(value) > 3 else ""
        return ", ".join(map(str, value[:3])) + more
    return str(value)


def _cut(value: Any) -> Any:
    text = str(value)
    return value if len(text) <= _TEXT_LIMIT else text[:_TEXT_LIMIT] + "…"
