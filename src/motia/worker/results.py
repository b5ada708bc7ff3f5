"""What a handler gives, as an HTTP response."""

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from motia.authoring.encoding import encode
from motia.authoring.records import Record
from motia.authoring.response import ApiResponse
from motia.authoring.spelling import option

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
BYTES = "application/octet-stream"
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}

_RESPONSE_KEYS = {"status", "body", "headers", "cookies", "contentType", "content_type"}
_STATUSES = range(100, 600)
_INFORMATIONAL = range(100, 200)
_STATUS_AND_BODY = 2

HeaderValues = dict[str, "str | list[str]"]


def response_of(result: Any) -> Record:
    """A handler's result as `{status, headers, body?}`, the form that middleware sees.

    Raises:
        ValueError: the status is informational, or no status at all.
        TypeError: a header has no value that headers can have.
    """
    if result is None:
        return Record(status=int(HTTPStatus.NO_CONTENT), headers={})
    if not is_response(result):
        return _bare(result)
    status = result.get("status", int(HTTPStatus.OK))
    if len(result) == _STATUS_AND_BODY and type(status) is int and status >= HTTPStatus.OK and "body" in result:
        return Record(status=status, headers={}, body=result["body"])
    if type(status) is bool or not isinstance(status, int) or status not in _STATUSES or status in _INFORMATIONAL:
        raise ValueError(f"a Step cannot answer with status {status!r}; it answers with 200 to 599")
    headers = _headers(result.get("headers"))
    content_type = option(result, "contentType")
    if content_type is not None:
        headers["content-type"] = str(content_type)
    cookies = _cookies(result.get("cookies"))
    if cookies:
        present = headers.get("set-cookie", [])
        headers["set-cookie"] = [*([present] if isinstance(present, str) else present), *cookies]
    response = Record(status=int(status), headers=headers)
    if "body" in result:
        response["body"] = result["body"]
    return response


def is_response(result: Any) -> bool:
    """Whether a result says how to answer, instead of being the answer's value."""
    if isinstance(result, ApiResponse):
        return True
    if not isinstance(result, dict) or "status" not in result:
        return False
    status = result["status"]
    is_status = isinstance(status, int) and not isinstance(status, bool) and status in _STATUSES
    return is_status and _RESPONSE_KEYS.issuperset(result)


def stray_keys(result: Any) -> list[str]:
    """The keys that keep a result with a `status` from being a response."""
    if not isinstance(result, dict) or _RESPONSE_KEYS.issuperset(result):
        return []
    if type(result.get("status")) is not int or result["status"] not in _STATUSES:
        return []
    return [str(key) for key in result if key not in _RESPONSE_KEYS]


def is_stream(body: Any) -> bool:
    """Whether a body is given piece by piece."""
    kind = type(body)
    return hasattr(kind, "__aiter__") or (hasattr(kind, "__next__") and hasattr(kind, "__iter__"))


def body_bytes(response: Mapping[str, Any]) -> tuple[HeaderValues, bytes]:
    """The headers, with a content type, and the bytes of a response whose body is no stream.

    Raises:
        PayloadError: the body is no JSON.
    """
    headers: HeaderValues = response["headers"]
    if "body" not in response or response["status"] in BODILESS:
        return headers, b""
    body = response["body"]
    given = headers.get("content-type")
    if isinstance(body, (bytes, bytearray, memoryview)):
        return _typed(headers, BYTES), bytes(body)
    is_json_type = given is not None and "json" in str(given)
    if isinstance(body, str):
        return _typed(headers, HTML), body.encode("utf-8", "surrogatepass")
    if given is not None and not is_json_type and _is_buffer(body):
        return headers, bytes(body["data"])
    return _typed(headers, JSON), encode(body, "body")


def stream_type(first: bytes | str) -> str:
    """The content type of a stream that begins so."""
    return HTML if isinstance(first, str) else BYTES


def _bare(result: Any) -> Record:
    """The response for a value: JSON, also when it is a text, so that no text becomes markup by accident."""
    if isinstance(result, (bytes, bytearray, memoryview)) or is_stream(result):
        return Record(status=int(HTTPStatus.OK), headers={}, body=result)
    body = encode(result, "result").decode() if isinstance(result, str) else result
    return Record(status=int(HTTPStatus.OK), headers={"content-type": JSON}, body=body)


def _typed(headers: HeaderValues, content_type: str) -> HeaderValues:
    return headers if "content-type" in headers else {**headers, "content-type": content_type}


def _is_buffer(body: Any) -> bool:
    """How JavaScript writes bytes as JSON; the original's Python answered so with files."""
    if not isinstance(body, dict) or body.get("type") != "Buffer" or not isinstance(body.get("data"), list):
        return False
    return all(type(byte) is int and 0 <= byte <= 255 for byte in body["data"])  # noqa: PLR2004 - a byte


def _headers(given: Any) -> HeaderValues:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"headers are a dict, not {type(given).__name__}")
    headers: HeaderValues = {}
    for name, value in given.items():
        if value is None:
            continue
        is_list = isinstance(value, (list, tuple))
        headers[str(name).lower()] = [_text(item) for item in value] if is_list else _text(value)
    return headers


def _text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError("a header cannot contain a line break")
    return text


def _cookies(given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise TypeError(f"cookies are a dict, not {type(given).__name__}")
    return [_cookie(str(name), value) for name, value in given.items() if value is not None]


def _cookie(name: str, given: Any) -> str:
    options = given if isinstance(given, Mapping) else {"value": given}
    parts = [f"{name}={quote(str(options.get('value', '')), safe=_COOKIE_SAFE)}"]
    for key, label in (("path", "Path"), ("domain", "Domain"), ("maxAge", "Max-Age"), ("expires", "Expires")):
        value = option(options, key)
        if value is not None:
            parts.append(f"{label}={_http_date(value) if key == 'expires' else value}")
    for key, label in (("httpOnly", "HttpOnly"), ("secure", "Secure")):
        if option(options, key):
            parts.append(label)
    same_site = option(options, "sameSite")
    if same_site:
        parts.append(f"SameSite={'Strict' if same_site is True else str(same_site).capitalize()}")
    return _text("; ".join(parts))


def _http_date(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = datetime.fromtimestamp(value / 1000, timezone.utc)
    if isinstance(value, datetime):
        return format_datetime(value.astimezone(timezone.utc), usegmt=True)
    return str(value)


_COOKIE_SAFE = "!#$&'()*+/:<=>?@[]^_`{|}~-."
