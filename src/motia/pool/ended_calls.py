"""Which calls of a worker were runs of atomic Steps, remembered after they ended: one bit per call."""

from __future__ import annotations


class AtomicCalls:
    """A set of call numbers that only grows. Exact however many calls there were: a million take 125 kB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Remember a call; numbers come one after another."""
        at = number >> 3
        if at >= len(self._bits):
            self._bits.extend(bytes(at + 1 - len(self._bits)))
        self._bits[at] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        """Whether it was a run of an atomic Step."""
        at = number >> 3
        return 0 <= at < len(self._bits) and bool(self._bits[at] & 1 << (number & 7))
