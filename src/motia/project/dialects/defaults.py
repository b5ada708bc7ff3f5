"""What a project says for all its Steps (EVT-14, SCH-4, EVT-5, CRON-4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from motia.model.step import Validation


@dataclasses.dataclass(frozen=True, slots=True)
class StepDefaults:
    """Project-wide values that a Step may override. `queue` holds the `DeliveryPolicy` fields the project sets.

    `not_atomic` says why the project's engines cannot run atomic Steps and what to change, None where they can.
    """

    queue: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    concurrency: int | None = None
    validation: Validation | None = None
    strict_emits: bool = False
    timezone: str | None = None
    not_atomic: str | None = None
