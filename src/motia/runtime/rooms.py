"""Rooms: who is told what happens in live streams, without a gap or a repeat between what is there and what comes.

A room is a (stream, group); its members subscribe to the whole group or to single items. Joining takes a snapshot, which
takes time; what happens to the member's room meanwhile is held back and told after the snapshot, without what the snapshot
already shows. Everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Iterator
from typing import Final, Protocol

from motia.model.streams import Published, Snapshot, envelope, sync_event
from motia.ports.broadcast import Broadcast
from motia.runtime.clock import Clock
from motia.runtime.replay import Replay

_RESUMED: Final = b'{"type":"resumed","data":{"missed":%d}}'
_PRESENCE: Final = b'{"type":"event","event":{"type":"presence","data":{"count":%d}}}'


class Message:
    """An envelope for many: `text` is its JSON, `wire` what a transport has made of it, once for all members."""

    __slots__ = ("at", "item", "text", "wire")

    def __init__(self, text: bytes, at: int, item: str | None = None) -> None:
        self.text = text
        self.at = at
        self.item = item
        self.wire: bytes | None = None


class Subscriber(Protocol):
    """One connection."""

    def tell(self, message: Message) -> None:
        """Send it, now or soon, in this order; never waits."""
        ...

    def overwhelmed(self) -> None:
        """More is held back for it than it may owe; it is to be disconnected."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What is subscribed to: a group, or one `item` of it."""

    stream: str
    group: str
    item: str | None = None


class _Member:
    """One subscriber in one room. `live` counts its subscriptions by item (None: the group), `joining` those under way."""

    __slots__ = ("held", "held_bytes", "joining", "live", "subscriber")

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.live: collections.Counter[str | None] = collections.Counter()
        self.joining: collections.Counter[str | None] = collections.Counter()
        self.held: list[Message] = []
        self.held_bytes = 0

    def hear(self, message: Message, most_held: int) -> None:
        if not self.joining:
            self.subscriber.tell(message)
            return
        self.held.append(message)
        self.held_bytes += len(message.text)
        if self.held_bytes > most_held:
            self.held.clear()
            self.subscriber.overwhelmed()

    def begin_live(self, item: str | None, at: int, first: Message | None) -> None:
        """A subscription has its snapshot of `at`, which `first` shows: what was held before it goes first."""
        for message in self.held:
            if message.at < at and self._is_live_for(message):
                self.subscriber.tell(message)
        if first is not None:
            self.subscriber.tell(first)
        self.held = [message for message in self.held if message.at > at]
        self.live[item] += 1
        self.end_joining(item)

    def end_joining(self, item: str | None) -> None:
        """A join is over, done or given up; with the last one nothing is held back any longer."""
        _take_one(self.joining, item)
        if self.joining:
            return
        held, self.held, self.held_bytes = self.held, [], 0
        for message in held:
            if self._is_live_for(message):
                self.subscriber.tell(message)

    def _is_live_for(self, message: Message) -> bool:
        return None in self.live or (message.item is not None and message.item in self.live)


class _Room:
    """The members of one (stream, group), and those of them who want each item, or all.

    `told` is the latest timestamp that members were told. `counting` holds, by item, who wants to know how many are there, and
    what it was told last.
    """

    __slots__ = ("by_item", "counting", "members", "told")

    def __init__(self) -> None:
        self.members: dict[Subscriber, _Member] = {}
        self.counting: dict[str | None, dict[Subscriber, int]] = {}
        self.told = 0
        self.by_item: dict[str | None, dict[Subscriber, _Member]] = {}

    def enter(self, subscriber: Subscriber, item: str | None) -> _Member:
        member = self.members.get(subscriber)
        if member is None:
            member = self.members[subscriber] = _Member(subscriber)
        self.by_item.setdefault(item, {})[subscriber] = member
        return member

    def tidy(self, subscriber: Subscriber, item: str | None) -> None:
        """Forget who has no subscription to `item` left."""
        member = self.members[subscriber]
        if item not in member.live and item not in member.joining:
            wanting = self.by_item[item]
            del wanting[subscriber]
            if not wanting:
                del self.by_item[item]
            counting = self.counting.get(item, {})
            if counting.pop(subscriber, None) is not None and not counting:
                del self.counting[item]
        if not member.live and not member.joining:
            del self.members[subscriber]

    def present(self, item: str | None) -> int:
        """How many connections watch an item; None: anything of the group."""
        return len(self.members if item is None else self.by_item.get(item, ()))

    def audience(self, item: str | None) -> Iterator[_Member]:
        """Each member once, however many of its subscriptions match (WS-10)."""
        everyone = self.by_item.get(None, {})
        yield from everyone.values()
        if item is not None:
            for subscriber, member in self.by_item.get(item, {}).items():
                if subscriber not in everyone:
                    yield member


class Snapshots(Protocol):
    """Where what is there is read."""

    async def snapshot(self, stream: str, group: str, item: str | None, *, now: int) -> Snapshot:
        """See `StreamStore.snapshot`."""
        ...


