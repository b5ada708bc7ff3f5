"""`motia build`."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from motia.app.offline import LoadedProject, load_project
from motia.app.project_settings import ProjectSettings
from motia.cli.options import as_json, directory
from motia.cli.scaffolding.notices import show_notices
from motia.project import notice
from motia.project.manifest import build_manifest, write_manifest
from motia.project.notice import Notice
from motia.project.root import find_root
from motia.project.types_dts import types_dts

# What `dev` gets along with, but what is not checked or not what was meant must not be deployed: two Steps of one name,
# and Steps that this machine cannot load.
_STRICT: Final = frozenset({"PRJ-19", "PRJ-10"})


@click.command()
@click.option(
    "-o", "--output", default="dist", show_default=True, help="Folder for the result, from the project's root."
)
@click.option("-e", "--external", multiple=True, hidden=True, help="Accepted for older scripts: nothing is bundled.")
@click.option("--env", "environment", help="Configuration section and .env files to use.")
@click.option("--dir", "folders", multiple=True, help="Another folder with Steps; may be repeated.")
@as_json
@directory
def build(
    output: str,
    external: tuple[str, ...],  # noqa: ARG001 - accepted, has no effect
    environment: str | None,
    folders: tuple[str, ...],
    directory: Path | None,
    *,
    as_json: bool,
) -> None:
    """Check everything in a project and write dist/motia.steps.json.

    Exits with 1 when anything is wrong, after naming all of it; nothing is written then.
    """
    root = find_root(directory)
    project = asyncio.run(_loaded(root, environment, folders))
    notices = _judged(project)
    wrong = len(notice.errors(notices))
    written = None if wrong else _write(project, root / output)
    if as_json:
        click.echo(json.dumps(_report(project, notices, written), indent=2))
    else:
        show_notices(notices)
        click.echo(_summary(project, written) if written else f"Not built: {_count(wrong, 'error')}.", err=bool(wrong))
    if wrong:
        raise click.exceptions.Exit(1)


async def _loaded(root: Path, environment: str | None, folders: tuple[str, ...]) -> LoadedProject:
    return await load_project(await ProjectSettings.read(root, "build", environment=environment, folders=folders))


def _judged(project: LoadedProject) -> tuple[Notice, ...]:
    """What loading and comparing the Steps brought up, errors first."""
    steps = project.code.table.steps
    found = [
        _strictly(each)
        for each in (*project.code.notices, *types_dts(steps, project.code.streams.declared.values())[1])
    ]
    if not steps and not notice.errors(found):
        found.append(Notice("error", "CLI-7", f"there are no Steps in {project.root}"))
    order = {"error": 0, "warning": 1, "hint": 2}
    return tuple(sorted(found, key=lambda each: order[each.level]))


def _strictly(each: Notice) -> Notice:
    return dataclasses.replace(each, level="error") if each.rule in _STRICT and each.level == "warning" else each


def _write(project: LoadedProject, folder: Path) -> Path:
    return write_manifest(folder, _manifest(project))


def _manifest(project: LoadedProject) -> dict[str, Any]:
    code = project.code
    return build_manifest(project.root, code.table.steps, code.streams.declared.values(), project.files)


def _summary(project: LoadedProject, written: Path) -> str:
    code = project.code
    place = written.relative_to(project.root) if written.is_relative_to(project.root) else written
    checked = f"{_count(len(code.table.steps), 'Step')} and {_count(len(code.routes.routes), 'route')} checked"
    return f"{click.style('✓', fg='green')} {checked}, {place} written"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _report(project: LoadedProject, notices: Iterable[Notice], written: Path | None) -> dict[str, object]:
    return {
        "ok": written is not None,
        "manifest": None if written is None else str(written),
        "steps": [step.name for step in project.code.table.steps],
        "notices": [each.as_json() for each in notices],
    }
