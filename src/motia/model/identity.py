"""Identifiers: traces and spans as W3C trace context has them, deliveries, and Step ids."""

from __future__ import annotations

import os
import random
import uuid
from typing import Final

_STEP_NAMESPACE: Final = uuid.UUID("7f1c3ff2-9b00-4d0a-bdd7-efb8bca49d4f")
# Seeded from the system once: ids need to be unique, not secret, and a system call per id would show on the hot path.
_random = random.Random(os.urandom(32))  # noqa: S311


def new_trace_id() -> str:
    """A trace id: 32 lower-case hex digits, never all zero."""
    return f"{_random.getrandbits(128) | 1:032x}"


def new_span_id() -> str:
    """A span id: 16 lower-case hex digits, never all zero."""
    return f"{_random.getrandbits(64) | 1:016x}"


def new_delivery_id(now_ms: int) -> str:
    """A delivery id that sorts by creation: UUIDv7 (RFC 9562 §5.7), 32 hex digits without dashes."""
    value = (now_ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | _random.getrandbits(76)
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


def step_id(relative_path: str, name: str | None = None) -> str:
    """The Step id of HTTP look-ups: UUIDv5 of the root-relative POSIX path (`#NAME` appended where a file has several)."""
    return str(uuid.uuid5(_STEP_NAMESPACE, relative_path if name is None else f"{relative_path}#{name}"))


def after_fork() -> None:
    """Re-seed in a forked child, so that parent and child never draw the same ids."""
    _random.seed(os.urandom(32))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)
