"""The worker: connects to the core, loads what it is told to, runs what it is asked to."""

import asyncio
import os
import platform
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from motia.authoring import link
from motia.authoring.encoding import write_header
from motia.worker import exits
from motia.worker.asks import Asks
from motia.worker.calls import Calls
from motia.worker.capture import Captures
from motia.worker.configuring import load_config
from motia.worker.connection import Connection
from motia.worker.description import describe
from motia.worker.finding import Found, find_steps
from motia.worker.frames import MalformedFrame
from motia.worker.importing import install, watched
from motia.worker.loading import load_error, load_module
from motia.worker.plans import describe_handler, load_step
from motia.worker.sources import Project
from motia.worker.stream_finding import FoundStream, describe_stream, find_streams
from motia.worker.stream_hooks import StreamHooks

PROTOCOL = 1
_SECRET_LENGTH = 32


class Worker:
    """One worker process."""

    def __init__(self, loop: asyncio.AbstractEventLoop, project: Project, sock: socket.socket) -> None:
        self._loop = loop
        self._project = project
        self._watch = exits.Watch(sock)
        self._captures = Captures()
        self._connection = Connection(self._received, self._ended)
        self._asks = Asks(self._connection, loop)
        self._calls = Calls(self._connection, self._asks, self._captures, loop, self._farewell)
        self._leaving = False
        self._loads: asyncio.Task[None] | None = None
        self._takes: dict[str, Callable[[dict[str, Any], bytes], None]] = {
            "call": self._calls.start,
            "answer": self._asks.answered,
            "credit": lambda header, _body: self._calls.credit(header["id"], header["bytes"]),
            "cancel": lambda header, _body: self._calls.cancel(header["id"]),
            "bind": lambda header, _body: self._calls.bind(header["entries"]),
            "drain": lambda _header, _body: self._calls.drain(),
            "load": lambda header, _body: self._start_loading(header),
        }

    async def connect(self, sock: socket.socket) -> None:
        """Introduces the worker to the core."""
        link.connect(self._asks)
        self._captures.install()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: self._become_child(sock))
        self._watch.start()
        is_unix = sock.family == getattr(socket, "AF_UNIX", None)
        connect = self._loop.create_unix_connection if is_unix else self._loop.create_connection
        await connect(lambda: self._connection, sock=sock)
        runtime = f"{platform.python_implementation()} {platform.python_version()}"
        hello = {"t": "hello", "protocol": PROTOCOL, "language": "python", "runtime": runtime, "pid": os.getpid()}
        self._connection.send(write_header(hello))
        await self._connection.flushed()

    def _received(self, header: dict[str, Any], body: bytes) -> None:
        try:
            take = self._takes[header["t"]]
        except KeyError:
            raise MalformedFrame(f"there is no frame of type {header['t']!r}") from None
        try:
            take(header, body)
        except (KeyError, TypeError, AttributeError) as broken:
            raise MalformedFrame(f"a frame of type {header['t']!r} lacks or misuses {broken}") from broken

    def _start_loading(self, header: dict[str, Any]) -> None:
        files, streams = [str(file) for file in header["files"]], {str(file) for file in header.get("streams") or ()}
        self._loads = self._loop.create_task(self._load(files, header.get("config"), streams))

    async def _load(self, files: list[str], config: str | None, streams: set[str]) -> None:
        if config is not None:
            await self._announce(config)
            self._connection.send(write_header(await self._configured(config)))
        for file in files:
            await self._announce(file)
            self._connection.send(write_header(self._loaded(file, defines_streams=file in streams)))
        self._connection.send(b'{"t":"ready"}')

    async def _announce(self, file: str) -> None:
        self._connection.send(write_header({"t": "loading", "file": file}))
        # The file's first line must not run before the core can know of it: the file may never end.
        await self._connection.flushed()

    async def _configured(self, file: str) -> dict[str, Any]:
        self._asks.loading = self._connection.unbuffered = True
        try:
            config = await load_config(self._project, file)
        finally:
            self._asks.loading = self._connection.unbuffered = False
        if config.hook is not None:
            self._calls.put_before(config.hook)
        if config.authentication is not None:
            self._calls.authenticate_with(config.authentication)
        return config.answer

    def _loaded(self, file: str, *, defines_streams: bool) -> dict[str, Any]:
        answer: dict[str, Any] = {"t": "loaded", "file": file, "found": []}
        path = self._project.root.joinpath(*file.split("/"))
        self._asks.loading = self._connection.unbuffered = True
        try:
            with watched(self._project):
                module = load_module(self._project, path)
            for found in find_streams(module, file) if defines_streams else find_steps(module, file):
                try:
                    described = self._described(found) if isinstance(found, Found) else self._described_stream(found)
                    answer["found"].append(described)
                except (TypeError, ValueError) as error:  # of this one; the file may have others
                    line = getattr(found, "line", None)
                    place = {} if line is None else {"line": line}
                    answer["error"] = {"file": file, **place, **load_error(self._project, error)}
        except BaseException as error:  # noqa: BLE001 - sys.exit() in a file is a failing file
            answer["error"] = {"file": file, **load_error(self._project, error)}
        finally:
            self._asks.loading = self._connection.unbuffered = False
        answer["imports"] = self._project.needed_by(str(path))
        return answer

    def _described(self, found: Found) -> dict[str, Any]:
        """A Step as the core gets it; from now on it can be called."""
        described = {
            "entry": found.entry,
            "form": found.form,
            "config": describe(found.options),
            "handler": describe_handler(found),
            **({} if found.name is None else {"name": found.name}),
            **({} if found.line is None else {"line": found.line}),
        }
        self._calls.add(load_step(found))
        return described

    def _described_stream(self, found: FoundStream) -> dict[str, Any]:
        """A stream definition as the core gets it; from now on its functions can be called."""
        described = {"entry": found.entry, "form": "stream", "config": describe_stream(found.options), "handler": None}
        self._calls.add_stream(found.entry, StreamHooks(found))
        return described

    def _farewell(self) -> None:
        if not self._leaving:
            self._leaving = True
            self._watch.stop()
            self._connection.close()

    def _ended(self) -> None:
        if not self._leaving:
            exits.at_once(exits.OK)
        self._loop.stop()

    def _become_child(self, sock: socket.socket) -> None:
        """In a forked child: the socket and the terminal's capture belong to the parent."""
        self._watch.stop()
        self._connection.sever()
        self._captures.uninstall()
        os.close(sock.fileno())


