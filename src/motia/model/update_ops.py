"""State update operations (STA-12, STA-13): pure functions on parsed JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Final

from motia.model.errors import ImpossibleUpdate

_FORBIDDEN: Final = frozenset({"__proto__", "constructor", "prototype"})
_MISSING: Final = object()


def apply_ops(value: Any, ops: Sequence[dict[str, Any]]) -> Any:
    """`value` (parsed JSON, None where absent) after `ops`, applied in order; the argument is left as it was.

    Raises `ImpossibleUpdate` naming the op that cannot be applied.
    """
    box = {"": copy.deepcopy(value)}
    for number, op in enumerate(ops):
        try:
            _apply(box, op)
        except ImpossibleUpdate as problem:
            raise ImpossibleUpdate(f"update op {number} ({op.get('type', 'no type')}): {problem}") from None
    return box[""]


def _apply(box: dict[str, Any], op: dict[str, Any]) -> None:
    kind = op.get("type")
    change = _CHANGES.get(kind) if isinstance(kind, str) else None
    if change is None:
        raise ImpossibleUpdate(f"type must be one of {', '.join(sorted(_CHANGES))}")
    parts = ["", *_path(op.get("path", ""))]
    holder: Any = box
    for part in parts[:-1]:
        holder = _child(holder, part)
    change(holder, parts[-1], op)


def _path(path: Any) -> list[str]:
    if isinstance(path, str):
        parts = path.split(".") if path else []
    elif isinstance(path, list) and all(isinstance(part, str | int) and not isinstance(part, bool) for part in path):
        parts = [str(part) for part in path]
    else:
        raise ImpossibleUpdate("path must be a dotted string or a list of keys")
    if forbidden := _FORBIDDEN.intersection(parts):
        raise ImpossibleUpdate(f"the path may not contain {min(forbidden)}")
    return parts


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _index(holder: list[Any], part: str) -> int:
    if not _is_index(part) or int(part) >= len(holder):
        raise ImpossibleUpdate(f"{part!r} is no position in a list of {len(holder)}")
    return int(part)


def _child(holder: Any, part: str) -> Any:
    current = _get(holder, part)
    if current is _MISSING or current is None:
        created: dict[str, Any] = {}
        _put(holder, part, created)
        return created
    if not isinstance(current, dict | list):
        raise ImpossibleUpdate(f"{part!r} holds {_kind(current)}, which has no members")
    return current


def _get(holder: Any, part: str) -> Any:
    if isinstance(holder, list):
        return holder[_index(holder, part)]
    return holder.get(part, _MISSING)


def _put(holder: Any, part: str, value: Any) -> None:
    if isinstance(holder, list):
        holder[_index(holder, part)] = value
    else:
        holder[part] = value


def _kind(value: Any) -> str:
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "null")


def _operand(op: dict[str, Any], *names: str) -> Any:
    for name in names:
        if name in op:
            return op[name]
    raise ImpossibleUpdate(f"{names[0]!r} is missing")


def _number(value: Any, what: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ImpossibleUpdate(f"{what} must be a number, not {_kind(value)}")
    return value


def _set(holder: Any, part: str, op: dict[str, Any]) -> None:
    _put(holder, part, copy.deepcopy(_operand(op, "value")))


def _merge(holder: Any, part: str, op: dict[str, Any]) -> None:
    addition = _operand(op, "value")
    current = _get(holder, part)
    if current is _MISSING or current is None:
        current = {}
    if not isinstance(addition, dict) or not isinstance(current, dict):
        wrong = addition if not isinstance(addition, dict) else current
        raise ImpossibleUpdate(f"merge needs objects, not {_kind(wrong)}")
    _put(holder, part, _merged(current, addition))


def _merged(current: dict[str, Any], addition: dict[str, Any]) -> dict[str, Any]:
    if forbidden := _FORBIDDEN.intersection(addition):
        raise ImpossibleUpdate(f"the value may not contain {min(forbidden)}")
    result = dict(current)
    for key, value in addition.items():
        before = result.get(key)
        result[key] = _merged(before if isinstance(before, dict) else {}, value) if isinstance(value, dict) else value
    return result


def _add(sign: int) -> Callable[[Any, str, dict[str, Any]], None]:
    def change(holder: Any, part: str, op: dict[str, Any]) -> None:
        by = _number(op.get("by", op.get("value", 1)), "by")
        current = _get(holder, part)
        base = 0 if current is _MISSING or current is None else _number(current, "the current value")
        _put(holder, part, base + sign * by)

    return change


def _append(holder: Any, part: str, op: dict[str, Any]) -> None:
    current = _get(holder, part)
    if current is _MISSING or current is None:
        current = []
    if not isinstance(current, list):
        raise ImpossibleUpdate(f"append needs a list, not {_kind(current)}")
    _put(holder, part, [*current, copy.deepcopy(_operand(op, "value"))])


def _remove(holder: Any, part: str, op: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all changes
    if isinstance(holder, list):
        del holder[_index(holder, part)]
    elif part == "":
        holder[part] = None
    else:
        holder.pop(part, None)


_CHANGES: Final[dict[str, Callable[[Any, str, dict[str, Any]], None]]] = {
    "set": _set,
    "merge": _merge,
    "increment": _add(1),
    "decrement": _add(-1),
    "append": _append,
    "remove": _remove,
}
