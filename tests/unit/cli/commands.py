"""Runs commands as a script would: without a terminal, in a directory of their own."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
from click.testing import CliRunner


@dataclasses.dataclass(frozen=True)
class Ran:
    """The exit status, and all output in the order it came."""

    status: int
    output: str


@dataclasses.dataclass(frozen=True)
class Commands:
    """Commands in the directory `here`."""

    here: Path

    def run(self, command: click.Command, *arguments: str, typed: str | None = None) -> Ran:
        """Run it; an exception that is not a click exit is the test's failure."""
        done = CliRunner().invoke(command, list(arguments), input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.output)

    def files(self, folder: str = ".") -> list[str]:
        """All files below a folder, but for run-time data."""
        root = self.here / folder
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(path for path in found if not path.startswith(".motia/"))
