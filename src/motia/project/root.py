"""Which directory is the project (PRJ-1)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from motia.model.errors import AuthorError

CONFIG_SUFFIXES: Final = ("ts", "mts", "js", "mjs", "cjs", "py", "toml", "json")
SCAN_FOLDERS: Final = (
    "steps",
    "src",
    "streams",
    "motia/steps",
    "motia/src",
    "motia/streams",
    "motia/events",
    "motia/workflows",
)


class NoProject(AuthorError):
    """No directory qualifies as a project; the message lists what was looked for."""


def find_root(directory: Path | None = None, cwd: Path | None = None) -> Path:
    """The project root: `directory` when given, else found from `cwd` (default: the current directory).

    Raises `NoProject`.
    """
    here = (cwd or Path.cwd()).absolute()
    if directory is not None:
        root = here / directory
        if not root.is_dir():
            raise NoProject(f"{directory} is not a directory")
        return root.resolve()
    here = here.resolve()
    if config_files(here):
        return here
    if config_files(here / "motia"):
        return here / "motia"
    if any((here / folder).is_dir() for folder in SCAN_FOLDERS):
        return here
    for ancestor in here.parents:
        if config_files(ancestor):
            return ancestor
    raise NoProject(
        f"no project in {here}. Looked for motia.config.{{{','.join(CONFIG_SUFFIXES)}}} here, in ./motia and in the "
        f"directories above, and for one of the folders {', '.join(SCAN_FOLDERS)} here. "
        "Name the project's directory, or make one with `motia create`."
    )


def config_files(root: Path) -> tuple[Path, ...]:
    """The config files in `root`, the one that counts first (CONF-1)."""
    candidates = (root / f"motia.config.{suffix}" for suffix in CONFIG_SUFFIXES)
    return tuple(path for path in candidates if path.is_file())
