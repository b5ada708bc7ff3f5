import copy
import json

import pytest

from motia.authoring.records import EitherSpelling, Payload, Record


def test_keys_are_attributes() -> None:
    record = Record(a=1)
    assert record.a == 1
    record.b = 2
    assert record == {"a": 1, "b": 2}
    del record.b
    with pytest.raises(AttributeError, match="there is no 'b' here; known: a"):
        _ = record.b


def test_dict_methods_stay_methods() -> None:
    record = Record(items=1, get=2)
    assert list(record.items()) == [("items", 1), ("get", 2)]
    assert record["get"] == 2


def test_data_of_a_payload_is_the_payload() -> None:
    payload = Payload(id="a")
    assert payload["data"] is payload
    assert payload.data is payload
    assert payload.get("data") is payload
    assert payload.get("other", 3) == 3


def test_the_alias_is_no_key() -> None:
    payload = Payload(id="a")
    assert "data" not in payload
    assert list(payload) == ["id"]
    assert json.dumps(payload) == '{"id": "a"}'
    assert payload == {"id": "a"}
    assert {**payload} == {"id": "a"}
    assert copy.deepcopy(payload) == payload


def test_an_own_data_wins() -> None:
    payload = Payload(data={"x": 1})
    assert payload["data"] == {"x": 1}
    assert payload.get("data") == {"x": 1}
    assert Payload(data=None)["data"] is None


def test_records_of_ours_are_read_in_both_spellings() -> None:
    change = EitherSpelling(old_value=1, streamName="s")
    assert change.oldValue == change["old_value"] == change.get("oldValue") == 1
    assert change.stream_name == "s"
    assert change.get("nothing") is None
    with pytest.raises(KeyError):
        change["nothing"]