class Rooms:
    """All rooms of this instance."""

    def __init__(self, store: Snapshots, broadcast: Broadcast, clock: Clock, *, most_held: int = 1024 * 1024) -> None:
        """`most_held`: bytes that may be held back for one member."""
        self._store = store
        self._clock = clock
        self._most_held = most_held
        self._rooms: dict[tuple[str, str], _Room] = {}
        self._replay = Replay()
        self._changed: dict[tuple[str, str], None] = {}
        broadcast.listen(self._hear, self._start_over)

    def presence(self, stream: str, group: str) -> int:
        """How many connections are in a room."""
        room = self._rooms.get((stream, group))
        return 0 if room is None else len(room.members)

    def watched(self) -> list[tuple[str, str]]:
        """The (stream, group) of all rooms with members."""
        return list(self._rooms)

    async def join(
        self, subscriber: Subscriber, target: Target, *, after: int | None = None, presence: bool = False
    ) -> None:
        """Subscribe; returns when what is there was told. Raises `StoreUnavailable`, and then nothing is subscribed.

        `after` is the timestamp of the last message seen: if everything since is still known, just that is told, after a
        `resumed` that says how much it is. A join with `after` is always answered: of an item that never was, too.
        `presence`: tell it how many are there, now and whenever that changes.
        """
        key = (target.stream, target.group)
        room = self._rooms.setdefault(key, _Room())
        member = room.enter(subscriber, target.item)
        if after is not None and not member.joining and self._resume(member, target, after):
            self._joined(key, room, subscriber, target, presence=presence)
            return
        member.joining[target.item] += 1
        self._replay.begin(key)
        try:
            snapshot = await self._store.snapshot(*key, target.item, now=self._clock.now_ms())
        except BaseException:
            if room.members.get(subscriber) is member:
                member.end_joining(target.item)
                self._tidy(key, room, subscriber, target.item)
            raise
        if room.members.get(subscriber) is member and target.item in member.joining:
            self._replay.settle(key, snapshot.at)
            room.told = max(room.told, snapshot.at)
            member.begin_live(target.item, snapshot.at, _sync(target, snapshot, always=after is not None))
            self._joined(key, room, subscriber, target, presence=presence)
            self._tidy(key, room, subscriber, target.item)

    def leave(self, subscriber: Subscriber, target: Target) -> None:
        """End one subscription that was joined."""
        key = (target.stream, target.group)
        room = self._rooms.get(key)
        if room is None or subscriber not in room.members:
            return
        member = room.members[subscriber]
        if target.item in member.live:
            _take_one(member.live, target.item)
        elif target.item in member.joining:
            member.end_joining(target.item)
        self._tidy(key, room, subscriber, target.item)

    def _joined(
        self, key: tuple[str, str], room: _Room, subscriber: Subscriber, target: Target, *, presence: bool
    ) -> None:
        if presence:
            room.counting.setdefault(target.item, {}).setdefault(subscriber, 0)
        self._count_soon(key)

    def _count_soon(self, key: tuple[str, str]) -> None:
        """Who comes and goes in one turn of the loop is told at once."""
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._count)
        self._changed[key] = None

    def _count(self) -> None:
        changed, self._changed = self._changed, {}
        for key in changed:
            room = self._rooms.get(key)
            if room is not None:
                _tell_presence(key, room)

    def _resume(self, member: _Member, target: Target, after: int) -> bool:
        missed = self._replay.since((target.stream, target.group), after)
        if missed is None:
            return False
        due = [message for message in missed if target.item in {None, message.id}]
        text = envelope(target.stream, target.group, target.item, after, _RESUMED % len(due))
        member.subscriber.tell(Message(text, after))
        for message in due:
            member.subscriber.tell(Message(message.envelope(), message.at, message.id))
        member.live[target.item] += 1
        return True

    def _hear(self, published: Published) -> None:
        key = (published.stream, published.group)
        self._replay.add(key, published)
        room = self._rooms.get(key)
        if room is None:
            return
        room.told = published.at
        message = Message(published.envelope(), published.at, published.id)
        for member in list(room.audience(published.id)):
            member.hear(message, self._most_held)

    def _start_over(self) -> None:
        """Messages may have been missed: whoever is connected is to come again, and gets a snapshot then."""
        self._replay.clear()
        for room in list(self._rooms.values()):
            for subscriber in list(room.members):
                subscriber.overwhelmed()

    def _tidy(self, key: tuple[str, str], room: _Room, subscriber: Subscriber, item: str | None) -> None:
        room.tidy(subscriber, item)
        self._count_soon(key)
        if not room.members and self._rooms.get(key) is room:
            del self._rooms[key]


def _sync(target: Target, snapshot: Snapshot, *, always: bool) -> Message | None:
    event = sync_event(snapshot, one=target.item is not None, always=always)
    if event is None:
        return None
    return Message(envelope(target.stream, target.group, target.item, snapshot.at, event), snapshot.at, target.item)


def _tell_presence(key: tuple[str, str], room: _Room) -> None:
    """Tell those who asked how many are there, if it is another number than they were told.

    It happened to no item, so it has no place in the order of the room: it carries the last timestamp that was told.
    """
    for item, counting in room.counting.items():
        count = room.present(item)
        message = Message(envelope(*key, item, room.told, _PRESENCE % count), room.told, item)
        for subscriber in [each for each, known in counting.items() if known != count]:
            counting[subscriber] = count
            subscriber.tell(message)


def _take_one(counts: collections.Counter[str | None], item: str | None) -> None:
    counts[item] -= 1
    if counts[item] <= 0:
        del counts[item]
