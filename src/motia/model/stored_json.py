"""Changes to stored JSON text: parse, apply, write. Integers stay exact, however large."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from motia.model.errors import ImpossibleUpdate
from motia.model.update_ops import apply_ops


def updated(value: bytes | None, ops: Sequence[dict[str, Any]]) -> bytes:
    """`value` after `ops`. Raises `ImpossibleUpdate`."""
    try:
        return text_of(apply_ops(_parsed(value), ops))
    except RecursionError:
        raise ImpossibleUpdate("the value is nested too deeply to be updated") from None


def incremented(value: bytes | None, by: float) -> bytes:
    """`value` plus `by`. Raises `ImpossibleUpdate`."""
    return updated(value, [{"type": "increment", "path": "", "by": by}])


def _parsed(value: bytes | None) -> Any:
    try:
        return None if value is None else json.loads(value)
    except ValueError as problem:
        raise ImpossibleUpdate(f"the stored value cannot be read: {problem}") from problem


def text_of(value: Any) -> bytes:
    """`value` as JSON text. Raises `ImpossibleUpdate` for what JSON cannot say."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError) as problem:
        raise ImpossibleUpdate(f"the result is no JSON: {problem}") from problem
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: legal in JSON text, but only escaped
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
