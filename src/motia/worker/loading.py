"""Running Step files as modules."""

import importlib
import importlib.util
import os
import re
import sys
import traceback
from types import ModuleType
from typing import Any

from motia.authoring.failures import is_ours, message_of, stack_of
from motia.worker.sources import Project

_NO_NAME = re.compile(r"\W")


def load_module(project: Project, file: str) -> ModuleType:
    """Runs a file and gives its module. A file that another one has imported already is not run twice.

    Its name is the one other files import it by, where it has one: `steps/add_quote_step.py` is `steps.add_quote_step`, so
    that relative imports work. Any file name works.

    Raises:
        BaseException: whatever the file raises.
    """
    path = os.path.join(project.root, *file.split("/"))  # noqa: PTH118 - pathlib is slow to import
    with project.running(path):
        package = _package(project, os.path.dirname(path))  # noqa: PTH120
        stem = os.path.splitext(os.path.basename(path))[0]  # noqa: PTH119,PTH122
        name = _module_name(package, stem, path)
        loaded = sys.modules.get(name)
        if loaded is not None:
            return loaded
        loader = project.loader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        if spec is None:
            raise ImportError(f"{file} is no Python file")
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
    described.update(_place_of_syntax(project, error) if isinstance(error, SyntaxError) else _place(project, error))
    return {key: value for key, value in described.items() if value is not None}


def _place_of_syntax(project: Project, error: SyntaxError) -> dict[str, Any]:
    if error.filename is None or not project.owns(error.filename):
        return _place(project, error)
    return {"message": error.msg, "file": project.relative(error.filename), "line": error.lineno, "column": error.offset}


def _place(project: Project, error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if project.owns(frame.filename) and not is_ours(frame.filename):
            column = getattr(frame, "colno", None)
            place = {"file": project.relative(frame.filename), "line": frame.lineno}
            return place if column is None else {**place, "column": column + 1}
    return {}


def _module_name(package: str, stem: str, path: str) -> str:
    """A name no other file has."""
    plain = _NO_NAME.sub("_", stem)
    for number in range(1000):
        name = f"{package}.{plain}{f'__{number}' if number else ''}".lstrip(".")
        loaded = sys.modules.get(name)
        if loaded is not None and getattr(loaded, "__file__", None) == path:
            return name
        taken = plain != stem and os.path.exists(os.path.join(os.path.dirname(path), f"{plain}.py"))  # noqa: PTH110,PTH118,PTH120
        if loaded is None and (number or not taken):
            return name
    raise ImportError(f"there is no module name left for {path}")


def _package(project: Project, folder: str) -> str:
    """The name of the package that stands for a folder; empty for the root."""
    name = ""
    parts = project.relative(folder).split("/") if folder != project.root else []
    reached = project.root
    for part in parts:
        reached = os.path.join(reached, part)  # noqa: PTH118
        name = _importable(f"{name}.{part}".lstrip("."), reached) or _made_up(name, part, reached)
    return name


def _importable(name: str, folder: str) -> str | None:
    """The name, if importing it gives the package in that folder and not one of the same name elsewhere."""
    if "." in os.path.basename(folder):  # noqa: PTH119
        return None
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and not name.startswith(missing.name):
            raise
        return None
    return name if folder in getattr(package, "__path__", ()) else None


def _made_up(parent: str, part: str, folder: str) -> str:
    name = f"{parent}.{_NO_NAME.sub('_', part)}__folder".lstrip(".")
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [folder]
        sys.modules[name] = package
    return name
