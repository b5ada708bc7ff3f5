"""The admin surface as an ASGI application."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from motia.admin.access import COOKIE, Access
from motia.admin.audit import AuditTrail
from motia.admin.json_text import dumps, loads
from motia.admin.operations import AdminRefusal, Answered, Asked, Operation
from motia.model.errors import AuthorError, MotiaError, Overloaded, StoreUnavailable, UnknownStep

_BODY_LIMIT: Final = 16 * 1024 * 1024
# Pages of other sites get nothing from here, whatever `cors` says for Steps (HTTP-29).
_SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    ),
]

_Message = MutableMapping[str, Any]


class AdminApp:
    """Serves `operations`. `claims` tells which paths outside `/__motia` belong here when no Step has them."""

    def __init__(self, operations: Iterable[Operation], access: Access, trail: AuditTrail | None = None) -> None:
        """The operations are matched in order; those that change something are noted in `trail`."""
        self._access = access
        self._trail = trail
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
            answered = await operation.handle(Asked(parameters, dict(parse_qsl(query)), body, actor or "anybody"))
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
        await _send(send, answered, head=scope["method"] == "HEAD", cookie=_token_of(scope) if answered.html else None)

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


def _token_of(scope: _Message) -> str | None:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")


async def _send(
    send: Callable[[_Message], Awaitable[None]], answered: Answered, *, head: bool, cookie: str | None = None
) -> None:
    headers = list(_SECURITY)
    if answered.retry_after_s is not None:
        headers.append((b"retry-after", str(answered.retry_after_s).encode()))
    if answered.stream is not None:
        headers.append((b"content-type", b"text/event-stream"))
        await send({"type": "http.response.start", "status": answered.status, "headers": headers})
        async for chunk in answered.stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    if answered.html is not None:
        body, media = answered.html.encode(), b"text/html; charset=utf-8"
        if cookie:
            headers.append(
                (b"set-cookie", f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict".encode("latin-1", "replace"))
            )
    elif answered.text is not None:
        body, media = answered.text.encode(), answered.media_type.encode("latin-1")
    else:
        body, media = (
            (b"" if answered.status == 204 else dumps(answered.body)),
            b"application/json; charset=utf-8",
        )
    headers += [(b"content-type", media), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
