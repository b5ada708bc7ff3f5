"""The scenarios: what each does, how often in the full run and in the short one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from faults import kills
from faults.outcome import Outcome


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """`run(times, seed)`; `about` explains it to readers of docs/reliability.md in two sentences."""

    name: str
    run: Callable[[int, int], Outcome]
    full: int
    quick: int
    about: str


SCENARIOS = (
    Scenario(
        "core-killed", kills.core_killed, 500, 5,
        "`kill -9` of the core at random moments while clients place orders and at least 1,000 deliveries are in flight. "
        "Recovery is the time from the kill, over a new process, to the next accepted order.",
    ),
    Scenario(
        "worker-killed", kills.worker_killed, 300, 6,
        "`kill -9` of the Python, the Node and the Ruby worker in turn, at random moments under load. "
        "Recovery is the time from the kill until a request to a Step of that language is answered.",
    ),
    Scenario(
        "fifo-killed", kills.fifo_killed, 45, 3,
        "100 FIFO groups under load while the core and, every third time, the worker are killed. "
        "No run may begin before everything accepted earlier in its group took effect, nor after something later began.",
    ),
    Scenario(
        "killed-in-recovery", kills.killed_in_recovery, 50, 5,
        "500 accepted deliveries, then starts in a row that are each killed at a random moment of the recovery. "
        "The first start that is left alone owes everything and delivers it once.",
    ),
)  # fmt: skip
