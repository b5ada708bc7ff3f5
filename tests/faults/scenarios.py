"""The scenarios: what each does, how often in the full run and in the short one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from faults import boundaries, clocks, damage, disks, kills, stops
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
        "core-killed", kills.core_killed, 500, 3,
        "`kill -9` of the core at random moments while clients place orders and at least 1,000 deliveries are in flight. "
        "Recovery is the time from the kill, over a new process, to the next accepted order.",
    ),
    Scenario(
        "worker-killed", kills.worker_killed, 300, 3,
        "`kill -9` of the Python, the Node and the Ruby worker in turn, at random moments under load. "
        "Recovery is the time from the kill until a request to a Step of that language is answered.",
    ),
    Scenario(
        "fifo-killed", kills.fifo_killed, 45, 3,
        "100 FIFO groups under load while the core and, every third time, the worker are killed. "
        "No run may begin before everything accepted earlier in its group took effect, nor after something later began.",
    ),
    Scenario(
        "killed-in-recovery", kills.killed_in_recovery, 50, 3,
        "500 accepted deliveries, then starts in a row that are each killed at a random moment of the recovery. "
        "The first start that is left alone owes everything and delivers it once.",
    ),
    Scenario(
        "commit-boundaries", boundaries.commit_boundaries, 1_000, 1,
        "A flow of 12 Steps, Python and TypeScript in turn, each writing state and emitting to the next, is killed before every single "
        "commit, and after every single commit before anybody was told of it. Each time the next life must end it with the same state.",
    ),
    Scenario(
        "atomic-effects",
        boundaries.atomic_effects,
        1_000,
        2,
        "The same with atomic Steps that count in state and emit. Each counter is one in the end, and no event was emitted twice.",
    ),
    Scenario(
        "worker-stopped", stops.worker_stopped, 5, 1,
        "A worker is stopped and continued, first for a moment, then so long that its Step times out and a new worker has taken over. "
        "What the zombie says when it wakes up is refused: its deliveries run again on the new worker and are done once in the books.",
    ),
    Scenario(
        "core-stopped", stops.core_stopped, 20, 2,
        "The core is stopped under load until all its leases have run out, then continued. "
        "Its handlers went on meanwhile, so nothing may run twice.",
    ),
    Scenario(
        "disk-full", disks.disk_full, 6, 2,
        "Orders are placed until the disk is full, in turn a small tmpfs (where one may be mounted) and a disk that reports ENOSPC; then "
        "there is space again. Meanwhile orders are refused with a 5xx at once, afterwards work resumes by itself, and nothing accepted "
        "is lost.",
    ),
    Scenario(
        "io-errors", disks.io_errors, 40, 4,
        "The k-th write or sync of the database fails with EIO or ENOSPC, once or several times in a row, under load. "
        "Everyone is answered, and nothing accepted is lost, also not over the next kill.",
    ),
    Scenario(
        "clock-jumps", clocks.clock_jumps, 5, 1,
        "The wall clock jumps a day forward and an hour backward under load, while the core runs and while it is down. "
        "Orders go on being done soon, each once.",
    ),
    Scenario(
        "long-delay", clocks.long_delay, 4, 1,
        "Deliveries with a delay of ten lease lengths, over kills of the core and while others are done. "
        "They run when their time has come, not before, and once.",
    ),
    Scenario(
        "poison-rows", damage.poison_rows, 5, 1,
        "Between two lives, rows of data.db are damaged in 27 ways: payloads that are no JSON, text that is no UTF-8, unknown kinds, ids "
        "used twice, impossible numbers. The next life starts, sets aside what it cannot read, and delivers all others once.",
    ),
    Scenario(
        "odd-names", damage.odd_names, 1, 1,
        "Empty, blank, 1 MB, Unicode, NUL, half characters, numbers and objects as topics, groups, idempotency keys, state keys and data, "
        "through HTTP, the command line and every language. Each is kept, over a kill, and arrives as it was, or is refused with a 4xx or "
        "an error that its caller can catch.",
    ),
)  # fmt: skip
