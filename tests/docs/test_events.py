"""What docs/events.md shows runs, in one project, and prints what it says; its table is that of the code."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia.authoring import emitting
from motia.runtime import emit_options
from support.running_project import LIMIT_S, MOTIA, Project, until

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
STEP = re.compile(r"```(?:python|ts|ruby)\n(?:#|//) (steps/\S+)\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path / "shop")
    for path, text in STEP.findall(PAGE):
        project.write(path, text)
    project.start()
    yield project
    project.http.close()
    project.stop()


def test_its_steps_run_together_and_its_commands_print_what_it_says(shop: Project) -> None:
    commands = COMMANDS.findall(PAGE)
    assert (len(STEP.findall(PAGE)), len(commands)) == (4, 5)
    for command, expected in commands:
        here = command.replace("localhost:3000", shop.url.removeprefix("http://")).replace("motia ", f"{MOTIA} ")
        done = subprocess.run(
            ["sh", "-c", here], cwd=shop.root, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip() == expected.strip(), command
    assert until(lambda: shop.state("index")) == {"fresh": True}
    assert shop.state("reminded") == {}


def test_its_table_names_every_option_there_is() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(emitting._OPTIONS)
    core = Path(emit_options.__file__).read_text(encoding="utf-8")
    assert [name for name in named if f'"{name}"' not in core] == []


def test_the_protocol_names_the_same_options() -> None:
    protocol = (ROOT / "docs" / "worker-protocol.md").read_text(encoding="utf-8")
    sentence = protocol[protocol.index("The options of an event are") :]
    assert [name for name in emitting._OPTIONS if f"`{name}`" not in sentence[: sentence.index(";")]] == []


@pytest.mark.parametrize("file", ["README.md", "docs/worker-protocol.md"])
def test_it_is_found_from(file: str) -> None:
    assert "events.md)" in (ROOT / file).read_text(encoding="utf-8")
