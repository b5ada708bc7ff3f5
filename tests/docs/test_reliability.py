"""docs/reliability.md is about the scenarios that there are, and its commands work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from faults.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_scenario_was_run_and_is_explained() -> None:
    for scenario in SCENARIOS:
        assert f"| {scenario.name} " in PAGE
        assert f"- **{scenario.name}**: " in PAGE


def test_its_commands_work() -> None:
    [start] = {line.partition(" --")[0] for line in PAGE.split("`") if line.startswith("PYTHONPATH=tests")}
    assert start == "PYTHONPATH=tests .venv/bin/python -m faults"
    done = subprocess.run(
        [sys.executable, "-m", "faults", "--only", "long-delay", "--seed", "3", "--times", "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "tests"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| long-delay | 1 times 20 orders delayed for 300 s | 3    | 0 " in done.stdout
    faults = subprocess.run(["make", "-n", "faults"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m faults" in faults
