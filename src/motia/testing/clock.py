"""Time that only a test moves."""

from __future__ import annotations


class ManualClock:
    """Epoch milliseconds; calling it tells the time."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        """The time."""
        return self.now

    def advance(self, ms: int) -> int:
        """Let `ms` pass; the time then."""
        self.now += ms
        return self.now
