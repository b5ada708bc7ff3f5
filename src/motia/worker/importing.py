"""How the project's modules are found, and which of them an import statement means."""

from __future__ import annotations

import builtins
import importlib
import importlib.machinery
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from motia.worker.sources import Project


def install(project: Project) -> None:
    """Makes the project importable: root on the path, its modules through our loader, `motia.…` of its own folder too."""
    _search_motia_in(project)
    sys.path.insert(0, str(project.root))
    sys.path_hooks.insert(0, _path_hook(project))
    sys.path_importer_cache.clear()
    sys.meta_path.insert(0, SecondNameFinder(project.root))
    sys.meta_path.append(RootNameFinder(project.root))


class RootNameFinder:
    """Finds the package that stands for the root folder, for `from <root's name>.src.x import y`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Called by the import system when nobody else knows the module."""
        if fullname != self._root.name or not fullname.isidentifier():
            return None
        spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [str(self._root)]
        return spec


class SecondNameFinder:
    """Finds `<root's name>.src.x` as `src.x`: one module under two names, not two modules from one file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._prefix = f"{root.name}."

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Called by the import system for every module not yet loaded."""
        if not fullname.startswith(self._prefix):
            return None
        package = sys.modules.get(self._root.name)
        name = fullname.removeprefix(self._prefix)
        if str(self._root) not in getattr(package, "__path__", ()) or not self._has(name.partition(".")[0]):
            return None
        module = importlib.import_module(name)
        loader: Any = _SameModule(module)
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=hasattr(module, "__path__"))

    def _has(self, name: str) -> bool:
        return (self._root / name).is_dir() or (self._root / f"{name}.py").is_file()


class _SameModule:
    """Gives the import system a module that exists already, and leaves it as it is."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, _spec: Any) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


@contextmanager
def watched(project: Project) -> Iterator[None]:
    """Notes who imports whom meanwhile.

    The loader sees a module's first import. That a second file imports it too, only the import statement knows.
    """
    statement, function = builtins.__import__, importlib.import_module

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of the real one
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Any = (),
        level: int = 0,
    ) -> ModuleType:
        module = statement(name, globals, locals, fromlist, level)
        importer = (globals or {}).get("__file__")
        if isinstance(importer, str) and project.owns(importer):
            for imported in _meant(name, globals or {}, fromlist, level):
                _note(project, importer, imported)
        return module

    def import_module(name: str, package: str | None = None) -> ModuleType:
        module = function(name, package)
        importer = sys._getframe(1).f_globals.get("__file__")  # noqa: SLF001 - documented
        importer = importer if isinstance(importer, str) and project.owns(importer) else project.now_running
        if importer is not None:
            _note(project, importer, module)
        return module

    builtins.__import__ = import_
    importlib.import_module = import_module
    try:
        yield
    finally:
        builtins.__import__ = statement
        importlib.import_module = function


def _meant(name: str, names: Mapping[str, Any], fromlist: Any, level: int) -> Iterator[ModuleType]:
    """The modules an import statement names, the packages on the way included."""
    if level:
        package = str(names.get("__package__") or "").split(".")
        name = ".".join([*package[: len(package) - level + 1], *([name] if name else [])])
    parts = name.split(".")
    wanted = [".".join(parts[: length + 1]) for length in range(len(parts))]
    wanted += [f"{name}.{item}" for item in fromlist or () if isinstance(item, str)]
    return (module for one in wanted if isinstance(module := sys.modules.get(one), ModuleType))


def _note(project: Project, importer: str, imported: ModuleType) -> None:
    path = getattr(imported, "__file__", None)
    if isinstance(path, str) and project.owns(path):
        project.note(importer, path)


def _search_motia_in(project: Project) -> None:
    """The project's folder `motia/`, if any, is where `motia.steps.…` is searched. Ours is loaded and stays."""
    package = sys.modules["motia"]
    if (project.root / "motia").is_dir():
        package.__path__ = [str(project.root / "motia"), *package.__path__]
    if project.root.name == "motia":  # then `motia.steps.x` is the root's own steps/x
        package.__path__ = [*package.__path__, str(project.root)]


def _path_hook(project: Project) -> Callable[[str], importlib.machinery.FileFinder]:
    details: list[tuple[Any, list[str]]] = [
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (project.loader, importlib.machinery.SOURCE_SUFFIXES),
        (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
    ]

    def hook(path: str) -> importlib.machinery.FileFinder:
        if not project.owns(str(Path(path, "any.py"))):
            raise ImportError("no folder of the project")
        return importlib.machinery.FileFinder(path, *details)

    return hook
