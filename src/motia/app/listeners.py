"""Where a core listens: one port for everything, or a second one for the Workbench (CONF-21)."""

from __future__ import annotations

import dataclasses
import socket

from motia.http.server import bind
from motia.project.network_config import Workbench

_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognized, not bound


@dataclasses.dataclass(frozen=True, slots=True)
class Listeners:
    """Bound sockets. `workbench` is None where the Workbench has no port of its own; `page` is its path, None without one."""

    steps: socket.socket
    workbench: socket.socket | None
    page: str | None

    @property
    def sockets(self) -> list[socket.socket]:
        """All of them."""
        return [self.steps] if self.workbench is None else [self.steps, self.workbench]

    @property
    def url(self) -> str:
        """Where a person finds the Steps."""
        return _url(self.steps, local="localhost")

    @property
    def local_url(self) -> str:
        """Where programs of this machine find them; says which of its addresses."""
        return _url(self.steps, local="127.0.0.1")

    @property
    def workbench_url(self) -> str | None:
        """Where a person finds the Workbench, without a slash at the end."""
        return (
            None if self.page is None else _url(self.workbench or self.steps, local="localhost") + self.page.rstrip("/")
        )

    @property
    def workbench_port(self) -> int | None:
        """Its own port."""
        return None if self.workbench is None else int(self.workbench.getsockname()[1])

    def close(self) -> None:
        """Close what is still open."""
        for each in self.sockets:
            each.close()


def listen(host: str, port: int, workbench: Workbench, *, tries: int) -> Listeners:
    """Bind what is asked for, each on the first free of `tries` ports. Raises `StartupFailed`.

    With port 0, which is any free port, the Workbench's own is any free one, too: two such cores never meet.
    """
    page = workbench.base if workbench.enabled else None
    steps = bind(host, port, tries=tries)
    if page is None or workbench.port is None or workbench.port == port:
        return Listeners(steps, None, page)
    try:
        own = _bind_workbench(host, workbench.port if port else 0, tries=tries if port else 1, besides=steps)
        return Listeners(steps, own, page)
    except BaseException:
        steps.close()
        raise


def _bind_workbench(host: str, port: int, *, tries: int, besides: socket.socket) -> socket.socket:
    taken = int(besides.getsockname()[1])
    return bind(host, port, tries=tries, setting="'workbench.port' in motia.config", besides=taken)


def _url(bound: socket.socket, *, local: str) -> str:
    host, port = bound.getsockname()[:2]
    if host in _EVERYWHERE or (host in {"127.0.0.1", "::1"} and local == "localhost"):
        host = local
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
