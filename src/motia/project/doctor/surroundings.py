"""What stands around the Steps: scripts, images and web pages that use the original's packages (19.1)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from motia.project.doctor.code_rules import NODE, row
from motia.project.doctor.findings import Difference
from motia.project.doctor.reading import is_file, read_text
from motia.project.doctor.source import Source

_PAGE_ENDINGS: Final = (".tsx", ".jsx")
_SKIPPED: Final = frozenset(
    {"node_modules", "python_modules", "dist", "build", "out", "coverage", "__pycache__", "vendor"}
)
_MOST_ENTRIES: Final = 20_000
_MOST_PAGES: Final = 500
_LARGEST_PAGE: Final = 256 << 10
_FETCHED: Final = re.compile(r"\b(?:npx(?:\s+(?:-y|--yes))?|bunx|pnpm\s+dlx|yarn\s+dlx)\s+motia@[\w.^~-]+")

PAGE_ROWS: Final = (
    row(
        "WS-20",
        "the npm package takes `address`, not `url`; our client under the same import name takes both",
        r"<MotiaStreamProvider\b[^>]*?\burl\s*=",
        NODE,
    ),
    row(
        "WS-22",
        "the npm package has no string form of its hooks; our client under the same import name has",
        r"\buseStream(?:Item|Group)\s*(?:<[^;()]{0,200}>)?\s*\(\s*[\"'`]",
        NODE,
    ),
    row(
        "WS-23",
        "the list holds the current items, no history: writes that always use one id show as one item; give each its own",
        r"(?P<code>\buseMotiaStream\s*)(?:<[^;()]{0,200}>)?\s*\(\s*[^)\s]",
        NODE,
    ),
)


def surrounding_differences(root: Path) -> Iterator[Difference]:
    """What scripts, images, engine configs and pages show."""
    for name in ("package.json", "Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml"):
        text, _ = read_text(root / name) if is_file(root / name) else (None, None)
        match = None if text is None else _FETCHED.search(text)
        if text is not None and match is not None:
            what = f"`{match[0]}` fetches what the registry holds under that name; inside a project `npx motia` is ours"
            yield Difference("CLI-1", what, name, text.count("\n", 0, match.start()) + 1)
    for path in _pages(root):
        text, _ = read_text(root / path, _LARGEST_PAGE)
        if text is not None and "Stream" in text:
            yield from _page_differences(Source(path, text, "node"))


def _page_differences(page: Source) -> Iterator[Difference]:
    for each in PAGE_ROWS:
        for match in each.pattern.finditer(page.text):
            start = match.start("code" if "code" in each.pattern.groupindex else 0)
            if page.is_code(start, start + len("use")):
                yield Difference(each.rule, each.what, page.path, page.line(start))
                break


def _pages(root: Path) -> Iterator[str]:
    """The React files of the project, within bounds: a home folder given by mistake must not be searched for minutes."""
    entries = pages = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        entries += len(folders) + len(files)
        for name in sorted(files):
            if name.endswith(_PAGE_ENDINGS):
                pages += 1
                yield Path(folder, name).relative_to(root).as_posix()
        if entries > _MOST_ENTRIES or pages > _MOST_PAGES:
            return
