import dataclasses
import json
import uuid
from collections import OrderedDict
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pydantic
import pytest

from motia.authoring import encoding
from motia.authoring.encoding import decode, decode_payload, encode
from motia.authoring.errors import PayloadError
from motia.authoring.records import Payload, Record


@dataclasses.dataclass
class Point:
    x: int
    when: date


class Colour(Enum):
    RED = "red"


class Model(pydantic.BaseModel):
    at: date


@pytest.fixture(params=["orjson", "standard library"])
def _codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "standard library":
        monkeypatch.setattr(encoding, "orjson", None)


pytestmark = pytest.mark.usefixtures("_codec")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"a": None, "b": [1.5, True]}, '{"a":null,"b":[1.5,true]}'),
        ({1: "a", False: "b", None: "c"}, '{"1":"a","false":"b","null":"c"}'),
        ("é🎉", '"é🎉"'),
        ({"when": datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)}, '{"when":"2030-01-02T03:04:05+00:00"}'),
        (date(2030, 1, 2), '"2030-01-02"'),
        (uuid.UUID(int=0), '"00000000-0000-0000-0000-000000000000"'),
        (Decimal("1.10"), '"1.10"'),
        (Path("a/b"), '"a/b"'),
        (Colour.RED, '"red"'),
        ({"c": Colour.RED, Colour.RED: 1}, '{"c":"red","red":1}'),
        ((1, {2}), "[1,[2]]"),
        (Point(1, date(2030, 1, 2)), '{"x":1,"when":"2030-01-02"}'),
        (Model(at=date(2030, 1, 2)), '{"at":"2030-01-02"}'),
        (OrderedDict(a=1), '{"a":1}'),
        (Payload(a=Record(b=1)), '{"a":{"b":1}}'),
        (2**70, "1180591620717411303424"),
        ("\ud800", r'"\ud800"'),
    ],
)
def test_what_json_can_hold(value: Any, text: Any) -> None:
    assert encode(value).decode() == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "payload is nan"),
        ({"a": [1, {"b": float("inf")}], "c": None}, r"payload\.a\[1\]\.b is inf"),
        ({"a": object()}, r"payload\.a is of type object"),
        ({"a": b"x"}, r"payload\.a is of type bytes"),
        ({"a": Model}, r"payload\.a is the class Model"),
        ({"a": print}, r"payload\.a is the function print"),
        ({(1, 2): 3}, r"payload has the key \(1, 2\)"),
    ],
)
def test_what_json_cannot_hold_is_named_with_its_path(value: Any, message: Any) -> None:
    with pytest.raises(PayloadError, match=message):
        encode(value)


def test_a_value_that_contains_itself() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(PayloadError, match="nested too deeply or contains itself"):
        encode(value)


def test_a_forgotten_await_is_named() -> None:
    async def call() -> None: ...

    work = call()
    with pytest.raises(PayloadError, match=r"payload\.x is a call that was not awaited"):
        encode({"x": work})
    work.close()


def test_an_exception_is_never_an_empty_object() -> None:
    error = ValueError("bad")
    error.__cause__ = KeyError("deeper")
    written = json.loads(encode({"error": error}))
    assert written == {
        "error": {"name": "ValueError", "message": "bad", "cause": {"name": "KeyError", "message": "'deeper'"}}
    }


def test_integers_of_any_size_come_back_exactly() -> None:
    text = b'{"a":[123456789012345678901234567890],"b":-9223372036854775809,"c":{"d":18446744073709551616}}'
    value = decode(text)
    assert value.a == [123456789012345678901234567890]
    assert encode(value) == text


def test_objects_are_records_at_every_depth() -> None:
    value = decode(b'{"a":[{"b":{"c":1}}]}')
    assert value.a[0].b.c == 1


def test_only_the_payload_itself_has_the_alias() -> None:
    payload = decode_payload(b'{"a":{"b":1}}')
    assert payload.data.a.b == 1
    with pytest.raises(AttributeError):
        _ = payload.a.data


def test_nothing_is_none() -> None:
    assert decode(b"") is None
    assert decode_payload(b"[1]") == [1]


def test_lone_surrogates_are_read() -> None:
    assert decode(rb'"\ud800"') == "\ud800"
