"""The HTTP server inside the core's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn

from motia.model.errors import StartupFailed


class _EventLoopServer(uvicorn.Server):
    """uvicorn without its own signal handlers (the core has them) and without its ten wake-ups a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.stopping.wait()


def bind(host: str, port: int, *, tries: int = 1, setting: str = "--port", besides: int | None = None) -> socket.socket:
    """A listening socket on the first free port of `tries` from `port` on (0: any). Raises `StartupFailed`.

    `setting` is what decides about the port, for the message. `besides` is a port that another socket of ours is bound to:
    as long as nobody listens there, the system would give it to both.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    candidates = [each for each in range(port, port + tries) if each != besides or each == 0]
    for candidate in candidates:
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
        except OSError as problem:
            bound.close()
            if problem.errno == errno.EADDRINUSE and candidate != candidates[-1]:
                continue
            raise StartupFailed(_why_not(host, port, tries, setting, problem)) from problem
        except OverflowError:
            bound.close()
            raise StartupFailed(f"{port} is no port: it must be between 0 and 65535") from None
        bound.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        return bound
    raise AssertionError(tries)


def _why_not(host: str, port: int, tries: int, setting: str, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        ports = f"port {port} is" if tries == 1 else f"ports {port} to {port + tries - 1} are"
        return f"{ports} in use on {host}; stop what listens there, or choose another with {setting}"
    if problem.errno == errno.EACCES:
        return (
            f"no permission to listen on port {port}; ports below 1024 need privileges, choose another with {setting}"
        )
    return f"cannot listen on {host}:{port}: {problem.strerror}"


class HttpServer:
    """Serves `app` on bound sockets until `stop`."""

    def __init__(self, app: Any, bound: Sequence[socket.socket], sockets: Any = "none", *, grace_s: float) -> None:
        """`sockets` makes the protocol of connections that upgrade; `grace_s`: how long requests may take after `stop`."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        config = uvicorn.Config(
            app,
            http="httptools",
            ws=sockets,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            # Whom to believe about the client is decided by `trustProxy`; the default would believe any local process.
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=max(1, round(grace_s)),
            backlog=2048,
        )
        self._server = _EventLoopServer(config)
        self._bound = list(bound)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; returns when connections are accepted."""
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=self._bound)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    async def stop(self) -> None:
        """Accept no more, let open requests finish within the grace period."""
        if self._task is not None:
            self._server.stopping.set()
            await self._task
            self._task = None

    async def _serve(self) -> None:
        await self._server.main_loop()
        await self._server.shutdown(sockets=self._bound)
