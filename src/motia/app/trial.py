"""What `dev --test` offers to test kits: the events that were emitted, waiting for everything to be done, and moving time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from motia.admin.json_text import loads
from motia.admin.operations import (
    ANY,
    BOOLEAN,
    INTEGER,
    STRING,
    AdminRefusal,
    Answered,
    Asked,
    Operation,
    listing,
    record,
)
from motia.model.delivery import Cause
from motia.runtime.clock import Clock, SteppedClock
from motia.runtime.publisher import EmittedEvent

# A test that emits more than this between two looks misses the oldest.
_MOST_EVENTS: Final = 10_000
# There is no single moment at which all is done that could be waited for: runs end, and what they caused begins.
_LOOK_AGAIN_S: Final = 0.002
_LIMIT_MS: Final = 30_000
_EVENT: Final = record(number=INTEGER, topic=STRING, data=ANY, traceId=STRING)


class Trial:
    """Remembers events, waits and moves the clock for as long as a core runs."""

    def __init__(self, clock: Clock, is_idle: Callable[[], bool]) -> None:
        """`is_idle` tells whether no delivery runs or is due now."""
        self._clock = clock
        self._is_idle = is_idle
        self._events: list[dict[str, Any]] = []
        self._count = 0

    def emitted(self, events: Sequence[EmittedEvent], cause: Cause) -> None:
        """Hear of events that were stored."""
        for event in events:
            self._count += 1
            data = loads(event.payload or b"null")
            self._events.append({"number": self._count, "topic": event.topic, "data": data, "traceId": cause.trace_id})
        del self._events[:-_MOST_EVENTS]

    def operations(self) -> list[Operation]:
        """The admin operations."""
        return [
            Operation(
                "testEvents", "GET", "/__motia/test/events", "Events emitted so far, oldest first", self._list,
                listing(_EVENT), tag="test",
                query={"topic": (STRING, "only of this topic"), "after": (INTEGER, "only later than this number")},
            ),
            Operation(
                "testSettled", "POST", "/__motia/test/settled", "Wait until nothing runs or is due", self._settled,
                record(settled=BOOLEAN), tag="test", body={"type": "object", "properties": {"timeout": INTEGER}},
            ),
            Operation(
                "testClock", "POST", "/__motia/test/clock", "Let time pass; what comes due meanwhile is done in order",
                self._advance, record(now=INTEGER), tag="test",
                body={"type": "object", "properties": {"advance": INTEGER, "timeout": INTEGER}, "required": ["advance"]},
            ),
        ]  # fmt: skip

    async def _list(self, asked: Asked) -> Answered:
        topic, after = asked.query.get("topic"), asked.number("after", 0)
        return Answered([
            event for event in self._events if event["number"] > after and topic in {None, event["topic"]}
        ])  # fmt: skip

    async def _settled(self, asked: Asked) -> Answered:
        return Answered({"settled": await self._idle_within(asked.field("timeout", int, default=_LIMIT_MS))})

    async def _advance(self, asked: Asked) -> Answered:
        clock = self._clock
        if not isinstance(clock, SteppedClock):
            raise AdminRefusal(409, "The clock is the machine's; start with 'motia dev --test --clock manual'")
        limit, until = asked.field("timeout", int, default=_LIMIT_MS), clock.now_ms() + asked.field("advance", int)
        if until < clock.now_ms():
            raise AdminRefusal(400, "'advance' must be a number of milliseconds, 0 or more")
        more = True
        while more:
            if not await self._idle_within(limit):
                raise AdminRefusal(504, f"what came due did not end within {limit} ms of real time")
            more = clock.step(until)
        await self._idle_within(limit)
        return Answered({"now": clock.now_ms()})

    async def _idle_within(self, limit_ms: int) -> bool:
        """Whether all was done within `limit_ms` of real time."""
        try:
            async with asyncio.timeout(limit_ms / 1000):
                # Woken tasks get their turn before the first look.
                await asyncio.sleep(_LOOK_AGAIN_S)
                while not self._is_idle():  # noqa: ASYNC110 - see _LOOK_AGAIN_S
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            return False
        return True
