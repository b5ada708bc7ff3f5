"""How long to wait before coming again."""

from __future__ import annotations

import random
from collections.abc import Callable

_MOST_DOUBLINGS = 30


class Backoff:
    """Exponential with full jitter: anything from nothing to a bound that doubles up to `cap_s`.

    So clients that lost the server together do not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """

    def __init__(self, first_s: float = 0.25, cap_s: float = 30.0, chance: Callable[[], float] = random.random) -> None:
        """`first_s` bounds the first wait; `chance()` is evenly spread over [0, 1)."""
        self._first_s = first_s
        self._cap_s = cap_s
        self._chance = chance
        self._waits = 0

    def next(self) -> float:
        """Seconds to wait now."""
        bound = min(self._cap_s, self._first_s * 2.0 ** min(self._waits, _MOST_DOUBLINGS))
        self._waits += 1
        return self._chance() * bound

    def reset(self) -> None:
        """It went well: begin anew."""
        self._waits = 0
