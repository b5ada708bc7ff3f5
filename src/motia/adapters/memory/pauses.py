"""Pauses in memory."""

from __future__ import annotations

from motia.ports.pauses import Pause, PauseKind


class MemoryPauses:
    """Survives nothing."""

    def __init__(self) -> None:
        self._pauses: dict[tuple[str, str], Pause] = {}

    async def pause(self, pause: Pause) -> bool:
        """See `PauseStore.pause`."""
        key = (pause.step, pause.kind)
        return self._pauses.setdefault(key, pause) is pause

    async def resume(self, kind: PauseKind, step: str) -> bool:
        """See `PauseStore.resume`."""
        return self._pauses.pop((step, kind), None) is not None

    async def pauses(self) -> list[Pause]:
        """See `PauseStore.pauses`."""
        return [self._pauses[key] for key in sorted(self._pauses)]
