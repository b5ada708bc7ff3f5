"""Live streams as server-sent events, for curl and for places without WebSocket: `/__motia/streams/STREAM/GROUP[/ID]`.

The same subscriptions, access and messages as over sockets; `id` of each event is its timestamp, so that a client which
comes back with `Last-Event-ID` gets what it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from motia.http import refusals
from motia.http.cors import CorsPolicy
from motia.http.live_session import LiveStreams
from motia.http.replies import send_refusal
from motia.model.errors import StoreUnavailable
from motia.model.step import StreamDefinition
from motia.runtime.rooms import Message, Target
from motia.runtime.stream_access import Visitor

PREFIX: Final = "/__motia/streams/"
_KEEP_ALIVE_S: Final = 15.0
_KEEP_ALIVE: Final = b": still here\n\n"
# Addresses of the admin surface with the same beginning; a stream of such a name is had by asking for events.
_ADMIN: Final = frozenset({"all", "details", "groups", "group", "item", "set", "delete", "send"})
_EVENTS: Final = b"text/event-stream"
_NAMES: Final = (2, 3)  # stream and group, or an item too

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def asks_for_feed(scope: Scope) -> bool:
    """Whether a request is one for a feed."""
    path: str = scope["raw_path"].decode("latin-1")
    if not path.startswith(PREFIX):
        return False
    if path.removeprefix(PREFIX).partition("/")[0] not in _ADMIN:
        return True
    return any(name == b"accept" and _EVENTS in value for name, value in scope["headers"])


class LiveFeed:
    """Answers requests below `PREFIX`."""

    def __init__(
        self, streams: LiveStreams, cors: Callable[[], CorsPolicy], *, keep_alive_s: float = _KEEP_ALIVE_S
    ) -> None:
        """`keep_alive_s`: how often a quiet feed says that it is there, for proxies in between."""
        self._streams = streams
        self._cors = cors
        self._keep_alive_s = keep_alive_s
        self._open: set[_Reader] = set()

    def stop(self) -> None:
        """End all feeds: their clients come again."""
        for reader in list(self._open):
            reader.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3 entry."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        extra = self._cors().headers(headers.get("origin"))
        try:
            target = _target(scope)
            visitor, definition = await self._admit(scope, headers, target)
            await self._serve(target, definition, visitor, headers, extra, receive, send)
        except refusals.Refusal as refusal:
            await send_refusal(send, refusal, scope["method"], extra)

    async def _admit(
        self, scope: Scope, headers: dict[str, str], target: Target
    ) -> tuple[Visitor, StreamDefinition | None]:
        if len(self._open) >= self._streams.limits.connections:
            raise refusals.unavailable("Too many connections")
        query = scope["query_string"].decode("latin-1")
        visitor = await self._streams.visitor(_described(scope, headers), headers, query)
        if visitor is None:
            raise refusals.Refusal(401, {"error": "Authentication failed"})
        exists, definition = self._streams.find(target.stream, visitor)
        if not exists:
            raise refusals.Refusal(404, {"error": f"Stream {target.stream} not found"})
        if not await self._streams.access.allows(definition, target, visitor):
            raise refusals.Refusal(403, {"error": "Access denied"})
        return visitor, definition

    async def _serve(
        self,
        target: Target,
        definition: StreamDefinition | None,
        visitor: Visitor,
        headers: dict[str, str],
        extra: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> None:
        reader = _Reader(self._streams.limits.unsent_bytes)
        self._open.add(reader)
        try:
            await self._streams.rooms.join(reader, target, after=_after(headers))
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *extra]})
            await self._pump(reader, receive, send)
        except StoreUnavailable:
            raise refusals.unavailable("The stream cannot be read at the moment") from None
        finally:
            self._open.discard(reader)
            self._streams.rooms.leave(reader, target)
            await self._streams.access.left(definition, target, visitor)

    async def _pump(self, reader: _Reader, receive: Receive, send: Send) -> None:
        """Send what there is until the client has gone or is to go."""
        leaving = asyncio.get_running_loop().create_task(_gone(receive))
        leaving.add_done_callback(lambda _: reader.end())
        try:
            while not reader.ended:
                text = await reader.next(self._keep_alive_s)
                await send({"type": "http.response.body", "body": text or _KEEP_ALIVE, "more_body": True})
            if not leaving.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            leaving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await leaving


_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class _Reader:
    """A subscriber whose messages wait until they are sent."""

    def __init__(self, most_bytes: int) -> None:
        self.ended = False
        self._most_bytes = most_bytes
        self._waiting: list[bytes] = []
        self._size = 0
        self._some = asyncio.Event()

    def tell(self, message: Message) -> None:
        text = b"id: %d\ndata: %s\n\n" % (message.at, message.text)
        self._waiting.append(text)
        self._size += len(text)
        self._some.set()
        if self._size > self._most_bytes:
            self.end()

    def overwhelmed(self) -> None:
        self.end()

    def end(self) -> None:
        self.ended = True
        self._some.set()

    async def next(self, limit_s: float) -> bytes:
        """What waits, as soon as something does; empty after `limit_s` seconds of nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._some.wait()
        self._some.clear()
        waiting, self._waiting, self._size = self._waiting, [], 0
        return b"".join(waiting)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _target(scope: Scope) -> Target:
    if scope["method"] != "GET":
        raise refusals.Refusal(405, {"error": f"Method {scope['method']} not allowed"}, {"allow": "GET"})
    path: str = scope["raw_path"].decode("latin-1")
    names = [unquote(part) for part in path.removeprefix(PREFIX).split("/")]
    if len(names) not in _NAMES or not all(names):
        raise refusals.Refusal(404, {"error": f"Live streams are at {PREFIX}STREAM/GROUP or {PREFIX}STREAM/GROUP/ID"})
    return Target(*names)


def _after(headers: dict[str, str]) -> int | None:
    seen = headers.get("last-event-id", "")
    return int(seen) if seen.isascii() and seen.isdigit() else None


def _described(scope: Scope, headers: dict[str, str]) -> dict[str, Any]:
    """The request as the author's `authenticate` gets it (STR-30)."""
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    client = scope.get("client")
    return {
        "headers": headers,
        "url": f"{path}?{query}" if query else path,
        "path": path,
        "queryParams": parse_qs(query, keep_blank_values=True),
        "ip": client[0] if client else "",
    }
