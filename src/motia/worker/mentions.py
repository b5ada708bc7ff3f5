"""Imports inside functions: they have not run when a file is loaded, yet a change of what they name matters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_INDENTED = re.compile(rb"^[ \t]+(?:from|import)[ \t]", re.MULTILINE)


def mentioned_files(path: Path, root: Path, *, lazy_only: bool) -> set[Path]:
    """The files that import statements of a source file name.

    Args:
        path: of the source file.
        root: of the project; names are searched below it.
        lazy_only: the file's top level has run, so that only a file with indented imports need be parsed.
    """
    try:
        source = path.read_bytes()
        if lazy_only and not _INDENTED.search(source):
            return set()
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    return {file for folder, names in _names(tree, path, root) for file in _files(folder, names)}


def _names(tree: ast.AST, path: Path, root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Folders, and the dotted names below them that statements ask for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield root, _below(root, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            module = node.module.split(".") if node.module else []
            folder = path.parents[node.level - 1] if node.level else root
            for alias in node.names:
                yield folder, [*(module if node.level else _below(root, module)), alias.name]


def _below(root: Path, parts: list[str]) -> list[str]:
    return parts[1:] if parts[:1] == [root.name] else parts


def _files(folder: Path, names: list[str]) -> Iterator[Path]:
    for name in names:
        if folder.joinpath("__init__.py").is_file():
            yield folder / "__init__.py"
        folder /= name
        if folder.with_name(f"{name}.py").is_file():
            yield folder.with_name(f"{name}.py")
    if names and folder.joinpath("__init__.py").is_file():
        yield folder / "__init__.py"
