"""What a program holds of a group or an item: its current value, and the changes to iterate over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Protocol, Self

from motia.client.changes import Change, Item
from motia.client.channel import Channel, Status, Target
from motia.client.errors import ConnectionFailed


class Holder(Protocol):
    """The connection."""

    @property
    def backlog(self) -> int:
        """How many changes may wait for a subscription's reader."""
        ...

    def hold(self, target: Target) -> Channel:
        """The channel of `target`, joined, until `release`. Raises `RuntimeError` when there is no connection to come."""
        ...

    def release(self, channel: Channel) -> None:
        """It is held once less; the last one leaves."""
        ...


class _Subscription:
    """`async for change in it`, or `async with it as current`, which holds the current value."""

    def __init__(self, live: Holder, target: Target) -> None:
        """Nothing is joined yet."""
        self._live = live
        self._target = target
        self._held: Channel | None = None

    @property
    def status(self) -> Status:
        """How it is doing. Raises `RuntimeError` outside `async with`."""
        return self._current().status

    async def __aenter__(self) -> Self:
        """Join, and wait for what is there: as long as it takes, if there is no such stream yet.

        Raises `AccessDenied` and `TooManySubscriptions`.
        """
        if self._held is not None:
            raise RuntimeError("this subscription is entered already; make another one")
        self._held = channel = self._live.hold(self._target)
        backlog = channel.listen(1)
        try:
            if await backlog.next() is None:
                raise ConnectionFailed("the connection was closed before anything was there")
        except BaseException:
            self._leave()
            raise
        finally:
            channel.ignore(backlog)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        """Leave."""
        self._leave()

    def __aiter__(self) -> AsyncIterator[Change]:
        """What is there, then every change: each once, in its order.

        Raises what `__aenter__` raises, and `AuthenticationFailed` when the server no longer lets this client in. Ends with
        the connection.
        """
        return self._changes()

    async def _changes(self) -> AsyncIterator[Change]:
        channel = self._live.hold(self._target)
        backlog = channel.listen(self._live.backlog)
        try:
            while (change := await backlog.next()) is not None:
                yield change
        finally:
            channel.ignore(backlog)
            self._live.release(channel)

    def _leave(self) -> None:
        channel, self._held = self._held, None
        if channel is not None:
            self._live.release(channel)

    def _current(self) -> Channel:
        if self._held is None:
            raise RuntimeError("what is there is known inside `async with` only")
        return self._held


class LiveGroup(_Subscription):
    """The items of a group."""

    @property
    def items(self) -> list[Item]:
        """Those there are now, oldest first. Raises `RuntimeError` outside `async with`."""
        return self._current().items


class LiveItem(_Subscription):
    """One item."""

    @property
    def value(self) -> Item | None:
        """What it is now, None where there is none. Raises `RuntimeError` outside `async with`."""
        items = self._current().items
        return items[0] if items else None
