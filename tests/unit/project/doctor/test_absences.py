from __future__ import annotations

import sys
from pathlib import Path

import pytest

from motia.project.doctor.installed import npm_fix, pip_fix, pip_missing
from motia.project.doctor.variables import variables_read
from motia.project.interpreters import Interpreter
from unit.project.doctor.written import examined, project, source

OWN = Interpreter("python", sys.executable)


@pytest.mark.parametrize(
    ("ending", "text", "names"),
    [
        ("ts", "process.env.API_KEY", ["API_KEY"]),
        ("ts", "process.env['API_KEY']!", ["API_KEY"]),
        ("ts", "`redis://${process.env.API_KEY}`", ["API_KEY"]),
        ("ts", "const { API_KEY, OTHER: o, LAST = 'x' } = process.env", ["API_KEY", "OTHER"]),
        ("ts", "process.env.A ?? 'x'; process.env.B || 1; process.env.C ? 1 : 2; process.env.D === 'x'", []),
        ("ts", "process.env.A = 'x'; f(process.env.A)", []),
        ("ts", "process.env.NODE_ENV; process.env.MOTIA_PORT; process.env[name]", []),
        ("ts", "// process.env.A\n'process.env.B'", []),
        ("py", "os.environ['API_KEY']; os.environ.get('B'); os.getenv('C')", ["API_KEY", "B", "C"]),
        ("py", "f\"{os.environ['API_KEY']}\"", ["API_KEY"]),
        ("py", "os.environ.get('A', 'x'); os.getenv('B') or 'x'; os.environ['C'] = 'x'", []),
        ("py", "# os.environ['A']\ntext = \"os.environ['B']\"", []),
        ("rb", "ENV['API_KEY']; ENV.fetch('B')", ["API_KEY", "B"]),
        ("rb", "ENV['A'] || 'x'; ENV.fetch('B', 'x'); ENV.fetch('C') { 1 }", []),
    ],
)
def test_variables_without_a_default(ending: str, text: str, names: list[str]) -> None:
    assert [read.name for read in variables_read(source(text, ending))] == names


def test_variables_that_are_set_somewhere(tmp_path: Path) -> None:
    files = {
        "steps/a.step.ts": "export const config = { type: 'noop' }\nf(process.env.A, process.env.B, process.env.C, process.env.D)",
        ".env.production": "A=1",
        ".env.example": "C=\n",
    }
    missing = examined(project(tmp_path, files), variables={"B": "1"}).missing
    assert [(each.name, each.line, each.blocking) for each in missing] == [("C", 2, False), ("D", 2, False)]
    assert missing[0].fix == "Set it in .env, as .env.example says, if it is needed."


def test_npm_packages_of_steps_and_of_what_they_import(tmp_path: Path) -> None:
    files = {
        "src/a.step.ts": "import { z } from 'zod'\nimport { b } from './b'\nimport fs from 'fs'\nimport { api } from 'motia'",
        "src/b.ts": "import openai from 'openai'\nimport { z } from 'zod'\nimport { c } from './c'",
        "src/c.js": "const got = require('@scope/got/x')",
        "src/unused.ts": "import nothing from 'nothing'",
        "motia.config.ts": "import cors from 'cors'\nexport default {}",
        "node_modules/openai/package.json": "{}",
    }
    missing = [each for each in examined(project(tmp_path, files), "motia.config.ts").missing if each.kind == "npm"]
    assert [(each.name, each.file, each.line) for each in missing] == [
        ("zod", "src/a.step.ts", 1),
        ("cors", "motia.config.ts", 1),
        ("@scope/got", "src/c.js", 1),
    ]
    assert missing[0].what == "zod is imported, here and in 1 more file, but not installed"


@pytest.mark.parametrize(
    ("files", "fix"),
    [
        ({}, "Run `npm install zod`."),
        ({"package.json": '{"dependencies": {"zod": "4"}}'}, "Run `npm install`: package.json names it."),
        ({"pnpm-lock.yaml": ""}, "Run `pnpm add zod`."),
        ({"package.json": "broken", "yarn.lock": ""}, "Run `yarn add zod`."),
    ],
)
def test_how_to_install_npm_packages(tmp_path: Path, files: dict[str, str], fix: str) -> None:
    assert npm_fix(project(tmp_path, files), "zod") == fix


def test_nothing_is_said_about_plug_and_play(tmp_path: Path) -> None:
    diagnosis = examined(project(tmp_path, {"steps/a.step.ts": "import 'zod'", ".pnp.cjs": ""}))
    assert diagnosis.missing == ()
    assert "Plug'n'Play" in str(diagnosis.notices[0])


def test_pip_packages_are_asked_for_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "only_here.py").write_text("raise SystemExit('nothing is imported')")
    variables = {"PYTHONPATH": str(tmp_path / "more")}
    names = ["no_such_package", "click", "only_here", "nor.this"]
    assert pip_missing(names, OWN, tmp_path, variables, run=True) == ("no_such_package", "nor.this")
    assert pip_missing([], OWN, tmp_path, {}, run=True) == ()


def test_an_interpreter_that_does_not_answer(tmp_path: Path) -> None:
    assert pip_missing(["a"], Interpreter("python", str(tmp_path / "none")), tmp_path, {}, run=True) is None


def test_without_running_an_environment_of_the_project_is_looked_through(tmp_path: Path) -> None:
    files = {
        ".venv/pyvenv.cfg": "version = 3.12",
        ".venv/bin/python": "#!/bin/sh\ntouch ran\n",
        ".venv/lib/python3.12/site-packages/openai/__init__.py": "",
    }
    root = project(tmp_path, files)
    (root / ".venv/bin/python").chmod(0o755)
    inside = Interpreter("python", str(root / ".venv/bin/python"))
    assert pip_missing(["openai", "requests"], inside, root, {}, run=False) == ("requests",)
    (root / ".venv/pyvenv.cfg").write_text("include-system-site-packages = true")
    assert pip_missing(["openai", "requests"], inside, root, {}, run=False) is None
    assert not (root / "ran").exists()


def test_how_to_install_pip_packages(tmp_path: Path) -> None:
    inside = Interpreter("python", str(tmp_path / ".venv/bin/python"))
    assert pip_fix(tmp_path, inside, "yaml") == "Run `.venv/bin/python -m pip install pyyaml`."
    (tmp_path / "requirements.txt").write_text("PyYAML>=6\n")
    assert pip_fix(tmp_path, inside, "yaml").startswith("Run `.venv/bin/python -m pip install -r requirements.txt`")


def test_prj_10_missing_interpreters(tmp_path: Path) -> None:
    root = project(tmp_path, {"steps/a_step.rb": "def config = { type: 'noop' }"})
    (missing,) = examined(root, variables={"MOTIA_RUBY": "/nowhere/ruby"}).missing
    assert (missing.kind, missing.name, missing.file) == ("interpreter", "Ruby", "steps/a_step.rb")
