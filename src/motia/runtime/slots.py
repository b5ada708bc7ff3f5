"""How many runs of a Step there may be at once, requests and deliveries together (EVT-16)."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable

from motia.model.delivery import Failure
from motia.model.invocation import Failed, Invocation, Outcome, Responded
from motia.model.step import Step
from motia.ports.step_runner import StepRunner


class StepSlots:
    """Counts the running ones. Requests that find none free wait in line; deliveries stay in the queue meanwhile."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._on_free: Callable[[], None] = lambda: None

    def on_free(self, callback: Callable[[], None]) -> None:
        """Call it when a slot became free that nobody in line wanted."""
        self._on_free = callback

    def running(self) -> list[str]:
        """The names of Steps of which something runs."""
        return list(self._running)

    def is_full(self, step: Step | None) -> bool:
        """Whether no more may be begun; one in line comes before any other."""
        if step is None or step.concurrency is None:
            return False
        return self._running[step.name] >= step.concurrency or bool(self._waiting.get(step.name))

    def take(self, name: str) -> None:
        """Begin one."""
        self._running[name] += 1

    def give_back(self, name: str) -> None:
        """One ended: the first in line begins."""
        line = self._waiting.get(name)
        while line:
            waiting = line.popleft()
            if not line:
                del self._waiting[name]
            if not waiting.done():
                waiting.set_result(None)
                return
        self._running[name] -= 1
        if self._running[name] <= 0:
            del self._running[name]
        self._on_free()

    async def enter(self, step: Step, limit_s: float | None) -> bool:
        """Begin one as soon as there is a slot; False when there was none within `limit_s` seconds."""
        if not self.is_full(step):
            self.take(step.name)
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line = self._waiting.setdefault(step.name, deque())
        line.append(turn)
        try:
            async with asyncio.timeout(limit_s):
                await turn
        except BaseException as problem:
            if turn.done() and not turn.cancelled():
                self.give_back(step.name)  # it came at the same moment as what ended the waiting
            elif turn in line:
                line.remove(turn)
                if not line:
                    self._waiting.pop(step.name, None)
            if isinstance(problem, TimeoutError):
                return False
            raise
        return True


class LimitedRunner:
    """A `StepRunner` that lets requests wait for a slot of their Step, for as long as a request may take (HTTP-27)."""

    def __init__(self, runner: StepRunner, slots: StepSlots) -> None:
        """Runs with `runner`."""
        self._runner = runner
        self._slots = slots

    async def invoke(self, invocation: Invocation) -> Outcome:
        """See `StepRunner.invoke`. Without a slot in time it is `Failed` with reason `unavailable`."""
        step = invocation.step
        if step.concurrency is None:
            return await self._runner.invoke(invocation)
        limit_s = None if invocation.timeout_ms is None else invocation.timeout_ms / 1000
        if not await self._slots.enter(step, limit_s):
            message = f"all {step.concurrency} allowed runs of {step.name!r} were busy for {limit_s:g} s"
            return Failed(Failure("Busy", message), "unavailable")
        try:
            outcome = await self._runner.invoke(invocation)
        except BaseException:
            self._slots.give_back(step.name)
            raise
        if isinstance(outcome, Responded) and outcome.stream is not None:
            held = _HeldStream(outcome.stream, lambda: self._slots.give_back(step.name))
            return dataclasses.replace(outcome, stream=held)
        self._slots.give_back(step.name)
        return outcome


class _HeldStream:
    """The chunks of a response; the slot is given back when they end, or when nobody wants them any more."""

    def __init__(self, chunks: AsyncIterator[bytes], end: Callable[[], None]) -> None:
        self._chunks = chunks
        self._end: Callable[[], None] | None = end

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self._chunks.__anext__()
        except BaseException:
            self._over()
            raise

    def close(self) -> None:
        """Nobody wants the rest."""
        self._over()
        getattr(self._chunks, "close", lambda: None)()

    def __del__(self) -> None:
        self._over()

    def _over(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            end()
