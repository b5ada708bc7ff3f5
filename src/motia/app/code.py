"""From the files of a project to Steps in service: discover, load in workers, normalise, swap."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from motia.http.routes import RouteTable
from motia.model.step import HttpTrigger, Step, StreamDefinition
from motia.model.step_table import StepTable
from motia.model.stream_table import StreamTable
from motia.pool.crew import Crew
from motia.pool.fleet import Fleet
from motia.pool.launch import Launch
from motia.pool.loading import LoadedFile
from motia.pool.worker import WorkerLost
from motia.project.dialects import StepDefaults, load_failure, normalise, normalise_stream, unique_streams
from motia.project.discovery import SourceFile, discover
from motia.project.notice import Notice
from motia.project.table import arrange

_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": (".py",),
    "node": (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"),
    "ruby": (".rb",),
}
# Files that no Step imports but that change how all of a language's are loaded (PRJ-11).
_DEPENDENCIES: Final[Mapping[str, frozenset[str]]] = {
    "python": frozenset({"requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock"}),
    "node": frozenset(
        {"tsconfig.json", "package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"}
    ),
    "ruby": frozenset({"Gemfile", "Gemfile.lock"}),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Code:
    """A project's code in service. `stale` names Steps that still run an earlier version because their file is broken now."""

    table: StepTable
    routes: RouteTable
    notices: tuple[Notice, ...]
    added: tuple[Step, ...]
    updated: tuple[Step, ...]
    removed: tuple[Step, ...]
    stale: frozenset[str]
    took_ms: float
    streams: StreamTable = dataclasses.field(default_factory=StreamTable)


@dataclasses.dataclass(frozen=True, slots=True)
class CodeSettings:
    """What decides how code is found and started. `hooks` names the config file by the language that holds functions of it.

    `launches` has no entry for a language that cannot run here; `missing` says why.
    """

    launches: Mapping[str, Launch]
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    defaults: StepDefaults = dataclasses.field(default_factory=StepDefaults)
    notices: tuple[Notice, ...] = ()
    hooks: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True)
class _Language:
    """What is loaded of one language."""

    files: tuple[str, ...] = ()
    loaded: dict[str, LoadedFile] = dataclasses.field(default_factory=dict)
    steps: dict[str, tuple[Step, ...]] = dataclasses.field(default_factory=dict)
    streams: dict[str, tuple[StreamDefinition, ...]] = dataclasses.field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Prepared:
    """A language about to change over. `keep_all`: the new crew did not start, so the old one goes on."""

    name: str
    crew: Crew | None
    code: _Language
    keep_all: bool = False


def hook_entry(language: str) -> str:
    """The entry under which the fleet finds the worker that holds the config's functions."""
    return f"config:{language}"


def hook_step(language: str) -> Step:
    """What stands for the config's functions where a Step is asked for."""
    entry = hook_entry(language)
    return Step("middleware", entry, "motia.config", language, entry, "function", ())


