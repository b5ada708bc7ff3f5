"""The project's own modules: which files they are, how they are compiled, who imports whom."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from types import CodeType, ModuleType

from motia.worker.mentions import mentioned_files

_DEPENDENCY_FOLDERS = {
    ".git",
    ".motia",
    "__pycache__",
    "dist-packages",
    "node_modules",
    "python_modules",
    "site-packages",
}


class Project:
    """The project's files.

    Args:
        root: absolute.
        cache: a folder for compiled modules, `None` for none.
    """

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        self.root = root
        self.cache = cache
        self.loader: type[ProjectLoader] = type("ProjectLoader", (ProjectLoader,), {"project": self})
        self._imports: dict[str, set[str]] = {}
        self._running: list[str] = []
        self._loaded: set[str] = set()
        self._prefix = f"{root}{os.sep}"
        self._mentioned = lru_cache(maxsize=4096)(self._find_mentioned)
        self._is_own_folder = lru_cache(maxsize=4096)(self._has_no_dependencies)

    def owns(self, path: str) -> bool:
        """Whether a file is the project's own: below the root and in no folder of dependencies."""
        return path.startswith(self._prefix) and self._is_own_folder(Path(path).parent)

    def relative(self, path: str) -> str:
        """The path as the core writes it."""
        return Path(path).relative_to(self.root).as_posix()

    def needed_by(self, path: str) -> list[str]:
        """The project's files that a file imported, directly or not, relative to the root."""
        found: set[str] = set()
        pending = [path]
        while pending:
            importer = pending.pop()
            for imported in (*self._imports.get(importer, ()), *self._mentioned(importer)):
                if imported not in found and imported != path:
                    found.add(imported)
                    pending.append(imported)
        return sorted(map(self.relative, found))

    def note(self, importer: str, imported: str) -> None:
        """Remembers that one file imported another."""
        if importer != imported:
            self._imports.setdefault(importer, set()).add(imported)

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
        found = mentioned_files(Path(path), self.root, lazy_only=path in self._loaded)
        return frozenset(str(file) for file in found if self.owns(str(file)))

    def _has_no_dependencies(self, folder: Path) -> bool:
        if folder == self.root:
            return True
        if folder.name in _DEPENDENCY_FOLDERS or folder.joinpath("pyvenv.cfg").exists():
            return False
        return self._is_own_folder(folder.parent)


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
        if self.project.cache is None:
            return self.source_to_code(source, path)
        cached = self.project.cache / f"{_fingerprint(path, source)}.code"
        code = _load(cached)
        if code is None:
            code = self.source_to_code(source, path)
            _store(cached, code)
        return code

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's top level."""
        with self.project.running(self.path):
            super().exec_module(module)


def _fingerprint(path: str, source: bytes) -> str:
    digest = blake2b(source, digest_size=16)
    digest.update(f"\0{path}\0{importlib.util.MAGIC_NUMBER!r}\0{sys.flags.optimize}".encode())
    return digest.hexdigest()


def _load(cached: Path) -> CodeType | None:
    try:
        code = marshal.loads(cached.read_bytes())  # noqa: S302 - we wrote it, into a folder only we write to
    except (OSError, EOFError, ValueError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


def _store(cached: Path, code: CodeType) -> None:
    draft = cached.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # the folder may be deleted or full at any time; the next start compiles again
        cached.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(marshal.dumps(code))
        draft.replace(cached)
