"""Frames of the worker protocol (docs/worker-protocol.md): two lengths, a JSON header, a raw body."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any, Final, cast

import orjson

_LENGTHS: Final = struct.Struct(">II")
_PREFIX: Final = _LENGTHS.size
MAX_HEADER: Final = 16 * 1024 * 1024
MAX_BODY: Final = 128 * 1024 * 1024
# Below this a copy is cheaper than one more item for the kernel's vector.
_COALESCE_BELOW: Final = 64 * 1024


class BrokenFrame(Exception):
    """The other side does not speak the protocol; the connection is of no more use."""


def encode(header: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame. Raises `orjson.JSONEncodeError` when the header is not JSON."""
    head = orjson.dumps(header)
    return _LENGTHS.pack(len(head), len(body)) + head + body


class FrameConnection(asyncio.Protocol):
    """One end of a connection that carries frames.

    Received frames go to `receive(header, body)`, in order. `lost(problem)` is called once at the end, with what broke
    the protocol or None. Writes of one turn of the event loop leave together: a system call per frame costs half the throughput.
    """

    def __init__(
        self, receive: Callable[[dict[str, Any], bytes], None], lost: Callable[[BrokenFrame | None], None]
    ) -> None:
        """Nothing happens before `connection_made`; frames sent earlier leave then."""
        self._receive = receive
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._outgoing: list[bytes] = []
        self._flush_due = False
        self._incoming = bytearray()
        self._problem: BrokenFrame | None = None

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send a frame; after the connection is lost it goes nowhere."""
        head = orjson.dumps(header)
        prefix = _LENGTHS.pack(len(head), len(body))
        if len(body) < _COALESCE_BELOW:
            self._outgoing.append(prefix + head + body)
        else:
            self._outgoing.append(prefix + head)
            self._outgoing.append(body)
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        """Send what is waiting, then close."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        self._flush_due = False
        if self._transport is None or not self._outgoing:
            return
        outgoing, self._outgoing = self._outgoing, []
        self._transport.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)  # stream sockets only; uvloop's class is its own
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Deliver all frames that are complete."""
        try:
            if self._incoming:
                self._incoming += data
                used = self._deliver(self._incoming)
                del self._incoming[:used]
            else:
                used = self._deliver(data)
                if used < len(data):
                    self._incoming += data[used:]
        except BrokenFrame as problem:
            self._problem = problem
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why a socket ended does not matter
        """Tell the owner."""
        self._transport = None
        self._lost(self._problem)

    def _deliver(self, data: bytes | bytearray) -> int:
        """Hand over each complete frame in `data`; how many bytes they took."""
        at, end = 0, len(data)
        view = memoryview(data)
        try:
            while end - at >= _PREFIX:
                header_length, body_length = _LENGTHS.unpack_from(data, at)
                if header_length > MAX_HEADER or body_length > MAX_BODY:
                    raise BrokenFrame(f"a frame of {header_length} + {body_length} bytes is over the limit")
                body_at = at + _PREFIX + header_length
                stop = body_at + body_length
                if stop > end:
                    break
                header = _parse(view[at + _PREFIX : body_at])
                self._receive(header, bytes(view[body_at:stop]) if body_length else b"")
                at = stop
        finally:
            view.release()
        return at


def _parse(data: memoryview) -> dict[str, Any]:
    try:
        header = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        raise BrokenFrame(f"a header is not JSON: {problem}") from None
    if not isinstance(header, dict) or not isinstance(header.get("t"), str):
        raise BrokenFrame("a header is no object with a 't'")
    return header
