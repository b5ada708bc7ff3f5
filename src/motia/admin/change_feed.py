"""What changes in a core, told to everybody who looks: one connection per page, however much it shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, Final

from motia.observe.recorder import Recorder, Stored

# A reader that falls further behind is told to look for itself (`missed`) instead of being owed everything.
_MOST_WAITING: Final = 10_000


class ChangeFeed:
    """Tells of traces that grew, in spans or logs, and of reloaded code."""

    def __init__(self, recorder: Recorder) -> None:
        """Hears `recorder`; costs nothing while nobody reads."""
        self._readers: set[ChangeReader] = set()
        recorder.listen_stored(self._stored)

    @contextlib.contextmanager
    def reader(self) -> Iterator[ChangeReader]:
        """One more reader, until the context ends."""
        reader = ChangeReader()
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    def code_changed(self) -> None:
        """The project's code was loaded again."""
        self._tell("code", {})

    def _stored(self, batch: Stored) -> None:
        if not self._readers:
            return
        trace_ids = {each.trace_id for each in batch.spans}
        trace_ids.update(each.trace_id for each in batch.logs if each.trace_id is not None)
        if trace_ids:
            self._tell("traces", sorted(trace_ids))

    def _tell(self, kind: str, data: Any) -> None:
        for reader in self._readers:
            reader.tell(kind, data)


class ChangeReader:
    """What waits for one reader."""

    def __init__(self) -> None:
        """Nothing waits yet."""
        self._waiting: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(_MOST_WAITING + 1)
        self._missed = False

    def tell(self, kind: str, data: Any) -> None:
        """One more thing, unless too much waits already."""
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put_nowait((kind, data))
            self._missed = False
        elif not self._missed:
            self._missed = True
            self._waiting.put_nowait(("missed", {}))

    async def next(self) -> tuple[str, Any]:
        """The kind and the data of the next change."""
        return await self._waiting.get()
