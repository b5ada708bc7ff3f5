"""Time, given from outside so that tests own it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Final, Protocol


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget it; nothing happens if it ran already."""
        ...


class Clock(Protocol):
    """Wall-clock time and calls due at one."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        ...

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` on the event loop when `now_ms()` has reached `due_ms`, at once when it is past."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Timer:
        """Call later on the running loop."""
        # The loop's clock and the wall clock round differently: a millisecond early would find nothing due and spin.
        delay_s = max(0.0, (due_ms - time.time_ns() / 1_000_000 + 0.5) / 1000)
        return asyncio.get_running_loop().call_later(delay_s, callback)


class SteppedClock:
    """Time that only `step` moves, for tests of schedules, delays and retries. Starts at the machine's time."""

    def __init__(self, now_ms: int | None = None) -> None:
        """`now_ms`: epoch milliseconds to start at."""
        self._now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self._waiting: list[tuple[int, int, _Pending]] = []
        self._numbers: Final = itertools.count()

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return self._now

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Timer:
        """Call when `step` reaches `due_ms`; on the running loop's next turn when it is past."""
        if due_ms <= self._now:
            return asyncio.get_running_loop().call_soon(callback)
        pending = _Pending(callback)
        heapq.heappush(self._waiting, (due_ms, next(self._numbers), pending))
        return pending

    def step(self, until_ms: int) -> bool:
        """Move to the next moment for which something waits, no further than `until_ms`, and call what is due then.

        Whether there was such a moment; if not, the time is `until_ms` now. Time never goes back.
        """
        while self._waiting and self._waiting[0][2].cancelled:
            heapq.heappop(self._waiting)
        if not self._waiting or self._waiting[0][0] > until_ms:
            self._now = max(self._now, until_ms)
            return False
        self._now = self._waiting[0][0]
        due = []
        while self._waiting and self._waiting[0][0] <= self._now:
            due.append(heapq.heappop(self._waiting)[2])
        for pending in due:
            if not pending.cancelled:
                pending.callback()
        return True


class _Pending:
    """A call that waits for its time."""

    __slots__ = ("callback", "cancelled")

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
