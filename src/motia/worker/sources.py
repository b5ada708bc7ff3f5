"""The project's own modules: where they may be, how they are compiled, who imports whom."""

from __future__ import annotations

import builtins
import importlib
import importlib.machinery
import importlib.util
import marshal
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from types import CodeType, ModuleType
from typing import Any

from motia.worker.mentions import mentioned_files

_DEPENDENCY_FOLDERS = {"node_modules", "python_modules", "site-packages", "dist-packages", "__pycache__", ".motia", ".git"}


class Project:
    """The project's files.

    Args:
        root: absolute.
        cache: a folder for compiled modules; empty for none.
    """

    def __init__(self, root: str, cache: str = "") -> None:
        self.root = root
        self.cache = cache
        self.loader: type[ProjectLoader] = type("ProjectLoader", (ProjectLoader,), {"project": self})
        self.imports: dict[str, set[str]] = {}
        """For each file, the files it imported itself."""
        self._running: list[str] = []
        self.owns = lru_cache(maxsize=4096)(self._owns)
        self._loaded: set[str] = set()
        self._mentioned = lru_cache(maxsize=4096)(self._find_mentioned)

    def relative(self, path: str) -> str:
        """The path as the core writes it."""
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def needed_by(self, path: str) -> list[str]:
        """The project's files that a file imported, directly or not, relative to the root."""
        found: set[str] = set()
        pending = [path]
        while pending:
            path_now = pending.pop()
            for imported in (*self.imports.get(path_now, ()), *self._mentioned(path_now)):
                if imported not in found and imported != path:
                    found.add(imported)
                    pending.append(imported)
        return sorted(map(self.relative, found))

    def note(self, importer: str, imported: str) -> None:
        """Remembers that one file imported another."""
        if importer != imported:
            self.imports.setdefault(importer, set()).add(imported)

    @contextmanager
    def running(self, path: str) -> Iterator[None]:
        """Marks the file whose top level is run meanwhile; the one outside of it imported it."""
        if self._running:
            self.note(self._running[-1], path)
        self._running.append(path)
        self._loaded.add(path)
        try:
            yield
        finally:
            self._running.pop()

    @property
    def now_running(self) -> str | None:
        """The file whose top level is being run."""
        return self._running[-1] if self._running else None

    def _find_mentioned(self, path: str) -> frozenset[str]:
        found = mentioned_files(path, self.root, lazy_only=path in self._loaded)
        return frozenset(file for file in found if self.owns(file))

    def _owns(self, path: str) -> bool:
        if not path.startswith(self.root + os.sep):
            return False
        folder = self.root
        for part in os.path.dirname(path[len(self.root) + 1 :]).split(os.sep):  # noqa: PTH120 - texts are compared here
            folder = os.path.join(folder, part)  # noqa: PTH118
            if part in _DEPENDENCY_FOLDERS or os.path.exists(os.path.join(folder, "pyvenv.cfg")):  # noqa: PTH110,PTH118
                return False
        return True


class ProjectLoader(importlib.machinery.SourceFileLoader):
    """Loads a module of the project.

    Python's own cache of compiled modules compares seconds and sizes, so a file saved twice within a second could come up
    in its older version. Here the cache is found by the content.
    """

    project: Project

    def get_code(self, fullname: str) -> CodeType:
        """The compiled module. Raises SyntaxError."""
        path = self.get_filename(fullname)
        source = self.get_data(path)
        cached = self._cached_at(path, source)
        code = _load(cached)
        if code is None:
            code = self.source_to_code(source, path)
            _store(cached, code)
        return code

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's top level."""
        with self.project.running(self.path):
            super().exec_module(module)

    def _cached_at(self, path: str, source: bytes) -> str:
        if not self.project.cache:
            return ""
        digest = blake2b(source, digest_size=16)
        digest.update(f"\0{path}\0{importlib.util.MAGIC_NUMBER!r}\0{sys.flags.optimize}".encode())
        return os.path.join(self.project.cache, f"{digest.hexdigest()}.code")  # noqa: PTH118


class RootNameFinder:
    """Finds `<name of the root folder>.src.x` as `src.x`: one module under two names."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._name = os.path.basename(root)  # noqa: PTH119

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Called by the import system when nobody else knows the module."""
        if fullname == self._name and fullname.isidentifier():
            spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [self._root]
            return spec
        return None


