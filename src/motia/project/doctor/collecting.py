"""Reads the Step files, the config and every file of the project that they import."""

from __future__ import annotations

import dataclasses
from collections import deque
from pathlib import Path
from typing import Final

from motia.project.discovery import Discovered, SourceFile, language_of
from motia.project.doctor.configs import configs_of
from motia.project.doctor.imports import Import, imports_of
from motia.project.doctor.reading import read_text
from motia.project.doctor.resolution import Resolver, language_of_helper
from motia.project.doctor.source import Source
from motia.project.doctor.wiring import Written
from motia.project.notice import Notice
from motia.project.source_text import Language

_MOST_FILES: Final = 5_000


@dataclasses.dataclass(frozen=True, slots=True)
class Needed:
    """A package that a file imports; `also` counts the other files that do."""

    name: str
    file: str
    line: int
    also: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Collected:
    """All that was read. `packages`: language → what has to be installed for it."""

    steps: tuple[Written, ...]
    streams: tuple[Written, ...]
    helpers: tuple[Written, ...]
    config: Source | None
    packages: dict[Language, tuple[Needed, ...]]
    notices: tuple[Notice, ...]

    @property
    def files(self) -> tuple[Written, ...]:
        """Step files, stream files and helpers."""
        return (*self.steps, *self.streams, *self.helpers)


def collect(root: Path, discovered: Discovered, config: str | None) -> Collected:
    """Read everything that belongs to the project; `config` is the name of its config file."""
    reader = _Reader(root)
    steps = [reader.read(each, stream=False) for each in discovered.steps]
    streams = [reader.read(each, stream=True) for each in discovered.streams]
    own = None if config is None else reader.read_config(config)
    reader.follow()
    packages = {language: tuple(needed.values()) for language, needed in reader.packages.items()}
    return Collected(
        tuple(each for each in steps if each is not None),
        tuple(each for each in streams if each is not None),
        tuple(reader.helpers),
        own,
        packages,
        tuple(reader.notices),
    )


class _Reader:
    """Follows imports, reading each file once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.helpers: list[Written] = []
        self.packages: dict[Language, dict[str, Needed]] = {}
        self.notices: list[Notice] = []
        self._resolver = Resolver(root)
        self._seen: set[str] = set()
        self._due: deque[str] = deque()

    def read(self, file: SourceFile, *, stream: bool) -> Written | None:
        """A Step or stream file."""
        source = self._source(file.path, file.language, "error")
        if source is None:
            return None
        imports = self._imports(source)
        return Written(source, imports, configs_of(source, imports, stream=stream), file.suffixed)

    def read_config(self, file: str) -> Source | None:
        """The project's config file; its imports count like a Step's."""
        language = language_of(file)
        source = self._source(file, language or ("python" if file.endswith(".toml") else "node"), "error")
        if source is not None and language is not None:
            self._imports(source)
        return source

    def follow(self) -> None:
        """Read what was imported, and what that imports."""
        while self._due and len(self._seen) < _MOST_FILES:
            path = self._due.popleft()
            language = language_of_helper(path)
            if path in self._seen or language is None:
                continue
            source = self._source(path, language, "warning")
            if source is not None:
                self.helpers.append(Written(source, self._imports(source)))

    def _source(self, path: str, language: Language, level: str) -> Source | None:
        self._seen.add(path)
        text, problem = read_text(self.root / path)
        if text is None:
            message = f"this file {problem}"
            self.notices.append(Notice("error" if level == "error" else "warning", "PRJ-9", message, path))
            return None
        return Source(path, text, language)

    def _imports(self, source: Source) -> tuple[Import, ...]:
        imports = imports_of(source)
        named: set[str] = set()
        for each in imports:
            target = self._resolver.resolve(source, each)
            self._due.extend(target.files)
            if target.package is not None and not each.optional and source.language != "ruby":
                self._need(source, target.package, source.line(each.at), named)
        return imports

    def _need(self, source: Source, package: str, line: int, named: set[str]) -> None:
        """`named` are the packages this file already asked for."""
        needed = self.packages.setdefault(source.language, {})
        first = needed.get(package)
        if first is None:
            needed[package] = Needed(package, source.path, line)
        elif package not in named and first.file != source.path:
            needed[package] = dataclasses.replace(first, also=first.also + 1)
        named.add(package)
