"""A line now and then that says how far a scenario is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

_EVERY_S: Final = 10.0


class Progress:
    """Counts like `range(total)`."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total

    def __iter__(self) -> Iterator[int]:
        started = said = time.monotonic()
        for number in range(self._total):
            yield number
            if time.monotonic() - said >= _EVERY_S:
                said = time.monotonic()
                print(f"   {self._what}: {number + 1} of {self._total} after {said - started:.0f} s", flush=True)
