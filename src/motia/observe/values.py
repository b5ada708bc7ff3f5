"""Values as traces show them: cut, with secrets masked, and saying so where that happened."""

from __future__ import annotations

from typing import Any, Final

import orjson

from motia.observe.redaction import masked_text, may_hide_something, redacted

# Values of calls are cut in traces (STA-15); results likewise, at HND-8's limit, and inputs, so that they can be replayed.
VALUE_LIMIT: Final = 4 * 1024
RESULT_LIMIT: Final = 64 * 1024


def shown(text: bytes, limit: int) -> Any:
    """JSON text as a value, secrets masked; past `limit` bytes a cut string that says so."""
    return shown_and_whole(text, limit)[0]


def shown_and_whole(text: bytes, limit: int) -> tuple[Any, bool]:
    """As `shown`, and whether that is all there was."""
    if len(text) > limit:
        return masked_text(text[:limit].decode("utf-8", "replace")) + f"… ({len(text):,} bytes)", False
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        plain = text.decode("utf-8", "replace")
        return plain, plain.encode() == text
    if not may_hide_something(text):
        return value, True
    masked = redacted(value)
    return masked, masked == value
