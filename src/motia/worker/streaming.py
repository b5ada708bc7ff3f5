"""Response bodies that are sent while they are made, no faster than they are read."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from motia.authoring.encoding import write_header
from motia.worker.connection import Connection
from motia.worker.results import HeaderValues, response_of

WINDOW = 1024 * 1024
"""Chunk bytes that may be on the way unasked."""


class Body:
    """The body of one call's response, sent in chunks.

    Until the first byte nothing is sent, so that a failure can still be answered as one.
    """

    def __init__(self, connection: Connection, call_id: int) -> None:
        self._connection = connection
        self._id = call_id
        self._window = WINDOW
        self._waiting: deque[tuple[memoryview, asyncio.Future[None]]] = deque()
        self._status = 200
        self._headers: HeaderValues = {}
        self._ending: asyncio.Future[None] | None = None
        self.used = False
        """Whether a status, a header or a byte was written."""
        self.begun = False
        """Whether anything was sent."""
        self.ended = False

    def head(self, status: int, headers: Mapping[str, Any]) -> None:
        """Sets status and headers. Raises RuntimeError when they are sent already, ValueError when they are none."""
        if self.begun:
            raise RuntimeError("status and headers are sent with the first byte; it has been sent")
        response = response_of({"status": status, "headers": headers})
        self._status, self._headers = response["status"], response["headers"]
        self.used = True

    @property
    def headers(self) -> HeaderValues:
        """What was set so far."""
        return self._headers

    def write(self, chunk: bytes, content_type: str = "") -> "asyncio.Future[None] | None":
        """Sends a chunk, or as much of it as the reader wants now; the future, if any, resolves when all of it is sent.

        Raises:
            RuntimeError: the body has ended.
        """
        if self._ending is not None or self.ended:
            raise RuntimeError("the response has ended")
        self._begin(content_type)
        if not self._waiting and len(chunk) <= self._window:
            self._send(chunk)
            return None
        sent = asyncio.get_running_loop().create_future()
        self._waiting.append((memoryview(chunk), sent))
        self._push()
        return sent

    def end(self) -> "asyncio.Future[None] | None":
        """Ends the body once everything is sent. Ending twice is no error."""
        if self.ended or self._ending is not None:
            return self._ending
        if self._waiting:
            self._ending = asyncio.get_running_loop().create_future()
            return self._ending
        self._begin("")
        self._finish()
        return None

    def credit(self, count: int) -> None:
        """The reader wants that many bytes more."""
        self._window += count
        self._push()

    def _begin(self, content_type: str) -> None:
        if self.begun:
            return
        if content_type:
            self._headers.setdefault("content-type", content_type)
        header = {"t": "head", "id": self._id, "status": self._status, "headers": self._headers}
        self._connection.send(write_header(header))
        self.begun = self.used = True

    def _push(self) -> None:
        while self._waiting and self._window > 0:
            chunk, sent = self._waiting[0]
            part = chunk[: self._window]
            self._send(bytes(part))
            if len(part) < len(chunk):
                self._waiting[0] = (chunk[len(part) :], sent)
                return
            self._waiting.popleft()
            if not sent.done():
                sent.set_result(None)
        if not self._waiting and self._ending is not None and not self.ended:
            self._finish()
            if not self._ending.done():
                self._ending.set_result(None)

    def _send(self, chunk: bytes) -> None:
        if chunk:
            self._window -= len(chunk)
            self._connection.send(b'{"t":"chunk","id":%d}' % self._id, chunk)

    def _finish(self) -> None:
        self.ended = True
        self._connection.send(b'{"t":"end","id":%d}' % self._id)


class Unread:
    """The body of a response nobody waits for: the Step was started by hand."""

    def __init__(self) -> None:
        self.used = self.begun = False
        self.ended = False

    def head(self, _status: int, _headers: Mapping[str, Any]) -> None:
        """Ignored."""
        self.used = True

    def write(self, _chunk: bytes, _content_type: str = "") -> None:
        """Ignored."""
        self.used = self.begun = True

    def end(self) -> None:
        """Ignored."""
        self.ended = True

    def credit(self, _count: int) -> None:
        """Ignored."""
