from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import pytest
from click.testing import CliRunner


@dataclasses.dataclass(frozen=True)
class Ran:
    status: int
    output: str


class Commands:
    """Runs commands as a script would: without a terminal, in a directory of its own."""

    def __init__(self, here: Path) -> None:
        self.here = here

    def run(self, command: click.Command, *arguments: str, typed: str | None = None) -> Ran:
        done = CliRunner().invoke(command, list(arguments), input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.output)

    def files(self, folder: str = ".") -> list[str]:
        root = self.here / folder
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(path for path in found if not path.startswith(".motia/"))


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return Commands(here)
