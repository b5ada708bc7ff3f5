"""What is shipped: the wheel, in an environment of its own, runs Steps in every language without the checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import running_project
from support.running_project import Project

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_serves_steps_in_every_language(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", str(tmp_path / "dist"), ".")
    [wheel] = (tmp_path / "dist").glob("*.whl")
    assert "none-any" not in wheel.name, "it carries a binary, so its name must say of which platform"
    python = tmp_path / "venv" / "bin" / "python"
    run(UV, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv"))
    run(UV, "pip", "install", "--quiet", "--python", str(python), str(wheel))
    monkeypatch.setattr(running_project, "MOTIA", str(python.with_name("motia")))
    project.write(
        "steps/py_step.py", "config = {'type': 'api', 'path': '/py'}\nasync def handler(req): return {'from': 'py'}\n"
    )
    project.write(
        "steps/ts.step.ts",
        """
        export const config = { type: 'api', path: '/ts' }
        export const handler = async (): Promise<object> => ({ from: 'ts' })
        """,
    )
    project.write("steps/rb_step.rb", "def config = { type: 'api', path: '/rb' }\ndef handler(req) = { from: 'rb' }\n")
    project.start("start")
    for language in ("py", "ts", "rb"):
        assert project.http.get(f"/{language}").json() == {"from": language}
