"""What an outcome means for its delivery: a pure decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from motia.model.delivery import Bury, Delivery, Done, Failure, Release, Retry, Settlement
from motia.model.invocation import Failed, Outcome
from motia.model.policy import DeliveryPolicy, retry_delay_ms


def too_many_hops(delivery: Delivery, most: int, now: int) -> Bury | None:
    """The end of a chain of state and stream triggers that starts itself over and over (EVT-29)."""
    if delivery.cause.hops <= most:
        return None
    message = f"this trace has passed through {most} state or stream triggers; a Step probably changes what starts it"
    return Bury(Failure("HopLimit", message), "hop-limit", now)


def too_late(delivery: Delivery, now: int) -> Bury | None:
    """The end of a delivery whose first attempt would begin at `now` (epoch ms), after the time its emit set with `ttl`."""
    if delivery.expires_at is None or not delivery.has_expired(now):
        return None
    limit = datetime.fromtimestamp(delivery.expires_at / 1000, timezone.utc).isoformat(timespec="milliseconds")
    message = f"it was to begin until {limit} and could only be taken {(now - delivery.expires_at) / 1000:,.3f} s later"
    return Bury(Failure("Expired", message), "expired", now, began=False)


def settlement_of(
    outcome: Outcome, delivery: Delivery, policy: DeliveryPolicy, now: int, uniform: Callable[[], float]
) -> Settlement:
    """How to settle `delivery` after `outcome` at `now` (epoch ms); `uniform` draws from [0, 1) for the jitter.

    A lost worker counts as a failed attempt (EVT-18), and is reported only of who was alone in it (`StepRunner.invoke`); an
    attempt that was cancelled or found no worker does not count.
    """
    if not isinstance(outcome, Failed):
        return Done()
    if outcome.reason in {"cancelled", "unavailable"}:
        return Release()
    if outcome.reason == "invalid-input":
        return Bury(outcome.failure, "invalid-input", now)
    if not outcome.retryable:
        return Bury(outcome.failure, "non-retryable", now)
    if delivery.attempt >= policy.max_attempts:
        return Bury(outcome.failure, "exhausted", now)
    return Retry(now + retry_delay_ms(policy, delivery.attempt, uniform), outcome.failure)
