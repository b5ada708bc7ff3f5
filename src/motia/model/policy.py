"""How often and when a delivery is tried. Pure: no clock, no randomness but the one passed in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

Backoff = Literal["exponential", "fixed", "linear", "none"]


@dataclasses.dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The policy of one subscription (EVT-12 to EVT-14); the defaults are the built-in ones.

    `max_attempts` counts attempts, not retries. Durations are milliseconds. `timeout_ms` bounds one attempt.
    """

    max_attempts: int = 4
    backoff: Backoff = "exponential"
    delay_ms: int = 1_000
    max_delay_ms: int = 60_000
    jitter: Literal["full", "none"] = "full"
    timeout_ms: int | None = None
    fifo: bool = False
    lease_ms: int = 30_000
    first_delay_ms: int = 0


ONE_ATTEMPT = DeliveryPolicy(max_attempts=1)


def retry_delay_ms(policy: DeliveryPolicy, attempt: int, uniform: Callable[[], float]) -> int:
    """Milliseconds to wait after failed `attempt` (1 is the first).

    Exponential is `delay · 2^(attempt-1)`, linear `delay · attempt`, both up to `max_delay`; full jitter draws
    uniformly from zero to that (Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
    `uniform` returns a number in [0, 1).
    """
    if policy.backoff == "none":
        return 0
    if policy.backoff == "fixed":
        return min(policy.delay_ms, policy.max_delay_ms)
    factor = attempt if policy.backoff == "linear" else 1 << min(attempt - 1, 40)
    ceiling = min(policy.max_delay_ms, policy.delay_ms * factor)
    return int(ceiling * uniform()) if policy.jitter == "full" else ceiling
