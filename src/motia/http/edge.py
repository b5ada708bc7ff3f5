"""The ASGI application: from a request to a Step and back. The path of a hot request is this file and `routes`."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Literal

import orjson

from motia.http import bodies, refusals
from motia.http.cors import CorsPolicy
from motia.http.forwarded import Trust, client_address
from motia.http.live_feed import asks_for_feed
from motia.http.query import parse
from motia.http.replies import Headers, Reply, date_header, reply_of, send_refusal, send_reply
from motia.http.routes import Match, RouteTable
from motia.http.turns import TurnBudget
from motia.model.identity import new_span_id, new_trace_id
from motia.model.invocation import Completed, Invocation, Outcome
from motia.model.step import HttpTrigger, Step
from motia.ports.step_runner import StepRunner
from motia.runtime.validation import SchemaChecker

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, bodies.Receive, Send], Awaitable[None]]

# A client that leaves is noticed by listening for it, which costs a task; most handlers are done before that pays.
_LISTEN_AFTER_S: Final = 0.1
_TRACEPARENT_PARTS: Final = 4
_ABOUT_BODY: Final = frozenset({"content-type", "content-length", "etag"})


@dataclasses.dataclass(frozen=True, slots=True)
class HttpSettings:
    """Limits of the edge: bytes, milliseconds, requests at once."""

    body_limit: int = 16 * 1024 * 1024
    request_timeout_ms: int = 300_000
    most_requests: int = 4096
    cors: CorsPolicy = dataclasses.field(default_factory=CorsPolicy)
    trust_proxy: Trust = False


@dataclasses.dataclass(slots=True)
class _Asked:
    """A request that was read. `properties` are what the project's middleware put on it."""

    method: str
    path: str
    url: str
    query: dict[str, Any]
    headers: dict[str, Any]
    ip: str
    body: bodies.Body
    trace_id: str
    parent: str | None
    properties: dict[str, Any] | None = None

    def arguments(self, parameters: dict[str, str]) -> dict[str, Any]:
        """The `http` keys of the worker protocol."""
        arguments: dict[str, Any] = {
            "method": self.method,
            "path": self.path,
            "url": self.url,
            "pathParams": parameters,
            "queryParams": self.query,
            "headers": self.headers,
            "ip": self.ip,
            "bodyKind": self.body.kind,
        }
        if self.body.raw_length is not None:
            arguments["rawLength"] = self.body.raw_length
        return arguments

    def invocation(
        self, step: Step, kind: Literal["http", "hook"], trigger: int, arguments: dict[str, Any], timeout_ms: int
    ) -> Invocation:
        """The run that it asks for."""
        return Invocation(
            step,
            kind,
            trigger,
            arguments,
            self.body.data,
            self.trace_id,
            new_span_id(),
            self.parent,
            timeout_ms=timeout_ms,
        )


