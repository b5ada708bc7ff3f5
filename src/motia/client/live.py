"""Connections to live streams: made again when they are lost, joined again, and gone on with where they ended."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import quote, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as dial
from websockets.exceptions import InvalidStatus, WebSocketException

from motia.client.backoff import Backoff
from motia.client.channel import Channel, Target, denied, refusal_in
from motia.client.errors import AuthenticationFailed, ConnectionFailed, LiveError, TooManySubscriptions
from motia.client.subscriptions import LiveGroup, LiveItem

Token = str | Callable[[], str | Awaitable[str]] | None

# A connection that lived this long counts as one that went well.
_STABLE_S: Final = 5.0
_CLOSING_S: Final = 1.0
_SERVER_ERRORS: Final = 500
_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def connect(
    url: str,
    *,
    token: Token = None,
    protocols: Sequence[str] = (),
    first_wait_s: float = 0.25,
    longest_wait_s: float = 30.0,
    backlog: int = 10_000,
) -> Live:
    """The live streams of the server at `url` (`ws`, `wss`, `http` or `https`), to be entered with `async with`.

    Args:
        url: of the server, with a path if a proxy wants one.
        token: travels as `?authToken=`. A function, also an `async` one, is asked again before each connection.
        protocols: subprotocols; `("Authorization", token)` is how a token travels in a header.
        first_wait_s: the most that is waited before the first attempt to come back; it doubles from attempt to attempt.
        longest_wait_s: the most that is ever waited.
        backlog: how many changes wait for a slow reader before they give way to one `Synced`.

    Raises:
        ValueError: `url` is no such address.
    """
    return Live(url, token, tuple(protocols), Backoff(first_wait_s, longest_wait_s), backlog)


class Live:
    """A connection, while it is entered. Subscriptions to the same thing share one join."""

    def __init__(self, url: str, token: Token, protocols: tuple[str, ...], backoff: Backoff, backlog: int) -> None:
        """Use `connect`."""
        self.status: Literal["connecting", "online", "offline", "closed"] = "connecting"
        self.problem: Exception | None = None
        """Why there is no connection."""
        self._url = _socket_url(url)
        self._token = token
        self._protocols = protocols
        self._backoff = backoff
        self._backlog = backlog
        self._channels: dict[Target, Channel] = {}
        self._unanswered: list[Target] = []
        self._joins = 0
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._rejoin_waits = Backoff(1.0)
        self._work: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None

    def group(self, stream: str, group: str) -> LiveGroup:
        """The items of a group. Raises `TypeError` for names that are none."""
        return LiveGroup(self, Target(stream, group))

    def item(self, stream: str, group: str, item_id: str) -> LiveItem:
        """One item. Raises `TypeError` for names that are none."""
        return LiveItem(self, Target(stream, group, item_id or ""))

    async def __aenter__(self) -> Self:
        """Connect. Raises `ConnectionFailed` and `AuthenticationFailed`."""
        if self._work is not None:
            raise RuntimeError("a connection can be entered once; call connect() again")
        loop = asyncio.get_running_loop()
        self._first = loop.create_future()
        self._work = loop.create_task(self._run(self._first))
        try:
            await self._first
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        """Disconnect; iterations over changes end."""
        await self.close()

    async def close(self) -> None:
        """Disconnect for good; iterations over changes end."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
        self._end(None)

    # Connections

    async def _run(self, first: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                async with self._dialled(await self._address()) as socket:
                    began = loop.time()
                    await self._serve(socket, first)
                self.problem = None
            except InvalidStatus as refusal:
                self.problem = refusal
                if refusal.response.status_code < _SERVER_ERRORS:
                    self._give_up(AuthenticationFailed(_described(refusal)), first)
                    return
            except Exception as problem:  # noqa: BLE001 - whatever it was, a token that cannot be had too: it is tried again
                self.problem = problem
            self._disconnected()
            if not first.done():
                self._give_up(ConnectionFailed(f"no connection to {self._url}: {self.problem}"), first)
                return
            if loop.time() - began >= _STABLE_S:
                self._backoff.reset()
            await asyncio.sleep(self._backoff.next())

    def _dialled(self, address: str) -> dial:
        # A group begins with one message that holds all of it, so that there is no bound to set here.
        return dial(address, subprotocols=list(self._protocols) or None, max_size=None, close_timeout=_CLOSING_S)  # type: ignore[arg-type]

    async def _address(self) -> str:
        token = self._token() if callable(self._token) else self._token
        if inspect.isawaitable(token):
            token = await token
        if token is None:
            return self._url
        return f"{self._url}{'&' if '?' in self._url else '?'}authToken={quote(token, safe='')}"

    async def _serve(self, socket: ClientConnection, first: asyncio.Future[None]) -> None:
        self.status, self.problem = "online", None
        self._outbox = asyncio.Queue()
        self._unanswered.clear()
        for channel in self._channels.values():
            self._join(channel)
        if not first.done():
            first.set_result(None)
        writing = asyncio.get_running_loop().create_task(_write(socket, self._outbox))
        try:
            async for frame in socket:
                self._receive(frame)
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketException):
                await writing

    def _disconnected(self) -> None:
        self.status = "offline"
        for channel in self._channels.values():
            channel.status = "offline"

    def _give_up(self, reason: LiveError, first: asyncio.Future[None]) -> None:
        self._end(reason)
        if not first.done():
            first.set_exception(reason)

    def _end(self, reason: LiveError | None) -> None:
        self.status = "closed"
        for channel in self._channels.values():
            channel.end(reason)

    # Channels

    def hold(self, target: Target) -> Channel:
        """The channel of `target`, joined, until `release`."""
        if self.status == "closed" or self._work is None:
            raise RuntimeError("there is no connection: use subscriptions inside `async with connect(…) as live:`")
        channel = self._channels.get(target)
        if channel is None or channel.status == "refused":
            channel = self._channels[target] = Channel(target)
            if self.status == "online":
                self._join(channel)
        channel.holders += 1
        return channel

    def release(self, channel: Channel) -> None:
        """It is held once less; the last one leaves."""
        channel.holders -= 1
        if channel.holders > 0:
            return
        if self._channels.get(channel.target) is channel:
            del self._channels[channel.target]
        if channel.subscription:
            self._say("leave", {**channel.target.fields(), "subscriptionId": channel.subscription})

    @property
    def backlog(self) -> int:
        """How many changes may wait for a subscription's reader."""
        return self._backlog

    def _join(self, channel: Channel) -> None:
        self._joins += 1
        self._unanswered.append(channel.target)
        self._say("join", channel.join(str(self._joins)))

    def _join_later(self, channel: Channel) -> None:
        def again() -> None:
            if self._channels.get(channel.target) is channel and self.status == "online":
                self._join(channel)

        asyncio.get_running_loop().call_later(self._rejoin_waits.next(), again)

    def _say(self, kind: str, data: dict[str, Any]) -> None:
        if self.status == "online":
            self._outbox.put_nowait(json.dumps({"type": kind, "data": data}))

    # Messages

    def _receive(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        refusal = refusal_in(message)
        if refusal is not None and refusal[0] == "TOO_MANY_SUBSCRIPTIONS":
            self._too_many(*refusal)
            return
        if not message["streamName"]:
            return
        target = Target(message["streamName"], message["groupId"], message.get("id"))
        channel = self._channels.get(target)
        if self._is_answer(message, target, is_refusal=refusal is not None):
            if channel is not None:
                self._answer(channel, message, refusal)
            return
        if channel is not None:
            channel.receive(message)
        if target.item is not None and (whole := self._channels.get(Target(target.stream, target.group))) is not None:
            whole.receive(message)

    def _is_answer(self, message: dict[str, Any], target: Target, *, is_refusal: bool) -> bool:
        """Whether it answers a join, perhaps one that was left since: then it is no event, and that join's alone."""
        channel = self._channels.get(target)
        owed = target in self._unanswered
        waits = channel is not None and channel.status == "waiting"
        answers = message["event"]["type"] in {"sync", "resumed"} or (is_refusal and (owed or waits))
        if answers and owed:
            self._unanswered.remove(target)
        return answers

    def _answer(self, channel: Channel, message: dict[str, Any], refusal: tuple[str, str] | None) -> None:
        if refusal is None:
            self._rejoin_waits.reset()
            channel.receive(message)
            return
        channel.refuse(*refusal, denied(channel.target, refusal[1]))
        if refusal[0] == "STREAM_UNAVAILABLE":
            self._join_later(channel)

    def _too_many(self, code: str, text: str) -> None:
        # The server answers joins in their order: it is the first one that has no answer.
        if not self._unanswered:
            return
        channel = self._channels.get(self._unanswered.pop(0))
        if channel is not None:
            channel.refuse(code, text, TooManySubscriptions(text))


async def _write(socket: ClientConnection, outbox: asyncio.Queue[str]) -> None:
    while True:
        await socket.send(await outbox.get())


def _socket_url(url: str) -> str:
    parts = urlsplit(url)
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ValueError(f'"{url}" is no address of a Motia server; one looks like http://localhost:3000')
    return urlunsplit((scheme, parts.netloc, parts.path or "/", parts.query, ""))


def _described(refusal: InvalidStatus) -> str:
    body = (refusal.response.body or b"").decode("utf-8", "replace").strip()
    return f"the server answered {refusal.response.status_code}: {body or refusal.response.reason_phrase}"
