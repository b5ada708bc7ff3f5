"""Which streams a Python file defines (STR-6), and how they are described (STR-2, STR-3)."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from motia.worker.stream_finding import describe_stream, find_streams

KEPT = """
class Kept:
    def get(self, group_id, item_id): ...
    def set(self, group_id, item_id, data): ...
    def delete(self, group_id, item_id): ...
    def get_group(self, group_id): ...
"""


def run(source: str, name: str = "chat_stream") -> ModuleType:
    module = ModuleType(name)
    exec(compile(source, str(Path(f"{name}.py")), "exec"), module.__dict__)
    return module


def names(source: str) -> list[tuple[str, Any]]:
    return [(found.entry, found.options.get("name")) for found in find_streams(run(source), "chat_stream.py")]


@pytest.mark.parametrize(
    "source",
    [
        "config = {'name': 'chat'}",
        "from motia import StreamConfig\nconfig = StreamConfig(name='chat')",
        "from motia import StreamConfig\nchat = StreamConfig({'name': 'chat'})",
        "from motia import Stream\nchat = Stream({'name': 'chat'})",
        "from motia import Stream\nchat = Stream(config={'name': 'chat'})",
        "from motia import Stream, StreamConfig\nconfig = Stream(StreamConfig(name='chat'))",
        "from motia import Stream\nconfig = {'name': 'chat'}\nchat = Stream(config)\nagain = chat",
        "class config:\n    name = 'chat'",
        "import dataclasses\n@dataclasses.dataclass\nclass Made:\n    name: str\nconfig = Made('chat')",
    ],
)
def test_forms_of_a_definition(source: str) -> None:
    assert names(source) == [("chat_stream.py", "chat")]


def test_several_in_one_file() -> None:
    source = "from motia import Stream, StreamConfig\na, b = Stream(StreamConfig(name='a')), StreamConfig(name='b')\n"
    assert names(source + "c = StreamConfig(name='b')") == [
        ("chat_stream.py#a", "a"),
        ("chat_stream.py#b", "b"),
        ("chat_stream.py#b~2", "b"),
    ]


@pytest.mark.parametrize(
    "source", ["value = 1", "from motia import Stream\nchat = Stream('chat')", "import json as config"]
)
def test_files_that_define_none(source: str) -> None:
    assert names(source) == []


def test_what_another_file_defines_is_not_found_again() -> None:
    module = run("chat = None\nrooms = None")
    other = run(
        "from motia import Stream, StreamConfig\nchat, rooms = Stream({'name': 'a'}), StreamConfig(name='b')", "other"
    )
    module.chat, module.rooms = other.chat, other.rooms  # type: ignore[attr-defined]
    assert find_streams(module, "chat_stream.py") == []


def test_a_config_that_is_none() -> None:
    with pytest.raises(TypeError, match="config is a dict or a class, not int"):
        names("config = 3")


@pytest.mark.parametrize(
    ("schema", "properties"),
    [
        ("{'text': str}", {"text": {"type": "string"}}),
        ("Model", {"text": {"title": "Text", "type": "string"}}),
        ("Made", {"text": {"type": "string"}}),
    ],
)
def test_live_schemas_are_described(schema: str, properties: Any) -> None:
    source = f"""
import dataclasses
from pydantic import BaseModel
class Model(BaseModel):
    text: str
@dataclasses.dataclass
class Made:
    text: str
config = {{"name": "chat", "schema": {schema}}}
"""
    (found,) = find_streams(run(source), "chat_stream.py")
    marker = describe_stream(found.options)["schema"]
    assert (marker["$motia"], marker["live"], marker["json"]["properties"]) == ("schema", True, properties)


@pytest.mark.parametrize("factory", ["Kept", "Kept()", "lambda: Kept()"])
@pytest.mark.parametrize("key", ["baseConfig", "base_config"])
def test_a_factory_is_described_whatever_it_is(factory: str, key: str) -> None:
    source = f"{KEPT}config = {{'name': 'kept', '{key}': {{'storageType': 'custom', 'factory': {factory}}}}}"
    (found,) = find_streams(run(source), "kept_stream.py")
    described = describe_stream(found.options)[key]
    assert described["storageType"] == "custom"
    assert described["factory"]["$motia"] == "function"


def test_what_json_cannot_hold_is_named() -> None:
    with pytest.raises(TypeError, match=r"config\.description is of type object"):
        describe_stream({"name": "chat", "description": object()})
