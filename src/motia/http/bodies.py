"""Request bodies: read within limits, undo the content encoding, and say what kind they are (HTTP-5)."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import orjson

from motia.http.query import parse
from motia.http.refusals import Refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_TEXT_TYPES: Final = ("text/", "application/xml", "application/javascript")


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


@dataclasses.dataclass(frozen=True, slots=True)
class Body:
    """The bytes to hand to a worker and their `bodyKind`; `value` is the parsed JSON where the core had to parse it."""

    kind: str
    data: bytes
    value: Any = None
    raw_length: int | None = None


async def read(receive: Receive, headers: dict[str, Any], limit: int) -> bytes:
    """The whole body. Raises `Refusal` 413 past `limit` bytes, before reading where the length is declared."""
    declared = headers.get("content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    data: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(data) > limit:
            raise _too_large(limit)
        return data
    parts, size = [data], len(data)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def interpreted(data: bytes, headers: dict[str, Any], limit: int) -> Body:
    """What the body is. Raises `Refusal` 400 for invalid JSON, 413 when it unpacks past `limit`, 415 for an unknown encoding."""
    encoding = headers.get("content-encoding")
    if encoding is not None and data:
        data = _unpacked(data, encoding.strip().lower(), limit)
    if not data:
        return Body("none", b"")
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json" or content_type.endswith("+json"):
        return _json(data)
    if content_type == "application/x-www-form-urlencoded":
        value = parse(data.decode("utf-8", "replace"))
        encoded = orjson.dumps(value)
        return Body("form", encoded + data, value, len(encoded))
    if content_type.startswith(_TEXT_TYPES):
        return Body("text", data.decode("utf-8", "replace").encode())
    return Body("bytes", data)


def _json(data: bytes) -> Body:
    try:
        return Body("json", data, orjson.loads(data))
    except orjson.JSONDecodeError as problem:
        details = [{"path": "", "message": str(problem)}]
        raise Refusal(400, {"error": "Invalid JSON", "details": details}) from None


def _unpacked(data: bytes, encoding: str, limit: int) -> bytes:
    if encoding == "identity":
        return data
    windows = {"gzip": 31, "x-gzip": 31, "deflate": 15}
    if encoding not in windows:
        raise Refusal(415, {"error": f"Unsupported content encoding {encoding!r}; use gzip or deflate"})
    unpacker = zlib.decompressobj(windows[encoding])
    try:
        result = unpacker.decompress(data, limit + 1)
    except zlib.error as problem:
        raise Refusal(400, {"error": f"The body is not valid {encoding}: {problem}"}) from None
    if len(result) > limit:
        raise _too_large(limit)
    if not unpacker.eof:
        raise Refusal(400, {"error": f"The body is not valid {encoding}: it ends too early"})
    return result


def _too_large(limit: int) -> Refusal:
    return Refusal(413, {"error": f"Request body is larger than {limit:,} bytes", "limit": limit})
