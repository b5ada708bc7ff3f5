"""The language rules, each in each language: see cases/*.yaml."""

from __future__ import annotations

from rules.cases import Case, take
from support.running_project import Project


def test_case(everything: Project, case: Case) -> None:
    traces: list[str] = []
    for turn in case.filled(case.content["talk"]):
        take(everything, case, turn, traces)
