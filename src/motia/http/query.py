"""Query strings and form bodies by the rules of `qs` (HTTP-5, HTTP-11): `a=1&a=2` → list, `a[b]=1` → nested, `a[]=1` → list."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote_plus

_DEPTH: Final = 5
_MOST_VALUES: Final = 1000
_FORBIDDEN: Final = frozenset({"__proto__", "constructor", "prototype"})
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")
_LIST_LIMIT: Final = 20  # qs: a larger index makes an object, so that a[999999999] costs nothing


def parse(text: str) -> dict[str, Any]:
    """The parsed pairs; at most 1000 values, nesting to depth 5. Never raises: what cannot be parsed is taken literally."""
    result: dict[str, Any] = {}
    if not text:
        return result
    for pair in text.split("&")[:_MOST_VALUES]:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        keys = _keys(_decoded(name))
        if keys and not _FORBIDDEN.intersection(keys):
            _insert(result, keys, _decoded(value))
    return {key: _as_lists(value) for key, value in result.items()}


def _decoded(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


def _keys(name: str) -> list[str]:
    at = name.find("[")
    if at <= 0:
        return [name] if name else []
    keys = [name[:at]]
    rest = name[at:]
    while rest and len(keys) <= _DEPTH:
        match = _BRACKETS.match(rest)
        if match is None:
            break
        keys.append(match[1])
        rest = rest[match.end() :]
    if rest:
        keys.append(rest)
    return keys


def _insert(holder: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        following = holder.get(key)
        if following is None:
            following = holder[key] = {}
        elif not isinstance(following, dict):
            following = holder[key] = {"0": following}
        holder = following
    last = keys[-1]
    if last == "" and len(keys) > 1:
        last = str(len(holder))
    if last not in holder:
        holder[last] = value
    elif isinstance(holder[last], list):
        holder[last].append(value)
    elif isinstance(holder[last], dict):
        holder[last][value] = True
    else:
        holder[last] = [holder[last], value]


def _as_lists(value: Any) -> Any:
    """Objects whose keys are small positions become lists."""
    if isinstance(value, list):
        return [_as_lists(item) for item in value]
    if not isinstance(value, dict):
        return value
    items = {key: _as_lists(item) for key, item in value.items()}
    if items and all(key.isascii() and key.isdigit() and int(key) <= _LIST_LIMIT for key in items):
        return [items[key] for key in sorted(items, key=int)]
    return items
