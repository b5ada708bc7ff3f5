"""What a scenario found."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Final

# After a kill of the core or of a worker, 95 of 100 times somebody is served again within this (seconds).
RECOVERY_BAR_S: Final = 2.0
# Fewer measurements have no 95th percentile worth the name.
_ENOUGH: Final = 20


@dataclasses.dataclass(slots=True)
class Outcome:
    """A scenario's line in the table. `n` says in words how much was done; `problems` are sentences, none is good."""

    scenario: str
    seed: int
    n: str
    lost: int = 0
    duplicates_allowed: int = 0
    duplicates_not_allowed: int = 0
    recoveries: list[float] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)
    took_s: float = 0.0

    @property
    def missed(self) -> list[str]:
        """Why the scenario failed: what it found, and bars it did not reach."""
        missed = list(self.problems)
        if len(self.recoveries) >= _ENOUGH and percentile(self.recoveries, 95) > RECOVERY_BAR_S:
            missed.append(
                f"serving again took {percentile(self.recoveries, 95):.2f} s (p95), more than {RECOVERY_BAR_S:g} s"
            )
        return missed

    def audited(self, account: dict[str, Any]) -> None:
        """Take over what the auditor found."""
        self.lost += len(account["lost"])
        self.duplicates_allowed += account["duplicates_allowed"]
        self.duplicates_not_allowed += len(account["duplicates_not_allowed"])
        for what, text in (
            ("lost", "acknowledged and without effect"),
            ("duplicates_not_allowed", "took effect again though nothing had interrupted them"),
            ("runs_not_allowed", "ran again though nothing had interrupted them"),
            ("out_of_order", "ran out of the order of their group"),
            ("wrong_state", "are in the final state and should not be, or the reverse"),
        ):
            if account[what]:
                self.problems.append(f"{len(account[what])} {text}: {', '.join(account[what][:5])}")

    def require(self, condition: object, problem: str) -> None:
        """Note `problem` unless `condition` holds."""
        if not condition:
            self.problems.append(problem)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of 100 do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
