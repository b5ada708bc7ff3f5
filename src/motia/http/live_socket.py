"""WebSocket connections of live streams, below ASGI: a message is encoded once for all who get it (WS-1 to WS-17)."""

from __future__ import annotations

import asyncio
import collections
import email.utils
import struct
from collections.abc import Callable
from typing import Any, Final, Protocol, cast
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from motia.http.live_messages import BAD_MESSAGE, BadMessage, error_message, wish_of
from motia.http.live_session import LiveSession, LiveStreams
from motia.runtime.rooms import Message
from motia.runtime.stream_access import Visitor

PING_EVERY_S: Final = 30.0
_MISSED_PONGS: Final = 2
_CLOSE_GRACE_S: Final = 2.0
# Longer ones are refused and the connection goes on (WS-4); longer than the second, it is not even read to its end.
_MESSAGE_LIMIT: Final = 64 * 1024
_FRAME_LIMIT: Final = 2 * 1024 * 1024
_MOST_BAD: Final = 10
# Messages that wait for the ones before them: reading stops above the first number and goes on below the second.
_STOP_READING: Final = 256
_READ_AGAIN: Final = 64

_SHORT: Final = 126
_MEDIUM: Final = 1 << 16


def text_frame(payload: bytes) -> bytes:
    """A whole, unmasked text frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < _SHORT:
        return bytes((0x81, size)) + payload
    if size < _MEDIUM:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


class ServerState(Protocol):
    """What of the HTTP server's state is used: the connections that it closes when it stops."""

    connections: set[Any]


