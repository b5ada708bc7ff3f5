from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.model.errors import ImpossibleUpdate
from motia.model.safe_json import safe_json
from motia.model.stored_json import incremented, updated


def test_what_is_not_touched_stays_exact() -> None:
    stored = b'{"id":9007199254740993,"f":0.1,"t":"\xc3\xa4"}'
    assert updated(stored, [{"type": "set", "path": "x", "value": 1}]) == stored[:-1] + b',"x":1}'


@pytest.mark.parametrize(
    "stored", [b"{", b"[" * 100_000 + b"]" * 100_000, b"9" * 5_000, b"NaN"], ids=["torn", "deep", "long", "NaN"]
)
def test_what_cannot_be_read_cannot_be_updated(stored: bytes) -> None:
    with pytest.raises(ImpossibleUpdate):
        updated(stored, [{"type": "increment", "path": ""}])


@given(st.integers() | st.none(), st.integers())
def test_integers_add_up_exactly(start: int | None, by: int) -> None:
    stored = None if start is None else json.dumps(start).encode()
    assert int(incremented(stored, by)) == (start or 0) + by


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": [1, 2.5, None, True, "ä"]}, {"a": [1, 2.5, None, True, "ä"]}),
        ({1: 2**70, 2: "\ud800"}, {"1": str(2**70), "2": "?"}),
        ([float("inf"), 2**70], ["inf", str(2**70)]),
        ([Rude(), 2**70], ["<Rude>", str(2**70)]),
        ({"s": {2**70}}, {"s": f"{{{2**70}}}"}),
    ],
)
def test_anything_can_be_shown(value: Any, shown: Any) -> None:
    assert orjson.loads(safe_json(value)) == shown


def test_endless_structures_end() -> None:
    assert safe_json(LOOP).endswith(b"]")
