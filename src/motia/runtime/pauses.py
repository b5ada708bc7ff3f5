"""What is paused: kept in memory for those who ask all the time, in the store for the next life."""

from __future__ import annotations

from collections.abc import Callable

from motia.ports.pauses import Pause, PauseKind, PauseStore
from motia.runtime.clock import Clock


class Pauses:
    """Paused deliveries and schedules. `on_change` callbacks hear of each change after it is durable."""

    def __init__(self, store: PauseStore, clock: Clock) -> None:
        """Nothing is known before `start`."""
        self._store = store
        self._clock = clock
        self._held: dict[tuple[PauseKind, str], Pause] = {}
        self._listeners: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Learn what an earlier life paused."""
        self._held = {(each.kind, each.step): each for each in await self._store.pauses()}

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each change."""
        self._listeners.append(changed)

    @property
    def steps(self) -> set[str]:
        """The Steps that get no deliveries."""
        return {step for kind, step in self._held if kind == "deliveries"}

    def of(self, kind: PauseKind, step: str) -> Pause | None:
        """The pause of this, None when it goes on."""
        return self._held.get((kind, step))

    def all(self) -> list[Pause]:
        """All of them, by Step."""
        return sorted(self._held.values(), key=lambda each: (each.step, each.kind))

    async def pause(self, kind: PauseKind, step: str, by: str) -> bool:
        """Pause it; False when it was. What runs goes on to its end."""
        pause = Pause(kind, step, self._clock.now_ms(), by)
        if not await self._store.pause(pause):
            return False
        self._held[kind, step] = pause
        self._tell()
        return True

    async def resume(self, kind: PauseKind, step: str) -> bool:
        """Let it go on; False when it was not paused."""
        resumed = await self._store.resume(kind, step)
        self._held.pop((kind, step), None)
        if resumed:
            self._tell()
        return resumed

    def _tell(self) -> None:
        for changed in self._listeners:
            changed()
