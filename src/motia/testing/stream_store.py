"""The exam of StreamStore adapters. A test module derives from the class and provides the fixture `streams`: an empty store."""
# ruff: noqa: S101 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from motia.model.errors import ImpossibleUpdate, InvalidPayload
from motia.model.streams import TOMBSTONE_MS
from motia.ports.stream_store import StreamStore
from motia.testing.state_store import NAMES

NOW = 1_700_000_000_000


class ItemContract:
    """Single items."""

    async def test_an_item_is_its_data_with_id_and_time_of_creation(self, streams: StreamStore) -> None:
        """The rest of its text is as it was written; overwriting keeps the time."""
        change = await streams.set("s", "g", "i", b'{"n": 1.10, "big": 123456789012345678901}', now=NOW)
        item = b'{"n": 1.10, "big": 123456789012345678901,"id":"i","_createdAt":%d}' % NOW
        assert (change.kind, change.before, change.after) == ("create", None, item)
        assert await streams.get("s", "g", "i") == item
        change = await streams.set("s", "g", "i", b"{}", now=NOW + 5)
        assert (change.kind, change.before) == ("update", item)
        assert change.after == b'{"id":"i","_createdAt":%d}' % NOW

    async def test_members_that_are_ours_are_dropped(self, streams: StreamStore) -> None:
        """Another id, another time, the mark of an earlier result."""
        data = b'{"id": "x", "_createdAt": 1, "__motia": {"type": "y"}, "t": "\\ud800 \xc3\xa4"}'
        change = await streams.set("s", "g", "i", data, now=NOW)
        assert change.after is not None
        assert json.loads(change.after) == {"t": "\ud800 ä", "id": "i", "_createdAt": NOW}

    @pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"text"', b"{", b""])
    async def test_data_is_an_object(self, streams: StreamStore, data: bytes) -> None:
        """Anything else is refused and changes nothing, also when others write at the same moment."""
        results = await asyncio.gather(
            streams.set("s", "g", "a", b"{}", now=NOW),
            streams.set("s", "g", "i", data, now=NOW),
            streams.set("s", "g", "b", b"{}", now=NOW),
            return_exceptions=True,
        )
        assert isinstance(results[1], InvalidPayload)
        assert [name for name, _ in await streams.items("s", "g")] == ["a", "b"]

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    async def test_names_are_any_text(self, streams: StreamStore, name: str) -> None:
        """Of streams, groups and items."""
        change = await streams.set(name, name, name, b"{}", now=NOW)
        assert (change.stream, change.group, change.id) == (name, name, name)
        stored = await streams.get(name, name, name)
        assert stored is not None
        assert json.loads(stored)["id"] == name
        assert await streams.groups(name) == [name]
        assert await streams.streams() == [(name, 1, 1)]
        assert (await streams.snapshot(name, name, name, now=NOW)).items == ((name, stored),)

    async def test_removing_answers_with_what_was_there(self, streams: StreamStore) -> None:
        """Nothing there is nothing done."""
        await streams.set("s", "g", "i", b'{"a":1}', now=NOW)
        item = await streams.get("s", "g", "i")
        change = await streams.delete("s", "g", "i", now=NOW + 1)
        assert change is not None
        assert (change.kind, change.before, change.after) == ("delete", item, None)
        assert await streams.delete("s", "g", "i", now=NOW + 2) is None
        assert await streams.get("s", "g", "i") is None

    async def test_updates_apply_operations(self, streams: StreamStore) -> None:
        """All or nothing; a missing item is created; id and time stay."""
        ops: list[dict[str, Any]] = [{"type": "merge", "path": "", "value": {"a": 1, "id": "other"}}]
        change = await streams.update("s", "g", "i", ops, now=NOW)
        assert change.kind == "create"
        await streams.update("s", "g", "i", [{"type": "increment", "path": "a", "by": 2}], now=NOW + 1)
        stored = await streams.get("s", "g", "i")
        assert stored is not None
        assert json.loads(stored) == {"a": 3, "id": "i", "_createdAt": NOW}
        with pytest.raises(ImpossibleUpdate):
            await streams.update("s", "g", "i", [{"type": "set", "path": "", "value": 1}], now=NOW + 2)
        assert await streams.get("s", "g", "i") == stored


