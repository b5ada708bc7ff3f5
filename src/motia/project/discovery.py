"""Which files of a project are Steps and streams (PRJ-2 to PRJ-8). Reads names, and text where the name says nothing."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from motia.project.globs import compiled, fixed_part, matches
from motia.project.notice import Notice
from motia.project.recognition import recognise
from motia.project.root import SCAN_FOLDERS
from motia.project.source_text import Language

_LANGUAGES: Final[dict[str, Language]] = {
    "ts": "node",
    "mts": "node",
    "cts": "node",
    "js": "node",
    "mjs": "node",
    "cjs": "node",
    "py": "python",
    "rb": "ruby",
}
_STEP: Final = re.compile(r".+[._]step\.(?:ts|mts|cts|js|mjs|cjs|py|rb)")
_STREAM: Final = re.compile(r".+[._]stream\.(?:ts|mts|cts|js|mjs|cjs|py|rb)")
_NODE_COMPONENT: Final = re.compile(r".+[._]step\.[jt]sx")
_NOT_YET: Final = re.compile(r".+[._]step\.(?:go|rs)")
_TEST_OR_DECLARATION: Final = re.compile(r".+\.(?:test|spec)\.\w+|test_.*\.py|.*_test\.py|.*_spec\.rb|.+\.d\.[mc]?ts")
_SKIPPED_FOLDERS: Final = frozenset({"node_modules", "python_modules", "__pycache__"})
_LARGEST_READ: Final = 1 << 20  # a source file larger than this is a bundle or data


@dataclasses.dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to be loaded by the worker of its language. `path` is relative to the root, with `/`.

    `suffixed` tells whether its name made it a Step or stream; else its text did.
    """

    path: str
    language: Language
    suffixed: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Discovered:
    """What a project holds, each list in path order. `components` are custom Workbench nodes (`X.step.tsx`)."""

    steps: tuple[SourceFile, ...] = ()
    streams: tuple[SourceFile, ...] = ()
    components: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


def discover(
    root: Path, *, folders: Iterable[str] = (), include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> Discovered:
    """Look through the scan folders, `folders` (of `--dir`) and the `include` globs, without what `exclude` means."""
    without = tuple(exclude)
    steps: list[SourceFile] = []
    streams: list[SourceFile] = []
    components: list[str] = []
    notices: list[Notice] = []
    for path in sorted(_candidates(root, tuple(folders), tuple(include), without)):
        name = path.rpartition("/")[2]
        if _STEP.fullmatch(name):
            steps.append(SourceFile(path, _language(name)))
        elif _STREAM.fullmatch(name):
            streams.append(SourceFile(path, _language(name)))
        elif _NODE_COMPONENT.fullmatch(name):
            components.append(path)
        elif _NOT_YET.fullmatch(name):
            notices.append(_not_yet(path))
        else:
            _by_text(root, path, steps, streams, notices)
    return Discovered(tuple(steps), tuple(streams), tuple(components), tuple(notices))


def language_of(path: str) -> Language | None:
    """The language whose worker loads `path`, by its ending."""
    return _LANGUAGES.get(path.rpartition(".")[2])


def base_name(path: str) -> str:
    """The file's name without folders, suffix and ending: `a/add-quote.step.ts` → `add-quote` (PRJ-18)."""
    name = path.rpartition("/")[2].rpartition(".")[0]
    return re.sub(r"(?<=.)[._](?:step|stream)$", "", name)


def _language(name: str) -> Language:
    return _LANGUAGES[name.rpartition(".")[2]]


def _candidates(root: Path, folders: tuple[str, ...], include: tuple[str, ...], exclude: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for folder in (*SCAN_FOLDERS, *folders):
        found.update(_walk(root, _relative(root, folder), exclude))
    for glob in include:
        pattern = compiled(glob)
        found.update(path for path in _walk(root, fixed_part(glob), exclude) if pattern.fullmatch(path))
    return found


def _relative(root: Path, folder: str) -> str:
    """`folder` as it is written below the root; one outside keeps its `..` parts."""
    relative = os.path.relpath(root / folder, root)
    return "" if relative == "." else Path(relative).as_posix()


def _walk(root: Path, folder: str, exclude: tuple[str, ...]) -> Iterator[str]:
    """The source files below `folder`; a folder reached twice through links is read once."""
    seen: set[str] = set()
    stack = [folder]
    while stack:
        current = stack.pop()
        real = os.path.realpath(root / current)
        if real in seen:
            continue
        seen.add(real)
        try:
            entries = list(os.scandir(real))
        except OSError:
            continue
        if current != folder and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            path = f"{current}/{entry.name}" if current else entry.name
            if exclude and matches(path, exclude):
                continue
            if entry.is_dir():
                if not entry.name.startswith(".") and entry.name not in _SKIPPED_FOLDERS:
                    stack.append(path)
            elif _is_source(entry.name):
                yield path


def _is_source(name: str) -> bool:
    ending = name.rpartition(".")[2]
    return not name.startswith(".") and (ending in _LANGUAGES or ending in {"tsx", "jsx", "go", "rs"})


def _by_text(root: Path, path: str, steps: list[SourceFile], streams: list[SourceFile], notices: list[Notice]) -> None:
    folders, _, name = path.rpartition("/")
    language = language_of(path)
    if language is None or _TEST_OR_DECLARATION.fullmatch(name) or "__tests__" in folders.split("/"):
        return
    kind = recognise(_text(root / path), language, in_streams_folder="streams" in folders.split("/"))
    if kind == "function-form":
        steps.append(SourceFile(path, language, suffixed=False))
    elif kind == "stream":
        streams.append(SourceFile(path, language, suffixed=False))
    elif kind == "type-form":
        notices.append(_rename_hint(path))


def _text(path: Path) -> str:
    try:
        if not path.is_file():  # a named pipe would be waited for
            return ""
        with path.open("rb") as file:
            return file.read(_LARGEST_READ).decode("utf-8", "replace")
    except OSError:
        return ""


def _rename_hint(path: str) -> Notice:
    stem, _, ending = path.rpartition(".")
    better = f"{stem}_step.{ending}" if ending in {"py", "rb"} else f"{stem}.step.{ending}"
    return Notice(
        "hint", "PRJ-8", "looks like a Step, but its name does not say so", path, fix=f"Rename it to {better}."
    )


def _not_yet(path: str) -> Notice:
    language = "Go" if path.endswith(".go") else "Rust"
    return Notice("warning", "PRJ-7", f"{language} Steps are not supported yet; this one does not run", path)
