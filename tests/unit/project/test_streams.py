"""Stream definitions (STR-1 to STR-6, SCH-11)."""

from __future__ import annotations

from typing import Any

import pytest

from motia.model.step import StreamDefinition
from motia.project.dialects import StepDefaults, normalise_stream, unique_streams
from motia.project.notice import Notice

FUNCTION = {"$motia": "function", "name": "f"}


def read(config: Any, file: str = "streams/chat-stream.ts") -> tuple[StreamDefinition | None, tuple[Notice, ...]]:
    return normalise_stream({"entry": file, "form": "type", "config": config, "handler": None}, file, "node")


def good(config: Any, file: str = "streams/chat-stream.ts") -> StreamDefinition:
    stream, notices = read(config, file)
    assert notices == ()
    assert stream is not None
    return stream


def test_str_1_2_name_schema_and_description() -> None:
    stream = good({"name": "chat", "schema": {"type": "object"}, "description": "Talk."})
    assert (stream.name, stream.description, stream.storage, stream.hooks) == ("chat", "Talk.", "default", ())
    assert stream.schema is not None
    assert stream.schema.json == {"type": "object"}


@pytest.mark.parametrize(
    ("config", "rule"),
    [
        ({}, "STR-1"),
        ({"name": 3}, "STR-1"),
        ({"name": "x", "schema": "text"}, "SCH-1"),
        ({"name": "x", "canAccess": True}, "STR-4"),
        ({"name": "x", "onJoin": "f"}, "STR-5"),
        ({"name": "x", "baseConfig": {"storageType": "disk"}}, "STR-3"),
        ({"name": "x", "baseConfig": {"storageType": "custom"}}, "STR-3"),
        (None, "STR-6"),
    ],
)
def test_str_errors(config: Any, rule: str) -> None:
    stream, (notice, *_) = read(config)
    assert stream is None
    assert (notice.level, notice.rule) == ("error", rule)


def test_str_3_custom_storage() -> None:
    assert good({"name": "x", "baseConfig": {"storageType": "default"}}).storage == "default"
    assert good({"name": "x", "base_config": {"storage_type": "custom", "factory": FUNCTION}}).storage == "custom"


def test_str_4_5_hooks() -> None:
    config = {"name": "x", "can_access": FUNCTION, "onJoin": FUNCTION, "onLeave": FUNCTION}
    assert good(config).hooks == ("canAccess", "onJoin", "onLeave")


def test_sch_11_validation() -> None:
    assert good({"name": "x"}).validation == "warn"
    assert good({"name": "x", "validation": "enforce"}).validation == "enforce"
    found = {"entry": "a", "config": {"name": "x"}}
    stream, _ = normalise_stream(found, "a", "node", StepDefaults(validation="off"))
    assert stream is not None
    assert stream.validation == "off"


def test_str_1_the_first_file_wins() -> None:
    first, second = good({"name": "x"}, "streams/a.stream.ts"), good({"name": "x"}, "streams/b.stream.ts")
    streams, (notice,) = unique_streams([second, first])
    assert streams == {"x": first}
    assert (notice.level, notice.rule, notice.file) == ("error", "STR-1", "streams/b.stream.ts")
