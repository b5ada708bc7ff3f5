"""`motia doctor` (CLI-22)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from motia.app.offline import load_project
from motia.app.project_settings import ProjectSettings
from motia.cli.options import as_json, directory
from motia.model.errors import MotiaError
from motia.model.step_table import StepTable
from motia.project.config_file import ConfigFile, read_config_file
from motia.project.discovery import discover
from motia.project.doctor import Diagnosis, Difference, FileReport, Missing, Situation, examine
from motia.project.doctor.absences import Surroundings
from motia.project.environment import environment_name, read_env_files
from motia.project.notice import Notice
from motia.project.root import find_root

_LANGUAGES: Final = {"typescript": "TypeScript", "javascript": "JavaScript", "python": "Python", "ruby": "Ruby"}
_LEVELS: Final = {"error": ("✗", "red"), "warning": ("!", "yellow"), "hint": ("·", "blue")}
_RULE: Final = re.compile(r"\b([A-Z]+-\d+)(:\d+)?")
_WIDEST: Final = 120
_NARROWEST: Final = 60
_PLACE: Final = 6


@click.command()
@click.option("--no-load", is_flag=True, help="Only read the files; run nothing of the project.")
@as_json
@directory
def doctor(directory: Path | None, *, no_load: bool, as_json: bool) -> None:
    """Say which rules a project uses, what will differ from the original, and what is missing.

    Reads projects in any dialect and changes nothing in them. Loads them as `motia dev` does, unless --no-load is given.
    Exits with 1 when something is missing or wrong.
    """
    root = find_root(directory)
    diagnosis = asyncio.run(_examined(root, load=not no_load))
    if as_json:
        click.echo(json.dumps(diagnosis.as_json(), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_report(diagnosis)))
    if not diagnosis.ok:
        raise click.exceptions.Exit(1)


# --- the examination ------------------------------------------------------------------------------------------------


async def _examined(root: Path, *, load: bool) -> Diagnosis:
    real = dict(os.environ)
    variables = {**read_env_files(root, environment_name("dev", real), real, Path.cwd()), **real}
    file = read_config_file(root, variables)
    table: StepTable | None = None
    configured, include, exclude = _plain_settings(file)
    notices: tuple[Notice, ...] = file.notices
    if load:
        with _without_traces(root):
            settings, problems = await _settings(root, variables)
            loaded = await load_project(settings)
        include, exclude, configured = settings.config.include, settings.config.exclude, settings.config.interpreters
        table, notices = loaded.code.table, (*problems, *loaded.code.notices)
    found = await asyncio.to_thread(discover, root, include=include, exclude=exclude)
    if not load:
        notices = (*notices, *found.notices)
    around = Surroundings(root, variables, configured, run=load)
    return await asyncio.to_thread(examine, Situation(around, found, file.path, table, notices))


async def _settings(root: Path, variables: dict[str, str]) -> tuple[ProjectSettings, tuple[Notice, ...]]:
    """The project's settings; where they are refused, all defaults, so that the Steps are loaded nevertheless."""
    try:
        return await ProjectSettings.read(root, "dev"), ()
    except MotiaError as problem:
        settings = ProjectSettings(root, "dev", None, ())
        settings.variables = variables
        return settings, (Notice("error", "CONF-5", f"the project does not start: {problem}"),)


