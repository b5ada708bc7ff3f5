"""Running calls: from the frame that asks for one to the frame that answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from motia.authoring.context import FlowContext
from motia.authoring.encoding import decode, decode_payload, encode
from motia.authoring.errors import HttpError
from motia.authoring.link import CURRENT, Binding, RunningCall
from motia.authoring.records import EitherSpelling
from motia.authoring.request import read_request
from motia.authoring.response import ApiResponse
from motia.authoring.steps import KINDS, kind_of
from motia.worker import eager, stages
from motia.worker.asks import Asks
from motia.worker.authentication import Authentication
from motia.worker.capture import Captures
from motia.worker.connection import Connection
from motia.worker.environment import PRODUCTION, environment_name
from motia.worker.failing import refuse, send_error, send_failed
from motia.worker.frames import MAX_BODY
from motia.worker.hooks import RequestHook
from motia.worker.plans import LoadedStep, Plan
from motia.worker.replies import send_response, unread
from motia.worker.response_checks import ResponseChecks
from motia.worker.results import is_response, is_stream, stray_keys
from motia.worker.stream_hooks import Hook, StreamHooks
from motia.worker.streaming import Body, Unread


class Calls:
    """The calls of one connection.

    Args:
        idle: called when, after `drain`, the last call is over.
    """

    def __init__(
        self,
        connection: Connection,
        asks: Asks,
        captures: Captures,
        loop: asyncio.AbstractEventLoop,
        idle: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._asks = asks
        self._captures = captures
        self._loop = loop
        self._idle = idle
        self._steps: dict[str, LoadedStep] = {}
        self._running: dict[int, tuple[RunningCall, asyncio.Task[None] | None]] = {}
        self._draining = False
        self._hook: RequestHook | None = None
        self._authentication: Authentication | None = None
        self._streams: dict[str, StreamHooks] = {}
        self._hints = environment_name() != PRODUCTION
        self._responses = ResponseChecks()
        self._warned: set[tuple[str, str]] = set()

    def add(self, step: LoadedStep) -> None:
        """Makes a Step known."""
        self._steps[step.entry] = step

    def add_stream(self, entry: str, hooks: StreamHooks) -> None:
        """Makes the functions of a stream definition known."""
        self._streams[entry] = hooks

    def authenticate_with(self, authentication: Authentication) -> None:
        """Takes what the project's config asks about those who connect."""
        self._authentication = authentication

    def put_before(self, hook: RequestHook) -> None:
        """Takes what the project's config puts before requests."""
        self._hook = hook

    def bind(self, entries: Mapping[str, Any]) -> None:
        """Takes what the core made of the Steps."""
        for entry, given in entries.items():
            step = self._steps.get(entry)
            if step is not None:
                step.binding = Binding(
                    str(given.get("name", entry)),
                    tuple(given.get("flows") or ()),
                    int(given.get("maxAttempts") or 1),
                    given.get("validation"),
                    {int(trigger): tuple(parts) for trigger, parts in (given.get("checks") or {}).items()},
                )

    def start(self, header: Mapping[str, Any], body: bytes) -> None:
        """Takes a `call` frame. Raises KeyError when it lacks what every call has."""
        number = header["id"]
        if header["kind"] == "hook":
            self._start_hook(number, header, body)
            return
        entry = header["entry"]
        step = self._steps.get(entry)
        plan = step.plan(header.get("trigger", 0)) if step is not None else None
        if step is None or plan is None:
            message = f"there is no Step '{entry}' here" if step is None else f"the Step '{entry}' has no handler"
            refuse(self._connection, number, message)
            return
        by_hand = header["kind"] == "manual"
        kind = kind_of(header.get("as") or plan.kind) if by_hand else KINDS.get(header["kind"], plan.kind)
        call = RunningCall(number, kind, header, step.binding, plan.trigger, plan.paired)
        is_request = kind == "http"
        answering = (
            self._answer_request(call, plan, body, by_hand=by_hand) if is_request else self._answer(call, plan, body)
        )
        self._begin(call, answering, by_hand=by_hand)

    def _start_hook(self, number: int, header: Mapping[str, Any], body: bytes) -> None:
        if header["hook"] == "request" and self._hook is not None:
            call = RunningCall(number, "http", header, Binding(self._hook.file), {})
            self._begin(call, self._answer_request_hook(call, self._hook, body), by_hand=False)
            return
        name, hook = self._find_hook(header)
        if hook is None:
            refuse(self._connection, number, f"no function for the hook '{header['hook']}' is loaded here")
            return
        # Only the newer dialect has these with a context, so `set` answers in its way.
        call = RunningCall(number, "stream", header, Binding(name), {}, paired=True)
        self._begin(call, self._answer_hook(call, hook, body), by_hand=False)

    def _find_hook(self, header: Mapping[str, Any]) -> tuple[str, Hook | None]:
        if header["hook"] == "authenticate":
            return "authenticate", self._authentication.run if self._authentication is not None else None
        stream = self._streams.get(str(header.get("entry")))
        return ("", None) if stream is None else (stream.name, stream.find(header["hook"]))

    def _begin(self, call: RunningCall, answering: Coroutine[Any, Any, None], *, by_hand: bool) -> None:
        call.context = FlowContext(call)
        self._running[call.id] = (call, None)
        task = eager.start(self._loop, self._run(call, answering, by_hand=by_hand))
        if call.id in self._running:
            self._running[call.id] = (call, task)

    def cancel(self, number: int) -> None:
        """Takes a `cancel` frame: a task is cancelled, a thread is told."""
        call, task = self._running.get(number, (None, None))
        if call is None or call.cancelled:
            return
        call.cancelled = True
        self._asks.interrupt(call)
        if task is not None:
            task.cancel()

    def credit(self, number: int, count: int) -> None:
        """Takes a `credit` frame."""
        call, _ = self._running.get(number, (None, None))
        if call is not None and call.outlet is not None:
            call.outlet.credit(count)

    def drain(self) -> None:
        """Takes a `drain` frame."""
        self._draining = True
        if not self._running:
            self._idle()

    async def _run(self, call: RunningCall, answering: Coroutine[Any, Any, None], *, by_hand: bool) -> None:
        CURRENT.set(call)
        try:
            await answering
        except BaseException as error:  # noqa: BLE001 - SystemExit of a handler is its failure, not the worker's end
            self._fail(call, error, by_hand=by_hand)
        finally:
            self._finish(call)

    async def _answer(self, call: RunningCall, plan: Plan, body: bytes) -> None:
        call.input = given = _input(call.kind, body)
        if plan.is_direct:
            args, named = plan.bind(call, given)
            result = await plan.handler(*args, **named)
        else:
            result = await stages.run(call, plan, given)
        if is_stream(result):
            await unread(result)
            result = None
        if call.open:
            await _settled(call)
        self._done(call, result)

    async def _answer_request(self, call: RunningCall, plan: Plan, body: bytes, *, by_hand: bool) -> None:
        outlet = call.outlet = Unread() if by_hand else Body(self._connection, call.id)
        call.input = request = read_request(call.header, body)
        if plan.is_direct and not call.binding.checks:
            args, named = plan.bind(call, request)
            result = await plan.handler(*args, **named)
        else:
            result = await stages.run(call, plan, request)
        if call.open:
            await _settled(call)
        self._captures.finish(call)
        if isinstance(outlet, Body):
            if plan.responses and self._hints and not outlet.used:
                self._responses.look_at(call, plan, result)
            await self._respond(call, outlet, result)
        else:
            await self._record(call, result)
        if call.open:  # started while the response was streamed
            await _settled(call)

    async def _answer_hook(self, call: RunningCall, hook: Hook, body: bytes) -> None:
        result = await hook(call, decode(body))
        if call.open:
            await _settled(call)
        text = b"" if result is None else encode(result, "the result")
        self._captures.finish(call)
        self._connection.send(b'{"t":"done","id":%d}' % call.id, text)

    async def _answer_request_hook(self, call: RunningCall, hook: RequestHook, body: bytes) -> None:
        outlet = call.outlet = Body(self._connection, call.id)
        call.input = request = read_request(call.header, body)
        result, added = await hook.run(call, outlet, request)
        if call.open:
            await _settled(call)
        self._captures.finish(call)
        if added is not None:
            self._connection.send(b'{"t":"done","id":%d}' % call.id, added)
            return
        await self._respond(call, outlet, result)
        if call.open:
            await _settled(call)

    async def _respond(self, call: RunningCall, outlet: Body, result: Any) -> None:
        self._hint(call, result)
        await send_response(self._connection, call, outlet, result)

    async def _record(self, call: RunningCall, result: Any) -> None:
        """Answers the call of an HTTP Step started by hand: nobody reads a response, its JSON is the result."""
        if is_response(result):
            body = result.get("body")
            result = {"status": result["status"], **({} if is_stream(body) else {"body": body})}
        else:
            body = result
            result = None if is_stream(body) else result
        if is_stream(body):
            await unread(body)
        self._done(call, result)

    def _done(self, call: RunningCall, result: Any) -> None:
        body = b""
        if result is not None:
            try:
                body = encode(result, "result")
                if len(body) > MAX_BODY:
                    raise TypeError(f"it is {len(body)} bytes long")
            except TypeError as refused:
                self._warn_once(call, "result", f"the result was not recorded: {refused}")
                body = b""
        self._captures.finish(call)
        self._connection.send(b'{"t":"done","id":%d}' % call.id, body)

    def _fail(self, call: RunningCall, error: BaseException, *, by_hand: bool) -> None:
        self._captures.finish(call)
        begun = isinstance(call.outlet, Body) and call.outlet.begun
        if isinstance(call.outlet, Body) and call.outlet.ended:
            # The response is complete and the call answered; what came after it can only be told.
            self._asks.log(call, "error", f"failed after its response: {error}", {"error": error}, "logger")
        elif isinstance(error, HttpError) and call.kind == "http" and not begun and not by_hand:
            send_error(self._connection, call, error)
        else:
            send_failed(self._connection, call, error)

    def _finish(self, call: RunningCall) -> None:
        self._captures.finish(call)
        call.over = True
        self._running.pop(call.id, None)
        if self._draining and not self._running:
            self._idle()

    def _hint(self, call: RunningCall, result: Any) -> None:
        stray = stray_keys(result)
        if stray and self._hints and not isinstance(result, ApiResponse):
            self._warn_once(
                call,
                "status",
                f"the result has a status but is no response, because of: {', '.join(stray)}; it is sent as JSON",
            )

    def _warn_once(self, call: RunningCall, subject: str, message: str) -> None:
        if (call.binding.name, subject) not in self._warned:
            self._warned.add((call.binding.name, subject))
            self._asks.log(call, "warn", message, None, "logger")


def _input(kind: str, body: bytes) -> Any:
    if kind == "cron":
        return None
    if kind in ("state", "stream"):
        change = decode(body)
        return EitherSpelling(change) if isinstance(change, dict) else change
    return decode_payload(body)


async def _settled(call: RunningCall) -> None:
    """Waits for what the handler started and did not await.

    Raises:
        Exception: one of these failed, and nobody looked.
    """
    for answer in list(call.open.values()):
        await answer.settled()
        if answer.was_ignored:
            answer.result()
