"""The auditor's judgement, on ledgers made up for it."""

from __future__ import annotations

import dataclasses
from typing import Any

from faults.reconciling import SETTLING_MS, Account, reconcile


@dataclasses.dataclass
class Written:
    """A ledger that is written by hand; `at` is the auditor's clock."""

    records: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    at: float = 0.0

    def began(self, id_: str, run: str, pid: int = 1) -> Written:
        return self._add(kind="began", id=id_, run=run, pid=pid)

    def effect(self, id_: str, run: str, pid: int = 1) -> Written:
        return self._add(kind="effect", id=id_, run=run, pid=pid)

    def ran(self, id_: str, run: str, pid: int = 1) -> Written:
        return self.began(id_, run, pid).effect(id_, run, pid)

    def acknowledged(self, *ids: str) -> Written:
        return self._add(kind="acknowledged", ids=list(ids))

    def stored(self, *ids: str) -> Written:
        return self._add(kind="stored", ids=list(ids))

    def killed(self, what: str = "core", *pids: int) -> Written:
        self._add(kind="killing", what=what, pids=list(pids))
        return self._add(kind="killed", what=what, pids=list(pids))

    def later(self, ms: float) -> Written:
        self.at += ms
        return self

    def account(self) -> Account:
        return reconcile(self.records)

    def _add(self, **record: Any) -> Written:
        self.records.append({**record, "at": self.at})
        return self


def test_what_was_promised_and_never_happened_is_lost() -> None:
    account = Written().acknowledged("a", "b").ran("a", "1").began("b", "2").account()
    assert account.lost == ["b"]


def test_a_run_that_a_kill_cut_short_may_run_again() -> None:
    account = Written().began("a", "1").killed().ran("a", "2").account()
    assert (account.runs_not_allowed, account.duplicates_allowed) == ([], 0)


def test_an_effect_whose_end_was_not_noted_yet_may_happen_again_and_is_counted() -> None:
    account = Written().ran("a", "1").killed().ran("a", "2").account()
    assert (account.duplicates_not_allowed, account.duplicates_allowed) == ([], 1)


def test_what_was_settled_long_ago_may_not_come_back() -> None:
    account = Written().ran("a", "1").later(SETTLING_MS + 1).killed().ran("a", "2").account()
    assert account.duplicates_not_allowed == ["a"]


def test_a_second_run_without_any_fault_is_not_allowed() -> None:
    account = Written().began("a", "1").began("a", "2").effect("a", "1").account()
    assert account.runs_not_allowed == ["a"]


def test_the_kill_of_another_worker_explains_nothing() -> None:
    ledger = Written().began("a", "1", pid=7).killed("worker", 8)
    assert ledger.ran("a", "2", pid=9).account().runs_not_allowed == ["a"]
    ledger = Written().began("a", "1", pid=7).killed("worker", 7)
    assert ledger.ran("a", "2", pid=9).account().runs_not_allowed == []


def test_one_kill_does_not_explain_two_more_runs() -> None:
    account = Written().began("a", "1").killed().began("a", "2").ran("a", "3").account()
    assert account.runs_not_allowed == ["a"]


def test_a_group_runs_in_order() -> None:
    assert Written().acknowledged("g/0", "g/1").ran("g/0", "1").ran("g/1", "2").account().out_of_order == []
    assert Written().acknowledged("g/0", "g/1").ran("g/1", "1").ran("g/0", "2").account().out_of_order == [
        "g/1",
        "g/0",
        "g/1",
    ]


def test_a_group_may_not_overlap() -> None:
    ledger = Written().acknowledged("g/0", "g/1").began("g/0", "1").began("g/1", "2")
    assert ledger.effect("g/0", "1").effect("g/1", "2").account().out_of_order == ["g/1"]


def test_what_was_never_accepted_holds_up_nobody() -> None:
    assert Written().acknowledged("g/1").ran("g/1", "1").account().out_of_order == []


def test_a_killed_core_may_go_back_in_a_group_if_it_goes_all_the_way_again() -> None:
    before = Written().acknowledged("g/0", "g/1").ran("g/0", "1").ran("g/1", "2").killed()
    assert before.ran("g/0", "3").ran("g/1", "4").account().out_of_order == []
    before = Written().acknowledged("g/0", "g/1").ran("g/0", "1").ran("g/1", "2").killed()
    assert before.ran("g/0", "3").account().out_of_order == ["g/1"]


def test_the_final_state_is_that_of_the_effects() -> None:
    account = Written().acknowledged("a", "b").ran("a", "1").ran("b", "2").stored("a", "c").account()
    assert account.wrong_state == ["b", "c"]
