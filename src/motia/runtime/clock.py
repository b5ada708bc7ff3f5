"""Time, given from outside so that tests own it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Final, Protocol

_LOOK_AGAIN_S: Final = 60.0


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
    """The machine's clock, made fit for queues: it never goes back.

    When the wall clock is ahead, it follows at once. When the wall clock was set back, it goes on at half speed until the
    wall clock has caught up (slewing, as adjtime(2) does): what is due stays due, and no moment comes twice.
    """

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """`wall_ns` tells epoch nanoseconds and may jump, `steady_ns` counts nanoseconds and does not."""
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns
        self._now = wall_ns()
        self._read_at = steady_ns()

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return self._now_ns() // 1_000_000

    def call_at(self, due_ms: int, callback: Callable[[], None]) -> Timer:
        """Call later on the running loop."""
        return _Alarm(self._now_ns, due_ms, callback)

    def _now_ns(self) -> int:
        steady = self._steady_ns()
        self._now = max(self._wall_ns(), self._now + (steady - self._read_at) // 2)
        self._read_at = steady
        return self._now


class _Alarm:
    """Looks at the clock when it should be due, and at least once a minute: the loop's timers do not see it jump."""

    def __init__(self, now_ns: Callable[[], int], due_ms: int, callback: Callable[[], None]) -> None:
        self._now_ns = now_ns
        self._due_ms = due_ms
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        self._handle = self._wait()

    def cancel(self) -> None:
        self._handle.cancel()

    def _wait(self) -> asyncio.TimerHandle:
        # The loop's clock and the wall clock round differently: a millisecond early would find nothing due and spin.
        left_s = (self._due_ms - self._now_ns() / 1_000_000 + 0.5) / 1000
        return self._loop.call_later(min(max(0.0, left_s), _LOOK_AGAIN_S), self._look)

    def _look(self) -> None:
        if self._now_ns() // 1_000_000 >= self._due_ms:
            self._callback()
        else:
            self._handle = self._wait()


async def pause(clock: Clock, ms: int) -> None:
    """Return when `ms` have passed on `clock`."""
    over = asyncio.Event()
    timer = clock.call_at(clock.now_ms() + ms, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()


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
