"""motia_types.pyi: JSON Schema as Python types, and contradictions between subscribers (TYP-9, TYP-7)."""

from __future__ import annotations

from typing import Any

import pytest

from motia.model.step import Step
from motia.project.dialects import normalise
from motia.project.json_schema_to_py import PythonTypes, pascal
from motia.project.types_pyi import types_pyi

STRING, NUMBER = {"type": "string"}, {"type": "number"}


def defined(*schemas: Any) -> list[str]:
    types = PythonTypes()
    types.define("T", schemas)
    return types.definitions


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (STRING, "str"),
        (NUMBER, "float"),
        ({"type": "integer"}, "int"),
        ({"type": ["boolean", "null"]}, "bool | None"),
        ({"type": "string", "nullable": True}, "str | None"),
        ({"enum": ["a", 1, None, True]}, 'Literal["a", 1, None, True]'),
        ({"enum": [1.5, "a"]}, "float | str"),
        ({"const": "a"}, 'Literal["a"]'),
        ({"type": "array", "items": STRING}, "list[str]"),
        ({"type": "array"}, "list[Any]"),
        ({"prefixItems": [STRING, NUMBER], "items": False}, "list[str | float]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": NUMBER}, "dict[str, float]"),
        ({"anyOf": [STRING, {"type": "null"}]}, "str | None"),
        ({"allOf": [NUMBER, {"type": "integer"}]}, "int"),
        ({"allOf": [STRING, NUMBER]}, "Never"),
        (True, "Any"),
        (False, "Never"),
        ({"$ref": "elsewhere.json"}, "Any"),
    ],
)
def test_values(schema: Any, text: str) -> None:
    assert defined(schema) == [f"T: TypeAlias = {text}"]


def test_objects_become_classes_and_their_objects_too() -> None:
    inner = {"type": "object", "properties": {"x": NUMBER}, "required": ["x"]}
    schema = {"type": "object", "properties": {"at": inner, "to": {"type": "array", "items": inner}}}
    assert defined(schema) == [
        "class T(TypedDict):\n    at: NotRequired[TAt]\n    to: NotRequired[list[TToItem]]",
        "class TAt(TypedDict):\n    x: float",
        "class TToItem(TypedDict):\n    x: float",
    ]


def test_keys_that_are_no_names() -> None:
    schema = {"type": "object", "properties": {"a-b": STRING, "class": NUMBER}, "required": ["class"]}
    assert defined(schema) == ['T = TypedDict("T", {"a-b": NotRequired[str], "class": float})']


def test_references_are_named_once_and_may_go_round() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}
    schema = {"$defs": {"node": node}, "type": "array", "items": {"$ref": "#/$defs/node"}}
    assert defined(schema) == ["class Node(TypedDict):\n    next: Node", "T: TypeAlias = list[Node]"]


def test_what_meets_several_schemas_has_the_properties_of_all() -> None:
    one = {"type": "object", "properties": {"a": STRING, "n": NUMBER}, "required": ["a"]}
    other = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert defined(one, other) == ["class T(TypedDict):\n    a: str\n    n: int"]


def test_choices_keep_what_stands_beside_them() -> None:
    kinds = [
        {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
        {"properties": {"kind": {"const": "b"}, "b": NUMBER}, "required": ["kind"]},
    ]
    assert defined({"type": "object", "properties": {"id": STRING}, "required": ["id"], "oneOf": kinds}) == [
        'class T1(TypedDict):\n    id: str\n    kind: Literal["a"]',
        'class T2(TypedDict):\n    id: str\n    kind: Literal["b"]\n    b: NotRequired[float]',
        "T: TypeAlias = T1 | T2",
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("quote.added", "QuoteAdded"), ("Add quote", "AddQuote"), ("7up", "T7up"), ("ä", "T")]
)
def test_names(name: str, text: str) -> None:
    assert pascal(name) == text


def step(**config: Any) -> Step:
    file = f"steps/{config['name']}_step.py"
    result = normalise({"entry": file, "form": "type", "config": config, "handler": {"params": 2}}, file, "python")
    assert result.step is not None, result.notices
    return result.step


def test_typ_7_subscribers_that_contradict_each_other() -> None:
    text, notices = types_pyi(
        [
            step(name="A", type="event", subscribes=["t"], input=STRING),
            step(name="B", type="event", subscribes=["t"], input=NUMBER),
        ]
    )
    assert "TData: TypeAlias = Never" in text
    assert [(notice.rule, "A" in notice.message, "B" in notice.message) for notice in notices] == [
        ("TYP-7", True, True)
    ]


def test_names_are_unique() -> None:
    text, _ = types_pyi(
        [
            step(name="A b", type="cron", cron="@daily"),
            step(name="a_b", type="cron", cron="@daily"),
            step(name="Flow", type="cron", cron="@daily"),
        ]
    )
    assert [line for line in text.splitlines() if line.endswith("FlowContext[Any]")] == [
        "ABContext: TypeAlias = FlowContext[Any]",
        "FlowContext2: TypeAlias = FlowContext[Any]",
        "ABContext2: TypeAlias = FlowContext[Any]",
    ]