class CodeLoader:
    """Keeps the fleet and the tables in step with the files. Loads one at a time."""

    def __init__(
        self, root: Path, fleet: Fleet, settings: Callable[[], CodeSettings], apply: Callable[[Code], None]
    ) -> None:
        """`apply` gets each new version, on the event loop, when its workers already serve it."""
        self._root = root
        self._fleet = fleet
        self._settings = settings
        self._apply = apply
        self._languages: dict[str, _Language] = {}
        self._steps: dict[str, Step] = {}
        self._lock = asyncio.Lock()

    async def load(self, changed: frozenset[str] | None = None) -> None:
        """Bring the code up to date. `changed` are paths relative to the root that may differ; None means everything may."""
        async with self._lock:
            started = time.perf_counter()
            settings = self._settings()
            found = await asyncio.to_thread(
                discover, self._root, folders=settings.folders, include=settings.include, exclude=settings.exclude
            )
            groups = _by_language((*found.steps, *found.streams))
            streams = frozenset(file.path for file in found.streams)
            due = [
                name
                for name in {*groups, *self._languages, *settings.hooks}
                if self._is_due(name, groups.get(name, ()), changed)
            ]
            if changed is not None and not due:
                return
            prepared = await asyncio.gather(
                *(self._prepare(name, groups.get(name, ()), streams, settings) for name in sorted(due))
            )
            self._swap((*settings.notices, *found.notices), prepared, started)

    def _is_due(self, name: str, files: tuple[str, ...], changed: frozenset[str] | None) -> bool:
        known = self._languages.get(name)
        if changed is None or known is None or known.files != files:
            return True
        if any(PurePosixPath(path).name in _DEPENDENCIES.get(name, ()) for path in changed):
            return True
        used = {*files, *(path for file in known.loaded.values() for path in file.imports)}
        if not used.isdisjoint(changed):
            return True
        # What a file that did not load would have imported is not known.
        broken = any(file.problem is not None for file in known.loaded.values())
        return broken and any(path.endswith(_ENDINGS.get(name, ())) for path in changed)

    async def _prepare(
        self, name: str, files: tuple[str, ...], streams: frozenset[str], settings: CodeSettings
    ) -> _Prepared:
        """Load one language in a new crew, beside the one that serves."""
        before = self._languages.get(name, _Language())
        launch = settings.launches.get(name)
        config = settings.hooks.get(name)
        if not files and config is None:
            return _Prepared(name, None, _Language(files))
        if launch is None:
            reason = settings.missing.get(name, f"{name.capitalize()} Steps are not supported yet")
            return _Prepared(name, None, _Language(files, notices=(_not_run(files, reason),)))
        try:
            crew, loaded = await self._fleet.prepare(launch, list(files), config, streams)
        except WorkerLost as problem:
            notices = (Notice("error", "PRJ-10", str(problem)),)
            return _Prepared(name, None, dataclasses.replace(before, files=files, notices=notices), keep_all=True)
        return _Prepared(name, crew, _loaded(files, streams, loaded, before, name, settings.defaults))

    def _swap(self, noticed: tuple[Notice, ...], prepared: Iterable[_Prepared], started: float) -> None:
        """Everything changes over in one turn of the event loop."""
        due = set()
        for each in prepared:
            due.add(each.name)
            entries = [step.entry for steps in each.code.steps.values() for step in steps]
            entries += [stream.entry for streams in each.code.streams.values() for stream in streams]
            if each.crew is not None:
                entries.append(hook_entry(each.name))
            keep = {*entries, hook_entry(each.name)} if each.keep_all else each.code.stale
            self._fleet.adopt(each.name, each.crew, [entry for entry in entries if entry not in keep], keep)
            self._languages[each.name] = each.code
        steps = [step for language in self._languages.values() for steps in language.steps.values() for step in steps]
        table, table_notices = arrange(steps)
        streams, stream_notices = unique_streams(
            stream for language in self._languages.values() for found in language.streams.values() for stream in found
        )
        self._fleet.bind({step.entry: _binding(step) for step in table.steps})
        notices = (
            *noticed,
            *(each for code in self._languages.values() for each in code.notices),
            *table_notices,
            *stream_notices,
        )
        self._announce(table, StreamTable.of(streams.values(), table.steps), notices, due, started)

    def _announce(
        self, table: StepTable, streams: StreamTable, notices: tuple[Notice, ...], due: set[str], started: float
    ) -> None:
        stale: frozenset[str] = frozenset().union(*(language.stale for language in self._languages.values()))
        before, now = self._steps, {step.name: step for step in table.steps}
        self._steps = now
        self._apply(
            Code(
                table=table,
                routes=RouteTable(table.routes),
                notices=notices,
                added=tuple(step for name, step in now.items() if name not in before),
                updated=tuple(
                    step
                    for name, step in now.items()
                    if name in before and step.entry not in stale and (step.language in due or step != before[name])
                ),
                removed=tuple(step for name, step in before.items() if name not in now),
                stale=frozenset(step.name for step in table.steps if step.entry in stale),
                took_ms=(time.perf_counter() - started) * 1000,
                streams=streams,
            )
        )


