"""Lists of tests that cannot pass yet. A listed test that passes fails the run, so a list only ever shrinks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pytest


@dataclasses.dataclass(frozen=True)
class NotYet:
    """One line of a list: `TEST | RULE | REASON`."""

    test: str
    rule: str
    reason: str


def not_yet(folder: Path) -> list[NotYet]:
    """What `folder/not-yet.txt` lists; `#` begins a comment line."""
    lines = (folder / "not-yet.txt").read_text("utf-8").splitlines()
    written = [line for line in lines if line.strip() and not line.startswith("#")]
    return [NotYet(*(part.strip() for part in line.split(" | "))) for line in written]


def mark_not_yet(folder: Path, items: Iterable[pytest.Item]) -> None:
    """Expect the tests of `folder` that its list names to fail."""
    listed = {one.test: one for one in not_yet(folder)}
    for item in items:
        if not item.path.is_relative_to(folder):
            continue
        one = listed.get(f"{item.path.stem}::{item.name}")
        if one is not None:
            item.add_marker(pytest.mark.xfail(strict=True, reason=f"{one.rule}: {one.reason}"))
