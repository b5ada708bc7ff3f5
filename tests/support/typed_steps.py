"""The Steps and streams whose generated types the programs use."""

from __future__ import annotations

from typing import Any, Final

from motia.model.step import Step, StreamDefinition
from motia.project.dialects import normalise, normalise_stream

STRING: Final = {"type": "string"}
NUMBER: Final = {"type": "number"}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


ADDED: Final = _object({"id": STRING, "kind": {"enum": ["long", "short"]}}, tags={"type": "array", "items": STRING})
BODY: Final = _object({"text": STRING, "stars": {"type": ["integer", "null"]}})
TREE: Final = _object({"name": STRING, "children": {"type": "array", "items": {"$ref": "#"}}})
ALL: Final = {
    **_object(
        {
            "none": {"type": "null"},
            "choice": {"oneOf": [_object({"a": STRING}), _object({"b": NUMBER})]},
            "one": {"enum": [1, 2]},
            "pair": {"type": "array", "prefixItems": [STRING, {"type": "integer"}], "minItems": 1},
        },
        many={"type": "array", "items": {"type": ["string", "integer"]}},
        tree={"$ref": "#/$defs/tree"},
    ),
    "$defs": {"tree": _object({"children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}})},
}
FIFO: Final = {"queue": {"type": "fifo"}}


def _step(name: str, **config: Any) -> Step:
    file = f"steps/{name}_step.py"
    described = {"entry": file, "form": "type", "config": {"name": name, **config}, "handler": {"params": 2}}
    result = normalise(described, file, "python")
    assert result.step is not None, result.notices
    return result.step


def _event(name: str, topic: str, schema: Any, **config: Any) -> Step:
    return _step(name, type="event", subscribes=[topic], input=schema, **config)


STEPS: Final = (
    _step(
        "AddQuote", type="api", path="/quotes", method="POST", bodySchema=BODY, emits=["quote.added"],
        responseSchema={"201": _object({"id": STRING})},
    ),
    _event("IndexQuote", "quote.added", ADDED, emits=["grouped", "unheard"]),
    _event("Grouped", "grouped", _object({"a-b": NUMBER}), infrastructure=FIFO),
    _event("Grow", "tree", TREE),
    _event("Both", "both", _object({"a": STRING}), emits=["both"]),
    _event("Both too", "both", _object({"n": NUMBER})),
    _event("Schemas", "schemas", ALL),
    _step("7 o'clock", type="cron", cron="0 7 * * *"),
)  # fmt: skip
TORN: Final = (_event("Torn", "torn", STRING, emits=["torn"]), _event("Torn too", "torn", NUMBER))


def _stream(name: str, schema: Any) -> StreamDefinition:
    file = f"streams/{name}.stream.ts"
    found, notices = normalise_stream({"entry": file, "config": {"name": name, "schema": schema}}, file, "node")
    assert found is not None, notices
    return found


STREAMS: Final = (_stream("chat-room", _object({"text": STRING})),)
