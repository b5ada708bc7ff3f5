"""JSON text of anything at all: for what is only shown, where a value must never be the reason for a failure."""

from __future__ import annotations

import math
from typing import Any, Final

import orjson

# Deeper than anybody reads, and well within what every parser follows.
_DEPTH: Final = 40


def safe_json(value: Any) -> bytes:
    """`value` as JSON; what JSON cannot say becomes a text of it."""
    try:
        return orjson.dumps(value, default=repr)
    except (TypeError, ValueError, RecursionError):
        return orjson.dumps(_plain(value, _DEPTH))


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, dict | list | tuple):
        if depth == 0:
            return "…"
        if isinstance(value, dict):
            return {_text(str(key)): _plain(member, depth - 1) for key, member in value.items()}
        return [_plain(member, depth - 1) for member in value]
    if value is None or isinstance(value, bool) or _is_small(value):
        return value
    return _text(value if isinstance(value, str) else _described(value))


def _is_small(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and -(1 << 63) <= value < 1 << 63


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode()


def _described(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - whoever wrote that __repr__ must not break the trace
        return f"<{type(value).__name__}>"
