"""What an HTTP Step answers with: `ApiResponse`, or byte by byte through the response writer."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Generic, TypeVar, overload

from motia.authoring.link import CURRENT, Outlet, RunningCall, connected
from motia.authoring.records import EitherSpelling

Body = TypeVar("Body")

_ABSENT: Any = object()


class ApiResponse(EitherSpelling, Generic[Body]):
    """A response: `ApiResponse(status=201, body={…}, headers={…}, cookies={…}, content_type="text/plain")`."""

    __slots__ = ()

    @overload
    def __init__(self, status: int, body: Body, headers: Any = None, **more: Any) -> None: ...
    @overload
    def __init__(self, *, body: Body, status: int = 200, headers: Any = None, **more: Any) -> None: ...
    @overload
    def __init__(self: ApiResponse[None], status: int = 200, *, headers: Any = None, **more: Any) -> None: ...
    def __init__(self, status: int = 200, body: Any = _ABSENT, headers: Any = None, **more: Any) -> None:
        super().__init__(status=status)
        if body is not _ABSENT:
            self["body"] = body
        self.update({} if headers is None else {"headers": headers})
        self.update((name, value) for name, value in more.items() if value is not None)


class Settled:
    """What a call gives that has nothing to wait for: it may be awaited or not."""

    def __init__(self, value: Any = None) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, Any]:
        """Gives the value at once."""
        return self._value
        yield  # makes this a generator, which `await` asks for


class ResponseWriter:
    """Writes a response while the handler runs. The first byte sends status and headers; what the handler returns is then
    ignored. Every call may be awaited; awaiting a `write` waits until the reader keeps up.

    Raises (all calls):
        RuntimeError: the response has ended, or `status` or `headers` come after the first byte.
    """

    def __init__(self, call: RunningCall | None = None) -> None:
        self._call = call or CURRENT.get()
        self._status = 200
        self._headers: dict[str, Any] = {}
        self._ended = False

    def __await__(self) -> Generator[None, None, ResponseWriter]:
        """`await response.status(201)` works and gives the writer back."""
        return self
        yield

    def status(self, status: int) -> ResponseWriter:
        """Sets the status."""
        self._status = int(status)
        self._outlet().head(self._status, self._headers)
        return self

    def headers(self, headers: Mapping[str, Any]) -> ResponseWriter:
        """Adds headers."""
        self._headers.update(headers)
        self._outlet().head(self._status, self._headers)
        return self

    @property
    def stream(self) -> ResponseWriter:
        """The writer itself: `response.stream.write(…)`."""
        return self

    writer = stream

    def write(self, chunk: str | bytes) -> Any:
        """Sends a chunk; text goes as UTF-8."""
        outlet, data = self._outlet(), chunk_bytes(chunk)
        return self._perform(lambda: outlet.write(data))

    def end(self, chunk: str | bytes | None = None) -> Any:
        """Ends the response, after a last chunk if there is one. Ending twice is no error."""
        if self._ended:
            return Settled()
        outlet = self._outlet()
        self._ended = True
        if chunk is not None:
            data = chunk_bytes(chunk)
            self._perform(lambda: outlet.write(data))
        return self._perform(outlet.end)

    close = end

    def _outlet(self) -> Outlet:
        if self._ended:
            raise RuntimeError("the response has ended")
        if self._call is None or self._call.outlet is None:
            raise RuntimeError("there is no request to answer here")
        return self._call.outlet

    def _perform(self, action: Any) -> Any:
        assert self._call is not None  # noqa: S101 - _outlet() came first
        return connected().perform(self._call, action)


def chunk_bytes(chunk: Any) -> bytes:
    """A piece of a response body.

    Raises:
        TypeError: it is neither text nor bytes.
    """
    if isinstance(chunk, str):
        return chunk.encode()
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return bytes(chunk)
    raise TypeError(f"a response body is written as text or bytes, not as {type(chunk).__name__}")
