"""The streams of the Workbench (WS-24): views on what the core knows. Nothing of them is stored.

A view is a function from a group to its items. While somebody is in a room, its items are compared with those told before
whenever the core may know something new, and the differences are published; log records and runs are published as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from motia.model.errors import MotiaError
from motia.model.records import LogRecord
from motia.model.safe_json import safe_json
from motia.model.streams import ItemChange, Published, Snapshot, change_event
from motia.observe.recorder import Stored
from motia.ports.broadcast import Broadcast
from motia.runtime.clock import Clock, pause
from motia.runtime.rooms import Snapshots

LOGS: Final = "__motia.logs"
RUNS: Final = "__motia.runs"
DEFAULT: Final = "default"
# Between two looks at what may be new: quick for whoever watches, little work while much happens.
_EVERY_MS: Final = 200

Items = dict[str, Any]
View = Callable[[str], Awaitable[Items]]


class WorkbenchStreams:
    """Snapshots of the Workbench's streams, and their changes. `watched` tells the (stream, group) that have members."""

    def __init__(self, views: Mapping[str, View], broadcast: Broadcast, clock: Clock) -> None:
        """`views` by stream; each gives the items of a group by id, oldest first."""
        self._views = views
        self._broadcast = broadcast
        self._clock = clock
        self._watched: Callable[[], Iterable[tuple[str, str]]] = tuple
        self._told: dict[tuple[str, str], dict[str, bytes]] = {}
        self._at: dict[tuple[str, str], int] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._changed = False

    @property
    def names(self) -> frozenset[str]:
        """The streams there are."""
        return frozenset(self._views)

    def watched_by(self, watched: Callable[[], Iterable[tuple[str, str]]]) -> None:
        """Ask `watched` which rooms have members."""
        self._watched = watched

    async def snapshot(self, stream: str, group: str, item: str | None) -> Snapshot:
        """What is there; members that came earlier are told of what changed since they were told last."""
        key = (stream, group)
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = await self._refresh(key)
            chosen = held.items() if item is None else [(item, held[item])] if item in held else []
            return Snapshot(tuple(chosen), self._stamp(key))

    def changed(self) -> None:
        """The core may know something new."""
        self._changed = True
        if self._refreshing is None and any(True for _ in self._watched()):
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh_watched())

    def stored(self, batch: Stored, shown_run: Callable[[Any], Items]) -> None:
        """A batch of records was stored."""
        watched = set(self._watched())
        if not watched:
            return
        if (LOGS, DEFAULT) in watched:
            for each in batch.logs:
                self._publish((LOGS, DEFAULT), each.id, None, safe_json(log_item(each)))
        if (RUNS, DEFAULT) in watched:
            told = self._told.setdefault((RUNS, DEFAULT), {})
            for run in batch.runs:
                text = safe_json(shown_run(run))
                self._publish((RUNS, DEFAULT), run.id, told.get(run.id), text)
                told[run.id] = text
                if run.is_over:
                    del told[run.id]
        self.changed()

    async def stop(self) -> None:
        """Publish no more."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    async def _refresh_watched(self) -> None:
        try:
            while self._changed:
                self._changed = False
                watched = {key for key in self._watched() if key[0] in self._views}
                self._forget_all_but(watched)
                for key in watched - {(LOGS, DEFAULT), (RUNS, DEFAULT)}:
                    async with self._locks.setdefault(key, asyncio.Lock()):
                        await self._refresh(key)
                await pause(self._clock, _EVERY_MS)
        except MotiaError:
            self._changed = True  # a store that cannot be read now is read when something happens again
        finally:
            self._refreshing = None

    def _forget_all_but(self, watched: set[tuple[str, str]]) -> None:
        now = self._clock.now_ms()
        for key in [key for key in self._told if key not in watched]:
            del self._told[key]
        for key in [key for key, at in self._at.items() if key not in watched and at < now]:
            del self._at[key]
        for key in [key for key, lock in self._locks.items() if key not in watched and not lock.locked()]:
            del self._locks[key]

    async def _refresh(self, key: tuple[str, str]) -> dict[str, bytes]:
        """The items as they are, after telling how they differ from those told before."""
        stream, group = key
        items = await self._views[stream](group)
        held = {item_id: safe_json(item) for item_id, item in items.items()}
        before = self._told.get(key)
        if before is not None and stream not in {LOGS, RUNS}:
            for item_id, text in held.items():
                if before.get(item_id) != text:
                    self._publish(key, item_id, before.get(item_id), text)
            for item_id in before.keys() - held.keys():
                self._publish(key, item_id, before[item_id], None)
        self._told[key] = {} if stream == LOGS else held
        return held

    def _publish(self, key: tuple[str, str], item_id: str, before: bytes | None, after: bytes | None) -> None:
        change = ItemChange(*key, item_id, before, after, self._stamp(key))
        self._broadcast.publish(Published(*key, item_id, change.at, change_event(change)))

    def _stamp(self, key: tuple[str, str]) -> int:
        at = self._at[key] = max(self._clock.now_ms(), self._at.get(key, 0) + 1)
        return at


class WithWorkbench:
    """The streams of authors and, under their own names, those of the Workbench, for whoever joins either."""

    def __init__(self, authors: Snapshots, workbench: WorkbenchStreams) -> None:
        """Asks `workbench` for its own, `authors` for all others."""
        self._authors = authors
        self._workbench = workbench

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        """See `StreamStore.snapshot`."""
        if stream in self._workbench.names:
            return await self._workbench.snapshot(stream, group, item)
        return await self._authors.snapshot(stream, group, item, now=now)


def log_item(each: LogRecord) -> Items:
    """A log record as an item (LOG-2)."""
    return {
        **each.args, "id": each.id, "level": each.level, "time": each.time, "msg": each.message, "traceId": each.trace_id,
        "flows": list(each.flows), "step": each.step,
    }  # fmt: skip
