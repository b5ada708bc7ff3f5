"""Runs atomic Steps: collects what an attempt does, commits it, and does the attempt again when somebody else came first."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Callable
from typing import Final

from motia.model.atomic_work import AtomicWork, CommitOutcome, Committed, Conflict, Place
from motia.model.delivery import Failure
from motia.model.errors import InvalidPayload, MotiaError
from motia.model.identity import new_span_id
from motia.model.invocation import Completed, Failed, Invocation, Outcome, Responded
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.state_store import StateStore
from motia.ports.step_runner import StepRunner
from motia.runtime.atomic_attempt import AtomicAttempt
from motia.runtime.attempt_record import AtomicLimits, has_ended
from motia.runtime.clock import Clock
from motia.runtime.effects import Effects, ImmediateEffects, StreamEffects
from motia.runtime.key_turns import KeyTurns
from motia.runtime.publisher import Publisher
from motia.runtime.stream_writes import StreamWrites

# Runs of one attempt that are not counted, the first included.
MOST_RUNS: Final = 10
# Full jitter: up to 5 ms before the second run, doubling, never more than this.
_FIRST_PAUSE_MS: Final = 5
_LONGEST_PAUSE_MS: Final = 200
_BAD_REQUEST: Final = 400  # from here on, a status is an error (RFC 9110, 15)


def is_atomic(invocation: Invocation) -> bool:
    """Whether this run is to be one commit."""
    return invocation.step.atomic and invocation.kind != "hook"


class AtomicAttempts:
    """The attempts of atomic Steps that run now, and so what each run's calls have an effect on."""

    def __init__(
        self,
        state: StateStore,
        streams: StreamWrites,
        publisher: Publisher,
        commits: AtomicCommits | None,
        limits: AtomicLimits | None = None,
    ) -> None:
        """`commits` is what the engine of state and queue offers, if it is one."""
        self._state = state
        self._streams = streams
        self._publisher = publisher
        self._limits = limits or AtomicLimits()
        self._immediate = ImmediateEffects(state, publisher, commits)
        self._running: dict[Invocation, AtomicAttempt] = {}

    def begin(self, invocation: Invocation) -> None:
        """An attempt that has done nothing yet."""
        self._running[invocation] = AtomicAttempt(invocation, self._state, self._streams, self._publisher, self._limits)

    def begin_again(self, invocation: Invocation) -> None:
        """Its run was lost with its worker, and another one begins: what it did until now is forgotten."""
        if invocation in self._running:
            self._running[invocation].end()
            self.begin(invocation)

    async def work_of(self, invocation: Invocation) -> AtomicWork:
        """What it did, to be committed. No more calls are taken."""
        return await self._running[invocation].work()

    def end(self, invocation: Invocation) -> None:
        """It is over; what it did and was not committed is forgotten."""
        self._running.pop(invocation).end()

    def effects_of(self, invocation: Invocation | None) -> Effects:
        """Where calls made by `invocation` go; None is background work. Raises `AuthorError` when its attempt is over."""
        return self._immediate if invocation is None or not is_atomic(invocation) else self._attempt_of(invocation)

    def streams_of(self, invocation: Invocation | None) -> StreamEffects:
        """The same for live streams."""
        return (
            self._streams if invocation is None or not is_atomic(invocation) else self._attempt_of(invocation).streams
        )

    def _attempt_of(self, invocation: Invocation) -> AtomicAttempt:
        attempt = self._running.get(invocation)
        if attempt is None:
            raise has_ended(invocation.step)
        return attempt


class AtomicRunner:
    """A `StepRunner` whose outcome, for an atomic Step, is that of the commit.

    A run that lost against a change by somebody else is repeated without being counted, up to `MOST_RUNS`; repetitions
    that want the same key take turns, so that each of them gets on. Requests are not repeated: their answer says so.
    The delivery of a committed attempt is settled, which the outcome says; settling one whose lease was lost is refused.
    """

    def __init__(
        self,
        inner: StepRunner,
        attempts: AtomicAttempts,
        commits: AtomicCommits,
        clock: Clock,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        """Runs with `inner`; `uniform` draws from [0, 1) for the jitter."""
        self._inner = inner
        self._attempts = attempts
        self._commits = commits
        self._clock = clock
        self._uniform = uniform
        self._turns = KeyTurns()

    async def invoke(self, invocation: Invocation) -> Outcome:
        """See `StepRunner.invoke`."""
        if not is_atomic(invocation):
            return await self._inner.invoke(invocation)
        contended: set[Place] = set()
        for run in range(1, MOST_RUNS + 1):
            async with self._turns.of(contended):
                outcome = await self._run(invocation)
            if not isinstance(outcome, Conflict):
                return outcome
            contended.update(outcome.places)
            if invocation.kind == "http":
                break
            if run < MOST_RUNS:
                await self._pause(run)
                invocation = dataclasses.replace(invocation, span_id=new_span_id())
        return _lost(contended, run)

    async def _run(self, invocation: Invocation) -> Outcome | Conflict:
        self._attempts.begin(invocation)
        try:
            outcome = await self._inner.invoke(invocation)
            if _is_error(outcome):
                return outcome
            committed = await self._commit(await self._attempts.work_of(invocation))
        finally:
            self._attempts.end(invocation)
        if isinstance(committed, Committed) and isinstance(outcome, Completed):
            return dataclasses.replace(outcome, settled=True)
        if isinstance(committed, Failed | Conflict):
            _abandon(outcome)
            return committed
        return outcome

    async def _commit(self, work: AtomicWork) -> Failed | CommitOutcome | None:
        """What came of it; None when there is nothing to commit."""
        if work.is_empty:
            return None
        try:
            return await self._commits.commit(work)
        except InvalidPayload as problem:
            return Failed(Failure(type(problem).__name__, str(problem)), "handler")
        except MotiaError as problem:
            message = f"nothing was changed: {problem}"
            return Failed(Failure(type(problem).__name__, message), "uncommitted")

    async def _pause(self, run: int) -> None:
        longest = min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS * 2 ** (run - 1))
        over = asyncio.Event()
        timer = self._clock.call_at(self._clock.now_ms() + round(longest * self._uniform()), over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()


def _is_error(outcome: Outcome) -> bool:
    """Whether nothing is to be stored. An error raised for a client and one returned to it look alike here: both are one."""
    return isinstance(outcome, Failed) or (isinstance(outcome, Responded) and outcome.status >= _BAD_REQUEST)


def _lost(places: set[Place], runs: int) -> Failed:
    where = str(Conflict(tuple(sorted(places))))
    again = "" if runs == 1 else f", in each of {runs} runs"
    message = (
        f"{where} was changed by somebody else before this attempt could be committed{again}. Nothing was changed."
    )
    return Failed(Failure("AtomicConflict", message), "conflict")


def _abandon(outcome: Outcome) -> None:
    """A response that will not be sent: its handler need not go on."""
    if isinstance(outcome, Responded) and outcome.stream is not None:
        close: Callable[[], None] = getattr(outcome.stream, "close", lambda: None)
        close()
