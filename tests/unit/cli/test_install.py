"""`motia install` (CLI-8), without a network: packages come from folders, package managers are programs of the test's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from motia.cli.install import install
from unit.cli.commands import Commands

BUILD_BACKEND = """
import pathlib, zipfile

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = NAME
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder) / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "ANSWER = 42")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return f"{name}-1.0-py3-none-any.whl"
"""


@pytest.fixture
def project(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> Path:
    (commands.here / "steps").mkdir()
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return commands.here


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, *, status: int = 0, says: str = "") -> None:
    """A program that keeps its arguments and directory beside itself."""
    file = folder / name
    file.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"print(json.dumps([os.getcwd(), *sys.argv[1:]]), file=open({str(folder / (name + '.ran'))!r}, 'w'))\n"
        f"print({says!r}, file=sys.stderr)\nsys.exit({status})\n"
    )
    file.chmod(0o755)


def ran(folder: Path, name: str) -> list[str]:
    arguments: list[str] = json.loads((folder / f"{name}.ran").read_text())
    return arguments


def local_package(folder: Path, name: str) -> Path:
    """A package that its own backend builds, so that nothing is downloaded."""
    folder.mkdir()
    (folder / "backend.py").write_text(BUILD_BACKEND.replace("NAME", repr(name)))
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "{name}"\nversion = "1.0"\n'
    )
    return folder


def test_cli_8_python_packages_go_into_an_environment_of_the_project(
    commands: Commands, project: Path, tmp_path: Path
) -> None:
    one = local_package(tmp_path / "one", "first_answer")
    other = local_package(tmp_path / "other", "other_answer")
    (project / "requirements.txt").write_text(f"# ours\n{one}\n")
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "shop"\nversion = "1"\ndependencies = ["other_answer @ {other.as_uri()}"]\n'
    )
    done = commands.run(install)
    assert done.status == 0, done.output
    assert "Making .venv" in done.output
    assert "✓ requirements.txt and pyproject.toml installed with pip" in done.output
    asked = [str(project / ".venv/bin/python"), "-c", "import first_answer, other_answer; print(other_answer.ANSWER)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "42\n"


def test_cli_8_a_package_that_is_not_there_is_named(commands: Commands, project: Path) -> None:
    (project / "requirements.txt").write_text("./no-such-folder\n")
    done = commands.run(install)
    assert done.status == 1
    assert "requirements.txt could not be installed: python ended with status 1" in done.output
    assert "no-such-folder" in done.output


def test_cli_8_each_language_has_its_package_manager(commands: Commands, project: Path, programs: Path) -> None:
    for name in ("npm", "bundle", "ruby"):
        program(programs, name, says="quiet")
    (project / "package.json").write_text('{"dependencies": {"left-pad": "1"}}')
    (project / "Gemfile").write_text("gem 'rake'\n")
    done = commands.run(install)
    assert done.status == 0, done.output
    assert ran(programs, "npm") == [str(project), "install"]
    assert ran(programs, "bundle") == [str(project), "install"]
    assert "quiet" not in done.output
    assert "requirements" not in done.output


@pytest.mark.parametrize(
    ("package", "lock", "manager"),
    [
        ({}, "package-lock.json", "npm"),
        ({}, "pnpm-lock.yaml", "pnpm"),
        ({}, "yarn.lock", "yarn"),
        ({}, "bun.lock", "bun"),
        ({"packageManager": "pnpm@9.1.0"}, "package-lock.json", "pnpm"),
    ],
)
def test_cli_8_the_package_manager_is_the_one_that_the_project_uses(
    commands: Commands, project: Path, programs: Path, package: dict[str, str], lock: str, manager: str
) -> None:
    (project / "package.json").write_text(json.dumps({"dependencies": {"left-pad": "1"}, **package}))
    (project / lock).touch()
    missing = commands.run(install)
    assert missing.status == 1
    assert f"installed with {manager}" in missing.output
    assert "not in PATH" in missing.output
    program(programs, manager)
    assert commands.run(install).status == 0
    assert ran(programs, manager)[1:] == ["install"]


def test_cli_8_one_failure_does_not_keep_the_others_from_being_installed(
    commands: Commands, project: Path, programs: Path
) -> None:
    program(programs, "npm", status=7, says="no matching version")
    program(programs, "ruby")
    program(programs, "bundle")
    (project / "package.json").write_text('{"dependencies": {"left-pad": "1"}}')
    (project / "Gemfile").write_text("gem 'rake'\n")
    done = commands.run(install)
    assert done.status == 1
    assert "package.json could not be installed: npm ended with status 7\nno matching version" in done.output
    assert ran(programs, "bundle")[1:] == ["install"]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("package.json", "{", "package.json is not JSON"),
        ("pyproject.toml", "project = [", "pyproject.toml is not TOML"),
        ("pyproject.toml", "[project]\ndependencies = 'httpx'\n", "project.dependencies must be a list"),
        ("Gemfile", "gem 'rake'\n", "Gemfile cannot be installed: Ruby (3.0 or later) was not found"),
    ],
)
@pytest.mark.usefixtures("programs")
def test_cli_8_what_is_wrong_is_said_with_the_file(
    commands: Commands, project: Path, file: str, text: str, said: str
) -> None:
    (project / file).write_text(text)
    done = commands.run(install)
    assert done.status == 1
    assert said in done.output


def test_cli_8_files_that_name_nothing_start_nothing(commands: Commands, project: Path) -> None:
    (project / "requirements.txt").write_text("# none yet\n\n")
    (project / "package.json").write_text('{"name": "shop"}')
    done = commands.run(install)
    assert done.status == 0
    assert "requirements.txt names no packages" in done.output
    assert "package.json names no packages" in done.output
    assert not (project / ".venv").exists()


@pytest.mark.usefixtures("project")
def test_cli_8_a_project_without_such_files_is_told_so(commands: Commands) -> None:
    done = commands.run(install)
    assert done.status == 0
    assert "nothing to install" in done.output
