"""The exam of StateStore adapters. A test module derives from the class and provides the fixture `state`: an empty store."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from motia.model.errors import ImpossibleUpdate
from motia.ports.state_store import StateStore

# Texts that careless parsing, escaping or sorting would change.
VALUES = [
    b"null",
    b"0",
    b'""',
    b"false",
    b"{}",
    b"[]",
    b"123456789012345678901234567890",
    b"1.10",
    b"1E+2",
    b"-0",
    b'{"b": 1,\n "a":2, "a":3}',
    b'"\\u0000 \\ud83d\\ude00 \\/"',
    '"Grüße, 世界 😀"'.encode(),
    b'"' + b"x" * 300_000 + b'"',
]
NAMES = ["a", "a:b", "*", "%_", "'; --", "g\x00h", "Grüße", "😀", " ", "\n", "x" * 5_000]


class ReadWriteContract:
    """Single values."""

    @pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:20].decode(errors="replace"))
    async def test_a_value_comes_back_byte_for_byte(self, state: StateStore, value: bytes) -> None:
        """By itself and in a list."""
        await state.set("g", "k", value)
        assert await state.get("g", "k") == value
        assert await state.items("g") == [("k", value)]

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    async def test_names_are_any_text(self, state: StateStore, name: str) -> None:
        """As group and as key."""
        await state.set(name, name, b"1")
        assert await state.get(name, name) == b"1"
        assert await state.items(name) == [(name, b"1")]
        assert await state.groups() == [name]
        assert await state.increment(name, name, 1) == b"2"
        assert await state.delete(name, name) == b"2"

    async def test_nothing_is_none(self, state: StateStore) -> None:
        """And a stored null is not nothing."""
        assert await state.get("g", "k") is None
        await state.set("g", "k", b"null")
        assert await state.get("g", "k") == b"null"

    async def test_writing_tells_what_was_before(self, state: StateStore) -> None:
        """Set and delete."""
        assert await state.set("g", "k", b"1") is None
        assert await state.set("g", "k", b"2") == b"1"
        assert await state.delete("g", "k") == b"2"
        assert await state.delete("g", "k") is None
        assert await state.get("g", "k") is None


class GroupContract:
    """Lists."""

    async def test_a_list_is_in_order_of_first_storing(self, state: StateStore) -> None:
        """Overwriting and updating keep the place; deleting and storing again gives a new one."""
        for key in ("c", "a", "b", "d"):
            await state.set("g", key, b"1")
        await state.set("g", "a", b"2")
        await state.increment("g", "c", 1)
        await state.delete("g", "b")
        await state.set("g", "b", b"3")
        assert await state.items("g") == [("c", b"2"), ("a", b"2"), ("d", b"1"), ("b", b"3")]

    async def test_groups_are_apart(self, state: StateStore) -> None:
        """Also where one's name begins like another's."""
        for group in ("g", "g2", "g:k", "G"):
            await state.set(group, "k", json.dumps(group).encode())
        assert await state.items("g") == [("k", b'"g"')]
        assert await state.clear("g") == 1
        assert await state.groups() == ["G", "g2", "g:k"]
        assert await state.get("g2", "k") == b'"g2"'

    async def test_groups_exist_while_they_have_keys(self, state: StateStore) -> None:
        """Sorted, each once."""
        assert await state.groups() == []
        for group, key in (("b", "1"), ("a", "1"), ("b", "2"), ("ä", "1")):
            await state.set(group, key, b"1")
        assert await state.groups() == ["a", "b", "ä"]
        await state.delete("a", "1")
        assert await state.clear("b") == 2
        assert await state.clear("b") == 0
        assert await state.groups() == ["ä"]
        assert await state.items("b") == []

    async def test_a_large_group_comes_back_whole(self, state: StateStore) -> None:
        """And in order."""
        keys = [f"key{number * 7919 % 1_201}" for number in range(1_201)]
        await asyncio.gather(*(state.set("g", key, f'"{key}"'.encode()) for key in keys))
        assert await state.items("g") == [(key, f'"{key}"'.encode()) for key in keys]


class UpdateContract:
    """Changes that read what they change."""

    async def test_ops_are_applied_in_order(self, state: StateStore) -> None:
        """The answer is the value before and after."""
        ops: list[dict[str, Any]] = [
            {"type": "set", "path": "a.b", "value": [1]},
            {"type": "append", "path": "a.b", "value": 2},
            {"type": "merge", "path": "", "value": {"c": {"d": None}}},
            {"type": "increment", "path": "n", "by": 0.5},
        ]
        before, after = await state.update("g", "k", ops)
        assert before is None
        assert json.loads(after) == {"a": {"b": [1, 2]}, "c": {"d": None}, "n": 0.5}
        assert await state.get("g", "k") == after
        assert (await state.update("g", "k", [{"type": "remove", "path": "a"}]))[0] == after

    async def test_an_impossible_op_changes_nothing(self, state: StateStore) -> None:
        """Not even what the ops before it did."""
        await state.set("g", "k", b'{"name": "x"}')
        with pytest.raises(ImpossibleUpdate, match="op 1"):
            await state.update(
                "g", "k", [{"type": "set", "path": "n", "value": 1}, {"type": "increment", "path": "name"}]
            )
        with pytest.raises(ImpossibleUpdate):
            await state.update("g", "new", [{"type": "set", "path": "__proto__.x", "value": 1}])
        assert await state.items("g") == [("k", b'{"name": "x"}')]

    async def test_an_impossible_op_harms_no_neighbour(self, state: StateStore) -> None:
        """Whatever else is written at the same moment is written."""
        results = await asyncio.gather(
            state.set("g", "a", b"1"),
            state.increment("g", "text", 1),
            state.update("g", "text", [{"type": "set", "path": "", "value": "t"}]),
            state.increment("g", "text", 1),
            state.set("g", "b", b"2"),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [type(None), bytes, tuple, ImpossibleUpdate, type(None)]
        assert await state.items("g") == [("a", b"1"), ("text", b'"t"'), ("b", b"2")]

    async def test_integers_stay_exact(self, state: StateStore) -> None:
        """However large."""
        await state.set("g", "k", b'{"id": 9007199254740993, "n": 100000000000000000000000}')
        _, after = await state.update("g", "k", [{"type": "increment", "path": "n"}])
        assert json.loads(after) == {"id": 9007199254740993, "n": 100000000000000000000001}
        assert await state.increment("g", "big", 2**70) == b"1180591620717411303424"

    async def test_text_survives_an_update(self, state: StateStore) -> None:
        """Half a surrogate pair too, which JSON can only escape."""
        await state.set("g", "k", b'{"t": "\\ud800", "u": "\\u00e4\\u0000"}')
        _, after = await state.update("g", "k", [{"type": "set", "path": "x", "value": "😀"}])
        assert json.loads(after) == {"t": "\ud800", "u": "ä\x00", "x": "😀"}

    @pytest.mark.parametrize("value", [b'"1"', b"true", b"[]", b"{}"])
    async def test_only_numbers_can_be_incremented(self, state: StateStore, value: bytes) -> None:
        """Anything else stays as it is."""
        await state.set("g", "k", value)
        with pytest.raises(ImpossibleUpdate):
            await state.increment("g", "k", 1)
        assert await state.get("g", "k") == value

    @pytest.mark.parametrize("by", [float("inf"), float("nan")])
    async def test_what_json_cannot_say_is_impossible(self, state: StateStore, by: float) -> None:
        """A number without end is none."""
        with pytest.raises(ImpossibleUpdate):
            await state.increment("g", "k", by)
        assert await state.get("g", "k") is None

    async def test_increments_at_once_all_count(self, state: StateStore) -> None:
        """None overwrites another; absent counts as zero."""
        results = await asyncio.gather(*(state.increment("g", "n", 1) for _ in range(100)))
        assert sorted(map(int, results)) == list(range(1, 101))
        assert await state.increment("g", "n", -0.5) == b"99.5"

    async def test_updates_at_once_all_count(self, state: StateStore) -> None:
        """None is lost."""
        await asyncio.gather(
            *(state.update("g", "k", [{"type": "append", "path": "l", "value": number}]) for number in range(50))
        )
        stored = await state.get("g", "k")
        assert stored is not None
        assert sorted(json.loads(stored)["l"]) == list(range(50))


class StateStoreContract(ReadWriteContract, GroupContract, UpdateContract):
    """The whole exam."""
