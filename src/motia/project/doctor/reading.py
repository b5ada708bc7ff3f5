"""Reads files of a project without trusting them: no pipes, no binaries, nothing huge."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

LARGEST: Final = 1 << 20  # as discovery: a larger source file is a bundle or data


def read_text(path: Path, largest: int = LARGEST) -> tuple[str | None, str | None]:
    """The text of a file, or why it was not read: an end of the sentence "this file …"."""
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            return None, "is no ordinary file and was not read"
        if info.st_size > largest:
            return None, f"is larger than {largest >> 10} KB and was not read"
        with path.open("rb") as file:
            data = file.read(largest)
    except OSError as problem:
        return None, f"cannot be read: {problem.strerror or problem}"
    if b"\0" in data:
        return None, "is no text file and was not read"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as problem:
        return None, f"is not written in UTF-8 (byte {problem.start + 1}) and was not read"


def is_folder(path: Path) -> bool:
    """Whether there is a folder; no error for odd names."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether there is a file; no error for odd names."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
