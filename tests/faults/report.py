"""The table of a run, and docs/reliability.md around it."""

from __future__ import annotations

import os
import platform
import textwrap
from collections.abc import Sequence
from pathlib import Path

from faults.outcome import RECOVERY_BAR_S, Outcome, percentile
from faults.reconciling import SETTLING_MS
from faults.scenarios import SCENARIOS

_COLUMNS = (
    "scenario",
    "what was done",
    "seed",
    "lost",
    "duplicates allowed",
    "not allowed",
    "again p50",
    "p95",
    "max",
    "",
)
_PAGE = """\
# Reliability

Written by `make faults`; edit `tests/faults/report.py`, not this page.

Accepted means kept: what was answered with a 2xx, or returned from `emit`, takes effect, whatever dies in between. Delivery is
at least once: what ran when something died runs again, nothing else does. The fault suite hurts a real core with real workers.
A process of its own, which shares no code with the runtime, keeps a synced ledger of promises and effects and reconciles them.

{table}

- **lost**: acknowledged and without effect.
- **duplicates allowed**: effects of runs that were under way, or had ended less than {settling} ms ago, when the core or their worker
  was killed. **Not allowed**: any others.
- **again**: seconds from a kill until the next request was served; the bar is {bar:g} s (p95).

Runs out of order, a wrong final state, dead letters nobody asked for and unbalanced books (`motia queue verify`) fail a scenario too.

Measured on {machine}.

## The scenarios

{scenarios}

## How to reproduce

```sh
make faults
```

runs all of it and writes this page. Parts of it: `PYTHONPATH=tests .venv/bin/python -m faults --only core-killed --seed {seed} --times 20`;
the short form, which every `make test` runs: `PYTHONPATH=tests .venv/bin/python -m faults --quick`.

A scenario prints its seed; with `--seed` it makes the same random choices again. When one fails, its project with the database
and the ledger is kept and its place printed. The suite needs Linux, a C compiler, Node and Ruby: faults of the disk and of the
clock are put between the core and its C library by `tests/faults/shim/faults.c`, so that no product code knows of them.
"""


def as_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Lines of a Markdown table, aligned for terminals too."""
    rows = [_COLUMNS, *(_row(each) for each in outcomes)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def _row(outcome: Outcome) -> tuple[str, ...]:
    times = outcome.recoveries
    again = [f"{percentile(times, each):.2f}" if times else "" for each in (50, 95, 100)]
    counts = (outcome.lost, outcome.duplicates_allowed, outcome.duplicates_not_allowed)
    return (outcome.scenario, outcome.n, str(outcome.seed), *map(str, counts), *again, "✗" if outcome.missed else "✓")


def write_page(page: Path, outcomes: Sequence[Outcome]) -> None:
    """Write docs/reliability.md."""

    scenarios = "\n".join(
        textwrap.fill(f"- **{each.name}**: {each.about}", 140, subsequent_indent="  ") for each in SCENARIOS
    )
    page.write_text(
        _PAGE.format(
            table="\n".join(as_table(outcomes)),
            settling=SETTLING_MS,
            bar=RECOVERY_BAR_S,
            machine=_machine(),
            scenarios=scenarios,
            seed=outcomes[0].seed,
        ),
        encoding="utf-8",
    )


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Linux {platform.release()}, Python {platform.python_version()}, "
        f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GB of memory"
    )
