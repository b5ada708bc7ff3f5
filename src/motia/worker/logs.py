"""Log records on the wire."""

import math
import time
from typing import Any

from motia.authoring.encoding import encode, write_header
from motia.authoring.failures import describe
from motia.authoring.link import RunningCall

_MAX_RECORD = 1024 * 1024
_MAX_DEPTH = 20


def log_header(
    call: RunningCall | None, level: str, message: str, arguments: dict[str, Any] | None, source: str
) -> bytes:
    """The header of a `log` frame. Never raises: what is no JSON is shown as text."""
    header: dict[str, Any] = {"t": "log", "level": level, "msg": message, "time": time.time_ns() // 1_000_000}
    if source != "logger":
        header["source"] = source
    if call is not None and not call.over:
        header["call"] = call.id
    if arguments:
        header["args"] = arguments
    text = _written(header, arguments)
    if len(text) <= _MAX_RECORD:
        return text
    header.pop("args", None)
    return write_header({**header, "msg": message[: _MAX_RECORD // 8], "args": {"truncated": len(text)}})


def _written(header: dict[str, Any], arguments: dict[str, Any] | None) -> bytes:
    try:
        return encode(header) if arguments else write_header(header)
    except Exception:  # noqa: BLE001 - whatever the author logs, logging works
        return write_header({**header, "args": _shown(arguments, 0)})


def _shown(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, BaseException):
        return describe(value)
    if depth < _MAX_DEPTH:
        if isinstance(value, dict):
            return {str(key): _shown(item, depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [_shown(item, depth + 1) for item in value]
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - an author's __repr__
        return f"<{type(value).__name__}>"
