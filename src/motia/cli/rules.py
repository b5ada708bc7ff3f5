"""`motia rules`."""

from __future__ import annotations

from pathlib import Path

import click

from motia.cli.options import directory
from motia.cli.scaffolding.guidance import guidance_files
from motia.project.files import write_if_changed
from motia.project.root import find_root


@click.group()
def rules() -> None:
    """Guidance on writing Steps, for editors and assistants."""


@rules.command()
@click.option("-f", "--force", is_flag=True, help="Replace files that are there.")
@directory
def pull(directory: Path | None, *, force: bool) -> None:
    """Write AGENTS.md, CLAUDE.md and .cursor/rules of this version into the project.

    Files that are there stay as they are, unless --force is given. Nothing is downloaded.
    """
    root = find_root(directory)
    kept = 0
    for path, text in guidance_files().items():
        file = root / path
        if not force and file.exists() and file.read_bytes() != text.encode():
            kept += 1
            click.echo(f"  {path} {click.style('(was there, left as it is)', fg='bright_black')}")
        elif write_if_changed(file, text):
            click.echo(f"{click.style('✓', fg='green')} {path}")
        else:
            click.echo(f"  {path} {click.style('(up to date)', fg='bright_black')}")
    if kept:
        click.echo("\n'motia rules pull --force' replaces what was left.")
