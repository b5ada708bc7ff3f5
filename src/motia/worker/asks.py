"""Calls back into the core, from the loop, from handlers' threads and from loops of their own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from itertools import count
from typing import Any

from motia.authoring.encoding import write_header
from motia.authoring.errors import CoreError, NotConnected, NotWhileLoading, PayloadError
from motia.authoring.link import CURRENT, Reader, RunningCall
from motia.authoring.response import Settled
from motia.worker.connection import Connection
from motia.worker.frames import MAX_BODY, MAX_HEADER
from motia.worker.logs import log_header


class Answer(asyncio.Future):  # type: ignore[type-arg] # subscripting the C class costs on each creation
    """What a call into the core gives in async code: a future that tasks can also be made of, like a coroutine."""

    _waiting: Any = None

    def send(self, value: Any) -> Any:
        """Part of being a coroutine: `asyncio.create_task(ctx.emit(…))` works."""
        if self._waiting is None:
            self._waiting = self.__await__()
        return self._waiting.send(value)

    def throw(self, *error: Any) -> Any:
        """Part of being a coroutine."""
        if self._waiting is None:
            self._waiting = self.__await__()
        return self._waiting.throw(*error)

    def close(self) -> None:
        """Part of being a coroutine."""

    async def settled(self) -> None:
        """Waits until it is done, without looking at the result."""
        if not self.done():
            over = self.get_loop().create_future()
            self.add_done_callback(lambda _: None if over.done() else over.set_result(None))
            await over

    @property
    def was_ignored(self) -> bool:
        """Whether it failed and nobody looked."""
        # asyncio keeps this flag to say "exception was never retrieved"; there is no public way to ask.
        return self.done() and not self.cancelled() and bool(getattr(self, "_log_traceback", False))


class Asks:
    """The `Link` of the authoring package, over a connection."""

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._thread = threading.get_ident()
        self._numbers = count(1)
        self._pending: dict[int, tuple[Answer | Future[Any], Reader, RunningCall | None]] = {}
        self.loading = False
        """Whether a Step file is being run; only logging works then."""

    def ask(self, call: RunningCall | None, op: str, arguments: dict[str, Any], body: bytes, read: Reader) -> Any:
        """Asks the core. Inside a running loop the result is awaitable, elsewhere the thread waits for it."""
        self._check(op)
        number = next(self._numbers)
        header = {"t": "ask", "id": number, "op": op, **arguments}
        if call is not None and not call.over:
            header["call"] = call.id
        elif call is not None:
            header["after"] = call.id
            call = None
        text = write_header(header)
        if len(text) > MAX_HEADER or len(body) > MAX_BODY:
            raise PayloadError(f"{op}: {len(text) + len(body)} bytes are more than a call can carry")
        running = asyncio._get_running_loop()  # noqa: SLF001 - documented as the cheap way to ask
        if running is None:
            _stop_if_cancelled(call)
        if running is self._loop:
            answer = Answer(loop=running)
            self._pending[number] = (answer, read, call)
            if call is not None:
                call.open[number] = answer
            self._connection.send(text, body)
            return answer
        waiting: Future[Any] = Future()
        self._pending[number] = (waiting, read, call)
        self._connection.send(text, body)
        if running is not None:
            return asyncio.wrap_future(waiting, loop=running)
        return self._wait(call, waiting)

    def log(
        self, call: RunningCall | None, level: str, message: str, arguments: dict[str, Any] | None, source: str
    ) -> None:
        """Sends a log record; never blocks, never raises."""
        if not self._connection.severed:
            self._connection.send(log_header(call, level, message, arguments, source))

    def perform(self, call: RunningCall, action: Callable[[], Any]) -> Any:
        """Runs `action` on the loop and waits for the future it returns, if any."""
        if asyncio._get_running_loop() is self._loop:  # noqa: SLF001
            return action() or Settled()
        _stop_if_cancelled(call)
        waiting: Future[Any] = Future()
        self._loop.call_soon_threadsafe(_settle_with, action, waiting)
        return self._wait(call, waiting)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine on the loop from another thread and waits for its result."""
        return self._wait(CURRENT.get(), asyncio.run_coroutine_threadsafe(work, self._loop))

    def after(
        self, call: RunningCall | None, first: "asyncio.Future[Any]", then: Callable[[], "asyncio.Future[Any]"]
    ) -> Answer:
        """The answer to what `then` asks once `first` has come; the call waits for it from now on."""
        answer = Answer(loop=first.get_loop())
        number = -next(self._numbers)  # of no frame
        waiting = call.open if call is not None and not call.over and first.get_loop() is self._loop else {}
        waiting[number] = answer

        def begin(done: "asyncio.Future[Any]") -> None:
            try:
                done.result()
                then().add_done_callback(finish)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - belongs to whoever waits
                _fail(answer, error)

        def finish(done: "asyncio.Future[Any]") -> None:
            try:
                result = done.result()
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - likewise
                _fail(answer, error)
            else:
                waiting.pop(number, None)
                if not answer.done():
                    answer.set_result(result)

        first.add_done_callback(begin)
        return answer

    def answered(self, header: dict[str, Any], body: bytes) -> None:
        """Takes an `answer` frame."""
        entry = self._pending.pop(header.get("id", 0), None)
        if entry is None:
            return
        waiting, read, call = entry
        if waiting.done():  # cancelled by its author meanwhile
            return
        error = header.get("error")
        if error is not None:
            waiting.set_exception(CoreError(str(error.get("name", "Error")), str(error.get("message", ""))))
            return
        if call is not None:
            call.open.pop(header["id"], None)
        try:
            waiting.set_result(read(header, body))
        except Exception as broken:  # noqa: BLE001 - belongs to whoever waits
            waiting.set_exception(broken)

    def interrupt(self, call: RunningCall) -> None:
        """Ends the waiting of a cancelled call's threads, each with a CancelledError."""
        for waiting in tuple(call.blocked):
            if not waiting.done():
                call.interrupted = True
                waiting.set_exception(asyncio.CancelledError())

    def _check(self, op: str) -> None:
        if self.loading and threading.get_ident() == self._thread:
            raise NotWhileLoading(f"'{op}' is not available while Steps are loaded; use it inside a handler")
        if self._connection.severed:
            raise NotConnected(f"'{op}' is not available in a forked child of the worker")

    def _wait(self, call: RunningCall | None, waiting: "Future[Any]") -> Any:
        if threading.get_ident() == self._thread:
            raise RuntimeError("this would wait for the event loop on the event loop's own thread; use 'await'")
        if call is None:
            return waiting.result()
        call.blocked.add(waiting)
        try:
            return waiting.result()
        finally:
            call.blocked.discard(waiting)


def _fail(answer: Answer, error: BaseException) -> None:
    if answer.done():
        return
    if isinstance(error, asyncio.CancelledError):
        answer.cancel()
    else:
        answer.set_exception(error)


def _stop_if_cancelled(call: RunningCall | None) -> None:
    """Tells a thread once that its call was cancelled, as a task is told once; what it does then, it may finish."""
    if call is not None and call.cancelled and not call.interrupted:
        call.interrupted = True
        raise asyncio.CancelledError


def _settle_with(action: Callable[[], Any], waiting: "Future[Any]") -> None:
    try:
        started = action()
    except Exception as error:  # noqa: BLE001 - belongs to the thread that waits
        if not waiting.done():
            waiting.set_exception(error)
        return
    if started is not None:
        started.add_done_callback(lambda done: _hand_over(done, waiting))
    elif not waiting.done():
        waiting.set_result(None)


def _hand_over(done: "asyncio.Future[Any]", waiting: "Future[Any]") -> None:
    if waiting.done():  # interrupted
        return
    if done.cancelled():
        waiting.set_exception(asyncio.CancelledError())
    elif (error := done.exception()) is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(done.result())
