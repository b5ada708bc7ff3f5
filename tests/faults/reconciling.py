"""What a ledger says: who was promised something and did not get it, who got it twice, who got it in the wrong order. Pure.

A ledger is a list of records in the order in which they were synced:

- `acknowledged` (ids): the client was answered with a 2xx for these.
- `began`, `effect` (id, run, pid): a run of a handler started, and what it is for took effect. A `cause` tells apart what several
  runs of an earlier Step asked for: each of them is a delivery of its own.
- `killing`, `killed` (what, pids): around a kill or a stop; a `core` takes all workers with it.
- `stored` (ids): what the state of the project held in the end.

An id `GROUP/NUMBER` belongs to a FIFO group, in which it is the NUMBERth.
"""

from __future__ import annotations

import bisect
import collections
import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

# A run whose effect is this fresh (milliseconds) may not be settled yet: its end travels to the core and rides in a commit
# that nobody waits for. What ended earlier and runs again was settled and came back, which is never allowed.
SETTLING_MS = 500


@dataclasses.dataclass(slots=True)
class Run:
    """One run of a handler; `ended` is the place of its effect in the ledger."""

    id: str
    cause: str
    pid: int
    began: int
    ended: int | None = None
    ended_at: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Between two places of the ledger, these processes died or stood still; `core`: and with it all others."""

    first: int
    last: int
    at: float
    core: bool
    pids: frozenset[int]

    def cut_short(self, run: Run) -> bool:
        """Whether the run was under way then, or so fresh that nobody had noted its end."""
        if not self.core and run.pid not in self.pids:
            return False
        if run.began > self.last:
            return False
        fresh = run.ended_at is not None and run.ended_at >= self.at - SETTLING_MS
        return run.ended is None or run.ended > self.first or fresh


@dataclasses.dataclass(slots=True)
class Account:
    """The result; lists hold ids."""

    acknowledged: int = 0
    effects: int = 0
    faults: int = 0
    lost: list[str] = dataclasses.field(default_factory=list)
    duplicates_allowed: int = 0
    duplicates_not_allowed: list[str] = dataclasses.field(default_factory=list)
    runs_not_allowed: list[str] = dataclasses.field(default_factory=list)
    out_of_order: list[str] = dataclasses.field(default_factory=list)
    wrong_state: list[str] = dataclasses.field(default_factory=list)


def reconcile(records: Sequence[dict[str, Any]]) -> Account:
    """Go through a whole ledger."""
    acknowledged = [each for record in records if record["kind"] == "acknowledged" for each in record["ids"]]
    runs = _runs(records)
    faults = _faults(records)
    effected = {each.id for each in runs if each.ended is not None}
    account = Account(len(acknowledged), len(effected), len(faults))
    account.lost = [each for each in acknowledged if each not in effected]
    _count_duplicates(runs, faults, account)
    account.out_of_order = _out_of_order(runs, faults, set(acknowledged))
    stored = [each for record in records if record["kind"] == "stored" for each in record["ids"]]
    if stored:
        account.wrong_state = sorted((set(acknowledged) - set(stored)) | (set(stored) - effected))
    return account


def _runs(records: Iterable[dict[str, Any]]) -> list[Run]:
    runs: dict[str, Run] = {}
    for place, record in enumerate(records):
        if record["kind"] == "began":
            runs[record["run"]] = Run(record["id"], record.get("cause", ""), record["pid"], place)
        elif record["kind"] == "effect":
            run = runs[record["run"]]
            run.ended, run.ended_at = place, record["at"]
    return list(runs.values())


def _faults(records: Iterable[dict[str, Any]]) -> list[Fault]:
    faults: list[Fault] = []
    open_: list[tuple[int, dict[str, Any]]] = []
    for place, record in enumerate(records):
        if record["kind"] == "killing":
            open_.append((place, record))
        elif record["kind"] == "killed":
            first, begun = open_.pop()
            faults.append(Fault(first, place, begun["at"], begun["what"] == "core", frozenset(begun["pids"])))
    return faults


def _count_duplicates(runs: list[Run], faults: list[Fault], account: Account) -> None:
    of_id: dict[str, dict[str, list[Run]]] = collections.defaultdict(lambda: collections.defaultdict(list))
    for run in runs:
        of_id[run.id][run.cause].append(run)
    for id_, deliveries in of_id.items():
        extra = sum(run.ended is not None for its_runs in deliveries.values() for run in its_runs) - 1
        if not all(_explained(its_runs, faults) for its_runs in deliveries.values()):
            account.runs_not_allowed.append(id_)
            if extra > 0:
                account.duplicates_not_allowed.append(id_)
        elif extra > 0:
            account.duplicates_allowed += extra


def _explained(runs: list[Run], faults: list[Fault]) -> bool:
    """Whether each run of a delivery but the first follows one that was cut short."""
    return all(
        any(fault.cut_short(before) and fault.first < after.began for fault in faults)
        for before, after in itertools.pairwise(runs)
    )


def _out_of_order(runs: list[Run], faults: list[Fault], acknowledged: set[str]) -> list[str]:
    groups: dict[str, list[tuple[int, Run]]] = collections.defaultdict(list)
    for run in runs:
        group, slash, number = run.id.rpartition("/")
        if slash:
            groups[group].append((int(number), run))
    owed: dict[str, list[int]] = collections.defaultdict(list)
    for each in acknowledged:
        group, slash, number = each.rpartition("/")
        if slash:
            owed[group].append(int(number))
    ends_of_lives = [fault.last for fault in faults if fault.core]
    return [wrong for group, its_runs in groups.items() for wrong in _wrong_in(its_runs, owed[group], ends_of_lives)]


def _wrong_in(runs: list[tuple[int, Run]], owed: list[int], ends_of_lives: list[int]) -> list[str]:
    """Runs of one group that came too early or too late.

    A run must not begin before all that was accepted earlier took effect, nor, in one life of the core, after a later one
    began. A core that is killed may go back to what it had not noted as done, but then all that follows runs again:
    also the last effects are in order.
    """
    first_effect: dict[int, int] = {}
    last_effect: dict[int, int] = {}
    for number, run in runs:
        if run.ended is not None:
            first_effect[number] = min(run.ended, first_effect.get(number, run.ended))
            last_effect[number] = max(run.ended, last_effect.get(number, run.ended))
    wrong: list[str] = []
    highest, life = -1, 0
    for number, run in sorted(runs, key=lambda each: each[1].began):
        now_in = bisect.bisect(ends_of_lives, run.began)
        if now_in != life:
            highest, life = -1, now_in
        early = any(first_effect.get(each, run.began + 1) > run.began for each in owed if each < number)
        if number < highest or early:
            wrong.append(run.id)
        highest = max(highest, number)
    ordered = sorted(last_effect)
    wrong += [
        f"{runs[0][1].id.rpartition('/')[0]}/{after}"
        for before, after in itertools.pairwise(ordered)
        if last_effect[before] > last_effect[after]
    ]
    return wrong
