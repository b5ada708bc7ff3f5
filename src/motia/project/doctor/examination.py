"""The whole examination, in order: read, look at each file, look at the project, look for what is missing, merge."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Final

from motia.model.step import HttpTrigger
from motia.model.step_table import StepTable
from motia.project.discovery import Discovered, SourceFile
from motia.project.doctor.absences import (
    Surroundings,
    interpreters_missing,
    interpreters_of,
    packages_missing,
    variables_missing,
)
from motia.project.doctor.calls import call_uses
from motia.project.doctor.code_rules import code_uses, import_uses
from motia.project.doctor.collecting import Collected, collect
from motia.project.doctor.config_rules import config_uses
from motia.project.doctor.configs import STREAM
from motia.project.doctor.differences import code_differences, config_differences
from motia.project.doctor.findings import Diagnosis, Difference, FileReport, Missing, Use
from motia.project.doctor.installed import npm_folder, npm_version
from motia.project.doctor.project_config import ConfigReport, config_report, engine_variables, start_difference
from motia.project.doctor.source import LANGUAGE_NAMES
from motia.project.doctor.surroundings import surrounding_differences
from motia.project.doctor.wiring import Written, known_of, wiring_differences
from motia.project.notice import Notice, errors
from motia.project.root import SCAN_FOLDERS
from motia.project.source_text import Language

_UNKNOWN: Final = "not recognised"
_HELPER: Final = "helper"
_PROJECT_CONFIG: Final = "project config"
_ZOD: Final = "Zod schemas"


@dataclasses.dataclass(frozen=True, slots=True)
class Situation:
    """What is examined. `table` holds the Steps when the project was loaded; `notices` are what finding and loading said."""

    around: Surroundings
    discovered: Discovered
    config: str | None = None
    table: StepTable | None = None
    notices: tuple[Notice, ...] = ()


def examine(situation: Situation) -> Diagnosis:
    """All that can be said about a project."""
    around, discovered = situation.around, situation.discovered
    collected = collect(around.root, discovered, situation.config)
    config = ConfigReport() if collected.config is None else config_report(collected.config)
    languages = frozenset(each.language for each in (*discovered.steps, *discovered.streams))
    interpreters = interpreters_of(around, languages)
    packages, package_notices = packages_missing(around, collected, interpreters.get("python"))
    missing = (
        *interpreters_missing(interpreters, _first_files(discovered)),
        *packages,
        *config.missing,
        *engine_variables(around.variables),
        *variables_missing(around, collected),
    )
    differences = tuple(dict.fromkeys(_differences(situation, collected, config)))
    notices = (*collected.notices, *situation.notices, *package_notices, *_emptiness(situation))
    counts = _counts(collected, situation.table)
    return Diagnosis(
        str(around.root),
        sum(counts.values()),
        tuple(sorted({_language_name(path) for path, count in counts.items() if count})),
        tuple(_reports(situation, collected, config)),
        _without_noticed(differences, notices),
        missing,
        _without_found(notices, missing),
    )


def _reports(situation: Situation, collected: Collected, config: ConfigReport) -> Iterator[FileReport]:
    if collected.config is not None:
        path = collected.config.path
        yield FileReport(path, _language_name(path), _PROJECT_CONFIG, _ordered(config.uses))
    for written in collected.files:
        uses = _ordered(_with_zod_version(situation, written, _uses(written)))
        helper = written in collected.helpers
        if uses or not helper:
            source = written.source
            yield FileReport(source.path, source.language_name, _HELPER if helper else _form(written), uses)


def _uses(written: Written) -> Iterator[Use]:
    source = written.source
    if not written.suffixed:
        stream = any(config.form == STREAM for config in written.configs)
        yield Use("PRJ-4" if stream else "PRJ-5", 1, "recognised by its text, without a suffix")
    for config in written.configs:
        yield from config_uses(source, config)
    yield from import_uses(source, written.imports)
    yield from code_uses(source)
    yield from call_uses(source)


def _with_zod_version(situation: Situation, written: Written, uses: Iterable[Use]) -> Iterator[Use]:
    for use in uses:
        if use.what != _ZOD:
            yield use
            continue
        folder = npm_folder(situation.around.root, written.source.path, "zod")
        version = None if folder is None else npm_version(folder)
        explicit = {each.module for each in written.imports} & {"zod/v3", "zod/v4"}
        major = max(explicit)[-1] if explicit else (version or "").partition(".")[0]
        yield dataclasses.replace(use, what=f"Zod {major} schemas" if major else _ZOD)


def _form(written: Written) -> str:
    forms = dict.fromkeys(config.form for config in written.configs)
    return ", ".join(forms) or _UNKNOWN


def _ordered(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Each form once, at its first place, in line order."""
    first: dict[tuple[str, str], Use] = {}
    for use in sorted(uses, key=lambda each: each.line):
        first.setdefault((use.rule, use.what), use)
    return tuple(first.values())


