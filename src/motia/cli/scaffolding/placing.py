"""Puts a new project's files into a directory without touching what is there, and takes them back when that fails."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click

from motia.cli.scaffolding.merging import merged_gitignore, merged_package
from motia.project.files import write_if_changed

# What people have in a directory before they put a project there: nothing a template could collide with unnoticed.
_HARMLESS: Final = re.compile(
    r"\.git|\.gitattributes|\.gitignore|\.github|\.editorconfig|\.idea|\.vscode|\.cursor|\.DS_Store|\.venv|venv|node_modules"
    r"|(?:readme|license|licence|copying|notice|changelog)(?:\..*)?"
    r"|package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?",
    re.IGNORECASE,
)
_MERGED: Final[Mapping[str, Callable[[str, str], str]]] = {
    "package.json": merged_package,
    ".gitignore": merged_gitignore,
}
_NAMED: Final = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """What became of the files of a template; paths are relative to the project."""

    made: tuple[str, ...]
    extended: tuple[str, ...]
    kept: tuple[str, ...]


def place(files: Mapping[str, str], target: Path) -> Placed:
    """Write `files` (path → text) into `target`, which is made when it is missing.

    Files that are there stay as they are, but package.json and .gitignore, which get what they lack. Raises a
    `ClickException` when something is in the way; nothing was written then.
    """
    _refuse_unless_free(target)
    present = {path.name.lower(): path.name for path in target.iterdir()} if target.is_dir() else {}
    extended = {
        path: merge((target / path).read_text(encoding="utf-8"), files[path])
        for path, merge in _MERGED.items()
        if path in files and path in present.values()
    }
    kept = tuple(
        path for path in files if path not in extended and (path.lower() in present or (target / path).exists())
    )
    made = {path: text for path, text in files.items() if path not in kept and path not in extended}
    _write_all(target, made)
    changed = tuple(path for path, text in extended.items() if write_if_changed(target / path, text))
    return Placed(tuple(made), changed, kept)


def _refuse_unless_free(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise click.ClickException(f"{target} is a file; choose another name")
    in_the_way = sorted(path.name for path in target.iterdir() if not _HARMLESS.fullmatch(path.name))
    if in_the_way:
        named = ", ".join(in_the_way[:_NAMED])
        more = f" and {len(in_the_way) - _NAMED} more" if len(in_the_way) > _NAMED else ""
        raise click.ClickException(
            f"{target} is not empty: {named}{more} would be mixed with the new project. "
            "Nothing was written; choose another name or an empty directory."
        )


def _write_all(target: Path, files: Mapping[str, str]) -> None:
    """Write new files; when that fails, remove them again with the folders made for them."""
    written: list[Path] = []
    folders: list[Path] = []
    try:
        for path, text in files.items():
            _make_folders((target / path).parent, folders)
            with (target / path).open("x", encoding="utf-8", newline="\n") as file:
                written.append(target / path)
                file.write(text)
    except BaseException:
        for file_path in written:
            file_path.unlink(missing_ok=True)
        for folder in reversed(folders):
            folder.rmdir()
        raise


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make `folder` and what is missing above it; `made` gets what was made, outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        made.append(each)