class HttpEdge:
    """Serves the Steps in `routes`, which may be swapped at any time; requests under way keep what they matched.

    `feed` answers for live streams. `hook`, where set, stands for the functions of the project's config that run before routing.
    `admin(scope, receive, send)` is asked for reserved paths before the Steps, and for paths no Step serves it gets a chance when
    `claims(method, path, accept)` says so.
    """

    def __init__(
        self,
        runner: StepRunner,
        settings: HttpSettings,
        admin: AsgiApp,
        claims: Callable[[str, str, str], bool],
        on_fault: Callable[[BaseException], None] = lambda _: None,
    ) -> None:
        """Serves no Steps yet."""
        self.routes = RouteTable()
        self.hook: Step | None = None
        self.feed: AsgiApp | None = None
        self.in_flight = 0
        self.accepting = True
        self._runner = runner
        self._settings = settings
        self._client = client_address(settings.trust_proxy)
        self._admin = admin
        self._claims = claims
        self._on_fault = on_fault
        self._schemas = SchemaChecker()
        self._turns = TurnBudget()

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """ASGI 3 entry."""
        if scope["type"] != "http":
            return
        path: str = scope["raw_path"].decode("latin-1")
        if path.startswith("/__motia") and path[8:9] in {"", "/"}:
            feed = self.feed if asks_for_feed(scope) else None
            await (feed or self._admin)(scope, receive, send)
            return
        self.in_flight += 1
        try:
            if self._turns.is_used_up:
                await self._turns.wait()
            else:
                self._turns.begin()
            await self._answer(scope, receive, send, path)
        finally:
            self.in_flight -= 1

    @property
    def cors(self) -> CorsPolicy:
        """Which foreign pages may read answers."""
        return self._settings.cors

    def origin_may_connect(self, origin: str | None) -> bool:
        """Whether a page from `origin` may open live connections: where origins are named, only those (HTTP-29)."""
        cors = self._settings.cors
        return origin is None or not cors.origins or bool(cors.headers(origin))

    async def _answer(self, scope: Scope, receive: bodies.Receive, send: Send, path: str) -> None:
        method: str = scope["method"]
        headers = _headers(scope["headers"])
        trace_id, parent = _trace(headers.get("traceparent"))
        extra = self._settings.cors.headers(headers.get("origin"))
        extra += [(b"x-trace-id", trace_id.encode()), (b"date", date_header())]
        try:
            if self.hook is not None and not self._claims(method, path, headers.get("accept", "")):
                asked = await self._asked(scope, receive, path, headers, trace_id, parent)
                reply = await self._with_hook(self.hook, asked, extra, receive)
            else:
                match = self._match(method, path, headers)
                if match is None:
                    await self._admin(scope, receive, send)
                    return
                self._admit()
                asked = await self._asked(scope, receive, path, headers, trace_id, parent)
                reply = await self._serve(match, asked, receive)
            if reply is not None:
                await send_reply(send, reply, method, headers, extra)
        except refusals.Refusal as refusal:
            await send_refusal(send, refusal, method, extra)
        except bodies.ClientGone:
            return
        except Exception as fault:  # noqa: BLE001 - a fault of ours is a 500 for the client and a report for the operator
            self._on_fault(fault)
            with contextlib.suppress(Exception):
                await send_refusal(send, refusals.internal_error(), method, extra)

    def _match(self, method: str, path: str, headers: dict[str, Any]) -> Match | None:
        """The route; None when the admin surface answers there. Raises `Refusal` when nobody does."""
        match = self.routes.match(method, path)
        if match is not None:
            return match
        if self._claims(method, path, headers.get("accept", "")):
            return None
        return self._stand_in(method, path, headers)

    async def _with_hook(self, hook: Step, asked: _Asked, extra: Headers, receive: bodies.Receive) -> Reply | None:
        """Run what the project puts before routing (MW-7); it answers, or the route does with what it added."""
        self._admit()
        preflight = asked.method == "OPTIONS" and "access-control-request-method" in asked.headers
        arguments = {**asked.arguments({}), "hook": "request"}
        invocation = asked.invocation(hook, "hook", 0, arguments, self._settings.request_timeout_ms)
        outcome = await self._outcome(invocation, receive)
        if outcome is None:
            return None
        if isinstance(outcome, Completed):
            added = orjson.loads(outcome.result or b"{}")
            asked.properties = added.get("properties") or None
            ours = _encoded_headers(added.get("headers") or {})
            extra[:] = [*(pair for pair in extra if pair[0] not in {name for name, _ in ours}), *ours]
            asked.parent = invocation.span_id
            match = self._match(asked.method, asked.path, asked.headers)
            return None if match is None else await self._serve(match, asked, receive)
        reply = reply_of(outcome)
        if preflight and reply.status >= 400:
            # A preflight carries no credentials, so what refuses it would refuse every page (HTTP-4).
            kept = {name: value for name, value in reply.headers.items() if name.lower() not in _ABOUT_BODY}
            return Reply(204, kept)
        return reply

    async def _serve(self, match: Match, asked: _Asked, receive: bodies.Receive) -> Reply | None:
        """The reply of the route's Step; None when the client left, and then the handler was cancelled."""
        route = match.route
        if not route.trigger.guarded:
            self._validate(route.trigger, route.step.validation or route.trigger.validation, asked, match.parameters)
        timeout = route.step.timeout_ms or self._settings.request_timeout_ms
        arguments = asked.arguments(match.parameters)
        if asked.properties is not None:
            arguments["properties"] = asked.properties
        invocation = asked.invocation(route.step, "http", route.index, arguments, timeout)
        outcome = await self._outcome(invocation, receive)
        return None if outcome is None else reply_of(outcome)

    def _admit(self) -> None:
        if not self.accepting:
            raise refusals.unavailable("The server is stopping")
        if self.in_flight > self._settings.most_requests:
            raise refusals.unavailable("The server is overloaded")

    def _stand_in(self, method: str, path: str, headers: dict[str, Any]) -> Match:
        """HEAD is served by GET; everything else that has no route ends here (HTTP-3, HTTP-4)."""
        if method == "HEAD":
            match = self.routes.match("GET", path)
            if match is not None:
                return match
        allowed = self.routes.allowed(path)
        if not allowed:
            raise refusals.not_found()
        allow = ", ".join(sorted({*allowed, "OPTIONS", *(["HEAD"] if "GET" in allowed else [])}))
        if method == "OPTIONS":
            preflight = self._settings.cors.preflight(headers, allow)
            raise refusals.Refusal(204, {}, {"allow": allow, **preflight})
        raise refusals.Refusal(405, {"error": f"Method {method} not allowed"}, {"allow": allow})

    async def _asked(
        self,
        scope: Scope,
        receive: bodies.Receive,
        path: str,
        headers: dict[str, Any],
        trace_id: str,
        parent: str | None,
    ) -> _Asked:
        limit = self._settings.body_limit
        body = bodies.interpreted(await bodies.read(receive, headers, limit), headers, limit)
        query_string: bytes = scope["query_string"]
        query = parse(query_string.decode("latin-1")) if query_string else {}
        url = f"{path}?{query_string.decode('latin-1')}" if query_string else path
        client = scope.get("client")
        address = self._client(client[0] if client else "", headers.get("x-forwarded-for"))
        return _Asked(scope["method"], path, url, query, headers, address, body, trace_id, parent)

    def _validate(self, trigger: HttpTrigger, mode: str, asked: _Asked, parameters: dict[str, str]) -> None:
        """Refuse what a plain JSON Schema refuses (SCH-5, SCH-6); live ones are the worker's."""
        if mode == "off":
            return
        details: list[dict[str, str]] = []
        if trigger.body is not None:
            body = asked.body
            value = {} if body.kind == "none" else body.value if body.kind in {"json", "form"} else _text_or_none(body)
            details += [
                {"path": issue.path, "message": issue.message} for issue in self._schemas.issues(trigger.body, value)
            ]
        parts = {"query": self._schemas.query_issues(trigger, asked.query)}
        for name, schema, value in (
            ("params", trigger.params, parameters),
            ("headers", trigger.headers, asked.headers),
        ):
            parts[name] = [] if schema is None else self._schemas.issues(schema, value)
        for name, issues in parts.items():
            for issue in issues:
                details.append({"path": f"{name}.{issue.path}".rstrip("."), "message": issue.message})
        if details and mode == "enforce":
            raise refusals.validation_failed(details)

    async def _outcome(self, invocation: Invocation, receive: bodies.Receive) -> Outcome | None:
        """What came of it; None when the client left, and then the handler was cancelled."""
        loop = asyncio.get_running_loop()
        current = asyncio.current_task()
        assert current is not None  # noqa: S101 - the server runs each request in a task
        left = False
        listening: asyncio.Task[None] | None = None

        async def until_client_leaves() -> None:
            nonlocal left
            while (await receive())["type"] != "http.disconnect":
                pass
            left = True
            current.cancel()

        def listen() -> None:
            nonlocal listening
            listening = loop.create_task(until_client_leaves())

        timer = loop.call_later(_LISTEN_AFTER_S, listen)
        try:
            return await self._runner.invoke(invocation)
        except asyncio.CancelledError:
            if left:
                current.uncancel()
                return None
            raise
        finally:
            timer.cancel()
            if listening is not None:
                listening.cancel()


def _text_or_none(body: bodies.Body) -> str | None:
    return body.data.decode("utf-8", "replace") if body.kind == "text" else None


def _encoded_headers(given: dict[str, Any]) -> Headers:
    headers: Headers = []
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            headers.append((str(name).lower().encode("latin-1", "replace"), str(each).encode("latin-1", "replace")))
    return headers


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """Lower-case names; repeated ones joined as Node does (HTTP-9)."""
    headers: dict[str, Any] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name == "cookie":
            headers[name] += f"; {value}"
        else:
            headers[name] += f", {value}"
    return headers


def _trace(traceparent: str | None) -> tuple[str, str | None]:
    """Trace id and parent span from a W3C `traceparent`, a new trace where there is none or it is malformed."""
    if traceparent is not None:
        parts = traceparent.strip().split("-")
        if len(parts) >= _TRACEPARENT_PARTS and _is_hex(parts[1], 32) and _is_hex(parts[2], 16) and parts[0] != "ff":
            return parts[1], parts[2]
    return new_trace_id(), None


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set("0123456789abcdef") and text.strip("0") != ""
