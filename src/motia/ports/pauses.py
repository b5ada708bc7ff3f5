"""PauseStore: which Steps get no deliveries, and which schedules do not fire, until somebody says so."""

from __future__ import annotations

import dataclasses
from typing import Literal, Protocol

PauseKind = Literal["deliveries", "schedule"]


@dataclasses.dataclass(frozen=True, slots=True)
class Pause:
    """What of `step` is paused, since when (epoch ms) and by whom."""

    kind: PauseKind
    step: str
    since: int
    by: str


class PauseStore(Protocol):
    """Durable over restarts. All methods raise `StoreUnavailable`."""

    async def pause(self, pause: Pause) -> bool:
        """Store it; False when that was paused already, and then nothing changes."""
        ...

    async def resume(self, kind: PauseKind, step: str) -> bool:
        """Remove it; False when nothing was paused."""
        ...

    async def pauses(self) -> list[Pause]:
        """All of them by Step and kind."""
        ...
