"""TickLedger: what became of every nominal tick of every schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from motia.model.tick import Tick


class TickLedger(Protocol):
    """One row per (Step, trigger, nominal time). The last 1,000 of each Step's trigger are kept."""

    async def record(self, ticks: Sequence[Tick]) -> list[bool]:
        """Store them, durably; False for each whose (step, trigger, scheduled_for) was recorded before, by whomever."""
        ...

    async def last(self, step: str, trigger: int) -> int | None:
        """The latest nominal time recorded for it (epoch ms), None when there is none."""
        ...

    async def ticks(self, *, step: str | None = None, limit: int = 100) -> list[Tick]:
        """Ticks, latest nominal time first."""
        ...
