"""The seam between the names a Step imports and the worker that runs it.

The names know only this module: which attempt is running here (`CURRENT`) and how to reach the core (`connected()`). The
worker sets both. In a process that is no worker, such as a unit test, calls into the core raise `NotConnected`.
"""

import sys
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from motia.authoring.encoding import encode
from motia.authoring.errors import NotConnected

Reader = Callable[[Mapping[str, Any], bytes], Any]


@dataclass(frozen=True)
class Binding:
    """What the core made of a Step that was found.

    Args:
        name: the Step's name in this project.
        validation: `enforce`, `warn` or `off`, where the project or the Step says so.
        checks: by trigger, the parts of a request that the core checks when it is asked to.
    """

    name: str
    flows: tuple[str, ...] = ()
    max_attempts: int = 1
    validation: str | None = None
    checks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class Outlet(Protocol):
    """The response body of a running call, as the author writes it. To be used on the worker's loop only."""

    def head(self, status: int, headers: Mapping[str, Any]) -> None:
        """Sets status and headers; they are sent with the first byte."""

    def write(self, chunk: bytes) -> Any:
        """Sends a chunk. The result, unless `None`, is a future that resolves when the reader keeps up again."""

    def end(self) -> Any:
        """Ends the body; the result is as with `write`."""

    def credit(self, count: int) -> None:
        """The reader wants that many bytes more."""


@dataclass(eq=False, slots=True)
class RunningCall:
    """One attempt at a Step.

    Args:
        id: the call's number on this connection.
        kind: what started it, or what stands in when it was started by hand: `http`, `event`, `cron`, `noop` …
        header: the call as the core sent it.
        trigger: the config of the trigger that fired.
        paired: whether `state.set` answers with `{old_value, new_value}` (triggers form).
    """

    id: int
    kind: str
    header: Mapping[str, Any]
    binding: Binding
    trigger: Mapping[str, Any]
    paired: bool = False
    input: Any = None
    instance: Any = None
    context: Any = None
    outlet: Outlet | None = None
    cancelled: bool = False
    interrupted: bool = False
    printed: dict[tuple[str, int], str] = field(default_factory=dict)
    over: bool = False
    blocked: set[Any] = field(default_factory=set)
    """What threads of this call are waiting for."""
    open: dict[int, Any] = field(default_factory=dict)
    """Answers that are awaited from the core, by the number of their question."""


CURRENT: ContextVar[RunningCall | None] = ContextVar("motia_call", default=None)


class Link(Protocol):
    """How calls reach the core."""

    def ask(self, call: RunningCall | None, op: str, arguments: dict[str, Any], body: bytes, read: Reader) -> Any:
        """Asks the core. Inside a running loop the result is awaitable, elsewhere the thread waits for it."""

    def log(
        self, call: RunningCall | None, level: str, message: str, arguments: dict[str, Any] | None, source: str
    ) -> None:
        """Hands a log record over; never blocks, never raises."""

    def perform(self, call: RunningCall, action: Callable[[], Any]) -> Any:
        """Runs `action` on the worker's loop and waits for the future it returns, if any, as `ask` does."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine on the worker's loop from another thread and waits for its result."""

    def after(self, call: RunningCall | None, first: Any, then: Callable[[], Any]) -> Any:
        """The future of what `then` asks once `first`, an answer that is awaited, has come; it belongs to the call, too."""


class _Unconnected:
    def ask(self, _call: Any, op: str, _arguments: Any, _body: bytes, _read: Reader) -> Any:
        raise NotConnected(f"'{op}' needs a running Motia, and this process is not one of its workers")

    def log(self, _call: Any, level: str, message: str, arguments: dict[str, Any] | None, _source: str) -> None:
        shown = f" {_shown(arguments)}" if arguments else ""
        sys.stderr.write(f"[{level.upper()}] {message}{shown}\n")

    def perform(self, _call: Any, _action: Callable[[], Any]) -> Any:
        raise NotConnected("a response can be written only while a worker runs the Step")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        work.close()
        raise NotConnected("this process is not a worker of a running Motia")

    def after(self, _call: Any, _first: Any, _then: Callable[[], Any]) -> Any:
        raise NotConnected("this process is not a worker of a running Motia")


_link: Link = _Unconnected()


def connect(link: Link) -> None:
    """Sets how calls reach the core from now on, in this process."""
    global _link  # noqa: PLW0603 - one worker per process is the design
    _link = link


def disconnect() -> None:
    """Undoes `connect`."""
    connect(_Unconnected())


def connected() -> Link:
    """The way to the core."""
    return _link


def nothing(_header: Mapping[str, Any], _body: bytes) -> None:
    """Reads an answer that says only that it was done."""


def ask(call: RunningCall | None, op: str, arguments: dict[str, Any], body: bytes = b"", read: Reader = nothing) -> Any:
    """Asks the core on behalf of `call`, else of the attempt running here, else of nobody (a new trace)."""
    return _link.ask(call or CURRENT.get(), op, arguments, body, read)


def _shown(arguments: dict[str, Any]) -> str:
    try:
        return encode(arguments).decode()
    except (TypeError, ValueError):
        return repr(arguments)
