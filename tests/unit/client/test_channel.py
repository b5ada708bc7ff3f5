"""What a subscription hears of the messages of connections that come and go."""

from __future__ import annotations

from typing import Any

import pytest

from motia.client.backoff import Backoff
from motia.client.changes import Change, Created, Deleted, Sent, Synced, Updated, change_of
from motia.client.channel import Backlog, Channel, Target
from motia.client.errors import AccessDenied

TARGET = Target("chat", "room")


def message(at: int, kind: str, data: Any = None) -> dict[str, Any]:
    return {"timestamp": at, "streamName": "chat", "groupId": "room", "event": {"type": kind, "data": data}}


def item(name: str, n: int = 0) -> dict[str, Any]:
    return {"id": name, "n": n}


def live(most: int = 100) -> tuple[Channel, Backlog]:
    """A channel that has item `a` since 10, and a backlog that has heard of it."""
    channel = Channel(TARGET)
    channel.join("1")
    channel.receive(message(10, "sync", [item("a")]))
    return channel, channel.listen(most)


async def taken(backlog: Backlog) -> list[Change]:
    backlog.end(None)
    found = []
    while (change := await backlog.next()) is not None:
        found.append(change)
    return found


async def test_changes_in_their_order_and_items_in_that_of_creation() -> None:
    channel, backlog = live()
    channel.receive(message(11, "create", item("b")))
    channel.receive(message(12, "update", item("a", 1)))
    channel.receive(message(13, "delete", item("a", 1)))
    channel.receive(message(14, "create", item("a", 2)))
    channel.receive({**message(15, "event"), "event": {"type": "event", "event": {"type": "wave", "data": 1}}})
    assert await taken(backlog) == [
        Synced(10, (item("a"),)),
        Created(11, item("b")),
        Updated(12, item("a", 1)),
        Deleted(13, item("a", 1)),
        Created(14, item("a", 2)),
        Sent(15, None, "wave", 1),
    ]
    assert channel.items == [item("b"), item("a", 2)]


async def test_ws_11_what_was_heard_is_not_heard_again() -> None:
    channel, backlog = live()
    channel.receive(message(12, "update", item("a", 2)))
    channel.receive(message(11, "update", item("a", 1)))
    channel.receive(message(12, "update", item("a", 2)))
    assert [change.at for change in await taken(backlog)] == [10, 12]


async def test_a_new_connection_goes_on_after_the_last_message_and_its_answer_comes_first() -> None:
    channel, backlog = live()
    channel.receive(message(11, "update", item("a", 1)))
    assert channel.join("2")["after"] == 11
    channel.receive(message(20, "update", item("a", 9)))  # another subscription of the connection was answered before
    channel.receive(message(11, "resumed", {"missed": 2}))
    channel.receive(message(15, "update", item("a", 5)))
    channel.receive(message(20, "update", item("a", 9)))
    assert [change.at for change in await taken(backlog)] == [10, 11, 15, 20]


async def test_what_a_new_connection_begins_with_is_the_truth_even_with_an_older_time() -> None:
    channel, backlog = live()
    channel.join("2")
    channel.receive(message(5, "sync", [item("z")]))
    channel.receive(message(6, "update", item("z", 1)))
    assert [change.at for change in await taken(backlog)] == [10, 5, 6]
    assert channel.items == [item("z", 1)]


async def test_a_slow_reader_gets_all_there_is_instead_of_what_it_missed() -> None:
    channel, backlog = live(most=3)
    for at in range(11, 16):
        channel.receive(message(at, "update", item("a", at)))
    assert await taken(backlog) == [
        Synced(13, (item("a", 13),)),
        Updated(14, item("a", 14)),
        Updated(15, item("a", 15)),
    ]


async def test_ws_13_a_refusal_is_raised_and_ws_14_an_absent_stream_is_waited_for() -> None:
    channel = Channel(TARGET)
    channel.join("1")
    backlog = channel.listen(10)
    channel.refuse("STREAM_ACCESS_DENIED", "Stream chat not found", AccessDenied("no"))
    assert channel.status == "waiting"
    channel.receive(message(10, "sync", []))
    assert await backlog.next() == Synced(10, ())
    channel.join("2")
    channel.refuse("STREAM_ACCESS_DENIED", "Access denied", AccessDenied("no"))
    with pytest.raises(AccessDenied):
        await backlog.next()


def test_an_item_is_there_or_not() -> None:
    assert change_of(message(1, "sync", None)) == Synced(1, ())
    assert change_of(message(1, "sync", item("a"))) == Synced(1, (item("a"),))
    assert change_of(message(1, "unheard of")) is None


@pytest.mark.parametrize("names", [("", "room"), ("chat", ""), ("chat", "room", ""), (1, "room"), (None, "room")])
def test_names_that_are_none(names: Any) -> None:
    with pytest.raises(TypeError, match="must be a non-empty text"):
        Target(*names)


def test_waits_double_up_to_the_longest_with_full_jitter() -> None:
    backoff = Backoff(0.1, 0.5, lambda: 0.5)
    assert [backoff.next() for _ in range(4)] == [0.05, 0.1, 0.2, 0.25]
    backoff.reset()
    assert backoff.next() == 0.05
    assert Backoff(0.1, 0.5, lambda: 0.0).next() == 0.0
