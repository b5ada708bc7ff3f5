from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from motia.model.delivery import Bury, Cause, Delivery, Done, Failure, Release, Retry
from motia.model.invocation import Completed, Failed, Responded
from motia.model.policy import DeliveryPolicy
from motia.runtime.settlement import settlement_of

FAILURE = Failure("Error", "no")
DELIVERY = Delivery("d", "Step", "event", "t", b"1", Cause("c" * 32), 0, 0, 4, attempt=1)
POLICY = DeliveryPolicy(max_attempts=3, delay_ms=1000, jitter="none")


@pytest.mark.parametrize(
    ("outcome", "attempt", "settlement"),
    [
        (Completed(b"1"), 1, Done()),
        (Responded(500, {}), 1, Done()),
        (Failed(FAILURE, "handler"), 1, Retry(51_000, FAILURE)),
        (Failed(FAILURE, "handler"), 2, Retry(52_000, FAILURE)),
        (Failed(FAILURE, "handler"), 3, Bury(FAILURE, "exhausted", 50_000)),
        (Failed(FAILURE, "timeout"), 3, Bury(FAILURE, "exhausted", 50_000)),
        (Failed(FAILURE, "worker-lost"), 1, Retry(51_000, FAILURE)),
        (Failed(FAILURE, "handler", retryable=False), 1, Bury(FAILURE, "non-retryable", 50_000)),
        (Failed(FAILURE, "invalid-input"), 1, Bury(FAILURE, "invalid-input", 50_000)),
        (Failed(FAILURE, "cancelled"), 3, Release()),
        (Failed(FAILURE, "unavailable"), 3, Release()),
    ],
)
def test_what_an_outcome_means_for_its_delivery(outcome: Any, attempt: int, settlement: Any) -> None:
    delivery = dataclasses.replace(DELIVERY, attempt=attempt)
    assert settlement_of(outcome, delivery, POLICY, 50_000, lambda: 0.5) == settlement
