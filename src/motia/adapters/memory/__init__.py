"""The ports without a disk: for tests and for projects that may forget. What it holds ends with the process."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable

from motia.adapters.memory.audit import MemoryAudit
from motia.adapters.memory.commits import MemoryCommits
from motia.adapters.memory.leases import MemoryLeases
from motia.adapters.memory.pauses import MemoryPauses
from motia.adapters.memory.queue import DEFAULT_DEPTH, MemoryQueue
from motia.adapters.memory.state import MemoryState
from motia.adapters.memory.step_stretches import MemoryStepStretches
from motia.adapters.memory.streams import MemoryBroadcast, MemoryStreams
from motia.adapters.memory.ticks import MemoryTicks
from motia.adapters.memory.traces import MemoryTraces

__all__ = [
    "MemoryAudit",
    "MemoryBroadcast",
    "MemoryCommits",
    "MemoryLeases",
    "MemoryPauses",
    "MemoryQueue",
    "MemoryState",
    "MemoryStepStretches",
    "MemoryStores",
    "MemoryStreams",
    "MemoryTicks",
    "MemoryTraces",
    "now_ms",
]


def now_ms() -> int:
    """The time of the system clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class MemoryStores:
    """One of each."""

    queue: MemoryQueue
    state: MemoryState
    commits: MemoryCommits
    leases: MemoryLeases
    ticks: MemoryTicks
    streams: MemoryStreams
    pauses: MemoryPauses
    traces: MemoryTraces
    audit: MemoryAudit
    stretches: MemoryStepStretches

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, *, clock: Callable[[], int] = now_ms, max_depth: int = DEFAULT_DEPTH
    ) -> AsyncIterator[MemoryStores]:
        """Empty ones. `clock` tells epoch milliseconds."""
        queue, state = MemoryQueue(clock=clock, max_depth=max_depth), MemoryState()
        streams = MemoryStreams()
        commits = MemoryCommits(queue, state, streams)
        yield cls(
            queue,
            state,
            commits,
            MemoryLeases(),
            MemoryTicks(),
            streams,
            MemoryPauses(),
            MemoryTraces(),
            MemoryAudit(),
            MemoryStepStretches(),
        )
