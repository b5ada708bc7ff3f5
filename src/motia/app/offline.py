"""Loads a project once, to look at it: nothing is served, stored or scheduled. For `build` and `generate`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from motia.app.code import Code, CodeLoader
from motia.app.project_settings import ProjectSettings
from motia.model.errors import AuthorError
from motia.model.invocation import Invocation
from motia.pool.crew import Crew, CrewSettings
from motia.pool.fleet import Fleet
from motia.pool.launch import Launch
from motia.pool.loading import LoadedFile
from motia.ports.step_runner import Answer
from motia.project.root import config_files


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedProject:
    """What loading found. `files` are all that it depends on, relative to the root: Steps, what they import, the config."""

    root: Path
    code: Code
    files: tuple[str, ...]


async def load_project(settings: ProjectSettings, say: Callable[[str, str], None] = lambda *_: None) -> LoadedProject:
    """Load the project in workers of its own and end them. `say(level, message)` hears of workers that got lost."""
    root = settings.root
    fleet = _RememberingFleet(_Refusal(), CrewSettings(root / ".motia" / "cache"), say)
    loaded: list[Code] = []
    try:
        await CodeLoader(root, fleet, settings.code, loaded.append).load()
    finally:
        await fleet.close(0)
    files = {*fleet.files, *(path.name for path in config_files(root))}
    return LoadedProject(root, loaded[-1], tuple(sorted(files)))


class _RememberingFleet(Fleet):
    """Keeps the paths of everything that was loaded."""

    def __init__(self, calls: _Refusal, settings: CrewSettings, say: Callable[[str, str], None]) -> None:
        super().__init__(calls, settings, say)
        self.files: set[str] = set()

    async def prepare(
        self, launch: Launch, files: list[str], config: str | None = None, streams: Collection[str] = ()
    ) -> tuple[Crew, list[LoadedFile]]:
        crew, loaded = await super().prepare(launch, files, config, streams)
        for file in loaded:
            self.files.update((file.file, *file.imports))
        return crew, loaded


class _Refusal:
    """`ContextCalls` where there is no core. Code that is being loaded has nothing to ask for."""

    async def ask(self, invocation: Invocation | None, op: str, arguments: dict[str, Any], body: bytes) -> Answer:  # noqa: ARG002 - the contract's signature
        raise AuthorError(f"{op} is not available: the project is being checked, not run")

    def log(self, invocation: Invocation | None, header: dict[str, Any]) -> None:
        """Nobody is listening."""
