"""From an outcome to bytes on the wire."""

from __future__ import annotations

import dataclasses
import email.utils
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from motia.http import refusals
from motia.model.invocation import Failed, Outcome, Responded

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_NOT_OURS_TO_PASS: Final = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "date"})
_BODILESS: Final = frozenset({204, 304})
_INFORMATIONAL: Final = 200
_OK: Final = 200
_MULTIPLE_CHOICES: Final = 300


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """A response to send; `stream`, where given, is the body."""

    status: int
    headers: Mapping[str, str | list[str]]
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None


_date: tuple[int, bytes] = (0, b"")


def date_header() -> bytes:
    """The `Date` of now (RFC 9110 §6.6.1), made once a second."""
    global _date  # noqa: PLW0603 - a cache of one value
    now = int(time.time())
    if _date[0] != now:
        _date = (now, email.utils.formatdate(now, usegmt=True).encode())
    return _date[1]


def reply_of(outcome: Outcome) -> Reply:
    """The reply to an HTTP client. Raises `Refusal` for everything but a response (HTTP-26)."""
    if isinstance(outcome, Responded):
        return Reply(outcome.status, outcome.headers, outcome.body, outcome.stream)
    if isinstance(outcome, Failed):
        if outcome.retry_after_s is not None:
            raise refusals.unavailable("The server cannot take more work right now", outcome.retry_after_s)
        match outcome.reason:
            case "timeout":
                raise refusals.Refusal(504, {"error": "Step timed out"})
            case "unavailable" | "worker-lost" | "cancelled":
                raise refusals.unavailable("The Step cannot be run right now")
            case "conflict":
                raise refusals.unavailable("Somebody else changed the same data first. Nothing was changed, try again")
            case "uncommitted":
                raise refusals.unavailable("The changes could not be stored. Nothing was changed, try again")
            case _:
                raise refusals.internal_error()
    return Reply(204, {})


async def send_reply(send: Send, reply: Reply, method: str, request: Mapping[str, Any], extra: Headers) -> None:
    """Send it; the Step's own headers win over `extra`."""
    headers = _encoded(reply.headers, extra)
    if reply.stream is not None:
        await _send_stream(send, reply.status, headers, reply.stream, with_body=method != "HEAD")
        return
    status, body = reply.status, reply.body
    if method in {"GET", "HEAD"} and _OK <= status < _MULTIPLE_CHOICES and body:
        status, body = _conditional(headers, request, status, body)
    if status not in _BODILESS:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" or status in _BODILESS else body})


async def send_refusal(send: Send, refusal: refusals.Refusal, method: str, extra: Headers) -> None:
    """Send an answer that no Step made."""
    body = b"" if refusal.status in _BODILESS else refusal.encoded()
    own: dict[str, str | list[str]] = dict(refusal.headers)
    if body:
        own |= {"content-type": refusals.JSON_TYPE, "content-length": str(len(body))}
    headers = [(name.encode("latin-1"), str(value).encode("latin-1")) for name, value in own.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers + extra})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def _encoded(own: Mapping[str, str | list[str]], extra: Headers) -> Headers:
    headers: Headers = []
    names = set()
    for name, value in own.items():
        lower = name.lower()
        if lower in _NOT_OURS_TO_PASS:
            continue
        encoded = lower.encode("latin-1")
        names.add(encoded)
        for each in value if isinstance(value, list) else (value,):
            headers.append((encoded, each.encode("latin-1", "replace")))
    headers += [pair for pair in extra if pair[0] not in names]
    return headers


def _conditional(headers: Headers, request: Mapping[str, Any], status: int, body: bytes) -> tuple[int, bytes]:
    """Adds a weak ETag; 304 without a body when the client has it already (HTTP-25)."""
    own = next((value for name, value in headers if name == b"etag"), None)
    if own is None:
        own = b'W/"%x-%s"' % (len(body), hashlib.blake2b(body, digest_size=12).hexdigest().encode())
        headers.append((b"etag", own))
    wanted = request.get("if-none-match")
    if wanted is None:
        return status, body
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return (304, b"") if "*" in tags or own.decode("latin-1").removeprefix("W/") in tags else (status, body)


async def _send_stream(
    send: Send, status: int, headers: Headers, stream: AsyncIterator[bytes], *, with_body: bool
) -> None:
    close: Callable[[], None] = getattr(stream, "close", lambda: None)
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if with_body:
            async for chunk in stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        close()
