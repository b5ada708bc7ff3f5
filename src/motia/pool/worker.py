"""One worker process: it starts, loads files once, runs calls, and ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from motia.model.delivery import Failure
from motia.model.errors import AuthorError, Overloaded, StoreUnavailable
from motia.model.invocation import Completed, Failed, Invocation, Outcome, Responded
from motia.pool.calls import Call, timed_out, worker_lost
from motia.pool.ended_calls import AtomicCalls
from motia.pool.endings import Ending, how_it_ended
from motia.pool.frames import BrokenFrame, FrameConnection
from motia.pool.launch import Launch, worker_environment
from motia.pool.loading import LoadedConfig, LoadedFile, LoadProblem
from motia.pool.responses import ChunkStream
from motia.ports.step_runner import ContextCalls

PROTOCOL: Final = 1
START_LIMIT_S: Final = 30.0
# What a process whose connection has ended gets to end itself: only its exit status says why.
_EXIT_GRACE_S: Final = 2.0


class WorkerLost(Exception):
    """The process ended or broke the protocol; the message says which."""


class Worker:
    """A process that runs Steps of one language; `served` says whether it ever answered a call.

    `on_end(worker)` is called once when it can take no more calls; `learn_ending` then says why. `on_stuck(worker)` is
    called when a cancelled handler did not react within `cancel_grace_s`.
    """

    def __init__(
        self,
        launch: Launch,
        calls: ContextCalls,
        *,
        cache: Path,
        on_end: Callable[[Worker], None],
        on_stuck: Callable[[Worker], None],
        cancel_grace_s: float = 5.0,
    ) -> None:
        """Nothing is started before `start`."""
        self.launch = launch
        self.runtime = ""
        self.pid = 0
        self.started_at = 0.0
        self.draining = False
        self.served = False
        self.config: LoadedConfig | None = None
        self._context_calls = calls
        self._cache = cache
        self._on_end = on_end
        self._on_stuck = on_stuck
        self._cancel_grace_s = cancel_grace_s
        self._loop = asyncio.get_running_loop()
        self._process: asyncio.subprocess.Process | None = None
        self._connection: FrameConnection | None = None
        self._calls: dict[int, Call] = {}
        self._overdue: dict[int, asyncio.TimerHandle] = {}
        self._next_id = 0
        self._atomic_calls = AtomicCalls()
        self._asks: set[asyncio.Task[None]] = set()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._ending: asyncio.Future[Ending] = self._loop.create_future()
        self._burial: asyncio.Task[None] | None = None
        self._ended_by_core = False
        self._hello: asyncio.Future[None] = self._loop.create_future()
        self._loads: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._why_lost: str | None = None
        self._receivers: dict[str, Callable[[dict[str, Any], bytes], None]] = {
            "done": self._on_done,
            "response": self._on_response,
            "failed": self._on_failed,
            "ask": self._on_ask,
            "log": self._on_log,
            "head": self._on_head,
            "chunk": self._on_chunk,
            "end": self._on_end_of_stream,
            "hello": self._on_hello,
            "loading": lambda header, _: self._loads.put_nowait(("loading", header.get("file"))),
            "loaded": self._on_loaded,
            "config": self._on_config,
            "ready": lambda *_: self._loads.put_nowait(("ready", None)),
        }

    @property
    def in_flight(self) -> int:
        """Calls not yet answered."""
        return len(self._calls)

    @property
    def ending(self) -> Ending | None:
        """How it ended; None before that is known."""
        return self._ending.result() if self._ending.done() else None

    async def learn_ending(self) -> Ending:
        """How it ended, as soon as that is known."""
        return await asyncio.shield(self._ending)

    # Life

    async def start(self) -> None:
        """Start the process and wait for its `hello`. Raises `WorkerLost`, also when it takes over 30 s."""
        ours, theirs = socket.socketpair()
        with theirs:
            environment = worker_environment(self.launch, self._cache)
            environment["MOTIA_WORKER_SOCKET"] = f"fd:{theirs.fileno()}"
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self.launch.command,
                    cwd=self.launch.root,
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    # Ctrl-C in the terminal is for the core, which then ends its workers in order.
                    start_new_session=True,
                )
            except OSError as problem:
                ours.close()
                raise WorkerLost(f"cannot run {self.launch.command[0]}: {problem.strerror}") from problem
        self.pid = self._process.pid
        self.started_at = self._loop.time()
        ours.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        _, self._connection = await self._loop.create_unix_connection(
            lambda: FrameConnection(self._on_frame, self._on_lost), sock=ours
        )
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await asyncio.shield(self._hello)
        except TimeoutError:
            self.kill()
            raise WorkerLost(f"the {self.launch.language} worker did not start within {START_LIMIT_S:.0f} s") from None

    async def load(
        self, files: list[str], *, limit_s: float, config: str | None = None, streams: Collection[str] = ()
    ) -> tuple[list[LoadedFile], str | None]:
        """Load `config`, then `files` in order, of which `streams` define streams.

        Returns what was loaded of `files`, and the file that did not end within `limit_s` or killed the worker (else
        None). What became of `config` is in `config`.
        """
        assert self._connection is not None  # noqa: S101 - start() came before
        loaded: list[LoadedFile] = []
        current: str | None = None
        begun = False
        request: dict[str, Any] = {"t": "load", "files": files}
        if config is not None:
            request["config"] = config
        if streams:
            request["streams"] = [file for file in files if file in streams]
        self._connection.send(request)
        order = [*([] if config is None else [config]), *files]
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    what, value = await self._loads.get()
            except TimeoutError:
                self._why_lost = f"did not end loading within {limit_s:g} s"
                self.kill()
                if not begun:
                    raise WorkerLost(f"the {self.launch.language} worker did not begin to load the project") from None
                return loaded, current or order[min(len(loaded), len(order) - 1)]
            if what == "ready":
                return loaded, None
            if what == "lost":
                if current is None and len(loaded) == len(files):
                    raise WorkerLost(
                        f"the {self.launch.language} worker was lost right after it had loaded the project"
                    )
                if not begun:
                    raise WorkerLost(f"the {self.launch.language} worker ended before it began to load the project")
                return loaded, current or order[min(len(loaded), len(order) - 1)]
            if what == "loading":
                current, begun = value, True
            elif what == "config":
                self.config = value
                current = None
            else:
                loaded.append(value)
                current = None

    def bind(self, entries: dict[str, Any]) -> None:
        """Tell the worker what became of the Steps it found."""
        self._send({"t": "bind", "entries": entries})

    def drain(self) -> None:
        """No more calls; the process ends when it has finished those it has."""
        if not self.draining:
            self.draining = True
            self._send({"t": "drain"})

    async def stop(self, grace_s: float) -> None:
        """Drain, wait up to `grace_s`, then end the process whatever it does."""
        if self._process is None:
            return
        self.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await asyncio.shield(self._ended)
        for call in list(self._calls):
            self._send({"t": "cancel", "id": call, "reason": "shutdown"})
        if not self._ended.done() and self._calls:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await asyncio.shield(self._ended)
        self.kill()
        await self._process.wait()
        if self._burial is not None:
            await self._burial

    def kill(self) -> None:
        """End the process and what it started, now."""
        if self._process is not None and self._process.returncode is None:
            if not self._ended.done() and self._why_lost is None:
                self._ended_by_core = True
            self._kill_group()

    def _kill_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    # Calls

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run it (`StepRunner.invoke`)."""
        if self._connection is None:
            return worker_lost(f"the {self.launch.language} worker has ended")
        self._next_id = number = self._next_id + 1
        call = self._calls[number] = Call(invocation, self._loop.create_future())
        if invocation.step.atomic:
            self._atomic_calls.add(number)
        header = {
            "t": "call",
            "id": number,
            "entry": invocation.step.entry,
            "kind": invocation.kind,
            "trigger": invocation.trigger,
            "traceId": invocation.trace_id,
            "spanId": invocation.span_id,
            "attempt": invocation.attempt,
        }
        header.update(invocation.arguments)
        self._send(header, invocation.body)
        if invocation.timeout_ms is not None:
            call.timer = self._loop.call_later(invocation.timeout_ms / 1000, self._time_out, number)
        try:
            return await call.answered
        except asyncio.CancelledError:
            self._cancel(number, "disconnect")
            raise

    def _time_out(self, number: int) -> None:
        call = self._calls.get(number)
        if call is None:
            return
        call.timer = None
        call.timed_out = True
        # An HTTP client is answered now; a delivery must not be tried again while this attempt may still run.
        if call.invocation.kind in {"http", "hook"} and not call.answered.done():
            call.answered.set_result(timed_out(call.invocation))
        if call.stream is not None:
            call.stream.break_off("the Step timed out")
        self._cancel(number, "timeout")

    def _cancel(self, number: int, reason: str) -> None:
        if number not in self._calls or number in self._overdue or self._ended.done():
            return
        self._send({"t": "cancel", "id": number, "reason": reason})
        self._overdue[number] = self._loop.call_later(self._cancel_grace_s, self._on_stuck, self)

    def _answer(self, number: int, outcome: Outcome) -> None:
        call = self._calls.pop(number, None)
        if call is None:
            return
        self.served = True
        if call.timer is not None:
            call.timer.cancel()
        grace = self._overdue.pop(number, None)
        if grace is not None:
            grace.cancel()
            # A handler that returns once it is told to stop has not done its work either (EVT-15).
            if call.timed_out and (not isinstance(outcome, Failed) or outcome.reason == "cancelled"):
                outcome = timed_out(call.invocation)
        if not call.answered.done():
            call.answered.set_result(outcome)

    # Frames from the worker

    def _on_frame(self, header: dict[str, Any], body: bytes) -> None:
        receiver = self._receivers.get(header["t"])
        if receiver is None:
            raise BrokenFrame(f"unknown frame type {header['t']!r}")
        try:
            receiver(header, body)
        except (KeyError, TypeError, ValueError) as problem:
            raise BrokenFrame(f"a {header['t']!r} frame is wrong: {problem!r}") from problem

    def _on_hello(self, header: dict[str, Any], _body: bytes) -> None:
        if header.get("protocol") != PROTOCOL:
            raise BrokenFrame(f"protocol {header.get('protocol')} instead of {PROTOCOL}")
        self.runtime = str(header.get("runtime", ""))
        if not self._hello.done():
            self._hello.set_result(None)

    def _on_loaded(self, header: dict[str, Any], _body: bytes) -> None:
        error = header.get("error")
        problem = None if error is None else LoadProblem.from_json(error)
        found, imports = header.get("found") or (), header.get("imports") or ()
        self._loads.put_nowait(("loaded", LoadedFile(header["file"], tuple(found), tuple(imports), problem)))

    def _on_config(self, header: dict[str, Any], _body: bytes) -> None:
        error = header.get("error")
        problem = None if error is None else LoadProblem.from_json(error)
        values, imports = header.get("values") or {}, header.get("imports") or ()
        self._loads.put_nowait(("config", LoadedConfig(header["file"], dict(values), tuple(imports), problem)))

    def _on_done(self, header: dict[str, Any], body: bytes) -> None:
        self._answer(header["id"], Completed(body))

    def _on_response(self, header: dict[str, Any], body: bytes) -> None:
        self._answer(header["id"], Responded(header["status"], header["headers"], body))

    def _on_failed(self, header: dict[str, Any], _body: bytes) -> None:
        error = header["error"]
        failure = Failure(
            str(error.get("name") or "Error"),
            str(error.get("message") or ""),
            error.get("stack"),
            _text(error.get("code")),
        )
        call = self._calls.get(header["id"])
        if call is None:
            return
        if call.stream is not None:
            call.stream.break_off(failure.message)
        retryable = error.get("retryable") is not False
        reason = header.get("reason", "handler")
        self._answer(header["id"], Failed(failure, reason, retryable, call.retry_after_s(failure)))

    def _on_head(self, header: dict[str, Any], _body: bytes) -> None:
        number = header["id"]
        call = self._calls.get(number)
        if call is None:
            return

        def credit(amount: int) -> None:
            self._send({"t": "credit", "id": number, "bytes": amount})

        call.stream = ChunkStream(credit, lambda: self._cancel(number, "disconnect"))
        if not call.answered.done():
            call.answered.set_result(Responded(header["status"], header["headers"], stream=call.stream))

    def _on_chunk(self, header: dict[str, Any], body: bytes) -> None:
        call = self._calls.get(header["id"])
        if call is not None and call.stream is not None:
            call.stream.put(body)

    def _on_end_of_stream(self, header: dict[str, Any], _body: bytes) -> None:
        call = self._calls.get(header["id"])
        if call is not None and call.stream is not None:
            call.stream.finish()
        self._answer(header["id"], Completed())

    def _on_log(self, header: dict[str, Any], _body: bytes) -> None:
        self._context_calls.log(self._invocation(header), header)

    def _on_ask(self, header: dict[str, Any], body: bytes) -> None:
        task = self._loop.create_task(self._ask(header, body))
        self._asks.add(task)
        task.add_done_callback(self._asks.discard)

    async def _ask(self, header: dict[str, Any], body: bytes) -> None:
        try:
            self._refuse_late(header)
            answer = await self._context_calls.ask(self._invocation(header), header["op"], header, body)
        except Exception as problem:  # noqa: BLE001 - whatever it is belongs to the caller, who must not wait for ever
            call = self._calls.get(header.get("call", 0))
            if call is not None and isinstance(problem, StoreUnavailable | Overloaded):
                call.refusal = problem
            error = {"name": type(problem).__name__, "message": str(problem)}
            self._send({"t": "answer", "id": header["id"], "error": error})
            return
        self._send({**answer.results, "t": "answer", "id": header["id"]}, answer.body)

    def _refuse_late(self, header: dict[str, Any]) -> None:
        """What an atomic run asks for after its end is no background work: it would be half of a transaction."""
        number = header.get("after", header.get("call", 0))
        if number not in self._calls and number in self._atomic_calls:
            raise AuthorError(
                "this attempt of an atomic Step has ended: what comes later cannot be part of its commit. "
                "Wait for every call before the handler returns."
            )

    def _invocation(self, header: dict[str, Any]) -> Invocation | None:
        call = self._calls.get(header.get("call", 0))
        return None if call is None else call.invocation

    # The end

    def _send(self, header: dict[str, Any], body: bytes = b"") -> None:
        if self._connection is not None:
            self._connection.send(header, body)

    def _on_lost(self, problem: BrokenFrame | None) -> None:
        self._connection = None
        if problem is not None:
            self._why_lost = f"broke the worker protocol: {problem}"
            self._kill_group()
        for timer in self._overdue.values():
            timer.cancel()
        self._overdue.clear()
        if not self._ended.done():
            self._ended.set_result(None)
        self._on_end(self)
        self._burial = self._loop.create_task(self._bury())

    async def _bury(self) -> None:
        """Learn why it ended, then tell everybody who waits."""
        why = self._why_lost or await self._how_it_ended()
        self._kill_group()  # what it started and left behind
        calls = list(self._calls.values())
        self._calls.clear()
        self._ending.set_result(Ending(len(calls), self._ended_by_core, why))
        lost = WorkerLost(f"the {self.launch.language} worker {why}")
        if not self._hello.done():
            self._hello.set_exception(lost)
        self._loads.put_nowait(("lost", None))
        for call in calls:
            if call.stream is not None:
                call.stream.break_off(str(lost))
            if call.timer is not None:
                call.timer.cancel()
            if not call.answered.done():
                call.answered.set_result(timed_out(call.invocation) if call.timed_out else worker_lost(str(lost)))

    async def _how_it_ended(self) -> str:
        assert self._process is not None  # noqa: S101 - it had a connection
        if self._ended_by_core:
            return "was ended by the core"
        try:
            async with asyncio.timeout(_EXIT_GRACE_S):
                return how_it_ended(await self._process.wait())
        except TimeoutError:
            return "closed its connection"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
