"""One live connection: what it has joined, in the order it asked, whatever carries its messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Protocol

from motia.http.live_messages import ACCESS_DENIED, TOO_MANY_SUBSCRIPTIONS, Wish, error_message
from motia.model.errors import StoreUnavailable
from motia.model.step import StreamDefinition
from motia.model.stream_table import StreamTable, is_internal
from motia.runtime.clock import Clock
from motia.runtime.rooms import Message, Rooms, Subscriber, Target
from motia.runtime.stream_access import StreamAccess, Visitor

# Who asks from this machine without the admin token.
LOCAL: Final = "local"
UNAVAILABLE: Final = "STREAM_UNAVAILABLE"


@dataclasses.dataclass(frozen=True, slots=True)
class LiveLimits:
    """`subscriptions` and `unsent_bytes` are of one connection (WS-17), `connections` of all, or of one address."""

    subscriptions: int = 1_000
    unsent_bytes: int = 1024 * 1024
    connections: int = 20_000
    connections_per_address: int = 2_500


class LiveStreams:
    """What sessions need of the engine. `exists(name)` tells whether a stream of exactly that name does."""

    def __init__(
        self,
        rooms: Rooms,
        access: StreamAccess,
        table: Callable[[], StreamTable],
        exists: Callable[[str], bool],
        clock: Clock,
        limits: LiveLimits = LiveLimits(),
        *,
        internal: Callable[[], Collection[str]] = tuple,
        who: Callable[[str, Mapping[str, str], str], str | None] = lambda *_: None,
    ) -> None:
        """No sessions yet.

        `internal()` names the streams of the Workbench; `who(address, headers, query)` tells who may join them (ADM-1),
        None for everybody else.
        """
        self.rooms = rooms
        self.access = access
        self.clock = clock
        self.limits = limits
        self._table = table
        self._exists = exists
        self._internal = internal
        self._who = who
        self._waiting: dict[str, dict[LiveSession, None]] = {}

    async def visitor(self, request: dict[str, Any], headers: Mapping[str, str], query: str) -> Visitor | None:
        """Who sends this request, None when they are not let in. The holder of the admin token always is."""
        who = self._who(str(request["ip"]), headers, query)
        visitor = await self.access.authenticate(request)
        if visitor is None:
            return Visitor(is_admin=True) if who is not None and who != LOCAL else None
        return dataclasses.replace(visitor, is_admin=who is not None)

    def find(self, stream: str, visitor: Visitor | None = None) -> tuple[bool, StreamDefinition | None]:
        """Whether there is a stream of that name for `visitor`, and its definition if it has one."""
        if visitor is not None and visitor.is_admin and stream in self._internal():
            return True, None
        definition = self._table().declared.get(stream)
        return (definition is not None or (not is_internal(stream) and self._exists(stream))), definition

    def wait_for(self, stream: str, session: LiveSession) -> None:
        """Have `session.appeared` called when the stream comes into being (WS-14)."""
        self._waiting.setdefault(stream, {})[session] = None

    def stop_waiting(self, session: LiveSession) -> None:
        """It is gone."""
        for stream in [name for name, sessions in self._waiting.items() if session in sessions]:
            del self._waiting[stream][session]
            if not self._waiting[stream]:
                del self._waiting[stream]

    def appeared(self, stream: str) -> None:
        """A stream came into being."""
        for session in self._waiting.pop(stream, {}):
            session.carrier.appeared(stream)

    def table_changed(self) -> None:
        """The declared streams are others now."""
        for stream in [name for name in self._waiting if self.find(name)[0]]:
            self.appeared(stream)


class Carrier(Subscriber, Protocol):
    """The connection under a session."""

    def appeared(self, stream: str) -> None:
        """Have the session's `appeared` run, after what it is doing."""
        ...


@dataclasses.dataclass(slots=True)
class _Subscription:
    target: Target
    definition: StreamDefinition | None = None
    joined: bool = False
    after: int | None = None
    presence: bool = False


class LiveSession:
    """The subscriptions of one connection. Its methods are called one after another, never at once."""

    def __init__(self, streams: LiveStreams, visitor: Visitor, carrier: Carrier) -> None:
        """Nothing is joined yet."""
        self.carrier = carrier
        self._streams = streams
        self._visitor = visitor
        self._subscriptions: dict[str, _Subscription] = {}
        self._closed = False

    async def do(self, wish: Wish) -> None:
        """Join or leave; mistakes are told to the client."""
        if wish.kind == "leave":
            if wish.subscription is not None:
                await self._leave(wish.subscription)
            return
        assert wish.subscription is not None  # noqa: S101 - a join without one is no wish
        await self._leave(wish.subscription)
        if len(self._subscriptions) >= self._streams.limits.subscriptions:
            most = self._streams.limits.subscriptions
            self._tell_error(None, TOO_MANY_SUBSCRIPTIONS, f"a connection may have {most} subscriptions")
            return
        self._subscriptions[wish.subscription] = subscription = _Subscription(
            wish.target, after=wish.after, presence=wish.presence
        )
        exists, definition = self._streams.find(wish.target.stream, self._visitor)
        if exists:
            await self._join(wish.subscription, subscription, definition)
        else:
            self._tell_error(wish.target, ACCESS_DENIED, f"Stream {wish.target.stream} not found")
            self._streams.wait_for(wish.target.stream, self)

    async def appeared(self, stream: str) -> None:
        """Join what waited for the stream."""
        exists, definition = self._streams.find(stream, self._visitor)
        if not exists:
            self._streams.wait_for(stream, self)
            return
        for name, subscription in list(self._subscriptions.items()):
            if subscription.target.stream == stream and not subscription.joined:
                await self._join(name, subscription, definition)

    async def close(self) -> None:
        """Leave everything."""
        self._closed = True
        self._streams.stop_waiting(self)
        for name in list(self._subscriptions):
            await self._leave(name)

    async def _join(self, name: str, subscription: _Subscription, definition: StreamDefinition | None) -> None:
        target = subscription.target
        if not await self._streams.access.allows(definition, target, self._visitor):
            del self._subscriptions[name]
            self._tell_error(target, ACCESS_DENIED, "Access denied")
            return
        subscription.definition, subscription.joined = definition, True
        if self._closed:
            await self._leave(name)
            return
        try:
            await self._streams.rooms.join(
                self.carrier, target, after=subscription.after, presence=subscription.presence
            )
        except StoreUnavailable:
            self._tell_error(target, UNAVAILABLE, "The stream cannot be read at the moment; join again")
            await self._leave(name)

    async def _leave(self, name: str) -> None:
        subscription = self._subscriptions.pop(name, None)
        if subscription is None or not subscription.joined:
            return
        self._streams.rooms.leave(self.carrier, subscription.target)
        await self._streams.access.left(subscription.definition, subscription.target, self._visitor)

    def _tell_error(self, target: Target | None, code: str, text: str) -> None:
        now = self._streams.clock.now_ms()
        self.carrier.tell(Message(error_message(target, code, text, now=now), now))
