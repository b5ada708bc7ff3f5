"""The request of an HTTP Step: one object that reads like the request of every dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from motia.authoring.encoding import decode, records
from motia.authoring.records import EitherSpelling, Record
from motia.authoring.response import ResponseWriter
from motia.authoring.spelling import camel, snake

Body = TypeVar("Body")

_CHUNK = 64 * 1024
_LISTED = {"body", "headers", "pathParams", "queryParams", "rawBody"}
_ALIASES = {"params": "pathParams", "query": "queryParams"}
_FILE_ALIASES = {"filename": "name", "contentType": "type", "content_type": "type"}
_FROM_HEADER = ("method", "path", "url", "ip")


class Headers(Record):
    """Header values by lower-case name; lookups ignore case."""

    __slots__ = ()

    def __missing__(self, name: str) -> Any:
        """The header in any case."""
        low = name.lower()
        if low != name and low in self:
            return self[low]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Like `dict.get`, ignoring case."""
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        """Whether there is such a header, in any case."""
        return isinstance(name, str) and super().__contains__(name.lower())


class RawBody:
    """The body as it came, in chunks: `for chunk in request.request_body.stream` or `async for`."""

    def __init__(self, raw: str | bytes) -> None:
        self._raw = raw.encode() if isinstance(raw, str) else raw

    @property
    def stream(self) -> RawBody:
        """The chunks."""
        return self

    def __iter__(self) -> Iterator[bytes]:
        """The chunks, for `for`."""
        return (self._raw[start : start + _CHUNK] for start in range(0, len(self._raw), _CHUNK))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks, for `async for`."""
        for chunk in self:
            yield chunk


class UploadedFile(EitherSpelling):
    """One uploaded file: `field`, `name`, `type`, `size`, `path`; also `filename` and `contentType`."""

    __slots__ = ()

    def __missing__(self, key: str) -> Any:
        """The names other frameworks use."""
        known = _FILE_ALIASES.get(key)
        return super().__missing__(key) if known is None else self[known]

    def bytes(self) -> bytes:
        """The content."""
        return Path(self["path"]).read_bytes()


class Request(dict[str, Any], Generic[Body]):
    """A request. As a dict it has `body headers pathParams queryParams rawBody`.

    Everything is readable as item and as attribute, and in both spellings; beyond the five also `params query method path
    url ip cookies files user request response connection socket request_body`. Properties set on it stay with the request:
    middleware and handler share one, and what the project's own middleware set before is there too.
    """

    __slots__ = ("_extras", "_header", "_made")

    body: Body
    raw_body: str | bytes
    headers: Headers
    path_params: Any  # a Record, and any mapping may be put in its place
    params: Any
    query_params: Any
    query: Any
    method: str
    path: str
    url: str
    ip: str
    cookies: Record
    files: list[UploadedFile]
    request: Request[Body]
    request_body: RawBody
    response: ResponseWriter

    def __init__(self, header: Mapping[str, Any], body: Body, raw_body: str | bytes) -> None:
        super().__init__(
            body=body,
            headers=Headers(header.get("headers") or ()),
            pathParams=Record(header.get("pathParams") or ()),
            queryParams=_query(header.get("queryParams")),
            rawBody=raw_body,
        )
        object.__setattr__(self, "_header", header)
        properties = header.get("properties")
        object.__setattr__(self, "_extras", {} if properties is None else records(dict(properties)))
        object.__setattr__(self, "_made", {})

    def __missing__(self, name: str) -> Any:
        """The names beyond the five, in either spelling."""
        if not isinstance(name, str):
            raise KeyError(name)
        key = _key(name)
        if dict.__contains__(self, key):
            return self[key]
        extras: dict[str, Any] = object.__getattribute__(self, "_extras")
        for known in (name, key, snake(name)):
            if known in extras:
                return extras[known]
        if key in _FROM_HEADER:
            return object.__getattribute__(self, "_header").get(key)
        made: dict[str, Any] = object.__getattribute__(self, "_made")
        if key not in made:
            if key not in _MADE:
                raise KeyError(name)
            made[key] = _MADE[key](self)
        return made[key]

    def __contains__(self, name: object) -> bool:
        """Whether it is one of the five, or a property that was set."""
        return dict.__contains__(self, name) or name in object.__getattribute__(self, "_extras")

    def __getattr__(self, name: str) -> Any:
        """Raises AttributeError when the request has no such property."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the request has no '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets one of the five, or a property that is not listed."""
        key = _key(name)
        if key in _LISTED:
            self[key] = value
        elif dict.__contains__(self, name):
            self[name] = value
        else:
            object.__getattribute__(self, "_extras")[name] = value

    def get(self, name: str, default: Any = None) -> Any:
        """Like `dict.get`, for every name of the request."""
        try:
            return self[name]
        except KeyError:
            return default

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles carry the request itself, without the properties set on it."""
        header = object.__getattribute__(self, "_header")
        return (Request, (header, self["body"], self["rawBody"]))


def read_request(header: Mapping[str, Any], text: bytes) -> Request[Any]:
    """The request of a call, from its header and body."""
    kind = header.get("bodyKind", "json" if text else "none")
    if kind == "json":
        return Request(header, decode(text), text.decode("utf-8", "replace"))
    if kind == "text":
        raw = text.decode("utf-8", "replace")
        return Request(header, raw, raw)
    if kind == "form":
        parsed = int(header.get("rawLength", len(text)))
        return Request(header, decode(text[:parsed]), text[parsed:].decode("utf-8", "replace"))
    if kind == "bytes":
        return Request(header, text, text)
    return Request(header, Record(), "")


def _query(given: Any) -> Record:
    if not given:
        return Record()
    return Record({name: _nested(value) if isinstance(value, (dict, list)) else value for name, value in given.items()})


def _nested(value: Any) -> Any:
    if isinstance(value, dict):
        return Record({name: _nested(item) for name, item in value.items()})
    return [_nested(item) for item in value] if isinstance(value, list) else value


def _key(name: str) -> str:
    return _ALIASES.get(name) or camel(name)


def _cookies(request: Request[Any]) -> Record:
    # Not http.cookies: at the first pair it does not like it drops all others.
    cookies = Record()
    for pair in str(request["headers"].get("cookie", "")).split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            cookies.setdefault(name.strip(), unquote(value.strip().strip('"')))
    return cookies


def _files(request: Request[Any]) -> list[UploadedFile]:
    header: Mapping[str, Any] = object.__getattribute__(request, "_header")
    return [UploadedFile(file) for file in header.get("files") or ()]


def _peer(request: Request[Any]) -> EitherSpelling:
    return EitherSpelling(remoteAddress=request.get("ip"))


def _itself(request: Request[Any]) -> Request[Any]:
    return request


_MADE: dict[str, Callable[[Request[Any]], Any]] = {
    "connection": _peer,
    "cookies": _cookies,
    "files": _files,
    "request": _itself,
    "requestBody": lambda request: RawBody(request["rawBody"]),
    "response": lambda _request: ResponseWriter(),
    "socket": _peer,
    "user": lambda _request: None,
}
_EVERY_REQUEST_HAS = (_LISTED | set(_FROM_HEADER) | _MADE.keys()) - {"user"}


def properties_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """What was set on a request, by item or by attribute, beyond the names that every request has."""
    extras = object.__getattribute__(request, "_extras") if isinstance(request, Request) else {}
    own = {**extras, **{name: request[name] for name in request}}
    return {name: value for name, value in own.items() if _key(name) not in _EVERY_REQUEST_HAS}