def _differences(situation: Situation, collected: Collected, config: ConfigReport) -> Iterator[Difference]:
    for notice in situation.discovered.notices:
        if notice.rule == "PRJ-7":
            yield Difference("PRJ-7", notice.message, notice.file)
    yield from config.differences
    serves = False
    for written in collected.files:
        source = written.source
        if written.configs and source.path.endswith(".step.py"):
            yield Difference("PRJ-3", "0.17 and 1.0-RC ignore files named .step.py; this one runs", source.path, 1)
        yield from code_differences(source, written.imports)
        for each in written.configs:
            yield from config_differences(source, each, config.validation)
            serves |= each.kind == "api" or any(trigger.kind == "http" for trigger in each.triggers)
    serves |= situation.table is not None and any(
        isinstance(trigger, HttpTrigger) for step in situation.table.steps for trigger in step.triggers
    )
    known = known_of(collected.files, situation.table)
    yield from wiring_differences(collected.files, known, strict_triggers=config.strict_triggers)
    start = start_difference(config, situation.config) if serves else None
    if start is not None:
        yield start
    yield from surrounding_differences(situation.around.root)


def _without_noticed(differences: tuple[Difference, ...], notices: tuple[Notice, ...]) -> tuple[Difference, ...]:
    """Loading says the same more exactly."""
    said = {(notice.rule, notice.file) for notice in notices if notice.rule != "PRJ-7"}
    ordered = sorted(differences, key=lambda each: (each.file or "", each.line or 0))
    return tuple(each for each in ordered if (each.rule, each.file) not in said)


def _without_found(notices: tuple[Notice, ...], missing: tuple[Missing, ...]) -> tuple[Notice, ...]:
    """Without those that say what another part of the report says, each once."""
    lacks_interpreter = any(each.kind == "interpreter" for each in missing)
    kept = (
        notice
        for notice in notices
        if notice.rule != "PRJ-7" and not (notice.rule == "PRJ-10" and notice.level != "error" and lacks_interpreter)
    )
    return tuple(dict.fromkeys(kept))


def _emptiness(situation: Situation) -> Iterator[Notice]:
    discovered = situation.discovered
    if discovered.steps or errors(situation.notices) or any(each.rule == "PRJ-7" for each in discovered.notices):
        return
    fix = f"Steps are files such as {SCAN_FOLDERS[0]}/hello.step.ts or {SCAN_FOLDERS[0]}/hello_step.py."
    yield Notice("error", "PRJ-2", f"there are no Steps in {', '.join(SCAN_FOLDERS)}", fix=fix)


def _counts(collected: Collected, table: StepTable | None) -> dict[str, int]:
    """Steps by file: those that were loaded, else those that the text shows."""
    counts = {written.source.path: len({config.step for config in written.configs}) or 1 for written in collected.steps}
    loaded: dict[str, int] = {}
    for step in () if table is None else table.steps:
        loaded[step.file] = loaded.get(step.file, 0) + 1
    return counts | loaded


def _first_files(discovered: Discovered) -> dict[Language, str]:
    files: tuple[SourceFile, ...] = (*discovered.steps, *discovered.streams)
    return {each.language: each.path for each in reversed(files)}


def _language_name(path: str) -> str:
    """As a `FileReport` says it; also of config files."""
    ending = path.rpartition(".")[2]
    return ending if ending in {"toml", "json"} else LANGUAGE_NAMES.get(ending, "javascript")
