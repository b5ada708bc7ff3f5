"""Secrets stay out of logs and traces (LOG-5)."""

from __future__ import annotations

import functools
import re
from typing import Any, Final

MASK: Final = "***"
_SECRET: Final = re.compile(
    r"(^|[_.-])(authorization|password|passwd|secret|token|api[_-]?key|cookie|credentials?|private[_-]?key)($|[_.-])",
    re.IGNORECASE,
)
# What every secret name has a part of, or an escape that may stand for a letter: most texts have neither.
_TRACES: Final = re.compile(rb"passw|secret|token|key|cookie|credential|authorization|\\u", re.IGNORECASE)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DEPTH: Final = 8
# A member of an object in JSON text: its name, and the string, number or word that is its value; a text that was cut may end in it.
_MEMBER: Final = re.compile(r'"((?:[^"\\]|\\.){1,200})"(\s*:\s*)("(?:[^"\\]|\\.)*(?:"|$)|[^\s,\]}{\["]+)')


@functools.lru_cache(4096)
def is_secret_name(name: str) -> bool:
    """Whether a key of this name holds something to hide: `password`, `apiKey`, `X-Auth-Token`, `set-cookie` …"""
    return _SECRET.search(_CAMEL.sub("_", name)) is not None


def redacted(value: Any, depth: int = 0) -> Any:
    """A copy of `value` (parsed JSON) with the values of secret keys masked."""
    if depth >= _DEPTH:
        return value
    if isinstance(value, dict):
        return {
            key: MASK if isinstance(key, str) and is_secret_name(key) else redacted(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item, depth + 1) for item in value]
    return value


def masked_text(text: str) -> str:
    """JSON text that cannot be parsed, as it was cut: the simple values of secret keys are masked."""
    return _MEMBER.sub(lambda found: f'"{found[1]}"{found[2]}"{MASK}"' if is_secret_name(found[1]) else found[0], text)


def may_hide_something(text: bytes) -> bool:
    """Whether JSON text may have secret keys at all: quick, and never a wrong no."""
    return _TRACES.search(text) is not None
