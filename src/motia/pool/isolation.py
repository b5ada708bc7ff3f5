"""Finds out which delivery kills its worker, without punishing those that ran beside it.

When a worker is lost with several calls in flight, each of the deliveries among them is a suspect. Suspects are run again
apart from everything else, in cohorts: the cohort that was lost together is split into up to four, each runs in a
worker of its own that was started for it, and a cohort that loses its worker too is split again. Who comes through is
cleared, and its outcome is that of the attempt. Who loses its worker alone is convicted: that attempt counts as lost, and
later ones of the same delivery are run alone from the beginning.

One culprit among n costs about 4·log4(n) worker starts in log4(n) rounds, four side by side: 5 rounds for 500, while one by
one would take 500 times a handler's duration. Every split is into smaller cohorts, so it ends. Decision 0008.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from motia.model.delivery import Failure
from motia.model.invocation import Failed, Invocation, Outcome
from motia.pool.endings import Ending, what_it_ran

# Parts of a lost cohort, and cohorts that run at once. Two would need twice the rounds for the same number of starts.
PARTS: Final = 4
# Convictions are forgotten from here on, the oldest first; a forgotten culprit merely becomes a suspect once more.
_MOST_CONVICTED: Final = 10_000
# A cancelled handler may need a moment when all others of its cohort are done.
_STOP_GRACE_S: Final = 5.0


class Displaced(Exception):
    """The code went out of service before the delivery could be run again."""


class IsolatedWorker(Protocol):
    """What is needed of a worker (`Worker`)."""

    @property
    def ending(self) -> Ending | None:
        """How it ended, None while it lives."""
        ...

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run it; `Failed` with reason `worker-lost` when the worker ended meanwhile."""
        ...

    async def stop(self, grace_s: float) -> None:
        """Let its calls end for `grace_s`, then end it."""
        ...

    def kill(self) -> None:
        """End it now."""
        ...


