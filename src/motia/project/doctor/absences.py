"""What the project needs and does not have: interpreters, packages, services, variables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from motia.project.doctor.collecting import Collected, Needed
from motia.project.doctor.findings import Missing
from motia.project.doctor.installed import npm_fix, npm_folder, pip_fix, pip_missing, uses_plug_and_play
from motia.project.doctor.reading import read_text
from motia.project.doctor.source import Source
from motia.project.doctor.variables import variables_read
from motia.project.environment import ENVIRONMENTS, read_env_files
from motia.project.interpreters import Interpreter, find_node, find_python, find_ruby
from motia.project.notice import Notice
from motia.project.source_text import Language

_NAMES: Final[Mapping[str, str]] = {"python": "Python", "node": "Node", "ruby": "Ruby"}


@dataclasses.dataclass(frozen=True, slots=True)
class Surroundings:
    """The project's machine. `variables` are the real environment over the `.env` files; `run`: code of it may run."""

    root: Path
    variables: Mapping[str, str]
    configured: Mapping[str, str] = dataclasses.field(default_factory=dict)
    run: bool = True


def interpreters_of(around: Surroundings, languages: frozenset[Language]) -> dict[Language, Interpreter]:
    """The interpreter of each language in use."""
    found: dict[Language, Interpreter] = {}
    for language in sorted(languages):
        chosen = around.configured.get(language)
        if language == "python":
            found[language] = find_python(around.root, around.variables, chosen)
        elif language == "node":
            found[language] = find_node(around.root, around.variables, chosen)
        else:
            found[language] = find_ruby(around.root, around.variables, chosen)
    return found


def interpreters_missing(found: Mapping[Language, Interpreter], files: Mapping[Language, str]) -> Iterator[Missing]:
    """Languages that cannot run here; `files` names a first file of each."""
    for language, interpreter in found.items():
        if interpreter.path is None:
            what = interpreter.reason or f"{_NAMES[language]} was not found"
            yield Missing("interpreter", _NAMES[language], what, files.get(language))


def packages_missing(
    around: Surroundings, collected: Collected, python: Interpreter | None
) -> tuple[tuple[Missing, ...], tuple[Notice, ...]]:
    """Packages that are imported and not installed, and what could not be found out."""
    root = around.root
    missing: list[Missing] = []
    notices: list[Notice] = []
    node = collected.packages.get("node", ())
    if node and uses_plug_and_play(root):
        notices.append(Notice("hint", "PRJ-13", "packages are managed by Yarn Plug'n'Play; they were not looked for"))
    else:
        missing += [
            _package("npm", each, npm_fix(root, each.name))
            for each in node
            if npm_folder(root, each.file, each.name) is None
        ]
    needed = {each.name: each for each in collected.packages.get("python", ())}
    if needed and python is not None and python.path is not None:
        absent = pip_missing(needed, python, root, around.variables, run=around.run)
        if absent is None:
            message = f"{python.path} could not be asked which packages it has; they were not checked"
            notices.append(Notice("hint", "PRJ-15", message))
        missing += [_package("pip", needed[name], pip_fix(root, python, name)) for name in absent or ()]
    return tuple(missing), tuple(notices)


def variables_missing(around: Surroundings, collected: Collected) -> Iterator[Missing]:
    """Variables that are read and set nowhere. A hint: they may be set where the project is deployed."""
    known = set(around.variables)
    for environment in ENVIRONMENTS:
        known.update(read_env_files(around.root, environment, {}))
    example, _ = read_text(around.root / ".env.example")
    seen: set[str] = set()
    sources: list[Source] = [written.source for written in collected.files]
    sources += [] if collected.config is None or collected.config.path.endswith(".toml") else [collected.config]
    for source in sources:
        for read in variables_read(source):
            if read.name in known or read.name in seen:
                continue
            seen.add(read.name)
            listed = example is not None and any(line.startswith(f"{read.name}=") for line in example.splitlines())
            fix = f"Set it in .env{', as .env.example says' if listed else ''}, if it is needed."
            what = f"the environment variable {read.name} is read and set nowhere"
            yield Missing("variable", read.name, what, source.path, read.line, fix, blocking=False)


def _package(kind: str, needed: Needed, fix: str) -> Missing:
    more = f", here and in {needed.also} more file{'' if needed.also == 1 else 's'}" if needed.also else ""
    what = f"{needed.name} is imported{more}, but not installed"
    return Missing("npm" if kind == "npm" else "pip", needed.name, what, needed.file, needed.line, fix)
