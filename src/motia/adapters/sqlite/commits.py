"""AtomicCommits on SQLite: queue and state are tables of one file, so one transaction holds both.

Survives the end of the process at any instruction, and a power cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from motia.adapters.sqlite import state_rows
from motia.adapters.sqlite.queue import SqliteQueue
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
    Superseded,
    digest_of_items,
    digest_of_names,
)


class SqliteCommits:
    """Commits to the file of `queue`, which also holds the state."""

    def __init__(self, queue: SqliteQueue) -> None:
        """The queue's journal is where works are written: it alone numbers deliveries and keeps the books."""
        self._queue = queue

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """See `AtomicCommits.commit`."""
        state = _StateOf(work)
        match await self._queue.commit(work.deliveries, work.delivery, state):
            case None:
                return Superseded()
            case False:
                return Conflict(state.changed)
            case _:
                return Committed()


class _StateOf:
    """The state of one work; runs in the writer's thread, possibly more than once."""

    def __init__(self, work: AtomicWork) -> None:
        self._work = work
        self.changed: tuple[Place, ...] = ()

    def holds(self, db: apsw.Connection) -> bool:
        self.changed = tuple(_changed(db, self._work.reads))
        return not self.changed

    def write(self, db: apsw.Connection) -> None:
        for change in self._work.writes:
            _write(db, change)


def _changed(db: apsw.Connection, reads: StateReads) -> Iterator[Place]:
    for (group, key), seen in reads.values.items():
        if state_rows.get(db, group, key) != seen:
            yield group, key
    for group, digest in reads.lists.items():
        if digest_of_items(state_rows.items(db, group)) != digest:
            yield (group,)
    if reads.names is not None and digest_of_names(state_rows.groups(db)) != reads.names:
        yield ()


def _write(db: apsw.Connection, change: Any) -> None:
    match change:
        case StateSet(group, key, value):
            state_rows.put(db, group, key, value)
        case StateDelete(group, key):
            state_rows.delete(db, group, key)
        case StateClear(group):
            state_rows.clear(db, group)
