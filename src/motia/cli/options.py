"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def directory(function: F) -> F:
    """The project, `[DIR]`."""
    kind = click.Path(file_okay=False, path_type=Path)
    return click.argument("directory", required=False, type=kind, metavar="[DIR]")(function)


def project(function: F) -> F:
    """The project, as an option where the arguments are something else."""
    kind = click.Path(file_okay=False, path_type=Path)
    text = "The project directory (default: found from the current one)."
    return click.option("--project", "directory", type=kind, help=text)(function)


def as_json(function: F) -> F:
    """Output for scripts."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(function)


def _workbench_base(_context: click.Context, _parameter: click.Parameter, path: str | None) -> None:
    """The option stands above the project's settings, where its variable stands already."""
    if path is not None:
        os.environ["MOTIA_WORKBENCH_BASE"] = path


def serving(function: F) -> F:
    """Where a server listens and how much it says."""
    for option in reversed(
        (
            click.option("-p", "--port", type=click.IntRange(0, 65535), help="Port to listen on (3000)."),
            click.option("-H", "--host", help="Address to listen on (127.0.0.1)."),
            click.option("-v", "--verbose", is_flag=True, help="Say more: every Step, every worker."),
            click.option("-d", "--debug", is_flag=True, help="Show debug log records too."),
            click.option("-m", "--mermaid", is_flag=True, help="Write each flow as a diagram to .mermaid/."),
            click.option("--env", "environment", help="Configuration section and .env files to use."),
            click.option("--dir", "folders", multiple=True, help="Another folder with Steps; may be repeated."),
            click.option(
                "--workbench-base",
                metavar="PATH",
                expose_value=False,
                callback=_workbench_base,
                help="Serve the Workbench at another path than /.",
            ),
            as_json,
            directory,
        )
    ):
        function = option(function)
    return function
