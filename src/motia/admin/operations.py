"""The shape of an admin operation: one table serves requests and writes the OpenAPI document, so they cannot differ."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

from motia.admin.workbench_files import ServedFile

STRING: Final = {"type": "string"}
INTEGER: Final = {"type": "integer"}
BOOLEAN: Final = {"type": "boolean"}
NULLABLE_STRING: Final = {"type": ["string", "null"]}
NULLABLE_INTEGER: Final = {"type": ["integer", "null"]}
ANY: Final[dict[str, Any]] = {}


def record(**properties: Any) -> dict[str, Any]:
    """The schema of an object whose keys are all present."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def listing(items: Any) -> dict[str, Any]:
    """The schema of an array."""
    return {"type": "array", "items": items}


MESSAGE: Final = record(message=STRING)


class AdminRefusal(Exception):
    """The request cannot be done; `status` and a message for whoever asked."""

    def __init__(self, status: int, message: str) -> None:
        """`message` becomes the body's `error`."""
        super().__init__(message)
        self.status = status


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One admin request: path parameters, query (last value of each name), parsed JSON body (None without one), who asks, headers, path."""

    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    actor: str = "local"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    path: str = "/"

    def number(self, name: str, default: int, *, most: int | None = None) -> int:
        """An integer from the query, at least 0. Raises `AdminRefusal` 400 for anything else."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit():
            raise AdminRefusal(400, f"{name!r} must be a whole number, not {text!r}")
        return int(text) if most is None else min(int(text), most)

    def field(self, name: str, kind: type, *, default: Any = ...) -> Any:
        """A field of the JSON body. Raises `AdminRefusal` 400 when it is missing or of another type."""
        value = self.body.get(name, default) if isinstance(self.body, dict) else default
        if value is ...:
            raise AdminRefusal(400, f"{name!r} is missing in the body")
        if value is not default and not isinstance(value, kind):
            raise AdminRefusal(400, f"{name!r} must be {_a(kind)}")
        return value


def _a(kind: type) -> str:
    return {str: "a string", int: "a number", list: "a list", dict: "an object", bool: "true or false"}.get(
        kind, kind.__name__
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """What to send: JSON, or `stream` of Server-Sent Events, or `html`, or `file`, or `text` as `media_type`.

    `retry_after_s` says when to try again. `cookie`: the browser keeps this as its token from now on; empty takes it away.
    """

    body: Any = None
    status: int = 200
    stream: AsyncIterator[bytes] | None = None
    html: str | None = None
    retry_after_s: int | None = None
    text: str | None = None
    media_type: str = "text/plain; charset=utf-8"
    file: ServedFile | None = None
    cookie: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` has parameters in braces; `open` needs no token; `query` maps names to (schema, description)."""

    id: str
    method: str
    path: str
    summary: str
    handle: Callable[[Asked], Awaitable[Answered]]
    answer: Mapping[str, Any]
    query: Mapping[str, tuple[Mapping[str, Any], str]] = dataclasses.field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    status: int = 200
    tag: str = "core"
    open: bool = False
    media_type: str = "application/json"
