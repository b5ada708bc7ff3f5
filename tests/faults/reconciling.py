"""What a ledger says: who was promised something and did not get it, who got it twice, who got it in the wrong order. Pure.

A ledger is a list of records in the order in which they were synced:

- `acknowledged` (ids): the client was answered with a 2xx for these.
- `began`, `effect` (id, run, pid): a run of a handler started, and what it is for took effect.
- `killing`, `killed` (what, pids): around a kill or a stop; a `core` takes all workers with it.
- `stored` (ids): what the state of the project held in the end.

An id `GROUP/NUMBER` belongs to a FIFO group, in which it is the NUMBERth.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

# A run whose effect is this fresh (milliseconds) may not be settled yet: its end travels to the core and rides in a commit
# that nobody waits for. What ended earlier and runs again was settled and came back, which is never allowed.
SETTLING_MS = 500


@dataclasses.dataclass(slots=True)
class Run:
    """One run of a handler; `ended` is the place of its effect in the ledger."""

    id: str
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
    account.out_of_order = _out_of_order(runs, set(acknowledged))
    stored = [each for record in records if record["kind"] == "stored" for each in record["ids"]]
    if stored:
        account.wrong_state = sorted((set(acknowledged) - set(stored)) | (set(stored) - effected))
    return account


def _runs(records: Iterable[dict[str, Any]]) -> list[Run]:
    runs: dict[str, Run] = {}
    for place, record in enumerate(records):
        if record["kind"] == "began":
            runs[record["run"]] = Run(record["id"], record["pid"], place)
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
    of_id: dict[str, list[Run]] = collections.defaultdict(list)
    for run in runs:
        of_id[run.id].append(run)
    for id_, its_runs in of_id.items():
        extra = sum(1 for run in its_runs if run.ended is not None) - 1
        explained = all(
            any(fault.cut_short(before) and fault.first < after.began for fault in faults)
            for before, after in zip(its_runs, its_runs[1:], strict=False)
        )
        if not explained:
            account.runs_not_allowed.append(id_)
        if extra > 0 and explained:
            account.duplicates_allowed += extra
        elif extra > 0:
            account.duplicates_not_allowed.append(id_)


def _out_of_order(runs: list[Run], acknowledged: set[str]) -> list[str]:
    """Runs that began before an earlier acknowledged one of their group took effect, or after a later one began."""
    groups: dict[str, list[tuple[int, Run]]] = collections.defaultdict(list)
    for run in runs:
        group, slash, number = run.id.rpartition("/")
        if slash:
            groups[group].append((int(number), run))
    wrong: list[str] = []
    for group, its_runs in groups.items():
        owed = sorted(int(each.rpartition("/")[2]) for each in acknowledged if each.startswith(f"{group}/"))
        first_effect: dict[int, int] = {}
        for number, run in its_runs:
            if run.ended is not None:
                first_effect[number] = min(run.ended, first_effect.get(number, run.ended))
        highest = -1
        for number, run in sorted(its_runs, key=lambda each: each[1].began):
            overtaken = number < highest
            early = any(first_effect.get(each, run.began + 1) > run.began for each in owed if each < number)
            if overtaken or early:
                wrong.append(run.id)
            highest = max(highest, number)
    return wrong
