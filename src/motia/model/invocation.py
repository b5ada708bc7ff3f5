"""One run of a handler, whatever started it, and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

from motia.model.delivery import Delivery, Failure
from motia.model.step import Step, TriggerKind

# `conflict` and `uncommitted`: the handler of an atomic Step returned, but nothing of what it did was stored.
FailureReason = Literal[
    "handler",
    "invalid-input",
    "timeout",
    "cancelled",
    "no-handler",
    "worker-lost",
    "unavailable",
    "conflict",
    "uncommitted",
]


@dataclasses.dataclass(slots=True, eq=False)
class Invocation:
    """One run to be done. `arguments` are the header keys of the worker protocol for its kind, `body` the raw bytes.

    `span_id` is the span of this run, `parent_span_id` the one that caused it. `hops` counts the state and stream
    triggers its trace has passed through. `delivery` is what this attempt is one of, None for a request.
    """

    step: Step
    kind: TriggerKind | Literal["hook"]
    trigger: int
    arguments: dict[str, Any]
    body: bytes
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    attempt: int = 1
    max_attempts: int = 1
    timeout_ms: int | None = None
    hops: int = 0
    queued_ms: int | None = None
    delivery: Delivery | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Completed:
    """A handler that is no HTTP handler returned; `result` is JSON text, empty for nothing.

    `settled`: its delivery was done in the commit of what it did, so there is nothing left to settle.
    """

    result: bytes = b""
    settled: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Responded:
    """An HTTP handler answered. `body` is complete, or `stream` yields its chunks as the handler makes them."""

    status: int
    headers: Mapping[str, str | list[str]]
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """The run failed. `retryable` False asks for no further attempts.

    `retry_after_s` is given where it failed because the core could not take what it sent (full disk, full queue): whole
    seconds after which trying again makes sense.
    """

    failure: Failure
    reason: FailureReason
    retryable: bool = True
    retry_after_s: int | None = None


Outcome = Completed | Responded | Failed
