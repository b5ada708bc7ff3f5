"""Leases in memory."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(slots=True)
class _Lease:
    holder: str | None
    epoch: int
    until: int


class MemoryLeases:
    """Survives nothing: epochs begin again with the process, and so does everybody who holds one."""

    def __init__(self) -> None:
        self._leases: dict[str, _Lease] = {}

    async def acquire(self, name: str, holder: str, *, now: int, ttl_ms: int) -> int | None:
        """See `Leases.acquire`."""
        lease = self._leases.setdefault(name, _Lease(None, 0, 0))
        lasts = lease.holder is not None and lease.until > now
        if lasts and lease.holder != holder:
            return None
        if not lasts:
            lease.epoch += 1
        lease.holder, lease.until = holder, now + ttl_ms
        return lease.epoch

    async def release(self, name: str, holder: str) -> None:
        """See `Leases.release`."""
        lease = self._leases.get(name)
        if lease is not None and lease.holder == holder:
            lease.holder = None
