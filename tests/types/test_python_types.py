"""The Python author API and the generated types, as type checkers see them: what is right passes, what is wrong does not (TYP-9)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from motia.project.interpreters import find_node
from motia.project.types_pyi import write_python_types
from support.typed_steps import STEPS

PLACE = Path(__file__).parent / "programs/python"
REPOSITORY = PLACE.parents[3]
PYRIGHT = REPOSITORY / "runtimes/node/node_modules/pyright/index.js"
PROGRAMS = sorted(path.name for path in PLACE.glob("*.py"))
LIMIT_S = 300
# Lines with errors, by file.
Errors = Mapping[str, Mapping[int, list[str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs beside the types generated for their Steps."""
    made = tmp_path_factory.mktemp("programs")
    for name in PROGRAMS:
        shutil.copy(PLACE / name, made / name)
    assert write_python_types(made, STEPS) == ()
    return made


def pyright(folder: Path) -> dict[str, dict[int, list[str]]]:
    node = find_node(folder, os.environ)
    assert node.path is not None, node.reason
    command = [node.path, str(PYRIGHT), "--outputjson", "--pythonpath", sys.executable, str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    said = json.loads(done.stdout)["generalDiagnostics"]
    errors: dict[str, dict[int, list[str]]] = {}
    for one in said:
        if one["severity"] == "error":
            line = one["range"]["start"]["line"] + 1
            errors.setdefault(Path(one["file"]).name, {}).setdefault(line, []).append(one["message"])
    return errors


def mypy(folder: Path) -> dict[str, dict[int, list[str]]]:
    command = [sys.executable, "-m", "mypy", "--strict", "--output", "json", "--config-file", os.devnull, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    errors: dict[str, dict[int, list[str]]] = {}
    for one in map(json.loads, done.stdout.splitlines()):
        if one["severity"] == "error":
            errors.setdefault(one["file"], {}).setdefault(one["line"], []).append(one["message"])
    return errors


@pytest.fixture(scope="module", params=[pyright, mypy], ids=["pyright", "mypy"])
def errors(request: pytest.FixtureRequest, folder: Path) -> Errors:
    found: Errors = request.param(folder)
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_typ_9_typ_12_python_programs_are_judged_line_by_line(errors: Errors, folder: Path, program: str) -> None:
    lines = (folder / program).read_text("utf-8").splitlines()
    rejected = {number for number, line in enumerate(lines, 1) if line.endswith("# rejected")}
    found = errors.get(program, {})
    assert rejected
    assert {number: found[number] for number in found if number not in rejected} == {}
    assert rejected - found.keys() == set()


def test_typ_9_python_types_are_themselves_free_of_errors(errors: Errors) -> None:
    assert errors.get("motia_types.pyi", {}) == {}