class SecondNameFinder:
    """The part of `RootNameFinder` for modules inside: it must come before the path is searched."""

    def __init__(self, root: str) -> None:
        self._prefix = os.path.basename(root) + "."  # noqa: PTH119
        self._root = root

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Called by the import system for every module not yet loaded."""
        if not fullname.startswith(self._prefix):
            return None
        package = sys.modules.get(self._prefix[:-1])
        name = fullname[len(self._prefix) :]
        if package is None or self._root not in getattr(package, "__path__", ()) or not self._has(name):
            return None
        module = importlib.import_module(name)
        return importlib.machinery.ModuleSpec(fullname, _SameModule(module), is_package=hasattr(module, "__path__"))


    def _has(self, name: str) -> bool:
        first = os.path.join(self._root, name.partition(".")[0])  # noqa: PTH118
        return os.path.isdir(first) or os.path.isfile(f"{first}.py")  # noqa: PTH112,PTH113


class _SameModule:
    """Gives the import system a module that exists already, and leaves it as it is."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, _spec: Any) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def install(project: Project) -> None:
    """Makes the project importable: root on the path, its modules through our loader, `motia.…` of its own folder too."""
    _ours_first(project)
    sys.path.insert(0, project.root)
    sys.path_hooks.insert(0, _path_hook(project))
    sys.path_importer_cache.clear()
    sys.meta_path.insert(0, SecondNameFinder(project.root))  # type: ignore[arg-type]
    sys.meta_path.append(RootNameFinder(project.root))  # type: ignore[arg-type]


@contextmanager
def watched_imports(project: Project) -> Iterator[None]:
    """Notes who imports whom meanwhile.

    The loader sees a module's first import. That a second file imports it too, only the import statement knows.
    """
    original, original_function = builtins.__import__, importlib.import_module

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the name of the real one
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Any = (),
        level: int = 0,
    ) -> ModuleType:
        module = original(name, globals, locals, fromlist, level)
        importer = (globals or {}).get("__file__")
        if isinstance(importer, str) and project.owns(importer):
            for imported in _named(name, globals or {}, fromlist, level):
                _note(project, importer, imported)
        return module

    def import_module(name: str, package: str | None = None) -> ModuleType:
        module = original_function(name, package)
        importer = sys._getframe(1).f_globals.get("__file__")  # noqa: SLF001 - documented
        importer = importer if isinstance(importer, str) and project.owns(importer) else project.now_running
        if importer is not None:
            _note(project, importer, module)
        return module

    builtins.__import__ = import_  # type: ignore[assignment]
    importlib.import_module = import_module
    try:
        yield
    finally:
        builtins.__import__ = original
        importlib.import_module = original_function


def _named(name: str, names: Mapping[str, Any], fromlist: Any, level: int) -> Iterator[ModuleType]:
    """The modules an import statement names, the packages on the way included."""
    if level:
        package = str(names.get("__package__") or "")
        parts = package.split(".")
        name = ".".join([*parts[: len(parts) - level + 1], *([name] if name else [])])
    parts = name.split(".")
    wanted = [".".join(parts[: length + 1]) for length in range(len(parts))]
    wanted += [f"{name}.{item}" for item in fromlist or () if isinstance(item, str)]
    return (sys.modules[module] for module in wanted if isinstance(sys.modules.get(module), ModuleType))


def _note(project: Project, importer: str, imported: ModuleType) -> None:
    path = getattr(imported, "__file__", None)
    if isinstance(path, str) and project.owns(path):
        project.note(importer, path)


def _ours_first(project: Project) -> None:
    """The project's folder `motia/`, if any, is where `motia.steps.…` is searched. Ours is loaded and stays."""
    package = sys.modules["motia"]
    folder = os.path.join(project.root, "motia")  # noqa: PTH118
    if os.path.isdir(folder):  # noqa: PTH112
        package.__path__ = [folder, *package.__path__]
    if os.path.basename(project.root) == "motia":  # noqa: PTH119 - then `motia.steps.x` is the root's own steps/x
        package.__path__ = [*package.__path__, project.root]


def _path_hook(project: Project) -> Callable[[str], importlib.machinery.FileFinder]:
    details = [
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (project.loader, importlib.machinery.SOURCE_SUFFIXES),
        (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
    ]

    def hook(path: str) -> importlib.machinery.FileFinder:
        if path != project.root and not project.owns(os.path.join(path, "x")):  # noqa: PTH118
            raise ImportError("no folder of the project")
        return importlib.machinery.FileFinder(path, *details)  # type: ignore[arg-type]

    return hook


def _load(path: str) -> CodeType | None:
    if not path:
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            code = marshal.load(file)  # noqa: S302 - we wrote it, into a folder only we write to
    except (OSError, EOFError, ValueError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


def _store(path: str, code: CodeType) -> None:
    if not path:
        return
    draft = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103,PTH120
        with open(draft, "wb") as file:  # noqa: PTH123
            marshal.dump(code, file)
        os.replace(draft, path)  # noqa: PTH105
    except OSError:
        return  # the folder may be deleted or full at any time; the next start compiles again
