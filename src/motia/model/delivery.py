"""A delivery and its life: the table here is the only definition, the docs' picture is drawn from it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Final, Literal

DeadReason = Literal["exhausted", "invalid-input", "hop-limit", "non-retryable", "expired"]

KEY_TTL_MS: Final = 24 * 3_600_000
"""How long an idempotency key counts that says nothing else (EVT-2), in milliseconds."""


class State(enum.StrEnum):
    """Where a delivery is."""

    PENDING = "pending"  # waits for its time, its turn in a group, or a free worker
    LEASED = "leased"  # an attempt runs
    DONE = "done"
    DEAD = "dead"  # attempts used up, or no attempt can help; kept until redriven or discarded
    DISCARDED = "discarded"  # dropped on purpose


class Happened(enum.StrEnum):
    """What moves a delivery from one state to another."""

    CLAIMED = "claimed"
    SUCCEEDED = "succeeded"
    RETRIED = "retried"  # failed with attempts left
    RELEASED = "released"  # given back, the attempt is not counted
    LEASE_LOST = "lease lost"
    BURIED = "buried"  # failed for good
    REDRIVEN = "redriven"
    CANCELLED = "cancelled"  # before an attempt began, or while it waited for another one
    DISCARDED = "discarded"


NEXT: Final[dict[tuple[State, Happened], State]] = {
    (State.PENDING, Happened.CLAIMED): State.LEASED,
    (State.LEASED, Happened.SUCCEEDED): State.DONE,
    (State.LEASED, Happened.RETRIED): State.PENDING,
    (State.LEASED, Happened.RELEASED): State.PENDING,
    (State.LEASED, Happened.LEASE_LOST): State.PENDING,
    (State.LEASED, Happened.BURIED): State.DEAD,
    (State.DEAD, Happened.REDRIVEN): State.PENDING,
    (State.PENDING, Happened.CANCELLED): State.DISCARDED,
    (State.DEAD, Happened.DISCARDED): State.DISCARDED,
}


class IllegalTransition(Exception):
    """A delivery was told something that cannot happen in its state."""


def advance(state: State, happened: Happened) -> State:
    """The state after `happened`. Raises `IllegalTransition` where the table has no arrow."""
    try:
        return NEXT[state, happened]
    except KeyError:
        message = f"{happened} cannot happen to a delivery that is {state}"
        raise IllegalTransition(message) from None


@dataclasses.dataclass(frozen=True, slots=True)
class Cause:
    """Where a delivery came from, for its trace: the trace, the span that emitted it, and how many hops lie behind."""

    trace_id: str
    span_id: str | None = None
    hops: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """One event owed to one Step.

    `kind` is the trigger kind that starts the Step, `topic` the event's topic (for `cron` the expression, for
    `manual` empty). `payload` is JSON text as it was sent. Times are epoch milliseconds. `attempt` counts attempts
    begun: 0 before the first. `epoch` rises with each claim; a settlement with an old epoch is refused.

    Options of an emit:
    `unique` makes publishing idempotent: for `unique_for_ms` from then on, a second delivery with the same value is not stored.
    `emit_key` is the idempotency key as the emit gave it, by which deliveries of a topic are found to cancel them.
    `dedup_key`: while a delivery with the same one, topic, Step and trigger is pending, it is not stored.
    `expires_at`: no first attempt begins later.
    """

    id: str
    step: str
    kind: Literal["event", "cron", "manual", "state", "stream"]
    topic: str
    payload: bytes
    cause: Cause
    created_at: int
    due_at: int
    max_attempts: int
    trigger: int = 0
    group: str | None = None
    unique: str | None = None
    attempt: int = 0
    epoch: int = 0
    scheduled_for: int | None = None
    unique_for_ms: int = KEY_TTL_MS
    emit_key: str | None = None
    dedup_key: str | None = None
    expires_at: int | None = None

    def has_expired(self, now: int) -> bool:
        """Whether its first attempt would begin too late at `now`; retries of a delivery that was begun are never late."""
        return self.expires_at is not None and self.attempt <= 1 and now > self.expires_at


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, as it is kept and shown: never a secret, never a stack of ours."""

    name: str
    message: str
    stack: str | None = None
    code: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The keys of a dead letter's `error` (EVT-21), absent ones left out."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """Settlement: the attempt succeeded."""


@dataclasses.dataclass(frozen=True, slots=True)
class Retry:
    """Settlement: it failed, another attempt is due at `due_at` (epoch ms)."""

    due_at: int
    failure: Failure


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """Settlement: it did not really run (shutdown, no worker for it); the attempt is not counted."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bury:
    """Settlement: no attempt is left or none can help.

    `began` is False when no attempt was made of this claim; then it is not counted. `followers` are published in the same
    commit, whatever the depth of the queue.
    """

    failure: Failure
    reason: DeadReason
    failed_at: int
    began: bool = True
    followers: tuple[Delivery, ...] = ()


Settlement = Done | Retry | Release | Bury


@dataclasses.dataclass(frozen=True, slots=True)
class DeadLetter:
    """A buried delivery, kept with everything needed to understand and redrive it."""

    delivery: Delivery
    failure: Failure
    reason: DeadReason
    failed_at: int


@dataclasses.dataclass(frozen=True, slots=True)
class TopicLedger:
    """The conservation ledger of one topic and Step: `accepted == done + pending + leased + dead + discarded`."""

    topic: str
    step: str
    accepted: int
    done: int
    pending: int
    leased: int
    dead: int
    discarded: int

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing came from nowhere."""
        return self.accepted == self.done + self.pending + self.leased + self.dead + self.discarded
