"""Response chunks on their way from a handler to a client."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

# Handed back to the worker in portions: a credit frame per chunk would double the traffic of a token stream.
_CREDIT_PORTION: Final = 256 * 1024


class StreamBroken(Exception):
    """The handler failed or its worker was lost after the response had begun."""


class ChunkStream:
    """Yields the chunks that `put` receives until `finish`, or raises `StreamBroken` after `break_off`.

    `credit(bytes)` is called as chunks are consumed; `abandon()` when the consumer goes away first.
    """

    def __init__(self, credit: Callable[[int], None], abandon: Callable[[], None]) -> None:
        """An empty stream."""
        self._credit = credit
        self._abandon = abandon
        self._chunks: deque[bytes] = deque()
        self._consumed = 0
        self._finished = False
        self._problem: str | None = None
        self._changed = asyncio.Event()

    def put(self, chunk: bytes) -> None:
        """Another chunk."""
        self._chunks.append(chunk)
        self._changed.set()

    def finish(self) -> None:
        """No more chunks."""
        self._finished = True
        self._changed.set()

    def break_off(self, message: str) -> None:
        """No more chunks, and the response is not whole."""
        self._problem = message
        self.finish()

    def __aiter__(self) -> ChunkStream:
        """One pass only."""
        return self

    async def __anext__(self) -> bytes:
        """The next chunk, as soon as there is one."""
        while not self._chunks:
            if self._finished:
                if self._problem is not None:
                    raise StreamBroken(self._problem)
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        chunk = self._chunks.popleft()
        self._consumed += len(chunk)
        if self._consumed >= _CREDIT_PORTION:
            self._credit(self._consumed)
            self._consumed = 0
        return chunk

    def close(self) -> None:
        """The consumer goes away: the handler is cancelled if it still runs."""
        if not self._finished:
            self._finished = True
            self._abandon()
