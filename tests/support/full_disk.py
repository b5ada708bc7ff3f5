"""A disk that can be filled and emptied under a running core."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from support.running_project import Project

_SIZE = "24m"


class Disk(Protocol):
    """Where a project's `.motia` lives."""

    def fill(self) -> None:
        """From now on nothing can grow."""

    def make_room(self) -> None:
        """Undo that."""


class SmallVolume:
    """A tmpfs of its own, filled by a file: writes fail with ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                    _write_for_ever(file, size)

    def make_room(self) -> None:
        self._ballast.unlink()


class SizeLimit:
    """RLIMIT_FSIZE of the core: writes beyond the first byte of a file fail with EFBIG. Needs no rights."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def fill(self) -> None:
        self._limit(1)

    def make_room(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        assert self._project.process is not None
        resource.prlimit(self._project.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _write_for_ever(file: io.RawIOBase, size: int) -> None:
    while file.write(b"\0" * size):
        pass


def can_mount() -> bool:
    """Whether this process may mount file systems."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = os.geteuid() == 0 and _mount(Path(folder))
        if mounted:
            subprocess.run(["umount", folder], check=True)
    return mounted


@contextlib.contextmanager
def small_volume(folder: Path) -> Iterator[SmallVolume]:
    """A volume mounted at `folder`."""
    folder.mkdir(parents=True)
    assert _mount(folder)
    try:
        yield SmallVolume(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