def main() -> None:
    """Runs the worker of this process to its end."""
    sock, secret = open_socket(os.environ.get("MOTIA_WORKER_SOCKET", ""), os.environ.get("MOTIA_WORKER_SECRET", ""))
    cache = os.environ.get("MOTIA_CACHE_DIR")
    root = Path(os.environ.get("MOTIA_PROJECT_ROOT") or "").absolute()
    project = Project(root, Path(cache) if cache else None)
    for name in [name for name in os.environ if name.startswith("MOTIA_WORKER_")]:
        del os.environ[name]
    # Ctrl+C reaches every process of the terminal; when to stop is the core's decision. Not SIG_IGN: children inherit it.
    signal.signal(signal.SIGINT, lambda *_: None)
    if secret:
        sock.sendall(secret)
    sock.setblocking(False)  # noqa: FBT003 - the standard library's name for it
    loop = _new_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_connected(loop, project, sock))
    _run_for_ever(loop)
    exits.guard()
    loop.run_until_complete(_wound_up())
    sys.exit(exits.OK)


def open_socket(where: str, secret: str) -> tuple[socket.socket, bytes]:
    """The socket to the core, and what is to be said first.

    Args:
        where: `fd:N` or `tcp:HOST:PORT`.
        secret: of `tcp:` only, 32 bytes.
    """
    kind, _, address = where.partition(":")
    host, _, port = address.rpartition(":")
    if not port.isdigit() or kind not in ("fd", "tcp") or (kind == "tcp" and len(secret.encode()) != _SECRET_LENGTH):
        exits.at_once(exits.MALFORMED, "the core starts this program, with MOTIA_WORKER_SOCKET=fd:N or tcp:HOST:PORT")
    if kind == "fd":
        sock = socket.socket(fileno=int(address))
        sock.set_inheritable(False)
        return sock, b""
    sock = socket.create_connection((host.strip("[]"), int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, secret.encode()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - the project need not have it
    except ImportError:
        return asyncio.SelectorEventLoop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


async def _connected(loop: asyncio.AbstractEventLoop, project: Project, sock: socket.socket) -> Worker:
    worker = Worker(loop, project, sock)
    install(project)
    await worker.connect(sock)
    return worker


def _run_for_ever(loop: asyncio.AbstractEventLoop) -> None:
    """Runs the loop until it is stopped. A background task that says sys.exit() ends itself, not the worker."""
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as stray:
            sys.stderr.write(f"motia worker: a background task raised {type(stray).__name__}; the worker goes on\n")
        else:
            return


async def _wound_up() -> None:
    """Ends the project's background tasks as `asyncio.run` does."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    await asyncio.get_running_loop().shutdown_asyncgens()
