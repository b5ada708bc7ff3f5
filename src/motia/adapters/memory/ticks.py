"""The ledger of ticks in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from motia.model.tick import Tick

_KEPT: Final = 1_000


class MemoryTicks:
    """Survives nothing."""

    def __init__(self) -> None:
        self._ticks: dict[tuple[str, int], dict[int, Tick]] = {}

    async def record(self, ticks: Sequence[Tick]) -> list[bool]:
        """See `TickLedger.record`."""
        return [self._record(tick) for tick in ticks]

    async def last(self, step: str, trigger: int) -> int | None:
        """See `TickLedger.last`."""
        return max(self._ticks.get((step, trigger), ()), default=None)

    async def ticks(self, *, step: str | None = None, limit: int = 100) -> list[Tick]:
        """See `TickLedger.ticks`."""
        found = [tick for (name, _), ticks in self._ticks.items() if step in {None, name} for tick in ticks.values()]
        return sorted(found, key=lambda tick: -tick.scheduled_for)[:limit]

    def _record(self, tick: Tick) -> bool:
        known = self._ticks.setdefault((tick.step, tick.trigger), {})
        if tick.scheduled_for in known:
            return False
        known[tick.scheduled_for] = tick
        for old in sorted(known)[:-_KEPT]:
            del known[old]
        return True
