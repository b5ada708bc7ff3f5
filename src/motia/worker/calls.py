"""Running calls: from the frame that asks for one to the frame that answers it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any

from motia.authoring.context import FlowContext
from motia.authoring.encoding import decode, decode_payload, encode, write_header
from motia.authoring.errors import HttpError, InvalidInput, NonRetryable
from motia.authoring.failures import describe
from motia.authoring.link import CURRENT, Binding, RunningCall
from motia.authoring.records import EitherSpelling
from motia.authoring.request import read_request
from motia.authoring.response import ApiResponse
from motia.authoring.steps import KINDS, kind_of
from motia.worker import eager, stages
from motia.worker.asks import Asks
from motia.worker.capture import Captures
from motia.worker.connection import Connection
from motia.worker.frames import MAX_BODY
from motia.worker.plans import LoadedStep, Plan
from motia.worker.replies import send_response, unread
from motia.worker.results import is_response, is_stream, stray_keys
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
        self._hints = os.environ.get("NODE_ENV") != "production"
        self._warned: set[tuple[str, str]] = set()

    def add(self, step: LoadedStep) -> None:
        """Makes a Step known."""
        self._steps[step.entry] = step

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
                )

    def start(self, header: Mapping[str, Any], body: bytes) -> None:
        """Takes a `call` frame. Raises KeyError when it lacks what every call has."""
        number, entry = header["id"], header["entry"]
        step = self._steps.get(entry)
        plan = step.plan(header.get("trigger", 0)) if step is not None else None
        if step is None or plan is None:
            self._refuse(number, entry, known=step is not None)
            return
        by_hand = header["kind"] == "manual"
        kind = kind_of(header.get("as") or plan.kind) if by_hand else KINDS.get(header["kind"], plan.kind)
        call = RunningCall(number, kind, header, step.binding, plan.trigger, plan.paired)
        call.context = FlowContext(call)
        self._running[number] = (call, None)
        task = eager.start(self._loop, self._run(call, plan, body, by_hand=by_hand))
        if number in self._running:
            self._running[number] = (call, task)

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

    async def _run(self, call: RunningCall, plan: Plan, body: bytes, *, by_hand: bool) -> None:
        CURRENT.set(call)
        try:
            if call.kind == "http":
                await self._answer_request(call, plan, body, by_hand=by_hand)
            else:
                await self._answer(call, plan, body)
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
        if plan.is_direct:
            args, named = plan.bind(call, request)
            result = await plan.handler(*args, **named)
        else:
            result = await stages.run(call, plan, request)
        if call.open:
            await _settled(call)
        self._captures.finish(call)
        if isinstance(outlet, Body):
            self._hint(call, result)
            await send_response(self._connection, call, outlet, result)
        else:
            await self._record(call, result)
        if call.open:  # started while the response was streamed
            await _settled(call)

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
            self._send_error(call, error)
        else:
            self._send_failed(call, error)

    def _send_error(self, call: RunningCall, error: HttpError) -> None:
        try:
            body = encode(error.body, "body")
            headers = {str(name).lower(): str(value) for name, value in error.headers.items()}
            headers.setdefault("content-type", "application/json; charset=utf-8")
            header = write_header({"t": "response", "id": call.id, "status": error.status, "headers": headers})
        except (TypeError, ValueError) as refused:
            self._send_failed(call, refused)
        else:
            self._connection.send(header, body)

    def _send_failed(self, call: RunningCall, error: BaseException) -> None:
        described = describe(error)
        if isinstance(error, InvalidInput):
            described |= {"name": "InvalidInput", "retryable": False, "details": error.details}
        if isinstance(error, NonRetryable) or getattr(error, "retryable", None) is False:
            described["retryable"] = False
        reason = "cancelled" if call.cancelled else "invalid-input" if isinstance(error, InvalidInput) else "handler"
        self._connection.send(write_header({"t": "failed", "id": call.id, "error": described, "reason": reason}))

    def _finish(self, call: RunningCall) -> None:
        self._captures.finish(call)
        call.over = True
        self._running.pop(call.id, None)
        if self._draining and not self._running:
            self._idle()

    def _refuse(self, number: int, entry: Any, *, known: bool) -> None:
        message = f"the Step '{entry}' has no handler" if known else f"there is no Step '{entry}' here"
        error = {"name": "NoHandler", "message": message}
        self._connection.send(write_header({"t": "failed", "id": number, "error": error, "reason": "no-handler"}))

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
