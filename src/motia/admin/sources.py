"""What the admin surface reads and drives: handed in by the composition root."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from motia.model.step_table import StepTable
from motia.observe.recorder import Recorder
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.event_queue import EventQueue
from motia.ports.state_store import StateStore
from motia.ports.tick_ledger import TickLedger
from motia.ports.trace_store import TraceStore
from motia.runtime.clock import Clock
from motia.runtime.pauses import Pauses
from motia.runtime.publisher import Publisher


@dataclasses.dataclass(frozen=True, slots=True)
class Sources:
    """The running core as the admin operations see it. Callables give what holds at the moment of the call.

    `project` is the name of its folder, `started_at` epoch ms, `workbench_base` None where the Workbench is off.
    """

    version: str
    is_dev: bool
    project: str
    started_at: int
    workbench_base: str | None
    table: Callable[[], StepTable]
    flows: Callable[[], list[dict[str, Any]]]
    notices: Callable[[], list[dict[str, Any]]]
    workers: Callable[[], list[dict[str, Any]]]
    ready: Callable[[], bool]
    next_ticks: Callable[[], Mapping[tuple[str, int], int]]
    source_of: Callable[[str], str | None]
    queue: EventQueue
    ticks: TickLedger
    state: StateStore
    commits: AtomicCommits | None
    traces: TraceStore
    publisher: Publisher
    recorder: Recorder
    pauses: Pauses
    clock: Clock
