from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.model.errors import ImpossibleUpdate
from motia.model.update_ops import apply_ops

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "op", "expected"),
    [
        # set
        (None, {"type": "set", "path": "", "value": 1}, 1),
        ({"a": 1}, {"type": "set", "value": [2]}, [2]),
        (None, {"type": "set", "path": "a.b.c", "value": 1}, {"a": {"b": {"c": 1}}}),
        ({"a": None}, {"type": "set", "path": "a.b", "value": 1}, {"a": {"b": 1}}),
        ({"a": [1, {"x": 1}]}, {"type": "set", "path": "a.1.x", "value": 2}, {"a": [1, {"x": 2}]}),
        ({"a.b": 1}, {"type": "set", "path": ["a.b"], "value": 2}, {"a.b": 2}),
        ({"a": [1, 2]}, {"type": "set", "path": ["a", 0], "value": 9}, {"a": [9, 2]}),
        ({}, {"type": "set", "path": "a", "value": None}, {"a": None}),
        ([1, 2], {"type": "set", "path": "1", "value": 3}, [1, 3]),
        # merge
        (None, {"type": "merge", "path": "", "value": {"a": 1}}, {"a": 1}),
        ({"a": {"b": 1, "c": [1]}}, {"type": "merge", "value": {"a": {"b": 2, "c": [2]}}}, {"a": {"b": 2, "c": [2]}}),
        ({"a": 1}, {"type": "merge", "value": {"a": {"b": 1}}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"type": "merge", "value": {"a": None}}, {"a": None}),
        ({}, {"type": "merge", "path": "x.y", "value": {"z": 1}}, {"x": {"y": {"z": 1}}}),
        # increment, decrement
        (None, {"type": "increment", "path": "n"}, {"n": 1}),
        (5, {"type": "increment", "path": "", "by": 2}, 7),
        ({"n": 1}, {"type": "increment", "path": "n", "value": 4}, {"n": 5}),
        ({"n": 1}, {"type": "decrement", "path": "n", "by": 1.5}, {"n": -0.5}),
        ({"n": 2**80}, {"type": "increment", "path": "n"}, {"n": 2**80 + 1}),
        ({"n": None}, {"type": "increment", "path": "n"}, {"n": 1}),
        # append
        (None, {"type": "append", "path": "l", "value": 1}, {"l": [1]}),
        ({"l": [1]}, {"type": "append", "path": "l", "value": [2]}, {"l": [1, [2]]}),
        ([1], {"type": "append", "path": "", "value": 2}, [1, 2]),
        # remove
        ({"a": 1, "b": 2}, {"type": "remove", "path": "a"}, {"b": 2}),
        ({"b": 2}, {"type": "remove", "path": "a"}, {"b": 2}),
        ({"l": [1, 2, 3]}, {"type": "remove", "path": "l.1"}, {"l": [1, 3]}),
        ({"a": 1}, {"type": "remove", "path": ""}, None),
    ],
)
def test_an_op_does_what_it_says(value: Any, op: dict[str, Any], expected: Any) -> None:
    assert apply_ops(value, [op]) == expected


@pytest.mark.parametrize(
    ("value", "op", "why"),
    [
        ({}, {}, "type must be one of append, decrement, increment, merge, remove, set"),
        ({}, {"type": ["set"]}, "type must be one of"),
        ({}, {"type": "set", "path": "a"}, "'value' is missing"),
        ({}, {"type": "set", "path": 1, "value": 1}, "path must be"),
        ({}, {"type": "set", "path": [True], "value": 1}, "path must be"),
        ({"n": "1"}, {"type": "increment", "path": "n"}, "must be a number, not a string"),
        ({"n": True}, {"type": "increment", "path": "n"}, "must be a number, not a boolean"),
        ({"n": 1}, {"type": "increment", "path": "n", "by": "1"}, "by must be a number"),
        ({"n": 1}, {"type": "increment", "path": "n", "by": True}, "by must be a number"),
        ({"o": {}}, {"type": "append", "path": "o", "value": 1}, "append needs a list, not an object"),
        ([1], {"type": "merge", "path": "", "value": {}}, "merge needs objects, not a list"),
        ({}, {"type": "merge", "path": "", "value": [1]}, "merge needs objects, not a list"),
        ({"a": "text"}, {"type": "set", "path": "a.b", "value": 1}, "holds a string, which has no members"),
        ([1], {"type": "set", "path": "1", "value": 1}, "'1' is no position in a list of 1"),
        ([1], {"type": "set", "path": "-1", "value": 1}, "'-1' is no position"),
        ([1], {"type": "remove", "path": "x"}, "'x' is no position"),
        ({}, {"type": "set", "path": "a.__proto__.b", "value": 1}, "may not contain __proto__"),
        ({}, {"type": "set", "path": ["constructor"], "value": 1}, "may not contain constructor"),
        ({}, {"type": "remove", "path": "prototype"}, "may not contain prototype"),
        ({}, {"type": "merge", "path": "", "value": {"a": {"__proto__": {}}}}, "may not contain __proto__"),
    ],
)
def test_an_impossible_op_names_its_reason(value: Any, op: dict[str, Any], why: str) -> None:
    before = copy.deepcopy(value)
    with pytest.raises(ImpossibleUpdate, match="update op 0") as refused:
        apply_ops(value, [op])
    assert why in str(refused.value)
    assert value == before


def test_ops_build_on_each_other_and_the_failing_one_is_named() -> None:
    ops: list[dict[str, Any]] = [{"type": "set", "path": "l", "value": []}, {"type": "append", "path": "l", "value": 1}]
    assert apply_ops(None, ops) == {"l": [1]}
    with pytest.raises(ImpossibleUpdate, match=r"update op 2 \(merge\)"):
        apply_ops(None, [*ops, {"type": "merge", "path": "l", "value": {}}])


@given(JSON)
def test_no_ops_change_nothing(value: Any) -> None:
    assert apply_ops(value, []) == value


@given(JSON, JSON, st.lists(st.text(alphabet="abc", min_size=1), min_size=1, max_size=4))
def test_what_was_set_is_there_and_shared_with_nobody(base: Any, value: Any, path: list[str]) -> None:
    before = copy.deepcopy(base)
    try:
        result = apply_ops(base, [{"type": "set", "path": path, "value": value}])
    except ImpossibleUpdate:
        return
    finally:
        assert base == before
    holder = result
    for part in path:
        holder = holder[part]
    assert holder == value
    if isinstance(value, dict | list):
        assert holder is not value


@given(st.integers(), st.integers(), st.integers())
def test_increments_add_up_exactly(start: int, one: int, two: int) -> None:
    ops = [{"type": "increment", "path": "n", "by": one}, {"type": "decrement", "path": "n", "by": two}]
    assert apply_ops({"n": start}, ops) == {"n": start + one - two}
