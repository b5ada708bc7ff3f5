"""Leases: who of several replicas may do a thing that only one should do."""

from __future__ import annotations

from typing import Protocol


class Leases(Protocol):
    """Named leases with fencing: each acquisition of a name has a higher epoch than all before, across restarts."""

    async def acquire(self, name: str, holder: str, *, now: int, ttl_ms: int) -> int | None:
        """Hold `name` until `now + ttl_ms`; the epoch, or None while another holder's lease lasts.

        The holder renews with the same epoch.
        """
        ...

    async def release(self, name: str, holder: str) -> None:
        """Give it back; nothing happens if it is not held by `holder`."""
        ...
