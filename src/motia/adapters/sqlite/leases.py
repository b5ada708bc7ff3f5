"""Leases on SQLite. Epochs are kept for ever, so they rise across restarts."""

from __future__ import annotations

from typing import Final

from motia.adapters.sqlite.writer import Writer

# The holder renews with the epoch it has, unless its lease ran out: then it may have been somebody else's in between.
_ACQUIRE: Final = """
INSERT INTO leases (name, holder, epoch, until) VALUES (:name, :holder, 1, :until)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder,
    epoch = epoch + (holder IS NOT excluded.holder OR until <= :now),
    until = excluded.until
WHERE holder IS excluded.holder OR holder IS NULL OR until <= :now
RETURNING epoch
"""
_RELEASE: Final = "UPDATE leases SET holder = NULL WHERE name = ? AND holder = ?"


class SqliteLeases:
    """Leases in the file behind `writer`, which stays open when this is done with."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def acquire(self, name: str, holder: str, *, now: int, ttl_ms: int) -> int | None:
        """See `Leases.acquire`."""
        values = {"name": name, "holder": holder, "now": now, "until": now + ttl_ms}
        epoch: int | None = await self._writer.run(lambda db: db.execute(_ACQUIRE, values).get)
        return epoch

    async def release(self, name: str, holder: str) -> None:
        """See `Leases.release`."""
        await self._writer.run(lambda db: db.execute(_RELEASE, (name, holder)))
