"""One joined group or item, however many subscriptions share it: what is there, and who is told of changes."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from typing import Any, Literal

from motia.client.changes import Change, Created, Deleted, Item, Sent, Synced, Updated, change_of
from motia.client.errors import AccessDenied, LiveError

Status = Literal["offline", "joining", "live", "waiting", "refused"]


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What is subscribed to: a group, or one `item` of it."""

    stream: str
    group: str
    item: str | None = None

    def __post_init__(self) -> None:
        """Raises `TypeError` for names that are none."""
        for what, name in (("stream", self.stream), ("group", self.group), ("item id", self.item)):
            if (what != "item id" or name is not None) and (not isinstance(name, str) or not name):
                raise TypeError(f"the {what} must be a non-empty text, not {name!r}")

    def fields(self) -> dict[str, Any]:
        """As messages name it."""
        fields = {"streamName": self.stream, "groupId": self.group}
        return fields if self.item is None else {**fields, "id": self.item}


class Backlog:
    """Changes that one subscription has not taken yet. Past `most` they give way to one `Synced`: all there is."""

    def __init__(self, channel: Channel, most: int) -> None:
        """Begins with what is there, where that is known."""
        self._channel = channel
        self._most = most
        self._waiting: collections.deque[Change] = collections.deque()
        self._some = asyncio.Event()
        self._end: LiveError | None = None
        self._ended = False
        if channel.known:
            self.add(channel.everything())

    def add(self, change: Change) -> None:
        """One more."""
        if len(self._waiting) >= self._most:
            self._waiting.clear()
            change = self._channel.everything()
        self._waiting.append(change)
        self._some.set()

    def end(self, reason: LiveError | None) -> None:
        """Nothing comes after what waits; `reason` is raised then, unless it is None."""
        self._end, self._ended = reason, True
        self._some.set()

    async def next(self) -> Change | None:
        """The next change, None after the last one. Raises what ended it."""
        while not self._waiting:
            if self._end is not None:
                raise self._end
            if self._ended:
                return None
            self._some.clear()
            await self._some.wait()
        return self._waiting.popleft()


class Channel:
    """Hears each message once and in order.

    A message is taken when its timestamp is above the last one's, and none is taken between a new connection and the server's
    answer to the join on it: what another subscription of the connection hears meanwhile must not hide what was missed.
    """

    def __init__(self, target: Target) -> None:
        """Nothing is known yet."""
        self.target = target
        self.status: Status = "offline"
        self.holders = 0
        self.known = False
        self.subscription = ""
        self._items: dict[str, Item] = {}
        self._last = 0
        self._backlogs: set[Backlog] = set()

    @property
    def items(self) -> list[Item]:
        """What is there, oldest first."""
        return list(self._items.values())

    def everything(self) -> Synced:
        """What is there, as a change."""
        return Synced(self._last, tuple(self._items.values()))

    def listen(self, most: int) -> Backlog:
        """A new backlog, to be handed to `ignore` in the end."""
        backlog = Backlog(self, most)
        self._backlogs.add(backlog)
        return backlog

    def ignore(self, backlog: Backlog) -> None:
        """It is told nothing any longer."""
        self._backlogs.discard(backlog)

    def join(self, subscription: str) -> dict[str, Any]:
        """The data of the join to send on a new connection. 0 says that nothing was seen: such a join is always answered."""
        self.subscription, self.status = subscription, "joining"
        return {**self.target.fields(), "subscriptionId": subscription, "after": self._last if self.known else 0}

    def receive(self, message: dict[str, Any]) -> None:
        """A message for this target came that is no refusal."""
        is_answer = message["event"]["type"] in {"sync", "resumed"}
        if self.status in {"joining", "waiting"}:
            if not is_answer:
                return
            self.status = "live"
        elif self.status != "live" or (message["timestamp"] <= self._last):
            return
        change = change_of(message)
        if change is not None:
            self._take(change)

    def refuse(self, code: str, text: str, error: LiveError) -> None:
        """The server did not let it join: not yet, or not at all."""
        if code == "STREAM_ACCESS_DENIED" and text == f"Stream {self.target.stream} not found":
            self.status = "waiting"
            return
        if code == "STREAM_UNAVAILABLE":
            self.status = "offline"  # it is joined again soon
            return
        self.status = "refused"
        self.end(error)

    def end(self, reason: LiveError | None) -> None:
        """Nothing comes any more."""
        for backlog in self._backlogs:
            backlog.end(reason)

    def _take(self, change: Change) -> None:
        self._last, self.known = change.at, True
        match change:
            case Synced(items=items):
                self._items = {item["id"]: item for item in items}
            case Created(item=item) | Updated(item=item):
                self._items[item["id"]] = item
            case Deleted(item=item):
                self._items.pop(item["id"], None)
            case Sent():
                pass
        for backlog in self._backlogs:
            backlog.add(change)


def refusal_in(message: dict[str, Any]) -> tuple[str, str] | None:
    """Code and text of the refusal that a message looks like. An author's own event can look the same."""
    event = message["event"]
    if event["type"] != "event" or event["event"].get("type") != "error":
        return None
    data = event["event"].get("data")
    code = data.get("code") if isinstance(data, dict) else None
    if code not in {"STREAM_ACCESS_DENIED", "STREAM_UNAVAILABLE", "TOO_MANY_SUBSCRIPTIONS"}:
        return None
    return code, str(data.get("message"))


def denied(target: Target, text: str) -> AccessDenied:
    """The error for who may not join."""
    return AccessDenied(f'the stream "{target.stream}", group "{target.group}": {text}')
