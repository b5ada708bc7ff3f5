"""Running Step files as modules."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from motia.authoring.failures import is_ours, message_of, stack_of
from motia.worker.sources import Project

_NO_NAME = re.compile(r"\W")


def load_module(project: Project, path: Path) -> ModuleType:
    """Runs a file and gives its module. A file that another one has imported already is not run twice.

    Its name is the one other files import it by, where it has one: `steps/add_quote_step.py` is `steps.add_quote_step`, so
    that relative imports work. Any file name works.

    Raises:
        BaseException: whatever the file raises.
    """
    with project.running(str(path)):
        name = _module_name(_package(project, path.parent), path)
        loaded = sys.modules.get(name)
        if loaded is not None:
            return loaded
        loader = project.loader(name, str(path))
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        if spec is None:
            raise ImportError(f"{path.name} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            loader.exec_module(module)
        except BaseException:
            sys.modules.pop(name, None)
            raise
        return sys.modules.get(name, module)


def load_error(project: Project, error: BaseException) -> dict[str, Any]:
    """Why a file could not be loaded, and where in the project."""
    described: dict[str, Any] = {"name": type(error).__name__, "message": message_of(error)}
    if error.__traceback__ is not None:
        described["stack"] = stack_of(error)
    described |= _place_of_syntax(project, error) if isinstance(error, SyntaxError) else _place(project, error)
    return {key: value for key, value in described.items() if value is not None}


def _place_of_syntax(project: Project, error: SyntaxError) -> dict[str, Any]:
    if error.filename is None or not project.owns(error.filename):
        return _place(project, error)
    file = project.relative(error.filename)
    return {"message": error.msg, "file": file, "line": error.lineno, "column": error.offset}


def _place(project: Project, error: BaseException) -> dict[str, Any]:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if project.owns(frame.filename) and not is_ours(frame.filename):
            column = getattr(frame, "colno", None)  # since Python 3.11
            place = {"file": project.relative(frame.filename), "line": frame.lineno}
            return place if column is None else {**place, "column": column + 1}
    return {}


def _module_name(package: str, path: Path) -> str:
    """A name no other file has."""
    stem = _NO_NAME.sub("_", path.stem)
    taken_by_neighbour = stem != path.stem and path.with_name(f"{stem}.py").exists()
    number = int(taken_by_neighbour)
    while True:
        name = f"{package}.{stem}{f'__{number}' if number else ''}".lstrip(".")
        loaded = sys.modules.get(name)
        if loaded is None or getattr(loaded, "__file__", None) == str(path):
            return name
        number += 1


def _package(project: Project, folder: Path) -> str:
    """The name of the package that stands for a folder; empty for the root."""
    if folder == project.root:
        return ""
    parent = _package(project, folder.parent)
    return _importable(parent, folder) or _made_up(parent, folder)


def _importable(parent: str, folder: Path) -> str | None:
    """The folder's name as a package, if importing it gives that folder and not something else of its name."""
    if "." in folder.name:
        return None
    name = f"{parent}.{folder.name}".lstrip(".")
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and not name.startswith(missing.name):
            raise  # its __init__.py lacks something else
        return None
    return name if str(folder) in getattr(package, "__path__", ()) else None


def _made_up(parent: str, folder: Path) -> str:
    name = f"{parent}.{_NO_NAME.sub('_', folder.name)}__folder".lstrip(".")
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