class GroupsOfItemsContract:
    """Lists, groups and streams."""

    async def test_lists_are_in_order_of_creation(self, streams: StreamStore) -> None:
        """Overwriting keeps the place, removing and writing again does not."""
        for item in ("c", "a", "b"):
            await streams.set("s", "g", item, b"{}", now=NOW)
        await streams.set("s", "g", "c", b'{"x":1}', now=NOW + 1)
        await streams.delete("s", "g", "a", now=NOW + 2)
        await streams.set("s", "g", "a", b"{}", now=NOW + 3)
        assert [item for item, _ in await streams.items("s", "g")] == ["c", "b", "a"]

    async def test_groups_and_streams_are_apart(self, streams: StreamStore) -> None:
        """Also where one's name begins like another's."""
        for stream, group in (("s", "g"), ("s", "g2"), ("s2", "g"), ("S", "g")):
            await streams.set(stream, group, "i", b"{}", now=NOW)
        assert await streams.groups("s") == ["g", "g2"]
        assert await streams.streams() == [("S", 1, 1), ("s", 2, 2), ("s2", 1, 1)]
        changes = await streams.clear("s", "g", now=NOW)
        assert [(change.group, change.id, change.kind) for change in changes] == [("g", "i", "delete")]
        assert await streams.groups("s") == ["g2"]
        assert await streams.clear("s", "g", now=NOW) == []

    async def test_clearing_removes_the_oldest_first(self, streams: StreamStore) -> None:
        """Each with a timestamp of its own."""
        for item in ("b", "a"):
            await streams.set("s", "g", item, b"{}", now=NOW)
        changes = await streams.clear("s", "g", now=NOW)
        assert [change.id for change in changes] == ["b", "a"]
        assert changes[0].at < changes[1].at
        assert (await streams.snapshot("s", "g", "a", now=NOW)).deleted


class OrderContract:
    """Timestamps and snapshots."""

    async def test_timestamps_rise_in_each_group(self, streams: StreamStore) -> None:
        """Faster than the clock, with a clock that goes back, over every sort of thing that gets one."""
        given = [
            (await streams.set("s", "g", "i", b"{}", now=NOW)).at,
            (await streams.set("s", "g", "i", b"{}", now=NOW)).at,
            await streams.stamp("s", "g", now=NOW - 1_000),
            (await streams.snapshot("s", "g", None, now=NOW)).at,
            (await streams.set("s", "g", "j", b"{}", now=0)).at,
        ]
        assert given == [NOW, NOW + 1, NOW + 2, NOW + 3, NOW + 4]
        assert await streams.stamp("s", "g", now=NOW + 100) == NOW + 100
        assert await streams.stamp("s", "other", now=NOW) == NOW

    async def test_calls_take_effect_in_the_order_they_are_made(self, streams: StreamStore) -> None:
        """A snapshot shows what was asked for before it, and nothing after."""
        finished: list[str] = []

        async def note(name: str, call: Any) -> Any:
            result = await call
            finished.append(name)
            return result

        first, snapshot, second, stamp, removed = await asyncio.gather(
            note("first", streams.set("s", "g", "a", b"{}", now=NOW)),
            note("snapshot", streams.snapshot("s", "g", None, now=NOW)),
            note("second", streams.set("s", "g", "b", b"{}", now=NOW)),
            note("stamp", streams.stamp("s", "g", now=NOW)),
            note("removed", streams.delete("s", "g", "a", now=NOW)),
        )
        assert finished == ["first", "snapshot", "second", "stamp", "removed"]
        assert [item for item, _ in snapshot.items] == ["a"]
        assert first.at < snapshot.at < second.at < stamp < removed.at

    async def test_one_of_many_first_writes_creates(self, streams: StreamStore) -> None:
        """All others update."""
        changes = await asyncio.gather(
            *(streams.set("s", "g", "i", b'{"n":%d}' % number, now=NOW) for number in range(50))
        )
        assert [change.kind for change in changes].count("create") == 1
        assert sorted(change.at for change in changes) == list(range(NOW, NOW + 50))

    async def test_a_snapshot_of_one_item(self, streams: StreamStore) -> None:
        """There, never there, removed lately, removed long ago, there again."""
        await streams.set("s", "g", "i", b"{}", now=NOW)
        await streams.set("s", "g", "j", b"{}", now=NOW)
        shown = await streams.snapshot("s", "g", "i", now=NOW)
        assert [item for item, _ in shown.items] == ["i"]
        assert not (await streams.snapshot("s", "g", "never", now=NOW)).deleted
        await streams.delete("s", "g", "i", now=NOW)
        gone = await streams.snapshot("s", "g", "i", now=NOW + TOMBSTONE_MS - 1)
        assert (gone.items, gone.deleted) == ((), True)
        assert not (await streams.snapshot("s", "g", "i", now=NOW + TOMBSTONE_MS)).deleted
        await streams.set("s", "g", "i", b"{}", now=NOW)
        assert not (await streams.snapshot("s", "g", "i", now=NOW)).deleted


class StreamStoreContract(ItemContract, GroupsOfItemsContract, OrderContract):
    """The whole exam."""