class _Suspect:
    """A delivery's attempt that is to be run again, and whoever waits for its outcome."""

    __slots__ = ("answered", "invocation")

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self.answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Isolation:
    """The isolated runs of one crew."""

    def __init__(
        self,
        language: str,
        start: Callable[[], Awaitable[IsolatedWorker]],
        run_again: Callable[[Invocation], None] = lambda _: None,
    ) -> None:
        """`start` gives a fresh worker that takes nothing else; it tries until there is one.

        `run_again` is called before each run here: what was asked for in one before counts no longer.
        """
        self._language = language
        self._start = start
        self._run_again = run_again
        self._gathering: dict[object, list[_Suspect]] = {}
        self._cohorts: collections.deque[Sequence[_Suspect]] = collections.deque()
        self._runs: dict[asyncio.Task[None], Sequence[_Suspect]] = {}
        self._workers: set[IsolatedWorker] = set()
        self._convicted: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._closed = False

    @property
    def in_flight(self) -> int:
        """Suspects that wait or run."""
        cohorts = (*self._gathering.values(), *self._cohorts, *self._runs.values())
        return sum(not suspect.answered.done() for cohort in cohorts for suspect in cohort)

    def is_convicted(self, invocation: Invocation) -> bool:
        """Whether this delivery has killed a worker alone, and not come through since."""
        return invocation.arguments.get("deliveryId") in self._convicted

    async def run_alone(self, invocation: Invocation) -> Outcome:
        """Run it with nothing beside it. Raises `Displaced`."""
        suspect = self._suspect(invocation)
        self._queue([suspect])
        return await suspect.answered

    async def examine(self, invocation: Invocation, lost: object, ending: Ending) -> Outcome:
        """What comes of a delivery that was in flight when the worker `lost` ended so. Raises `Displaced`."""
        if ending.company == 1 and not ending.by_core:
            return self._convict(invocation, ending)
        suspect = self._suspect(invocation)
        together = self._gathering.get(lost)
        if together is None:
            together = self._gathering[lost] = []
            # Whoever else was in flight there is told in the same turn of the event loop.
            asyncio.get_running_loop().call_soon(self._gathered, lost, ending)
        together.append(suspect)
        return await suspect.answered

    async def close(self, grace_s: float) -> None:
        """Start no more; what runs has `grace_s`, what waits is displaced."""
        self._closed = True
        waiting = [suspect for cohort in self._cohorts for suspect in cohort]
        self._cohorts.clear()
        for suspect in waiting:
            _displace(suspect)
        await asyncio.gather(*(worker.stop(grace_s) for worker in list(self._workers)))
        runs = list(self._runs)
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    def kill(self) -> None:
        """End what runs now."""
        self._closed = True
        for worker in self._workers:
            worker.kill()

    def _suspect(self, invocation: Invocation) -> _Suspect:
        if self._closed:
            raise Displaced
        return _Suspect(invocation)

    def _gathered(self, lost: object, ending: Ending) -> None:
        together = self._gathering.pop(lost)
        self._again(together, ending)

    def _again(self, suspects: Sequence[_Suspect], ending: Ending) -> None:
        """Queue them as one cohort when they are innocent, else in parts."""
        parts = 1 if ending.by_core else min(PARTS, len(suspects))
        for part in range(parts):
            self._queue(suspects[part::parts])

    def _queue(self, cohort: Sequence[_Suspect]) -> None:
        if self._closed:
            for suspect in cohort:
                _displace(suspect)
            return
        self._cohorts.append(cohort)
        self._run_next()

    def _run_next(self) -> None:
        while self._cohorts and len(self._runs) < PARTS:
            cohort = [suspect for suspect in self._cohorts.popleft() if not suspect.answered.done()]
            if not cohort:
                continue
            run = asyncio.get_running_loop().create_task(self._run(cohort))
            self._runs[run] = cohort
            run.add_done_callback(self._ended)

    def _ended(self, run: asyncio.Task[None]) -> None:
        cohort = self._runs.pop(run)
        if not self._closed:
            self._run_next()
            return
        for suspect in cohort:
            _displace(suspect)

    async def _run(self, cohort: Sequence[_Suspect]) -> None:
        try:
            worker = await self._start()
            self._workers.add(worker)
            try:
                await asyncio.gather(*(self._run_one(worker, suspect) for suspect in cohort))
                await worker.stop(_STOP_GRACE_S)
            except BaseException:
                worker.kill()
                raise
            finally:
                self._workers.discard(worker)
        except Exception as fault:  # noqa: BLE001 - whoever waits must hear of a fault of ours
            for suspect in cohort:
                if not suspect.answered.done():
                    suspect.answered.set_exception(fault)
            return
        left = [suspect for suspect in cohort if not suspect.answered.done()]
        if left and worker.ending is not None:
            self._judge(left, worker.ending)

    async def _run_one(self, worker: IsolatedWorker, suspect: _Suspect) -> None:
        """Answer it, unless the worker was lost under it or nobody waits any more."""
        if suspect.answered.done():
            return
        self._run_again(suspect.invocation)
        call = asyncio.ensure_future(worker.invoke(suspect.invocation))

        def gone(answered: asyncio.Future[Any]) -> None:
            if answered.cancelled():
                call.cancel()

        suspect.answered.add_done_callback(gone)
        await asyncio.wait([call])
        if suspect.answered.done() or call.cancelled():
            return
        outcome = call.result()
        if not (isinstance(outcome, Failed) and outcome.reason == "worker-lost"):
            self._convicted.pop(_delivery(suspect.invocation), None)
            suspect.answered.set_result(outcome)

    def _judge(self, left: Sequence[_Suspect], ending: Ending) -> None:
        """What becomes of those under whom a worker was lost."""
        if ending.company == 0:
            for suspect in left:
                message = f"the {self._language} worker {ending.why} before it ran anything"
                suspect.answered.set_result(Failed(Failure("WorkerLost", message), "unavailable"))
        elif ending.company == 1 and not ending.by_core:
            left[0].answered.set_result(self._convict(left[0].invocation, ending))
        else:
            self._again(left, ending)

    def _convict(self, invocation: Invocation, ending: Ending) -> Outcome:
        delivery = _delivery(invocation)
        self._convicted[delivery] = None
        self._convicted.move_to_end(delivery)
        if len(self._convicted) > _MOST_CONVICTED:
            self._convicted.popitem(last=False)
        message = f"the {self._language} worker {ending.why} while nothing ran in it but {what_it_ran(invocation)}"
        return Failed(Failure("WorkerLost", message), "worker-lost")


def _delivery(invocation: Invocation) -> str:
    return str(invocation.arguments.get("deliveryId"))


def _displace(suspect: _Suspect) -> None:
    if not suspect.answered.done():
        suspect.answered.set_exception(Displaced())
