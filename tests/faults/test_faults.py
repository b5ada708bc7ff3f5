"""The short form of the fault suite, part of every test run; `make faults` is the whole of it."""

from __future__ import annotations

import pytest

from faults.__main__ import run
from faults.scenarios import SCENARIOS, Scenario

SEED = 20_240_229


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each.quick], ids=lambda each: each.name)
def test_nothing_is_lost(scenario: Scenario) -> None:
    outcome = run(scenario, scenario.quick, SEED)
    assert outcome.problems == []
    assert outcome.lost == 0
    assert outcome.duplicates_not_allowed == 0
