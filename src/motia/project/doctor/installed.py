"""Which packages are installed where the workers look for them."""

from __future__ import annotations

import importlib.machinery
import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from motia.project.doctor.reading import is_file, is_folder, read_text
from motia.project.doctor.resolution import read_json_with_comments
from motia.project.interpreters import Interpreter

_LIMIT_S: Final = 30
_ASK: Final = """
import json, sys
from importlib.util import find_spec
sys.path[:0] = json.loads(sys.argv[2])
missing = []
for name in json.loads(sys.argv[1]):
    try:
        found = find_spec(name) is not None
    except (ImportError, AttributeError, ValueError):
        found = False
    if not found:
        missing.append(name)
print("\\n" + json.dumps(missing))
"""
# Packages that are installed under another name than they are imported by.
_INSTALLED_AS: Final = {
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "google": "google-genai",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "telegram": "python-telegram-bot",
    "yaml": "pyyaml",
}
_LOCKS: Final = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}


def uses_plug_and_play(root: Path) -> bool:
    """Whether packages are not in `node_modules` at all, so that nothing can be said about them."""
    return any(is_file(folder / ".pnp.cjs") for folder in (root, *root.parents))


def npm_folder(root: Path, file: str, package: str) -> Path | None:
    """Where Node finds `package` for `file`: in the nearest `node_modules` above it."""
    for folder in (root / file).parents:
        if is_folder(folder / "node_modules" / package):
            return folder / "node_modules" / package
    return None


def npm_version(folder: Path) -> str | None:
    """The version of an installed package."""
    version = read_json_with_comments(folder / "package.json").get("version")
    return version if isinstance(version, str) else None


def npm_fix(root: Path, package: str) -> str:
    """How to install it."""
    manager = next((name for lock, name in _LOCKS.items() if is_file(root / lock)), "npm")
    described = read_json_with_comments(root / "package.json")
    sections = (described.get(key) for key in ("dependencies", "devDependencies", "optionalDependencies"))
    if any(isinstance(section, dict) and package in section for section in sections):
        return f"Run `{manager} install`: package.json names it."
    return f"Run `{manager} {'install' if manager == 'npm' else 'add'} {package}`."


def pip_missing(
    names: Iterable[str], interpreter: Interpreter, root: Path, variables: Mapping[str, str], *, run: bool
) -> tuple[str, ...] | None:
    """Those of `names` that the interpreter cannot import; None when it cannot be asked.

    Without `run` an interpreter inside the project is not started: its `site-packages` are looked through instead.
    """
    wanted = sorted(set(names))
    if not wanted or interpreter.path is None:
        return ()
    program = Path(interpreter.path)
    if not run and program.absolute().is_relative_to(root):
        return _by_looking(wanted, program, interpreter.import_paths)
    paths = [*interpreter.import_paths, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    command = [interpreter.path, "-I", "-X", "utf8", "-c", _ASK, json.dumps(wanted), json.dumps(paths)]
    try:
        answer = subprocess.run(  # noqa: S603 - the interpreter that is to run the project's Steps
            command, capture_output=True, text=True, timeout=_LIMIT_S, check=True
        )
        return tuple(str(name) for name in json.loads(answer.stdout.strip().rpartition("\n")[2]))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def pip_fix(root: Path, interpreter: Interpreter, name: str) -> str:
    """How to install it."""
    program = Path(interpreter.path or "python").absolute()
    shown = program.relative_to(root) if program.is_relative_to(root) else program
    package = _INSTALLED_AS.get(name, name)
    text, _ = read_text(root / "requirements.txt")
    if text is not None and re.search(
        rf"^\s*{re.escape(package)}\b", text.replace("_", "-"), re.IGNORECASE | re.MULTILINE
    ):
        return f"Run `{shown} -m pip install -r requirements.txt`: it names it."
    return f"Run `{shown} -m pip install {package}`."


def _by_looking(names: list[str], program: Path, more: tuple[str, ...]) -> tuple[str, ...] | None:
    environment = program.parent.parent
    config, _ = read_text(environment / "pyvenv.cfg")
    if config is None or re.search(r"^include-system-site-packages\s*=\s*true", config, re.MULTILINE | re.IGNORECASE):
        return None
    folders = [*environment.glob("lib/python3*/site-packages"), *environment.glob("Lib/site-packages")]
    paths = [*more, *map(str, folders)]
    find = importlib.machinery.PathFinder.find_spec
    return tuple(name for name in names if find(name, paths) is None)
