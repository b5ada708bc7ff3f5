"""StateStore: JSON values by group and key, shared by all Steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class StateStore(Protocol):
    """Values are JSON text (UTF-8 bytes) and come back byte for byte; groups and keys are non-empty strings, any characters.

    Obligations: a returned write is durable (as the adapter declares) and visible to every later read; `update` and `increment` are atomic
    across processes; group `g` never shows keys of `g2`; lists are ordered by first storing of the key (a deleted and
    stored again key is new). Every method raises `StoreUnavailable` when the engine did not take the operation.
    """

    async def get(self, group: str, key: str) -> bytes | None:
        """The value, None where there is none (a stored `null` is `b"null"`)."""
        ...

    async def set(self, group: str, key: str, value: bytes) -> bytes | None:
        """Store it; the value before, or None."""
        ...

    async def delete(self, group: str, key: str) -> bytes | None:
        """Remove it; the value before, or None."""
        ...

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """All (key, value) of a group."""
        ...

    async def groups(self) -> list[str]:
        """Names of groups with at least one key, sorted."""
        ...

    async def clear(self, group: str) -> int:
        """Remove a group; how many keys it had."""
        ...

    async def update(self, group: str, key: str, ops: Sequence[dict[str, Any]]) -> tuple[bytes | None, bytes]:
        """Apply `ops` (STA-12, `motia.model.update_ops`) in order, all or nothing; the value before and after.

        Raises `ImpossibleUpdate`, and then nothing changed.
        """
        ...

    async def increment(self, group: str, key: str, by: float) -> bytes:
        """Add `by` to a number (absent counts as 0); the new number. Raises `ImpossibleUpdate` on anything but a number."""
        ...
