"""`motia generate`: new Steps, and files made from the Steps of a project."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from motia.app.editor_types import write_editor_types
from motia.cli.options import directory
from motia.cli.scaffolding.notices import show_notices
from motia.cli.scaffolding.questions import ask, ask_one_of, on_terminal
from motia.cli.scaffolding.step_source import KINDS, STEP_LANGUAGES, NewStep, file_name, source
from motia.model.schedule import CronSchedule, InvalidSchedule
from motia.project import notice
from motia.project.discovery import discover
from motia.project.root import SCAN_FOLDERS, find_root

if TYPE_CHECKING:
    from motia.app.code import Code

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
_HOURLY: Final = "0 * * * *"
_STEP_FOLDERS: Final = ("steps", "src", "motia/steps", "motia/src")
_SCRIPTS: Final = (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs")
# Which options say something about which kind of Step.
_BELONGS: Final = {"--path": "api", "--method": "api", "--cron": "cron", "--subscribes": "event"}


@click.group()
def generate() -> None:
    """Make a new Step, or files from the Steps of a project."""


@generate.command()
@click.option("-d", "--dir", "folder", help="Folder below steps/ (or below another folder with Steps, named in full).")
@click.option("-n", "--name", help="The Step's name, such as AddQuote; also gives the file its name.")
@click.option("-t", "--type", "kind", type=click.Choice(KINDS), help="What starts it.")
@click.option("-l", "--language", type=click.Choice(STEP_LANGUAGES), help="Default: that of most Steps of the project.")
@click.option("--path", help="api: its path (default: from the name).")
@click.option("--method", type=click.Choice(_METHODS, case_sensitive=False), help="api: its method (default: GET).")
@click.option("--cron", help=f"cron: its schedule (default: every hour, {_HOURLY!r}).")
@click.option("--subscribes", multiple=True, help="event: a topic; repeat it, or separate by commas.")
@click.option("--emits", multiple=True, help="A topic it emits; repeat it, or separate by commas.")
@click.option("--flows", multiple=True, help="A flow it is drawn in; repeat it, or separate by commas.")
@directory
def step(
    *,
    folder: str | None,
    name: str | None,
    kind: str | None,
    language: str | None,
    path: str | None,
    method: str | None,
    cron: str | None,
    subscribes: tuple[str, ...],
    emits: tuple[str, ...],
    flows: tuple[str, ...],
    directory: Path | None,
) -> None:
    """Write a new Step that runs as it is."""
    root = find_root(directory)
    own_language = language or _usual_language(root)
    chosen_name = _given_or_asked("--name", name, "Name")
    chosen_kind = kind or _kind_asked()
    for option, value in (("--path", path), ("--method", method), ("--cron", cron), ("--subscribes", subscribes)):
        if value and _BELONGS[option] != chosen_kind:
            raise click.UsageError(f"{option} is for {_BELONGS[option]} Steps; this one is of type {chosen_kind}")
    file = file_name(chosen_name, own_language)
    if not file:
        raise click.UsageError(f"a Step's name needs letters or digits; {chosen_name!r} has none")
    slug = file_name(chosen_name, "typescript").removesuffix(".step.ts")
    new = NewStep(
        name=chosen_name,
        kind=chosen_kind,
        method=(method or "GET").upper(),
        path=_absolute(path or slug),
        topics=_listed(subscribes) or (slug,),
        cron=_checked_cron(cron or _HOURLY),
        emits=_listed(emits),
        flows=_listed(flows),
    )
    _write_new(root, _place(root, folder) / file, source(new, own_language))


@generate.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A folder, or the file to write types.d.ts to.")
@directory
def types(directory: Path | None, output: Path | None) -> None:
    """Write the types of handlers, payloads and streams.

    types.d.ts for TypeScript and JavaScript Steps, motia_types.pyi for Python Steps.
    """
    from motia.project import types_dts, types_pyi  # noqa: PLC0415 - loads the models of a project

    root = find_root(directory)
    code = _loaded_code(root)
    steps, streams = code.table.steps, tuple(code.streams.declared.values())
    target = _target(output, root / types_dts.FILE_NAME)
    scripts, python = (any(step.file.endswith(endings) for step in steps) for endings in (_SCRIPTS, ".py"))
    contradictions: tuple[notice.Notice, ...] = ()
    written = []
    if scripts or (output is not None and not python):
        contradictions = types_dts.write_types(root, steps, streams, output=target)
        write_editor_types(root)
        written.append(target)
    if python:
        stub = target.with_name(types_pyi.FILE_NAME)
        contradictions = types_pyi.write_python_types(root, steps, streams, stub)
        written.append(stub)
    show_notices(notice.errors((*code.notices, *contradictions)))
    for file in written:
        click.echo(f"{click.style('✓', fg='green')} {_shown(file)} holds the types of {len(steps)} Steps")
    if not written:
        click.echo(f"There are no TypeScript, JavaScript or Python Steps in {root}: nothing to write.")
    if notice.errors(code.notices):
        raise click.ClickException("the types lack what could not be loaded")


@generate.command()
@click.option("-t", "--title", help="The API's title (default: the name of the project's directory).")
@click.option("-v", "--version", "version", default="1.0.0", show_default=True, help="The API's version.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write, or its folder (default: openapi.json)."
)
@directory
def openapi(directory: Path | None, title: str | None, version: str, output: Path | None) -> None:
    """Write openapi.json: the HTTP API of a project as OpenAPI 3.1."""
    from motia.project.openapi import FILE_NAME, write_openapi  # noqa: PLC0415 - loads the models of a project

    root = find_root(directory)
    code = _loaded_code(root)
    file = _target(output, root / FILE_NAME)
    count = write_openapi(file, code.table.steps, title or root.name, version)
    show_notices(notice.errors(code.notices))
    click.echo(f"{click.style('✓', fg='green')} {_shown(file)} describes {count} operation{'' if count == 1 else 's'}")
    if notice.errors(code.notices):
        raise click.ClickException("the document lacks what could not be loaded")


def _loaded_code(root: Path) -> Code:
    from motia.app.offline import load_project  # noqa: PLC0415 - loads the whole core
    from motia.app.project_settings import ProjectSettings  # noqa: PLC0415

    async def loaded() -> Code:
        return (await load_project(await ProjectSettings.read(root, "dev"))).code

    return asyncio.run(loaded())


def _given_or_asked(option: str, value: str | None, question: str) -> str:
    if value and value.strip():
        return value.strip()
    if not on_terminal():
        raise click.UsageError(f"{option} is missing")
    return ask(question)


def _kind_asked() -> str:
    if not on_terminal():
        raise click.UsageError(f"--type is missing; one of {', '.join(KINDS)}")
    return ask_one_of("Type", KINDS, KINDS[0])


def _usual_language(root: Path) -> str:
    """The language of most Steps, Python when there are none."""
    counts = dict.fromkeys(STEP_LANGUAGES, 0)
    for file in discover(root).steps:
        counts[_language(file.path)] += 1
    return max(counts, key=lambda language: counts[language])


def _language(path: str) -> str:
    if path.endswith((".ts", ".mts", ".cts")):
        return "typescript"
    if path.endswith(".rb"):
        return "ruby"
    return "javascript" if path.endswith(_SCRIPTS) else "python"


def _listed(values: Iterable[str]) -> tuple[str, ...]:
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _absolute(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def _checked_cron(expression: str) -> str:
    try:
        CronSchedule.parse(expression, None)
    except InvalidSchedule as problem:
        raise click.UsageError(f"--cron: {problem}") from None
    return expression


def _place(root: Path, folder: str | None) -> Path:
    """Where the file goes: below a folder in which Steps are looked for."""
    if folder is None:
        return _main_folder(root)
    wanted = Path(folder)
    if wanted.is_absolute() or ".." in wanted.parts:
        raise click.UsageError(f"--dir is a folder below steps/, not {folder!r}")
    named_in_full = any(wanted.is_relative_to(known) for known in SCAN_FOLDERS)
    return root / wanted if named_in_full else _main_folder(root) / wanted


def _main_folder(root: Path) -> Path:
    return next((root / known for known in _STEP_FOLDERS if (root / known).is_dir()), root / _STEP_FOLDERS[0])


def _write_new(root: Path, file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise click.ClickException(f"{_shown(file)} exists; nothing was written") from None
    click.echo(f"{click.style('✓', fg='green')} {file.relative_to(root).as_posix()}")


def _target(output: Path | None, default: Path) -> Path:
    if output is None:
        return default
    return output / default.name if output.is_dir() else output.absolute()


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
