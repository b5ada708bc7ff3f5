import enum
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

import jsonschema_rs
import pydantic
import pytest

from motia.authoring.errors import InvalidInput
from motia.authoring.schemas import schema_of, schema_to_json_schema
from motia.authoring.schemas.parsed import mapping_of
from motia.authoring.schemas.recognition import is_model


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Item:
    name: str
    price: float
    tags: list[str] = field(default_factory=list)
    parts: "list[Item]" = field(default_factory=list)


class Person(TypedDict):
    name: str
    age: NotRequired[int]


class Address(pydantic.BaseModel):
    city: str


class User(pydantic.BaseModel):
    name: str = pydantic.Field(alias="userName")
    born: date
    address: Address
    role: str = "guest"


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    name: str


def issues(schema: Any, value: Any, **how: Any) -> list[tuple[str, str]]:
    found = schema_of(schema)
    assert found is not None
    with pytest.raises(InvalidInput) as refused:
        found.parse(value, **how)
    return [(issue.path, issue.message) for issue in refused.value.issues]


def parsed(schema: Any, value: Any, **how: Any) -> Any:
    found = schema_of(schema)
    assert found is not None
    return found.parse(value, **how)


@pytest.mark.parametrize("value", [{"type": "object"}, {}, True, None, "text", {"a": {"type": "string"}}, 3])
def test_json_schemas_and_other_values_are_no_live_schemas(value: Any) -> None:
    assert schema_of(value) is None


def test_the_mapping_form() -> None:
    schema = {"id": str, "n": int, "tags": list[str], "note": str | None, "at": {"x": float}}
    value = {"id": "a", "n": 1, "tags": ["t"], "at": {"x": 1, "kept": True}, "extra": 1}
    assert parsed(schema, value) == value
    assert issues(schema, {"n": True, "tags": ["t", 3], "at": {"x": "1"}}) == [
        ("id", "is required"),
        ("n", "must be an integer"),
        ("tags.1", "must be string"),
        ("at.x", "must be a number"),
    ]
    assert issues(schema, []) == [("", "must be an object")]
    assert schema_to_json_schema(schema)["required"] == ["id", "n", "tags", "at"]


def test_a_json_schema_inside_a_mapping_is_described() -> None:
    schema = {"id": str, "meta": {"type": "object"}}
    assert schema_to_json_schema(schema)["properties"]["meta"] == {"type": "object"}
    assert parsed(schema, {"id": "a", "meta": 3}) == {"id": "a", "meta": 3}


@pytest.mark.parametrize(
    ("annotation", "fits", "refused"),
    [
        (str, "a", 1),
        (int, 1, 1.5),
        (int, 2.0, True),
        (float, 1, "1"),
        (bool, True, 1),
        (type(None), None, 0),
        (list, [1], {}),
        (dict, {"a": 1}, []),
        (list[int], [1, 2], ["a"]),
        (dict[str, int], {"a": 1}, {"a": "b"}),
        (tuple[int, str], [1, "a"], [1]),
        (tuple[int, ...], [1, 2], ["a"]),
        (int | None, None, "a"),
        (int | str, "a", []),
        (Literal["a", 1], 1, True),
        (Annotated[int, "doc"], 1, "a"),
        (Size, "s", "m"),
        (set[int], [1, 2], "a"),
        (UUID, "00000000-0000-0000-0000-000000000000", "x"),
        (datetime, "2030-01-01T00:00:00Z", "soon"),
        (date, "2030-01-01", "soon"),
        (Decimal, "1.10", "x"),
        (Person, {"name": "a"}, {"age": 1}),
    ],
)
def test_types(annotation: Any, fits: Any, refused: Any) -> None:
    schema = {"value": annotation}
    parsed(schema, {"value": fits})
    assert issues(schema, {"value": refused})
    described = schema_to_json_schema(schema)
    assert jsonschema_rs.is_valid(described, {"value": fits})


def test_texts_become_what_they_stand_for() -> None:
    value = {
        "at": "2030-01-01T00:00:00Z",
        "size": "l",
        "price": "1.10",
        "tags": ["a", "b", "a"],
    }
    result = parsed({"at": datetime, "size": Size, "price": Decimal, "tags": set[str]}, value)
    assert result.at == datetime(2030, 1, 1, tzinfo=timezone.utc)
    assert (result.size, result.price, result.tags) == (Size.LARGE, Decimal("1.10"), {"a", "b"})


