"""Time, given from outside so that tests own it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


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


async def pause(clock: Clock, ms: int) -> None:
    """Return when `ms` have passed on `clock`."""
    over = asyncio.Event()
    timer = clock.call_at(clock.now_ms() + ms, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()
