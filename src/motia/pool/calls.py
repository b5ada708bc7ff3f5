"""A call to a worker while it is not answered, and the answers that the worker did not give."""

from __future__ import annotations

import asyncio

from motia.model.delivery import Failure
from motia.model.errors import Overloaded, StoreUnavailable
from motia.model.invocation import Failed, Invocation, Outcome
from motia.pool.responses import ChunkStream


class Call:
    """A call that the worker has not answered yet."""

    __slots__ = ("answered", "invocation", "refusal", "stream", "timed_out", "timer")

    def __init__(self, invocation: Invocation, answered: asyncio.Future[Outcome]) -> None:
        self.invocation = invocation
        self.answered = answered
        self.timer: asyncio.TimerHandle | None = None
        self.stream: ChunkStream | None = None
        self.timed_out = False
        self.refusal: StoreUnavailable | Overloaded | None = None

    def retry_after_s(self, failure: Failure) -> int | None:
        """Whether `failure` is what the core's refusal became in the author's code, and then when to try again."""
        refusal = self.refusal
        return refusal.retry_after_s if refusal is not None and str(refusal) in failure.message else None


def timed_out(invocation: Invocation) -> Outcome:
    """It ran longer than it may."""
    seconds = (invocation.timeout_ms or 0) / 1000
    return Failed(Failure("TimeoutError", f"Step execution timed out after {seconds:g} seconds"), "timeout")


def worker_lost(why: str) -> Outcome:
    """Its worker ended under it."""
    return Failed(Failure("WorkerLost", why), "worker-lost")