def test_query_strings_may_hold_numbers() -> None:
    schema = {"page": int, "all": bool, "tags": list[str], "max": float | None}
    result = parsed(schema, {"page": "2", "all": "true", "tags": "a", "max": "1.5"}, texts=True)
    assert result == {"page": 2, "all": True, "tags": ["a"], "max": 1.5}
    assert issues(schema, {"page": "x", "all": "maybe", "tags": []}, texts=True) == [
        ("page", "must be an integer"),
        ("all", "must be a boolean"),
    ]


def test_dataclasses() -> None:
    raw = {"name": "box", "price": 2, "parts": [{"name": "lid", "price": 1, "colour": "red"}], "extra": True}
    item = parsed(Item, raw)
    assert item == Item("box", 2, [], [Item("lid", 1)])
    assert mapping_of(item, raw) == {
        "name": "box",
        "price": 2,
        "tags": [],
        "parts": [{"name": "lid", "price": 1, "tags": [], "parts": [], "colour": "red"}],
        "extra": True,
    }
    assert issues(Item, {"name": 1, "parts": [{"price": 1}]}) == [
        ("name", "must be string"),
        ("price", "is required"),
        ("parts.0.name", "is required"),
    ]


def test_a_class_that_contains_itself_is_described_by_reference() -> None:
    described = schema_to_json_schema(Item)
    assert described["$ref"] == "#/$defs/Item"
    assert jsonschema_rs.is_valid(described, {"name": "a", "price": 1, "parts": [{"name": "b", "price": 1}]})
    assert not jsonschema_rs.is_valid(described, {"name": "a", "price": 1, "parts": [{"name": "b"}]})


def test_pydantic_models() -> None:
    raw = {"userName": "ada", "born": "1815-12-10", "address": {"city": "London", "zip": "W1"}, "extra": 1}
    user = parsed(User, raw)
    assert isinstance(user, User)
    mapping = mapping_of(user, raw)
    assert mapping == {
        "userName": "ada",
        "born": date(1815, 12, 10),
        "address": {"city": "London", "zip": "W1"},
        "role": "guest",
        "extra": 1,
    }
    assert mapping.address.city == "London"
    found = issues(User, {"born": "never", "address": {}})
    assert [path for path, _ in found] == ["userName", "born", "address.city"]
    assert schema_to_json_schema(User)["properties"]["userName"]


def test_pydantic_adapters_and_lists() -> None:
    adapter = pydantic.TypeAdapter(list[Address])
    raw = [{"city": "London", "zip": 1}]
    assert mapping_of(parsed(adapter, raw), raw) == raw
    assert issues(adapter, [{}])[0][0] == "0.city"
    inside = {"where": Address, "who": list[User]}
    described = schema_to_json_schema(inside)
    assert jsonschema_rs.is_valid(described, {"where": {"city": "a"}, "who": []})
    assert not jsonschema_rs.is_valid(
        described, {"where": {"city": "a"}, "who": [{"userName": "a", "born": "2030-01-01", "address": {}}]}
    )
    inside = {"where": Address}
    assert issues(inside, {"where": {}})[0][0] == "where.city"


def test_strict_models_refuse_unknown_keys() -> None:
    schema = schema_of(Strict)
    assert schema is not None
    with pytest.raises(InvalidInput) as refused:
        schema.parse({"name": "a", "more": 1})
    assert [(issue.path, issue.kind) for issue in refused.value.issues] == [("more", "extra")]


def test_root_models() -> None:
    class Names(pydantic.RootModel[list[str]]):
        pass

    assert mapping_of(parsed(Names, ["a"]), ["a"]) == ["a"]


def test_which_annotations_are_models() -> None:
    assert is_model(Item)
    assert is_model(User)
    assert not is_model(dict)
    assert not is_model(list[Item])
    assert not is_model(str)


def test_what_is_no_schema() -> None:
    with pytest.raises(TypeError, match="is no schema"):
        schema_to_json_schema("text")
    with pytest.raises(TypeError, match="no type that a schema can be made of"):
        schema_of({"a": str, "b": 3})
