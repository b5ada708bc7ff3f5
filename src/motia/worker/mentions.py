"""Imports inside functions: they have not run when a file is loaded, yet a change of what they name matters."""

import ast
import os
import re
from collections.abc import Iterator

_INDENTED = re.compile(rb"^[ \t]+(?:from|import)[ \t]", re.MULTILINE)


def mentioned_files(path: str, root: str, *, lazy_only: bool) -> set[str]:
    """The files below `root` that import statements of a source file name.

    Args:
        path: of the source file.
        root: of the project.
        lazy_only: the file's top level has run, so that only a file with indented imports need be parsed.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib is slow to import, here and below
            source = file.read()
        if lazy_only and not _INDENTED.search(source):
            return set()
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    return {file for folder, names in _names(tree, path, root) for file in _files(folder, names)}


def _names(tree: ast.AST, path: str, root: str) -> Iterator[tuple[str, list[str]]]:
    """Folders, and the dotted names below them that statements ask for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield root, _below_root(alias.name.split("."), root)
        elif isinstance(node, ast.ImportFrom):
            folder = root
            if node.level:
                folder = path
                for _ in range(node.level):
                    folder = os.path.dirname(folder)  # noqa: PTH120
            module = (node.module or "").split(".") if node.module else []
            parts = module if node.level else _below_root(module, root)
            for alias in node.names:
                yield folder, [*parts, alias.name]


def _below_root(parts: list[str], root: str) -> list[str]:
    return parts[1:] if parts and parts[0] == os.path.basename(root) else parts  # noqa: PTH119


def _files(folder: str, names: list[str]) -> Iterator[str]:
    for name in names:
        if os.path.isfile(f"{folder}/__init__.py"):  # noqa: PTH113
            yield os.path.join(folder, "__init__.py")  # noqa: PTH118
        folder = os.path.join(folder, name)  # noqa: PTH118
        if os.path.isfile(f"{folder}.py"):  # noqa: PTH113
            yield f"{folder}.py"
    if names and os.path.isfile(f"{folder}/__init__.py"):  # noqa: PTH113
        yield os.path.join(folder, "__init__.py")  # noqa: PTH118
