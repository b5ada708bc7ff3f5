"""Lets a working thread have the interpreter while the event loop is busy.

CPython hands the interpreter (the GIL) over when its holder waits, or when somebody else has waited for 5 ms in vain. A
busy event loop does neither: between two turns it looks for new events without waiting, which releases the interpreter
for a microsecond, too short for a sleeping thread to wake up, yet enough to start its 5 ms anew. Measured on two cores
with a loop that always has something to do: a thread that needs the interpreter once got it after 1 to 10 seconds.

So while a thread has work, the loop looks once a millisecond whether it got on; if not, the loop stops and waits for the
thread to say that it can go on alone. A loop that is not busy has given the interpreter away long before, and then this
costs it nothing.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Final

EVERY_S: Final = 0.001
# At most this long while the thread works, and this long while it waits for the disk: it may need the interpreter just now.
_TURN_S: Final = 0.002
_GLANCE_S: Final = 0.000_02


class Turns:
    """Between one event loop and one thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, every_s: float = EVERY_S) -> None:
        """`every_s`: how often the loop looks; what nobody waits for can do with less."""
        self._every_s = every_s
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._in_flight = 0
        self._working = False
        self._on_disk = False
        self._steps = 0  # how often the thread got on
        self._steps_seen = 0
        self._signal = threading.Lock()
        self._signal.acquire()

    # In the event loop.

    def begun(self) -> None:
        """The thread was given a piece of work."""
        self._working = True
        self._in_flight += 1
        if self._timer is None:
            self._timer = self._loop.call_later(self._every_s, self._look)

    def ended(self, pieces: int = 1) -> None:
        """So many pieces of work are over."""
        self._in_flight -= pieces
        if not self._in_flight and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        if self._working and self._steps == self._steps_seen:
            self._signal.acquire(blocking=False)  # what was said before does not count
            self._signal.acquire(timeout=_GLANCE_S if self._on_disk else _TURN_S)
        self._steps_seen = self._steps
        self._timer = self._loop.call_later(self._every_s, self._look)

    # In the thread.

    def rests(self) -> None:
        """All work is done; called before looking for more, so that what comes in between is not overlooked."""
        self._working = False
        self._step()

    def works(self) -> None:
        """There is more."""
        self._working = True

    def leaves_interpreter(self) -> None:
        """What comes now needs no interpreter."""
        self._on_disk = True
        self._step()

    def needs_interpreter(self) -> None:
        """It is needed again."""
        self._on_disk = False

    def _step(self) -> None:
        self._steps += 1
        if self._signal.locked():
            self._signal.release()
