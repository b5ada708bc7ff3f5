"""A config as the core gets it: JSON, with markers for schemas and functions."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from motia.authoring.encoding import decode, encode
from motia.authoring.schemas import Schema, schema_of
from motia.authoring.spelling import snake

_SCHEMAS = {"body_schema", "input", "input_schema", "schema", "context_schema"}
_SCHEMAS_BY_STATUS = {"response_schema"}
_PARTS = {"body", "query", "params", "headers", "response"}
_HTTP = {"api", "http"}

SUCCESS = "2xx"
"""The statuses of one response schema that stands for itself."""


def options_of(config: Any) -> dict[str, Any]:
    """A config as a dict, whatever it was written as: a mapping, a class with attributes, an instance of one.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(config, Mapping):
        return dict(config)
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    if hasattr(config, "model_dump"):
        return {name: getattr(config, name) for name in type(config).model_fields}
    if isinstance(config, type) or hasattr(config, "__dict__"):
        names = [name for name in dir(config) if not name.startswith("_")]
        return {name: getattr(config, name) for name in names}
    raise TypeError(f"config is a dict or a class, not {type(config).__name__}")


def describe(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as JSON.

    Raises:
        TypeError: JSON cannot hold one of them; the message names its path.
    """
    return _described_object(options, "config")


def schemas_of_request(schema: Any) -> dict[str, Any]:
    """The schemas in the option `schema` of an HTTP Step, by part: `body`, `query`, `params`, `headers`, `response`."""
    if isinstance(schema, Mapping) and schema and _PARTS.issuperset(schema):
        return dict(schema)
    return {} if schema is None else {"body": schema}


def responses_by_status(given: Any) -> dict[str, Any]:
    """The schemas in the option `responseSchema` by status; one schema alone is for every success."""
    if _is_by_status(given):
        return {str(getattr(key, "value", key)): schema for key, schema in given.items()}
    return {} if given is None else {SUCCESS: given}


def function_marker(name: str) -> dict[str, Any]:
    """What stands for a function."""
    return {"$motia": "function", "name": name}


def schema_marker(schema: Schema) -> dict[str, Any]:
    """What stands for a schema that this worker checks."""
    return _marker(schema.json_schema(), live=True)


def _described_object(options: Mapping[str, Any], path: str) -> dict[str, Any]:
    http = str(options.get("type", "")).lower() in _HTTP
    described = {}
    for key, value in options.items():
        name = str(key.value) if hasattr(key, "value") else str(key)
        described[name] = _described_option(name, value, f"{path}.{name}", http=http)
    return described


def _described_option(name: str, value: Any, path: str, *, http: bool) -> Any:
    plain = snake(name)
    if plain in _SCHEMAS_BY_STATUS:
        return _described_responses(value, path)
    if plain == "schema" and http:
        parts = schemas_of_request(value)
        if value is not None and "body" in parts and parts.get("body") is value:
            return _described_schema(value, path)
        return {
            part: (_described_responses if part == "response" else _described_schema)(one, f"{path}.{part}")
            for part, one in parts.items()
        }
    if plain in _SCHEMAS:
        return _described_schema(value, path)
    return _described(value, path)


def _described_responses(value: Any, path: str) -> Any:
    if not _is_by_status(value):
        return _response_schema(value, path)
    return {key: _response_schema(one, f"{path}.{key}") for key, one in responses_by_status(value).items()}


def _response_schema(value: Any, path: str) -> Any:
    """Response schemas only document: what is none, such as an example with values JSON cannot hold, is ignored."""
    try:
        return _described_schema(value, path)
    except TypeError:
        return _marker(None, live=False)


def _described_schema(value: Any, path: str) -> Any:
    schema = schema_of(value)
    return _described(value, path) if schema is None else schema_marker(schema)


def _described(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return _described_object(value, path)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_described(item, f"{path}[{index}]") for index, item in enumerate(value)]
    schema = schema_of(value)
    if schema is not None:
        return schema_marker(schema)
    if callable(value) and not isinstance(value, type):
        return function_marker(getattr(value, "__name__", type(value).__name__))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _described_object(options_of(value), path)
    return decode(encode(value, path))


def _marker(schema: Any, *, live: bool) -> dict[str, Any]:
    return {"$motia": "schema", "live": live, "json": schema}


def _is_by_status(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(_is_status(key) for key in value)


def _is_status(key: Any) -> bool:
    text = str(getattr(key, "value", key))
    return text == "default" or (len(text) == 3 and text[0].isdigit())  # noqa: PLR2004 - 200, "404", "2xx"
