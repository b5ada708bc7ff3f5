"""The socket to the core. Everything said in one turn of the event loop goes out in one write."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, cast

from motia.worker import exits
from motia.worker.frames import FrameReader, MalformedFrame, frame

Receive = Callable[[dict[str, Any], bytes], None]


class Connection(asyncio.Protocol):
    """Sends and receives frames.

    Args:
        receive: called for each frame.
        ended: called when the core has ended the connection.
    """

    def __init__(self, receive: Receive, ended: Callable[[], None]) -> None:
        self._receive = receive
        self._ended = ended
        self._reader = FrameReader()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._transport: asyncio.WriteTransport | None = None
        self._outgoing: list[bytes] = []
        self._scheduled = False
        self._severed = False
        self._writable = asyncio.Event()
        self._writable.set()
        self.unbuffered = False
        """While true, frames leave at once instead of with the turn: the loop will not turn for a while."""

    def send(self, header: bytes, body: bytes = b"") -> None:
        """Sends a frame, from any thread; frames of one thread stay in order. Raises ValueError when it is too long."""
        self._outgoing.append(frame(header, body))
        if self._scheduled:
            return
        if threading.get_ident() != self._thread:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self.flush)
        elif self.unbuffered:
            self.flush()
        else:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Hands everything sent so far to the operating system."""
        # First the flag, then the frames: a thread that sends in between schedules once too often, never too seldom.
        self._scheduled = False
        count = len(self._outgoing)
        if count and self._transport is not None and not self._severed:
            data = self._outgoing[0] if count == 1 else b"".join(self._outgoing[:count])
            del self._outgoing[:count]
            self._transport.write(data)

    async def flushed(self) -> None:
        """Waits until everything sent so far has left this process."""
        self.flush()
        await self._writable.wait()

    def close(self) -> None:
        """Sends what is left and ends the connection."""
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def sever(self) -> None:
        """Forgets the socket: this is a forked child, and it belongs to the parent."""
        self._severed = True
        self._outgoing.clear()

    @property
    def severed(self) -> bool:
        """Whether this process is only a child of the worker."""
        return self._severed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        writing = cast(asyncio.WriteTransport, transport)  # uvloop's transports do not say so
        # Without a buffer of its own the transport writes at once; turns are joined here.
        writing.set_write_buffer_limits(high=0)
        self._transport = writing

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._scheduled = True  # one flush below serves every answer that is given at once
        try:
            for header, body in self._reader.feed(data):
                self._receive(header, body)
        except MalformedFrame as broken:
            exits.at_once(exits.MALFORMED, str(broken))
        finally:
            self.flush()

    def pause_writing(self) -> None:
        """Called by the loop when the socket is full."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by the loop when the socket is empty again."""
        self._writable.set()

    def connection_lost(self, _error: Exception | None) -> None:
        """Called by the loop."""
        self._ended()