def _plain_settings(file: ConfigFile) -> tuple[Mapping[str, str], tuple[str, ...], tuple[str, ...]]:
    """Interpreters, `include` and `exclude` of a config that can be read without running it."""
    values = file.values or {}
    interpreters = values.get("interpreters")
    chosen = interpreters if isinstance(interpreters, dict) else {}
    return (
        {key: value for key, value in chosen.items() if isinstance(value, str)},
        _texts(values.get("include")),
        _texts(values.get("exclude")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    return tuple(item for item in items if isinstance(item, str)) if isinstance(items, list) else ()


@contextlib.contextmanager
def _without_traces(root: Path) -> Iterator[None]:
    """Loading keeps compiled code in `.motia/cache`; where there was no `.motia`, there is none afterwards."""
    folder = root / ".motia"
    existed = folder.exists()
    try:
        yield
    finally:
        if not existed:
            shutil.rmtree(folder / "cache", ignore_errors=True)
            with contextlib.suppress(OSError):  # absent, or a core began to use it meanwhile
                folder.rmdir()


# --- the report for people ------------------------------------------------------------------------------------------


def _report(diagnosis: Diagnosis) -> Iterator[str]:
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))
    files = {each.file: each for each in diagnosis.files}
    mentioned: tuple[Difference | Missing | Notice, ...] = (
        *diagnosis.differences,
        *diagnosis.missing,
        *diagnosis.notices,
    )
    for file in sorted({*files, *(each.file for each in mentioned if each.file)}):
        yield from _group(_title(file, files.get(file)), files.get(file), file, diagnosis, width)
    if any(each.file is None for each in mentioned):
        yield from _group(click.style("the project", bold=True), None, None, diagnosis, width)
    yield _summary(diagnosis)


def _title(file: str, report: FileReport | None) -> str:
    title = click.style(file, bold=True)
    if report is None:
        return title
    return f"{title}  {click.style(f'{_LANGUAGES.get(report.language, report.language)}, {report.form}', fg='cyan')}"


def _group(title: str, report: FileReport | None, file: str | None, diagnosis: Diagnosis, width: int) -> Iterator[str]:
    yield title
    if report is not None and report.uses:
        text = " · ".join(f"{use.what} {use.rule}:{use.line}".replace(" ", "\u00a0") for use in report.uses)
        for line in textwrap.wrap(text, width - 2, break_long_words=False, break_on_hyphens=False):
            shown = line.replace("\u00a0", " ")
            yield "  " + _RULE.sub(lambda match: click.style(match[0], fg="bright_black"), shown)
    lines = [
        *(_missing_line(each) for each in diagnosis.missing if each.file == file),
        *(_notice_line(each) for each in diagnosis.notices if each.file == file),
        *(_difference_line(each) for each in diagnosis.differences if each.file == file),
    ]
    for mark, color, place, text in lines:
        first = click.style(f"{mark} {place:<{_PLACE}}", fg=color)
        wrapped = textwrap.wrap(text, width - _PLACE - 5, break_long_words=False) or [""]
        yield f"  {first} {wrapped[0]}"
        yield from (f"  {'':<{_PLACE + 3}}{line}" for line in wrapped[1:])
    yield ""


def _missing_line(each: Missing) -> tuple[str, str, str, str]:
    mark, color = ("✗", "red") if each.blocking else ("·", "blue")
    label = "missing: " if each.blocking else ""
    return mark, color, _line_number(each.line), f"{label}{_sentence(each.what)}{f' {each.fix}' if each.fix else ''}"


def _notice_line(each: Notice) -> tuple[str, str, str, str]:
    mark, color = _LEVELS[each.level]
    step = f'"{each.step}": ' if each.step else ""
    fix = f" {each.fix}" if each.fix else ""
    return mark, color, _line_number(each.line), f"{step}{_sentence(each.message)}{fix} ({each.rule})"


def _difference_line(each: Difference) -> tuple[str, str, str, str]:
    mark, color = ("✗", "red") if each.blocking else ("≠", "yellow")
    return mark, color, _line_number(each.line), f"{_sentence(each.what)} ({each.rule})"


def _line_number(line: int | None) -> str:
    return "" if line is None else str(line)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _summary(diagnosis: Diagnosis) -> str:
    lacking = sum(each.blocking for each in diagnosis.missing)
    wrong = sum(each.level == "error" for each in diagnosis.notices)
    differing = len(diagnosis.differences)
    parts = [f"{_count(diagnosis.steps, 'Step')} in {_count(len(diagnosis.languages), 'language')}"]
    parts += [_verbal(lacking, "thing is missing", "things are missing")] if lacking else []
    parts += [_count(wrong, "error")] if wrong else []
    if differing or diagnosis.steps:
        parts.append(f"{differing or 'nothing'} will behave differently")
    mark = click.style("✓", fg="green") if diagnosis.ok else click.style("✗", fg="red")
    return f"{mark} {'; '.join(parts)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _verbal(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
