"""A crew: the workers of one language that run one version of the code.

A lost worker is replaced, a stuck one retired; which delivery killed one is found out in isolation (`pool/isolation.py`).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from motia.model.delivery import Failure
from motia.model.invocation import Failed, Invocation, Outcome
from motia.pool.isolation import Isolation
from motia.pool.launch import Launch
from motia.pool.loading import LoadedFile, LoadProblem
from motia.pool.worker import Worker, WorkerLost
from motia.ports.step_runner import ContextCalls

# How long a call waits for a replacement before it fails as `worker-lost`: longer than a cold start of any language here.
_WAIT_FOR_WORKER_S: Final = 10.0
# No file is to blame for a worker that ends before it loads one; a machine under load may be.
_START_TRIES: Final = 2
_RESPAWN_DELAYS_S: Final = (0.0, 0.25, 1.0, 2.0, 5.0, 10.0, 30.0)
# A worker that lived this long, or answered a call, did not die of its start, so the next one is started at once.
_STABLE_AFTER_S: Final = 30.0
# Nor did one that ended with calls in flight: however often they kill workers, others wait no longer than the second delay.
_MOST_FAILURES_BY_CALLS: Final = 2


@dataclasses.dataclass(frozen=True, slots=True)
class CrewSettings:
    """How a crew is run. Durations are seconds."""

    cache: Path
    size: int = 1
    load_limit_s: float = 10.0
    cancel_grace_s: float = 5.0
    retire_grace_s: float = 5.0


class Crew:
    """Runs Steps of one language. `say(level, message)` reports what its operator should know."""

    def __init__(
        self,
        launch: Launch,
        calls: ContextCalls,
        settings: CrewSettings,
        say: Callable[[str, str], None],
        available: Callable[[], None] = lambda: None,
        run_again: Callable[[Invocation], None] = lambda _: None,
    ) -> None:
        """Nothing is started before `start`; `available` is called when a worker begins to take calls.

        `run_again` is called when a run was lost with its worker and another begins: it was as if it had never been.
        """
        self.launch = launch
        self.restarts = 0
        self._calls = calls
        self._settings = settings
        self._say = say
        self._tell_available = available
        self._workers: list[Worker] = []
        self._retiring: set[Worker] = set()
        self._files: list[str] = []
        self._config: str | None = None
        self._streams: frozenset[str] = frozenset()
        self._bindings: dict[str, Any] = {}
        self._closed = False
        self._available = asyncio.Event()
        self._failures = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._isolation = Isolation(launch.language, self._isolated, run_again)

    @property
    def workers(self) -> list[Worker]:
        """Those that take calls."""
        return list(self._workers)

    @property
    def in_flight(self) -> int:
        """Calls not yet answered, also by retiring workers and in isolation."""
        return sum(worker.in_flight for worker in (*self._workers, *self._retiring)) + self._isolation.in_flight

    async def start(
        self, files: list[str], config: str | None = None, streams: Collection[str] = ()
    ) -> list[LoadedFile]:
        """Start the workers and load `config`, whose functions they then hold, and `files`; what became of each file.

        Those of `files` that are in `streams` define streams.

        Raises `WorkerLost` when the language cannot run.
        """
        self._config, self._streams = config, frozenset(streams)
        worker, loaded = await self._started(files)
        self._files = [file.file for file in loaded if file.problem is None or not _fatal(file.problem)]
        self._admit(worker)
        for _ in range(self._settings.size - 1):
            self._admit((await self._started(self._files))[0])
        return loaded

    def bind(self, entries: dict[str, Any]) -> None:
        """Tell all workers, also later ones, what became of the found Steps."""
        self._bindings = entries
        for worker in self._workers:
            worker.bind(entries)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run it on the worker with the fewest calls; a delivery that was in flight when a worker was lost, in isolation.

        Raises `Displaced` when this code goes out of service before that.
        """
        if self._isolation.is_convicted(invocation):
            return await self._isolation.run_alone(invocation)
        if not self._workers and not await self._wait_for_worker():
            message = f"no {self.launch.language} worker is running; it keeps ending right after its start"
            return Failed(Failure("WorkerLost", message), "unavailable")
        worker = self._workers[0] if len(self._workers) == 1 else min(self._workers, key=lambda each: each.in_flight)
        outcome = await worker.invoke(invocation)
        if isinstance(outcome, Failed) and outcome.reason == "worker-lost" and "deliveryId" in invocation.arguments:
            return await self._isolation.examine(invocation, worker, await worker.learn_ending())
        return outcome

    async def close(self, grace_s: float) -> None:
        """Let running calls finish for up to `grace_s`, then end all workers."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        workers = [*self._workers, *self._retiring]
        self._workers.clear()
        await asyncio.gather(self._isolation.close(grace_s), *(worker.stop(grace_s) for worker in workers))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self) -> None:
        """End all workers now."""
        self._closed = True
        for worker in (*self._workers, *self._retiring):
            worker.kill()
        self._isolation.kill()

    async def _started(self, files: list[str]) -> tuple[Worker, list[LoadedFile]]:
        """A worker that has loaded what can be loaded: each file that stops a worker from loading is left out of the next try."""
        skipped: list[LoadedFile] = []
        remaining = list(files)
        tries = _START_TRIES
        while True:
            worker = Worker(
                self.launch,
                self._calls,
                cache=self._settings.cache,
                on_end=self._on_end,
                on_stuck=self._on_stuck,
                cancel_grace_s=self._settings.cancel_grace_s,
            )
            try:
                await worker.start()
                loaded, culprit = await worker.load(
                    remaining, limit_s=self._settings.load_limit_s, config=self._config, streams=self._streams
                )
            except WorkerLost:
                worker.kill()
                tries -= 1
                if not tries:
                    raise
                continue
            except BaseException:
                worker.kill()
                raise
            if culprit is None:
                worker.bind(self._bindings)
                return worker, loaded + skipped
            await worker.stop(0)
            if culprit == self._config:
                raise WorkerLost(f"loading {culprit} did not end, or ended the {self.launch.language} worker")
            limit = self._settings.load_limit_s
            message = f"loading it did not end within {limit:g} s, or ended the worker process"
            skipped.append(LoadedFile(culprit, problem=LoadProblem("LoadFailed", message, culprit)))
            remaining.remove(culprit)

    def _admit(self, worker: Worker) -> None:
        self._workers.append(worker)
        self._available.set()
        self._tell_available()

    async def _wait_for_worker(self) -> bool:
        try:
            async with asyncio.timeout(_WAIT_FOR_WORKER_S):
                while not self._workers:
                    if self._closed:
                        return False
                    self._available.clear()
                    await self._available.wait()
        except TimeoutError:
            return False
        return True

    def _on_end(self, worker: Worker) -> None:
        self._retiring.discard(worker)
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        if self._closed:
            return
        lived = asyncio.get_running_loop().time() - worker.started_at
        self._failures = 0 if worker.served or lived > _STABLE_AFTER_S else self._failures + 1
        if worker.in_flight:
            self._failures = min(self._failures, _MOST_FAILURES_BY_CALLS)
        self._spawn(self._tell_ended(worker))
        self._spawn(self._replace())

    async def _tell_ended(self, worker: Worker) -> None:
        ending = await worker.learn_ending()
        running = f" while it ran {ending.company:,} calls" if ending.company > 1 else ""
        self._say(
            "warn",
            f"the {self.launch.language} worker (pid {worker.pid}) {ending.why}{running}; a new one is being started",
        )

    def _on_stuck(self, worker: Worker) -> None:
        if worker in self._retiring:
            return  # another of its handlers is stuck too; the sound ones keep what is left of their grace
        if worker not in self._workers or self._closed:
            worker.kill()
            return
        grace = self._settings.cancel_grace_s
        self._say(
            "warn",
            f"the {self.launch.language} worker (pid {worker.pid}) runs a handler that did not stop within {grace:g} s of its "
            "time-out; a new worker takes over",
        )
        self._workers.remove(worker)
        self._retiring.add(worker)
        self._spawn(self._retire(worker))

    async def _retire(self, worker: Worker) -> None:
        await self._replace()
        await worker.stop(self._settings.retire_grace_s)

    async def _replace(self) -> None:
        self.restarts += 1
        while not self._closed:
            await asyncio.sleep(_RESPAWN_DELAYS_S[min(max(self._failures - 1, 0), len(_RESPAWN_DELAYS_S) - 1)])
            try:
                worker, _ = await self._started(self._files)
            except WorkerLost as problem:
                self._failures += 1
                self._say("error", str(problem))
            else:
                self._admit(worker)
                return

    async def _isolated(self) -> Worker:
        """A fresh worker that is nobody's but the caller's; tries until there is one."""
        tries = 0
        while True:
            try:
                worker, _ = await self._started(self._files)
            except WorkerLost as problem:
                self._say("error", str(problem))
                tries += 1
                await asyncio.sleep(_RESPAWN_DELAYS_S[min(tries, len(_RESPAWN_DELAYS_S) - 1)])
            else:
                return worker

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _fatal(problem: LoadProblem) -> bool:
    return problem.name == "LoadFailed"
