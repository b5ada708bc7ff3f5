"""Every command in the README runs and prints what the README says."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from motia.cli import cli
from support.running_project import LIMIT_S, MOTIA, Project, until

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n# (\S+)\n(.*?)```", re.DOTALL)
TYPESCRIPT = re.compile(r"```ts\n// (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    shutil.copytree(ROOT / "examples" / "first-look", tmp_path / "shop", ignore=shutil.ignore_patterns(".motia"))
    project = Project(tmp_path / "shop")
    project.start()
    yield project
    project.http.close()
    project.stop()


def commands() -> list[tuple[str, str]]:
    """(command, expected output) of all console blocks, in order."""
    found = []
    for block in CONSOLE.findall(README):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.strip()))
    return found


def test_the_tour_prints_what_it_shows(shop: Project) -> None:
    assert len(commands()) >= 6
    order = "ID"

    def run(command: str) -> str:
        here = command.replace("localhost:3000", shop.url.removeprefix("http://")).replace(".venv/bin/motia", MOTIA)
        here = here.replace("examples/first-look", str(shop.root)).replace("/ID", f"/{order}")
        done = subprocess.run(["sh", "-c", here], capture_output=True, text=True, timeout=LIMIT_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    for command, expected in commands():
        printed = run(command)
        if '"status":"placed"' in expected:
            order = re.findall(r'"id":"([^"]+)"', printed)[0]
        wanted = expected.replace('"ID"', f'"{order}"')
        # What follows from an event takes a moment; the README's reader takes longer to type.
        assert not wanted or printed == wanted or until(lambda: run(command) == wanted, 20), command  # noqa: B023


def test_the_steps_it_shows_run_together(tmp_path: Path) -> None:
    project = Project(tmp_path / "shown")
    shown = PYTHON.findall(README) + TYPESCRIPT.findall(README)
    assert {path for path, _ in shown} == {"steps/price_order_step.py", "steps/place-order.step.ts"}
    for path, text in shown:
        project.write(path, text)
    project.start()
    try:
        made = project.http.post("/orders", json={"items": [{"quantity": 2}, {"quantity": 1}]}).json()
        assert until(lambda: project.state("orders").get(made["id"])) == {"total": 12}
    finally:
        project.http.close()
        project.stop()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_table_of_commands_names_commands_that_exist() -> None:
    named = {
        word
        for line in README.splitlines()
        if line.startswith("| `motia")
        for word in re.findall(r"`motia ([a-z-]+)", line)
    }
    assert named
    assert named <= set(cli.list_commands(click.Context(cli)))
