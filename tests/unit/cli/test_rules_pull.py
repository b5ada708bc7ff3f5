"""`motia rules pull` (CLI-23)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from motia.cli import cli
from motia.cli.create import create
from motia.cli.rules import rules
from motia.cli.scaffolding.guidance import guidance_files
from unit.cli.commands import Commands

FILES = {"AGENTS.md", "CLAUDE.md", ".cursor/rules/motia.mdc"}


@pytest.fixture
def project(commands: Commands) -> Path:
    (commands.here / "steps").mkdir()
    return commands.here


def test_cli_23_every_file_is_written_once(commands: Commands, project: Path) -> None:
    assert commands.run(rules, "pull").status == 0
    assert set(commands.files()) == FILES
    assert "alwaysApply" in (project / ".cursor/rules/motia.mdc").read_text()
    assert (project / "AGENTS.md").read_text().startswith("This is a Motia project")
    assert "alwaysApply" not in (project / "AGENTS.md").read_text()
    again = commands.run(rules, "pull")
    assert again.output.count("(up to date)") == len(FILES)


def test_cli_23_what_is_there_is_kept_unless_forced(commands: Commands, project: Path) -> None:
    (project / "AGENTS.md").write_text("ours")
    kept = commands.run(rules, "pull")
    assert kept.status == 0
    assert "AGENTS.md (was there, left as it is)" in kept.output
    assert "motia rules pull --force" in kept.output
    assert (project / "AGENTS.md").read_text() == "ours"
    for flag in ("-f", "--force"):
        (project / "AGENTS.md").write_text("ours")
        assert commands.run(rules, "pull", flag).status == 0
        assert (project / "AGENTS.md").read_text() == guidance_files()["AGENTS.md"]


def test_cli_23_create_adds_the_rules_of_cursor(commands: Commands) -> None:
    assert commands.run(create, "shop", "--cursor").status == 0
    made = (commands.here / "shop/.cursor/rules/motia.mdc").read_text()
    assert made == guidance_files()[".cursor/rules/motia.mdc"]
    assert commands.run(rules, "pull", "shop").output.count("(up to date)") == 1


def test_cli_23_the_commands_it_names_exist(commands: Commands) -> None:
    named = set(re.findall(r"`motia ([a-z]+)", guidance_files()["AGENTS.md"]))
    assert {"dev", "build", "generate", "logs"} <= named
    for name in named:
        assert commands.run(cli, name, "--help").status == 0
