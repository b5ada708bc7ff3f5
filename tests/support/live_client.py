"""A WebSocket client that says and shows exactly what is on the wire (WS-1 to WS-17)."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

LIMIT_S = 20.0


class LiveClient:
    """One connection."""

    def __init__(
        self, url: str, path: str = "/", protocols: Sequence[str] | None = None, *, origin: str | None = None
    ) -> None:
        """To be entered: that connects, and raises `InvalidStatus` when it is refused. `origin` is the page it is made from."""
        self._origin = None if origin is None else Origin(origin)
        self._address = url.replace("http", "ws", 1) + path
        self._offered = None if protocols is None else [Subprotocol(each) for each in protocols]
        self._open = contextlib.ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.socket = self._open.enter_context(
            connect(self._address, subprotocols=self._offered, origin=self._origin, max_size=None)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def say(self, kind: str, **data: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps({"type": kind, "data": data}))

    def join(self, stream: str, group: str, item: str | None = None, **more: Any) -> str:
        """Subscribe; the id of the subscription."""
        name = f"subscription {next(self._numbers)}"
        one = {} if item is None else {"id": item}
        self.say("join", streamName=stream, groupId=group, **one, subscriptionId=name, **more)
        return name

    def leave(self, name: str | None, stream: str, group: str) -> None:
        """End a subscription."""
        sub = {} if name is None else {"subscriptionId": name}
        self.say("leave", streamName=stream, groupId=group, **sub)

    def heard(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=LIMIT_S))
        return message

    def event(self) -> tuple[str, Any]:
        """Type and data of the next message; of a custom event, those of the author."""
        event = self.heard()["event"]
        if event["type"] == "event":
            event = event["event"]
        return event["type"], event.get("data")

    def heard_by_now(self) -> list[dict[str, Any]]:
        """Everything that was sent to it until now: a group joined last begins after all that."""
        group = f"by now {next(self._numbers)}"
        self.join("by-now", group)
        messages: list[dict[str, Any]] = []
        while not messages or messages[-1]["groupId"] != group:
            messages.append(self.heard())
        return messages[:-1]
