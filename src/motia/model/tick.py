"""Ticks of schedules: each nominal time a cron Step should run at, and what came of it."""

from __future__ import annotations

import dataclasses
from typing import Literal

TickOutcome = Literal["fired", "skipped", "coalesced", "caught up", "paused"]


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """One nominal tick of a Step's trigger. Times are epoch milliseconds.

    `fired`: a delivery was made at its time. `caught up`: one was made later, because nobody ran at its time. `skipped`:
    an earlier run had not ended (`overlap: skip`). `coalesced`: missed, and left to a later tick (`catchUp: none` or
    `last`). `paused`: so was the schedule, and the tick is not made up for.
    `delivery` is the delivery that was made; whether that failed is the delivery's own story.
    """

    step: str
    trigger: int
    scheduled_for: int
    outcome: TickOutcome
    recorded_at: int
    delivery: str | None = None
