"""The fleet: which crew runs which Step, across languages and code versions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from motia.model.delivery import Failure
from motia.model.invocation import Failed, Invocation, Outcome
from motia.pool.crew import Crew, CrewSettings
from motia.pool.isolation import Displaced
from motia.pool.launch import Launch
from motia.pool.loading import LoadedFile
from motia.ports.step_runner import ContextCalls


class Fleet:
    """A `StepRunner` over crews. New code is prepared beside the old, takes over in one step, then the old is drained."""

    def __init__(
        self,
        calls: ContextCalls,
        settings: CrewSettings,
        say: Callable[[str, str], None],
        *,
        drain_grace_s: float = 30.0,
    ) -> None:
        """An empty fleet; `drain_grace_s` is what running calls of replaced code get."""
        self._calls = calls
        self._settings = settings
        self._say = say
        self._drain_grace_s = drain_grace_s
        self._routes: dict[str, Crew] = {}
        self._crews: dict[str, list[Crew]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._available: Callable[[], None] = lambda: None
        self._run_again: Callable[[Invocation], None] = lambda _: None

    def on_available(self, call: Callable[[], None]) -> None:
        """Call `call` whenever a worker begins to take calls."""
        self._available = call

    def on_run_again(self, call: Callable[[Invocation], None]) -> None:
        """Call `call` with each invocation whose run was lost, before another run of it begins within the same `invoke`."""
        self._run_again = call

    def _begin_again(self, invocation: Invocation) -> None:
        self._run_again(invocation)

    def _worker_available(self) -> None:
        self._available()

    async def prepare(
        self, launch: Launch, files: list[str], config: str | None = None, streams: Collection[str] = ()
    ) -> tuple[Crew, list[LoadedFile]]:
        """Start a crew with new code, of which `streams` define streams; it takes no calls yet. Raises `WorkerLost`."""
        crew = Crew(launch, self._calls, self._settings, self._say, self._worker_available, self._begin_again)
        try:
            return crew, await crew.start(files, config, streams)
        except BaseException:
            crew.kill()
            raise

    def adopt(self, language: str, crew: Crew | None, entries: Iterable[str], keep: Iterable[str] = ()) -> None:
        """From now on `crew` runs `entries`; those in `keep` stay with the crew that has them.

        `crew` None takes the language out of service, but for `keep`. Crews without entries are drained and ended.
        """
        old = self._crews.get(language, [])
        kept = {entry: self._routes[entry] for entry in keep if entry in self._routes}
        routes = {entry: each for entry, each in self._routes.items() if each not in old}
        routes.update(kept)
        current: list[Crew] = []
        if crew is not None:
            routes.update(dict.fromkeys(entries, crew))
            current.append(crew)
        current += [each for each in old if each is not crew and each in kept.values()]
        self._routes = routes
        self._crews[language] = current
        for each in old:
            if each not in current:
                self._leave(each)

    def bind(self, bindings: Mapping[str, Any]) -> None:
        """Tell every crew what became of the Steps it runs: `Binding` of the protocol by entry."""
        for crews in self._crews.values():
            for crew in crews:
                crew.bind({entry: each for entry, each in bindings.items() if self._routes.get(entry) is crew})

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run it (`StepRunner.invoke`)."""
        displaced_from: Crew | None = None
        while True:
            crew = self._routes.get(invocation.step.entry)
            if crew is None or crew is displaced_from:
                failure = Failure("StepUnavailable", f"no worker has loaded the Step {invocation.step.name!r}")
                return Failed(failure, "unavailable")
            try:
                return await crew.invoke(invocation)
            except Displaced:  # its code was replaced: the new code is innocent
                displaced_from = crew
                self._begin_again(invocation)

    def crews(self) -> dict[str, list[Crew]]:
        """The crews in service, by worker language."""
        return {language: list(crews) for language, crews in self._crews.items() if crews}

    async def close(self, grace_s: float) -> None:
        """End all workers; running calls get `grace_s`."""
        crews = [crew for crews in self._crews.values() for crew in crews]
        self._crews.clear()
        await asyncio.gather(*(crew.close(grace_s) for crew in crews))
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def kill(self) -> None:
        """End all workers now."""
        for crews in self._crews.values():
            for crew in crews:
                crew.kill()

    def _leave(self, crew: Crew) -> None:
        task = asyncio.get_running_loop().create_task(self._drained(crew))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _drained(self, crew: Crew) -> None:
        try:
            await crew.close(self._drain_grace_s)
        except asyncio.CancelledError:
            crew.kill()
            await crew.close(0)
            raise
