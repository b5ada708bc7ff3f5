"""Operations that hold back a Step's deliveries or its schedule, and let them go on."""

from __future__ import annotations

import dataclasses

from motia.admin.operations import BOOLEAN, INTEGER, STRING, Answered, Asked, Operation, listing, record
from motia.admin.sources import Sources
from motia.model.errors import AuthorError
from motia.model.step import CronTrigger
from motia.ports.pauses import PauseKind

_CHANGED = record(step=STRING, paused=BOOLEAN, changed=BOOLEAN)
_STEP = {"type": "object", "properties": {"step": STRING}, "required": ["step"]}


class PauseOperations:
    """The operations; `all` lists them."""

    def __init__(self, sources: Sources) -> None:
        """Reads and changes the pauses of `sources`."""
        self._sources = sources
        self._pauses = sources.pauses

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        pause = record(kind={"enum": ["deliveries", "schedule"]}, step=STRING, since=INTEGER, by=STRING)
        return [
            Operation("listPauses", "GET", "/__motia/pauses", "What is paused, since when and by whom", self._list, listing(pause)),
            Operation(
                "pauseQueue", "POST", "/__motia/queue/pause", "Hold back a Step's deliveries; what runs goes on to its end",
                self._pause_queue, _CHANGED, body=_STEP, tag="queue",
            ),
            Operation(
                "resumeQueue", "POST", "/__motia/queue/resume", "Let a Step's deliveries go on", self._resume_queue, _CHANGED,
                body=_STEP, tag="queue",
            ),
            Operation(
                "pauseSchedule", "POST", "/__motia/cron/pause", "Let a Step's ticks pass by; they are not made up for",
                self._pause_schedule, _CHANGED, body=_STEP, tag="steps",
            ),
            Operation(
                "resumeSchedule", "POST", "/__motia/cron/resume", "Let a Step's schedule fire again", self._resume_schedule,
                _CHANGED, body=_STEP, tag="steps",
            ),
        ]  # fmt: skip

    async def _list(self, _: Asked) -> Answered:
        return Answered([dataclasses.asdict(each) for each in self._pauses.all()])

    async def _pause_queue(self, asked: Asked) -> Answered:
        return await self._pause("deliveries", asked)

    async def _resume_queue(self, asked: Asked) -> Answered:
        return await self._resume("deliveries", asked)

    async def _pause_schedule(self, asked: Asked) -> Answered:
        return await self._pause("schedule", asked)

    async def _resume_schedule(self, asked: Asked) -> Answered:
        return await self._resume("schedule", asked)

    async def _pause(self, kind: PauseKind, asked: Asked) -> Answered:
        step = self._sources.table().resolve(asked.field("step", str))
        if kind == "schedule" and not any(isinstance(trigger, CronTrigger) for trigger in step.triggers):
            raise AuthorError(f"the Step {step.name!r} has no schedule")
        changed = await self._pauses.pause(kind, step.name, asked.actor)
        return Answered({"step": step.name, "paused": True, "changed": changed})

    async def _resume(self, kind: PauseKind, asked: Asked) -> Answered:
        # Also of a Step that is no longer there, whose pause would otherwise stay for ever.
        wanted = asked.field("step", str)
        paused = {each.step for each in self._pauses.all()}
        name = wanted if wanted in paused else self._sources.table().resolve(wanted).name
        changed = await self._pauses.resume(kind, name)
        return Answered({"step": name, "paused": False, "changed": changed})
