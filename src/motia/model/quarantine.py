"""What a store could not read and set aside, for whoever wants to look."""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class Quarantined:
    """One row that was not what it should be. `row` is what can be shown of it, as JSON text; `found_at` is epoch ms."""

    origin: Literal["deliveries", "dead_letters"]
    reason: str
    found_at: int
    row: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Quarantine:
    """How many rows were set aside for each reason, and the latest of them, newest first."""

    reasons: dict[str, int] = dataclasses.field(default_factory=dict)
    latest: tuple[Quarantined, ...] = ()

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(self.reasons.values())
