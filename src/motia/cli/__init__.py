"""The command line: one file per command, loaded when it is called."""

from __future__ import annotations

import sys

import click

from motia.cli.group import LazyGroup
from motia.model.errors import MotiaError

_COMMANDS = {
    "create": "motia.cli.create:create",
    "templates": "motia.cli.templates_command:templates",
    "install": "motia.cli.install:install",
    "rules": "motia.cli.rules:rules",
    "dev": "motia.cli.dev:dev",
    "start": "motia.cli.dev:start",
    "build": "motia.cli.build:build",
    "steps": "motia.cli.steps:steps",
    "emit": "motia.cli.emit:emit",
    "trigger": "motia.cli.trigger:trigger",
    "state": "motia.cli.state:state",
    "streams": "motia.cli.streams:streams",
    "queue": "motia.cli.queue:queue",
    "cron": "motia.cli.cron:cron",
    "runs": "motia.cli.runs:runs",
    "tail": "motia.cli.runs:tail",
    "audit": "motia.cli.audit:audit",
    "traces": "motia.cli.traces:traces",
    "logs": "motia.cli.logs:logs",
    "generate": "motia.cli.generate:generate",
    "generate-types": "motia.cli.generate:types",
    "typegen": "motia.cli.generate:types",
    "doctor": "motia.cli.doctor:doctor",
    "version": "motia.cli.version:version",
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="motia", message="%(version)s")
def cli() -> None:
    """Motia: APIs, events, schedules and workflows as Steps in Python, TypeScript, JavaScript and Ruby."""


def main() -> None:
    """Run the command line: exit 0 for done, 1 for failed, 2 for wrong usage; never a traceback (CLI-2)."""
    try:
        code = cli(standalone_mode=False)
    except click.UsageError as problem:
        problem.show()
        sys.exit(2)
    except click.ClickException as problem:
        problem.show()
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except MotiaError as problem:
        click.echo(f"{click.style('Error:', fg='red', bold=True)} {problem}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as problem:
        click.echo(f"{click.style('Error:', fg='red', bold=True)} {problem}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
