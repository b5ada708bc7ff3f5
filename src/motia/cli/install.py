"""`motia install`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click

from motia.cli.options import directory
from motia.model.errors import MotiaError
from motia.project.config_file import read_config_file
from motia.project.dependencies import CannotInstall, Packages, node_packages, python_packages, ruby_packages
from motia.project.interpreters import Interpreter, find_python, find_ruby
from motia.project.root import find_root

_ENVIRONMENT: Final = ".venv"
_LONGEST_REPORT: Final = 40  # lines of a failed program's output


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Show what the package managers say.")
@directory
def install(directory: Path | None, *, verbose: bool) -> None:
    """Install the packages that the project's Steps import.

    requirements.txt and pyproject.toml go into the project's Python environment (.venv is made if there is none),
    package.json and the Gemfile to the package managers of their languages. What is not there is left out.
    """
    installation = _Installation(find_root(directory), dict(os.environ), verbose=verbose)
    problems = []
    for each in (installation.python, installation.node, installation.ruby):
        try:
            each()
        except MotiaError as problem:
            problems.append(str(problem))
            click.echo(f"{click.style('✗', fg='red')} {problem}", err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} of the installations failed; what is wrong is said above")
    if not installation.found:
        click.echo(
            f"There is nothing to install in {installation.root}: it has no requirements.txt, pyproject.toml, package.json or Gemfile."
        )


class _Installation:
    """Installs one language after another; `found` tells whether any file that could name packages was there."""

    def __init__(self, root: Path, variables: Mapping[str, str], *, verbose: bool) -> None:
        self.root = root
        self.found = False
        self._variables = variables
        self._verbose = verbose
        # A config in a programming language may need the very packages, so only what can be read counts here.
        chosen = (read_config_file(root, variables).values or {}).get("interpreters")
        self._chosen: Mapping[str, str] = chosen if isinstance(chosen, Mapping) else {}

    def python(self) -> None:
        packages = python_packages(self.root)
        self._install(packages, lambda: self._python_command(packages))

    def node(self) -> None:
        packages = node_packages(self.root, self._variables)
        self._install(packages, lambda: [packages.program, *packages.arguments])

    def ruby(self) -> None:
        packages = ruby_packages(
            self.root, find_ruby(self.root, self._variables, self._chosen.get("ruby")), self._variables
        )
        self._install(packages, lambda: [packages.program, *packages.arguments])

    def _install(self, packages: Packages, command: Callable[[], list[str]]) -> None:
        self.found |= bool(packages.files or packages.remarks)
        for remark in packages.remarks:
            click.echo(f"{click.style('·', fg='bright_black')} {remark}")
        if packages.files:
            named = " and ".join(packages.files)
            self._run(command(), f"{named} could not be installed")
            click.echo(f"{click.style('✓', fg='green')} {named} installed with {Path(packages.program).name}")

    def _python_command(self, packages: Packages) -> list[str]:
        """Use the pip of the project's environment, and uv where the environment was made without pip."""
        python = self._project_python()
        if self._runs([python, "-m", "pip", "--version"]):
            return [python, "-m", "pip", "install", "--disable-pip-version-check", *packages.arguments]
        uv = shutil.which("uv", path=self._variables.get("PATH"))
        if uv is None:
            raise CannotInstall(
                f"{python} has no pip, and uv is not in PATH: run `{python} -m ensurepip`, or install uv"
            )
        return [uv, "pip", "install", "--python", python, *packages.arguments]

    def _project_python(self) -> str:
        found = self._found_python()
        if found.path == sys.executable and not self._chosen.get("python"):
            # The core's own packages are not the project's to change.
            click.echo(f"Making {_ENVIRONMENT} for the project's Python packages …")
            self._run([sys.executable, "-m", "venv", _ENVIRONMENT], f"{_ENVIRONMENT} could not be made")
            found = self._found_python()
        if found.path is None:
            raise CannotInstall(f"there is no Python to install into: {found.reason}")
        return found.path

    def _found_python(self) -> Interpreter:
        return find_python(self.root, self._variables, self._chosen.get("python"))

    def _runs(self, command: list[str]) -> bool:
        return subprocess.run(command, cwd=self.root, capture_output=True, check=False).returncode == 0  # noqa: S603 - the project's own Python

    def _run(self, command: list[str], failure: str) -> None:
        """Run a program in the project; what it says is shown at once if verbose, else when it fails."""
        try:
            done = subprocess.run(  # noqa: S603 - a package manager of the project's own language
                command,
                cwd=self.root,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=None if self._verbose else subprocess.PIPE,
                stderr=None if self._verbose else subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as problem:
            raise CannotInstall(f"{failure}: {command[0]} does not start: {problem.strerror}") from None
        if done.returncode:
            said = "\n".join((done.stdout or "").strip().splitlines()[-_LONGEST_REPORT:])
            raise CannotInstall(
                f"{failure}: {Path(command[0]).name} ended with status {done.returncode}\n{said}".rstrip()
            )
