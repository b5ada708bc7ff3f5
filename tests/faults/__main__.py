"""Run the fault suite: `make faults`, or `PYTHONPATH=tests python -m faults --only core-killed --quick --seed 7`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from faults.outcome import Outcome
from faults.report import as_table, write_page
from faults.scenarios import SCENARIOS, Scenario

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def main() -> int:
    """Exit status 1 when a scenario missed a bar."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    names = [each.name for each in SCENARIOS]
    parser.add_argument("--only", action="append", choices=names, metavar="SCENARIO", help=f"one of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="few repetitions; no page is written")
    parser.add_argument("--seed", type=int, help="repeat the random choices of an earlier run")
    parser.add_argument("--share", type=float, default=1.0, help="do that part of the full number of repetitions")
    parser.add_argument("--times", type=int, help="repetitions, instead of the scenario's own number")
    options = parser.parse_args()
    seed = random.randrange(1 << 16) if options.seed is None else options.seed
    outcomes: list[Outcome] = []
    for scenario in SCENARIOS:
        if options.only and scenario.name not in options.only:
            continue
        times = options.times or (scenario.quick if options.quick else max(1, round(scenario.full * options.share)))
        outcomes.append(run(scenario, times, seed))
    print("\n".join(as_table(outcomes)), flush=True)
    for outcome in outcomes:
        for problem in outcome.missed:
            print(f"{outcome.scenario} (seed {outcome.seed}): {problem}", flush=True)
    if not options.quick and not options.only:
        write_page(_PAGE, outcomes)
    return 1 if any(outcome.missed for outcome in outcomes) else 0


def run(scenario: Scenario, times: int, seed: int) -> Outcome:
    """One scenario; what it could not cope with is a problem like any other."""
    print(f"── {scenario.name}, seed {seed}", flush=True)
    started = time.monotonic()
    try:
        outcome = scenario.run(times, seed)
    except BaseException as fault:
        if isinstance(fault, KeyboardInterrupt):
            raise
        outcome = Outcome(
            scenario.name, seed, "ended early", problems=[f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}"]
        )
    outcome.took_s = time.monotonic() - started
    print(f"   {outcome.n}: {'; '.join(outcome.missed) or 'good'} ({outcome.took_s:.0f} s)", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
