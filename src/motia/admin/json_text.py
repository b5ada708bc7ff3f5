"""JSON whose integers stay exact, however large (GEN-5): the fast codec where it can, the standard one where it must."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import orjson

# The fast codec turns integers past 64 bits into floats.
_LONG_INTEGER: Final = re.compile(rb"(?<![\d.eE+])-?\d{19,}(?![\d.eE])")


def loads(text: bytes) -> Any:
    """The value. Raises `ValueError`."""
    if _LONG_INTEGER.search(text) is None:
        return orjson.loads(text)
    return json.loads(text)


def dumps(value: Any) -> bytes:
    """The text. Raises `TypeError` for what JSON cannot hold."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
