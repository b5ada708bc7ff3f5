"""Sources for the tests, made from text."""

from __future__ import annotations

import textwrap
from pathlib import Path

from motia.project.discovery import discover, language_of
from motia.project.doctor import Diagnosis, Situation, examine
from motia.project.doctor.absences import Surroundings
from motia.project.doctor.configs import configs_of
from motia.project.doctor.imports import imports_of
from motia.project.doctor.source import Source
from motia.project.doctor.wiring import Written

# A path for each language, by the ending.
PATHS = {"ts": "steps/a.step.ts", "js": "steps/a.step.js", "py": "steps/a_step.py", "rb": "steps/a_step.rb"}


def source(text: str, ending: str = "ts", path: str | None = None) -> Source:
    path = path or PATHS[ending]
    language = language_of(path)
    assert language is not None
    return Source(path, textwrap.dedent(text).lstrip("\n"), language)


def written(text: str, ending: str = "ts", path: str | None = None) -> Written:
    found = source(text, ending, path)
    imports = imports_of(found)
    return Written(found, imports, configs_of(found, imports))


def project(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def examined(root: Path, config: str | None = None, variables: dict[str, str] | None = None) -> Diagnosis:
    """What is said about a project without running anything of it."""
    found = discover(root)
    around = Surroundings(root, variables or {}, run=False)
    return examine(Situation(around, found, config, None, found.notices))