class LiveServer:
    """Makes a protocol of each connection that asks for an upgrade, and counts them."""

    def __init__(
        self, streams: LiveStreams, origin_allowed: Callable[[str | None], bool], *, ping_every_s: float = PING_EVERY_S
    ) -> None:
        """`origin_allowed(origin)`: whether a page from there may connect; None is a client that is no browser."""
        self.streams = streams
        self.origin_allowed = origin_allowed
        self.ping_every_s = ping_every_s
        self.accepting = True
        self._addresses: collections.Counter[str] = collections.Counter()
        self._unsent: dict[LiveSocket, None] = {}

    def __call__(self, *, server_state: ServerState, **_: Any) -> LiveSocket:
        """As the HTTP server makes the protocol of an upgraded connection."""
        return LiveSocket(self, server_state)

    @property
    def connections(self) -> int:
        """How many are open."""
        return self._addresses.total()

    def admit(self, address: str) -> bool:
        """Count a connection from `address`, unless there are too many."""
        limits = self.streams.limits
        if not self.accepting or self.connections >= limits.connections:
            return False
        if self._addresses[address] >= limits.connections_per_address:
            return False
        self._addresses[address] += 1
        return True

    def gone(self, address: str) -> None:
        """One from `address` was closed."""
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def send_soon(self, socket: LiveSocket) -> None:
        """Flush `socket` at the end of this turn of the loop: what comes in one turn is one write."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send)
        self._unsent[socket] = None

    def _send(self) -> None:
        sockets, self._unsent = self._unsent, {}
        for socket in sockets:
            socket.flush()


class LiveSocket(asyncio.Protocol):
    """One connection: handshake, frames, pings, and the queue of what the client asked for."""

    def __init__(self, server: LiveServer, state: ServerState) -> None:
        self._server = server
        self._state = state
        self._protocol = ServerProtocol(
            max_size=_FRAME_LIMIT, select_subprotocol=lambda _, offered: offered[0] if offered else None
        )
        self._transport: asyncio.Transport
        self._address = ""
        self._counted = False
        self._session: LiveSession | None = None
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._todo: collections.deque[bytes | str | None] = collections.deque()
        self._work: asyncio.Task[None] | None = None
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._reading = True
        self._bad = 0
        self._unanswered = 0
        self._timer: asyncio.TimerHandle | None = None
        self._lost = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        self._state.connections.add(self)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._transport.pause_reading()
                self._start(self._shake_hands(event))
            elif isinstance(event, Frame):
                self._received(event)
        self._write_protocol()

    def eof_received(self) -> None:
        """See `asyncio.Protocol`."""
        self._protocol.receive_eof()
        self._write_protocol()

    def connection_lost(self, problem: Exception | None) -> None:  # noqa: ARG002 - whatever ended it, it is over
        """See `asyncio.Protocol`."""
        self._lost = True
        self._state.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._counted:
            self._server.gone(self._address)
        self._out.clear()
        self._leave_everything()

    def shutdown(self) -> None:
        """The server stops: clients are told to come again."""
        self._close(1012, "the server is stopping")

    # Subscriber and Carrier

    def tell(self, message: Message) -> None:
        """See `Subscriber.tell`."""
        if self._protocol.state is not State.OPEN or self._lost:
            return
        if message.wire is None:
            message.wire = text_frame(message.text)
        self._out.append(message.wire)
        self._out_bytes += len(message.wire)
        self._server.send_soon(self)

    def overwhelmed(self) -> None:
        """See `Subscriber.overwhelmed`."""
        self._close(1013, "too slow: what was sent is not read; connect again to go on")

    def appeared(self, stream: str) -> None:
        """See `Carrier.appeared`."""
        self._todo.append(stream)
        self._go_on()

    def flush(self) -> None:
        """Write what was told."""
        out, self._out, self._out_bytes = self._out, [], 0
        if not out or self._lost or self._transport.is_closing():
            return
        self._transport.write(b"".join(out) if len(out) > 1 else out[0])
        if self._transport.get_write_buffer_size() > self._server.streams.limits.unsent_bytes:
            self.overwhelmed()

    # Handshake

    async def _shake_hands(self, request: Request) -> None:
        response = self._protocol.accept(request)
        path = request.path
        if response.status_code == 101:
            response = await self._judged(request, path) or response
        if self._lost:
            return
        self._protocol.send_response(response)
        self._write_protocol()
        if self._protocol.state is State.OPEN:
            self._transport.resume_reading()
            self._ping_later()

    async def _judged(self, request: Request, path: str) -> Response | None:
        """The refusal, None to let it in."""
        if urlsplit(path).path.startswith("/__motia"):
            return _refusal(404, "Not Found", "There are no live streams here")
        if not self._server.origin_allowed(request.headers.get("Origin")):
            return _refusal(403, "Forbidden", "This origin may not connect")
        if not self._server.admit(self._address):
            return _refusal(503, "Service Unavailable", "Too many connections", ("Retry-After", "1"))
        self._counted = True
        described = _described(request, self._address)
        query = urlsplit(request.path).query
        visitor = await self._server.streams.visitor(described, described["headers"], query)
        if visitor is None:
            return _refusal(401, "Unauthorized", "Authentication failed")
        self._enter(visitor)
        return None

    def _enter(self, visitor: Visitor) -> None:
        if not self._lost:
            self._session = LiveSession(self._server.streams, visitor, self)

    # Frames

    def _received(self, frame: Frame) -> None:
        self._unanswered = 0
        if frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            return
        self._parts_bytes += len(frame.data)
        if self._parts_bytes <= _MESSAGE_LIMIT:
            self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        message = b"".join(self._parts) if self._parts_bytes <= _MESSAGE_LIMIT else b""
        self._parts, self._parts_bytes = [], 0
        self._todo.append(message)
        if len(self._todo) > _STOP_READING and self._reading:
            self._reading = False
            self._transport.pause_reading()
        self._go_on()

    def _go_on(self) -> None:
        if self._work is None and self._todo:
            self._start(self._do_all())

    def _start(self, work: Any) -> None:
        self._work = asyncio.get_running_loop().create_task(work)
        self._work.add_done_callback(self._worked)

    def _worked(self, work: asyncio.Task[None]) -> None:
        self._work = None
        if not work.cancelled() and (fault := work.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a live connection failed", "exception": fault}
            )
            self._close(1011, "the server made a mistake")
        self._go_on()

    async def _do_all(self) -> None:
        while self._todo:
            task = self._todo.popleft()
            if self._session is None:
                continue
            if task is None:
                await self._session.close()
                self._session = None
            elif isinstance(task, str):
                await self._session.appeared(task)
            else:
                await self._do(self._session, task)
            if not self._reading and len(self._todo) < _READ_AGAIN and not self._lost:
                self._reading = True
                self._transport.resume_reading()

    async def _do(self, session: LiveSession, message: bytes) -> None:
        try:
            wish = wish_of(message) if message else None
            if not message:
                raise BadMessage(f"a message is at most {_MESSAGE_LIMIT:,} bytes long, and not empty")
        except BadMessage as problem:
            self._bad += 1
            now = self._server.streams.clock.now_ms()
            self.tell(Message(error_message(None, BAD_MESSAGE, str(problem), now=now), now))
            if self._bad >= _MOST_BAD:
                self._close(1008, "ten messages in a row that are none")
            return
        self._bad = 0
        if wish is not None:
            await session.do(wish)

    # The end, and signs of life

    def _close(self, code: int, reason: str) -> None:
        if self._lost:
            return
        if self._protocol.state is not State.OPEN:
            self._transport.abort()
            return
        self._flush_before_closing()
        self._protocol.send_close(code, reason)
        self._write_protocol()
        self._leave_everything()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(_CLOSE_GRACE_S, self._transport.abort)

    def _leave_everything(self) -> None:
        self._todo.clear()
        self._todo.append(None)
        self._go_on()

    def _flush_before_closing(self) -> None:
        """What was told before goes before the end."""
        out, self._out, self._out_bytes = self._out, [], 0
        if out and not self._transport.is_closing():
            self._transport.write(b"".join(out))

    def _write_protocol(self) -> None:
        for data in self._protocol.data_to_send():
            if self._lost or self._transport.is_closing():
                return
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
        if self._protocol.close_expected() and self._timer is not None:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(_CLOSE_GRACE_S, self._transport.abort)

    def _ping_later(self) -> None:
        if not self._lost:
            self._timer = asyncio.get_running_loop().call_later(self._server.ping_every_s, self._ping)

    def _ping(self) -> None:
        if self._unanswered >= _MISSED_PONGS:
            self._transport.abort()
            return
        self._unanswered += 1
        self._protocol.send_ping(b"")
        self._write_protocol()
        self._ping_later()


def _described(request: Request, address: str) -> dict[str, Any]:
    """The request as the author's `authenticate` gets it (STR-30, STR-34)."""
    headers: dict[str, str] = {}
    for name, value in request.headers.raw_items():
        lower = name.lower()
        if lower == "sec-websocket-protocol":
            value = ",".join(part.strip() for part in value.split(","))  # noqa: PLW2901
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    parts = request.path.split("?", 1)
    query = parse_qs(parts[1], keep_blank_values=True) if len(parts) > 1 else {}
    return {
        "headers": headers,
        "url": request.path,
        "path": parts[0],
        "queryParams": query,
        "ip": address,
    }


def _refusal(status: int, phrase: str, text: str, *more: tuple[str, str]) -> Response:
    body = text.encode()
    headers = Headers(
        [
            ("Date", email.utils.formatdate(usegmt=True)),
            ("Connection", "close"),
            ("Content-Length", str(len(body))),
            ("Content-Type", "text/html; charset=utf-8"),
            *more,
        ]
    )
    return Response(status, phrase, headers, body)
