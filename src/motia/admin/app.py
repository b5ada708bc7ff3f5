"""The admin surface as an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from motia.admin.access import COOKIE, Access
from motia.admin.audit import AuditTrail
from motia.admin.json_text import dumps, loads
from motia.admin.operations import AdminRefusal, Answered, Asked, Operation
from motia.admin.workbench_files import POLICY
from motia.model.errors import AuthorError, MotiaError, Overloaded, StoreUnavailable, UnknownStep

_BODY_LIMIT: Final = 16 * 1024 * 1024
# Pages of other sites get nothing from here, whatever `cors` says for Steps (HTTP-29).
_SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
_LASTING: Final = b"public, max-age=31536000, immutable"
_DATA_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"

_Message = MutableMapping[str, Any]


class AdminApp:
    """Serves `operations`. `claims` tells which paths outside `/__motia` belong here when no Step has them."""

    def __init__(self, operations: Iterable[Operation], access: Access, trail: AuditTrail | None = None) -> None:
        """The operations are matched in order; those that change something are noted in `trail`."""
        self._access = access
        self._trail = trail
        self._stopping = asyncio.Event()
        self._table: list[tuple[str, re.Pattern[str], Operation]] = []
        self._outside: set[tuple[str, str]] = set()
        self._pages: set[str] = set()
        for operation in operations:
            pattern = re.compile(
                re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path.rstrip("/"))) + "/?"
            )
            self._table.append((operation.method, pattern, operation))
            if operation.media_type == "text/html":
                self._pages |= {operation.path, operation.path.rstrip("/") + "/"}
            elif not operation.path.startswith("/__motia"):
                self._outside.add((operation.method, operation.path))

    def claims(self, method: str, path: str, accept: str) -> bool:
        """Whether a path outside `/__motia` that no Step serves is answered here (HTTP-3, HTTP-31)."""
        return self.is_page(method, path, accept) or self.claims_data(method, path, accept)

    def claims_data(self, _method: str, path: str, _accept: str) -> bool:
        """The same without pages."""
        return any(path == outside for _, outside in self._outside)

    def is_page(self, method: str, path: str, accept: str) -> bool:
        """Whether a browser asks for a page of ours."""
        return path in self._pages and method in {"GET", "HEAD"} and "text/html" in accept

    async def __call__(
        self,
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        """ASGI 3 entry for HTTP requests."""
        noted: tuple[str, Operation, dict[str, str]] | None = None
        body: Any = None
        try:
            operation, parameters = self._operation(scope)
            query = scope["query_string"].decode("latin-1")
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            peer = scope["client"][0] if scope.get("client") else None
            actor = self._access.who(peer, headers, query)
            if not operation.open and actor is None:
                raise AdminRefusal(401, "The admin token is needed: send it as 'Authorization: Bearer TOKEN'")
            if operation.method != "GET":
                noted = (actor or "anybody", operation, parameters)
            body = await _body(operation, receive)
            answered = await operation.handle(
                Asked(parameters, dict(parse_qsl(query)), body, actor or "anybody", headers, scope["path"])
            )
        except AdminRefusal as refusal:
            answered = Answered({"error": str(refusal)}, refusal.status)
        except UnknownStep as problem:
            answered = Answered({"error": str(problem)}, 404)
        except AuthorError as problem:
            answered = Answered({"error": str(problem)}, 400)
        except (StoreUnavailable, Overloaded) as problem:
            answered = Answered({"error": str(problem)}, 503, retry_after_s=problem.retry_after_s)
        except MotiaError as problem:
            answered = Answered({"error": str(problem)}, 503)
        if self._trail is not None and noted is not None:
            self._trail.note(*noted, body, answered.status)
        if answered.stream is None:
            await _send(send, answered, head=scope["method"] == "HEAD")
        else:
            await self._stream(answered, answered.stream, receive, send)

    def stop(self) -> None:
        """End what would never end by itself; whoever listens comes again."""
        self._stopping.set()

    async def _stream(
        self,
        answered: Answered,
        stream: AsyncIterator[bytes],
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        """Send events until the client has gone or the core stops."""
        headers = [*_SECURITY, *_headers(answered), (b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": answered.status, "headers": headers})
        loop = asyncio.get_running_loop()
        pump = loop.create_task(_pump(stream, send))
        ends = {loop.create_task(_gone(receive)), loop.create_task(self._stopping.wait())}
        try:
            await asyncio.wait({pump, *ends}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (pump, *ends):
                task.cancel()
            await asyncio.gather(pump, *ends, return_exceptions=True)
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": b""})

    def _operation(self, scope: _Message) -> tuple[Operation, dict[str, str]]:
        path: str = scope["raw_path"].decode("latin-1")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        others: list[str] = []
        for served, pattern, operation in self._table:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            if served == method:
                return operation, {name: unquote(value) for name, value in match.groupdict().items()}
            others.append(served)
        if others:
            raise AdminRefusal(405, f"Method {method} not allowed; {path} takes {', '.join(others)}")
        raise AdminRefusal(404, f"There is no {path}; /__motia/openapi.json lists what there is")


async def _body(operation: Operation, receive: Callable[[], Awaitable[_Message]]) -> Any:
    if operation.body is None:
        return None
    data = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise AdminRefusal(400, "The request ended early")
        data += message.get("body", b"")
        more = message.get("more_body", False)
        if len(data) > _BODY_LIMIT:
            raise AdminRefusal(413, f"The body is larger than {_BODY_LIMIT:,} bytes")
    try:
        value = loads(data or b"{}")
    except ValueError as problem:
        raise AdminRefusal(400, f"The body is not JSON: {problem}") from None
    if not isinstance(value, dict):
        raise AdminRefusal(400, "The body must be a JSON object")
    return value


async def _pump(stream: AsyncIterator[bytes], send: Callable[[_Message], Awaitable[None]]) -> None:
    async for chunk in stream:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Callable[[], Awaitable[_Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Callable[[_Message], Awaitable[None]], answered: Answered, *, head: bool) -> None:
    headers = [*_SECURITY, *_headers(answered)]
    body, media = _content(answered)
    headers += [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _headers(answered: Answered) -> list[tuple[bytes, bytes]]:
    policy = _DATA_POLICY if answered.html is None else POLICY.encode()
    headers = [
        (b"content-security-policy", policy),
        (b"cache-control", _LASTING if answered.file is not None and answered.file.lasting else b"no-store"),
    ]
    if answered.file is not None:
        headers.append((b"vary", b"accept-encoding"))
        if answered.file.encoding:
            headers.append((b"content-encoding", answered.file.encoding.encode()))
    if answered.retry_after_s is not None:
        headers.append((b"retry-after", str(answered.retry_after_s).encode()))
    if answered.cookie is not None:
        # Not for other paths: handlers of Steps must not see it.
        kept = f"{COOKIE}={answered.cookie}; Path=/__motia; HttpOnly; SameSite=Strict"
        headers.append(
            (b"set-cookie", (kept if answered.cookie else f"{kept}; Max-Age=0").encode("latin-1", "replace"))
        )
    return headers


def _content(answered: Answered) -> tuple[bytes, str]:
    """The body and its media type."""
    if answered.file is not None:
        return answered.file.content, answered.file.media_type
    if answered.html is not None:
        return answered.html.encode(), "text/html; charset=utf-8"
    if answered.text is not None:
        return answered.text.encode(), answered.media_type
    return b"" if answered.status == 204 else dumps(answered.body), "application/json; charset=utf-8"
