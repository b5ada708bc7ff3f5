"""Reads that may be long, away from the event loop: one thread with a connection that can only read."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from motia.adapters.sqlite.connection import open_reader
from motia.adapters.sqlite.turns import Turns
from motia.model.errors import StoreUnavailable

T = TypeVar("T")


class Reader:
    """Sees what was committed before each read began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = open_reader(path)
        self._turns = Turns(asyncio.get_running_loop())
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=f"read {path.name}")

    async def run(self, work: Callable[[apsw.Connection], T]) -> T:
        """What `work` returns; it runs in the thread, after earlier reads. Raises `StoreUnavailable`."""
        self._turns.begun()
        try:
            return await asyncio.wrap_future(self._submit(work))
        except (apsw.Error, UnicodeDecodeError) as problem:
            raise StoreUnavailable(f"{self._path.name} could not be read: {problem}") from problem
        finally:
            self._turns.ended()

    async def close(self) -> None:
        """Finish the reads that were asked for. May be called again."""
        await asyncio.to_thread(self._thread.shutdown)
        self._db.close()

    def _submit(self, work: Callable[[apsw.Connection], T]) -> concurrent.futures.Future[T]:
        try:
            return self._thread.submit(self._work, work)
        except RuntimeError as closed:
            raise StoreUnavailable(f"{self._path.name} is closed") from closed

    def _work(self, work: Callable[[apsw.Connection], T]) -> T:
        self._turns.works()
        try:
            return work(self._db)
        finally:
            self._turns.rests()
