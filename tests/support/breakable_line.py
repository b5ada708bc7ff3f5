"""Something between client and server whose connections can be broken at any byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class BreakableLine:
    """Listens on `port` and hands on what comes, both ways, unless it `is_down`."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.is_down = False
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None] | None] = set()

    def break_all(self) -> int:
        """End all connections without a goodbye; how many there were."""
        ends, self._open = self._open, set()
        for writer in ends:
            writer.transport.abort()
        return len(ends) // 2

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down:
            writer.transport.abort()
            return
        ends = {writer}
        self._serving.add(task := asyncio.current_task())
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            ends.add(far_writer)
            self._open |= ends
            async with asyncio.TaskGroup() as both:
                both.create_task(_hand_on(reader, far_writer))
                both.create_task(_hand_on(far_reader, writer))
        finally:
            self._open -= ends
            for each in ends:
                each.transport.abort()
            self._serving.discard(task)


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@contextlib.asynccontextmanager
async def breakable_line(target: int) -> AsyncIterator[BreakableLine]:
    """A line to the port `target`."""
    line = BreakableLine(target)
    server = await asyncio.start_server(line._connected, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.break_all()
        while line._serving:  # noqa: ASYNC110 - until the ends have noticed
            await asyncio.sleep(0)
