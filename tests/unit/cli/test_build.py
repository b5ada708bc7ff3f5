"""`motia build` (CLI-7) judges what loading found; the loading itself is tested with real workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from motia.app.code import Code
from motia.app.offline import LoadedProject
from motia.app.project_settings import ProjectSettings
from motia.cli.build import build
from motia.http.routes import RouteTable
from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger, Schema, Step
from motia.model.step_table import StepTable
from motia.project.notice import Notice
from unit.cli.commands import Commands

Found = Callable[..., None]


def a_step(name: str, *triggers: EventTrigger) -> Step:
    file = f"steps/{name}_step.py"
    return Step(name=name, id=name, file=file, language="python", entry=file, form="type", triggers=triggers)


@pytest.fixture
def found(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Decides what loading the project finds."""
    (commands.here / "steps").mkdir()

    def decide(steps: tuple[Step, ...] = (a_step("A"),), notices: tuple[Notice, ...] = ()) -> None:
        code = Code(StepTable(steps), RouteTable(), notices, steps, (), (), frozenset(), 1.0)

        async def load(settings: ProjectSettings) -> LoadedProject:
            return LoadedProject(settings.root, code, ("lib/a.py",))

        monkeypatch.setattr("motia.cli.build.load_project", load)

    return decide


def test_a_good_project_gets_its_lock_file(commands: Commands, found: Found) -> None:
    (commands.here / "lib").mkdir()
    (commands.here / "lib" / "a.py").write_text("1")
    found()
    built = commands.run(build)
    assert built.status == 0
    assert "✓ 1 Step and 0 routes checked, dist/motia.steps.json written" in built.output
    manifest = json.loads((commands.here / "dist" / "motia.steps.json").read_text())
    assert list(manifest["steps"]) == ["steps/A_step.py"]
    assert list(manifest["files"]) == ["lib/a.py"]


def test_the_folder_may_be_another(commands: Commands, found: Found, tmp_path: Path) -> None:
    found()
    assert commands.run(build, "-o", "out", "-e", "zod").status == 0
    assert commands.run(build, "-o", str(tmp_path / "away")).status == 0
    assert (commands.here / "out" / "motia.steps.json").read_text() == (
        tmp_path / "away" / "motia.steps.json"
    ).read_text()


def test_every_error_is_named_and_nothing_is_written(commands: Commands, found: Found) -> None:
    found(
        notices=(
            Notice("hint", "X", "a hint", "steps/h_step.py"),
            Notice("error", "X", "one is wrong", "steps/a_step.py", line=3, fix="Do this."),
            Notice("warning", "X", "odd"),
            Notice("error", "X", "two is wrong"),
        )
    )
    built = commands.run(build)
    assert built.status == 1
    assert built.output.splitlines() == [
        "[ERROR] steps/a_step.py:3: one is wrong. Do this.",
        "[ERROR] two is wrong.",
        "[WARNING] odd.",
        "[HINT] steps/h_step.py: a hint.",
        "Not built: 2 errors.",
    ]
    assert commands.files() == []


@pytest.mark.parametrize("rule", ["PRJ-10", "PRJ-19"])
def test_what_dev_puts_up_with_fails_a_build(commands: Commands, found: Found, rule: str) -> None:
    found(notices=(Notice("warning", rule, "Duplicate step names: A"),))
    built = commands.run(build)
    assert built.status == 1
    assert "[ERROR] Duplicate step names: A." in built.output


def test_contradicting_subscribers_fail_a_build(commands: Commands, found: Found) -> None:
    def listener(name: str, kind: str) -> Step:
        schema = Schema({"type": "object", "properties": {"a": {"type": kind}}, "required": ["a"]})
        return a_step(name, EventTrigger("t", DeliveryPolicy(), schema))

    found(steps=(listener("A", "string"), listener("B", "number")))
    built = commands.run(build)
    assert built.status == 1
    assert 'no payload of "t" suits both "A"' in built.output


def test_a_project_without_steps_is_not_built(commands: Commands, found: Found) -> None:
    found(steps=())
    built = commands.run(build)
    assert built.status == 1
    assert "there are no Steps in" in built.output


def test_the_result_is_there_for_scripts(commands: Commands, found: Found) -> None:
    found(notices=(Notice("warning", "X", "odd", "a.py"),))
    report = json.loads(commands.run(build, "--json").output)
    assert report == {
        "ok": True,
        "manifest": str(commands.here / "dist" / "motia.steps.json"),
        "steps": ["A"],
        "notices": [{"level": "warning", "rule": "X", "message": "odd", "file": "a.py"}],
    }
    found(notices=(Notice("error", "X", "wrong"),))
    failed = commands.run(build, "--json")
    assert failed.status == 1
    assert json.loads(failed.output)["manifest"] is None