def _loaded(
    files: tuple[str, ...],
    stream_files: frozenset[str],
    loaded: list[LoadedFile],
    before: _Language,
    name: str,
    defaults: StepDefaults,
) -> _Language:
    """What is now loaded; a file that broke keeps the Steps and streams it had (PRJ-12)."""
    current = _Language(files, {file.file: file for file in loaded})
    notices: list[Notice] = []
    stale: set[str] = set()
    for file in loaded:
        if file.file in stream_files:
            streams, reported = _streams_of(file, name, defaults)
            notices += reported
            if any(notice.level == "error" for notice in reported) and before.streams.get(file.file):
                streams = before.streams[file.file]
                stale.update(stream.entry for stream in streams)
            current.streams[file.file] = streams
            continue
        steps, reported = _steps_of(file, name, defaults)
        notices += reported
        if any(notice.level == "error" for notice in reported) and before.steps.get(file.file):
            steps = before.steps[file.file]
            stale.update(step.entry for step in steps)
        current.steps[file.file] = steps
    current.stale, current.notices = frozenset(stale), tuple(notices)
    return current


def _not_run(files: tuple[str, ...], reason: str) -> Notice:
    what = f"{files[0]} does not run" if len(files) == 1 else f"{files[0]} and {len(files) - 1} more do not run"
    return Notice("warning", "PRJ-10", f"{what}: {reason}", files[0])


def _by_language(files: Iterable[SourceFile]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for file in files:
        groups.setdefault(file.language, []).append(file.path)
    return {language: tuple(paths) for language, paths in groups.items()}


def _steps_of(file: LoadedFile, language: str, defaults: StepDefaults) -> tuple[tuple[Step, ...], list[Notice]]:
    """The Steps of one loaded file, and what its author should know."""
    steps: list[Step] = []
    notices: list[Notice] = []
    if file.problem is not None:
        notices.append(load_failure(file.file, dataclasses.asdict(file.problem)))
    for found in file.found:
        normalised = normalise(found, file.file, language, defaults)
        notices += normalised.notices
        if normalised.step is not None:
            steps.append(normalised.step)
    if not file.found and file.problem is None:
        notices.append(Notice("error", "CFG-1", "no config and handler were found in this file", file.file))
    return tuple(steps), notices


def _streams_of(
    file: LoadedFile, language: str, defaults: StepDefaults
) -> tuple[tuple[StreamDefinition, ...], list[Notice]]:
    """The streams that one loaded file defines, and what its author should know."""
    streams: list[StreamDefinition] = []
    notices: list[Notice] = []
    if file.problem is not None:
        notices.append(load_failure(file.file, dataclasses.asdict(file.problem)))
    for found in file.found:
        stream, reported = normalise_stream(found, file.file, language, defaults)
        notices += reported
        if stream is not None:
            streams.append(stream)
    if not file.found and file.problem is None:
        notices.append(Notice("error", "STR-6", "no stream definition was found in this file", file.file))
    return tuple(streams), notices


def _binding(step: Step) -> dict[str, Any]:
    checks = {
        str(index): sorted(trigger.plain_schemas())
        for index, trigger in enumerate(step.triggers)
        if isinstance(trigger, HttpTrigger) and trigger.guarded and trigger.plain_schemas()
    }
    return {
        "name": step.name,
        "flows": list(step.flows),
        "maxAttempts": step.manual_policy.max_attempts,
        "emits": None if step.emits is None else [emitted.topic for emitted in step.emits],
        **({} if step.validation is None else {"validation": step.validation}),
        **({"checks": checks} if checks else {}),
    }
