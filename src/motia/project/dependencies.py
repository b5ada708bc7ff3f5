"""Which files of a project name the packages that its Steps import, and how these are installed (CLI-8). Starts nothing."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import tomllib

from motia.model.errors import AuthorError
from motia.project.interpreters import Interpreter

# The lock files of Node's package managers, each with its program; without one it is npm.
_LOCKED_BY: Final = {
    "package-lock.json": "npm",
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
}
_NAMES_DEPENDENCIES: Final = ("dependencies", "devDependencies", "optionalDependencies", "workspaces")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")


class CannotInstall(AuthorError):
    """A file that names packages cannot be read, or the program that installs them is missing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Packages:
    """Packages that files of the project name: `arguments` go to the `program` that installs them.

    `remarks` say which files name nothing that would be installed, and why. Without arguments there is nothing to do.
    """

    files: tuple[str, ...] = ()
    program: str = ""
    arguments: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def python_packages(root: Path) -> Packages:
    """What `requirements.txt` and the `[project]` table of `pyproject.toml` name, as arguments of `pip install`.

    The project itself is not installed: its Steps are loaded as files. Raises `CannotInstall`.
    """
    files, arguments, remarks = [], [], []
    requirements = root / "requirements.txt"
    if requirements.is_file():
        if any(_COMMENT.sub("", line).strip() for line in _text(requirements).splitlines()):
            files.append(requirements.name)
            arguments += ["--requirement", requirements.name]
        else:
            remarks.append(f"{requirements.name} names no packages")
    project = root / "pyproject.toml"
    if project.is_file():
        named = _project_dependencies(project)
        if named:
            files.append(project.name)
            arguments += named
        else:
            remarks.append(f"{project.name} has no dependencies in its [project] table")
    return Packages(tuple(files), "pip", tuple(arguments), tuple(remarks))


def node_packages(root: Path, variables: Mapping[str, str]) -> Packages:
    """What `package.json` names, for the package manager that it or a lock file names, else npm. Raises `CannotInstall`."""
    file = root / "package.json"
    if not file.is_file():
        return Packages()
    try:
        package = json.loads(_text(file))
    except ValueError as problem:
        raise CannotInstall(f"{file.name} is not JSON: {problem}") from None
    if not isinstance(package, dict):
        raise CannotInstall(f"{file.name} must hold a JSON object")
    if not any(package.get(key) for key in _NAMES_DEPENDENCIES):
        return Packages(remarks=(f"{file.name} names no packages",))
    manager, reason = _node_manager(root, package)
    program = shutil.which(manager, path=variables.get("PATH"))
    if program is None:
        raise CannotInstall(
            f"{file.name} is to be installed with {manager} ({reason}), which is not in PATH: install it"
        )
    return Packages((file.name,), program, ("install",))


def ruby_packages(root: Path, ruby: Interpreter, variables: Mapping[str, str]) -> Packages:
    """What the `Gemfile` names, for the Bundler beside the project's Ruby. Raises `CannotInstall`."""
    file = root / "Gemfile"
    if not file.is_file():
        return Packages()
    if ruby.path is None:
        raise CannotInstall(f"{file.name} cannot be installed: {ruby.reason}")
    beside = Path(ruby.path).with_name("bundle")
    program = str(beside) if beside.is_file() else shutil.which("bundle", path=variables.get("PATH"))
    if program is None:
        raise CannotInstall(
            f"{file.name} is to be installed with Bundler, which is not in PATH: run `gem install bundler`"
        )
    return Packages((file.name,), program, ("install",))


def _project_dependencies(file: Path) -> list[str]:
    try:
        table = tomllib.loads(_text(file)).get("project", {})
    except tomllib.TOMLDecodeError as problem:
        raise CannotInstall(f"{file.name} is not TOML: {problem}") from None
    named = table.get("dependencies", []) if isinstance(table, dict) else None
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise CannotInstall(f"{file.name}: project.dependencies must be a list of texts such as 'httpx>=0.28'")
    return named


def _node_manager(root: Path, package: dict[str, object]) -> tuple[str, str]:
    declared = package.get("packageManager")
    if isinstance(declared, str) and (name := declared.partition("@")[0]) in _LOCKED_BY.values():
        return name, "its packageManager"
    for lock, manager in _LOCKED_BY.items():
        if (root / lock).is_file():
            return manager, f"there is a {lock}"
    return "npm", "the default"


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise CannotInstall(f"{file.name} cannot be read: {problem}") from None
