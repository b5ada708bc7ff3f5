"""Faults between a process and its C library: compiles `shim/faults.c`, and the switches that it obeys."""

from __future__ import annotations

import errno
import functools
import hashlib
import mmap
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).parent / "shim" / "faults.c"

# In the order of `struct control`.
_FIELDS: Final = (
    "writes",
    "syncs",
    "commits",
    "kill_before_commit",
    "kill_after_commit",
    "write_errno",
    "write_fails_from",
    "write_fails_to",
    "sync_errno",
    "sync_fails_from",
    "sync_fails_to",
    "disk_full",
    "clock_ns",
)


@functools.cache
def compiled_shim() -> Path:
    """The shared library, compiled once for each content."""
    text = _SOURCE.read_bytes()
    target = Path(tempfile.gettempdir()) / f"motia-faults-{hashlib.sha256(text).hexdigest()[:16]}.so"
    if not target.exists():
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise RuntimeError("the fault suite needs a C compiler: apt-get install gcc")
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / target.name
            command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(made), str(_SOURCE), "-ldl"]
            subprocess.run(command, check=True)
            shutil.copy(made, target.with_suffix(".new"))
            target.with_suffix(".new").replace(target)
    return target


class Injector:
    """The switches of one shim; those of the core take effect while it runs."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faults.control"
        self._file.write_bytes(bytes(8 * len(_FIELDS)))
        with self._file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), 8 * len(_FIELDS))

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process and its children obey."""
        return {"LD_PRELOAD": str(compiled_shim()), "FAULTS_CONTROL": str(self._file)}

    def read(self, field: str) -> int:
        """A counter or switch."""
        number: int = struct.unpack_from("q", self._map, 8 * _FIELDS.index(field))[0]
        return number

    def set(self, **fields: int) -> None:
        """Set switches."""
        for field, value in fields.items():
            struct.pack_into("q", self._map, 8 * _FIELDS.index(field), value)

    def reset(self) -> None:
        """No faults, counters at zero; the clock stays."""
        self.set(**dict.fromkeys(_FIELDS[:-1], 0))

    def fail_write(self, number: int, count: int = 1, error: int = errno.EIO) -> None:
        """The `number`th write to data.db or its log from the reset on fails, and `count` - 1 after it."""
        self.set(write_errno=error, write_fails_from=number, write_fails_to=number + count - 1)

    def fail_sync(self, number: int, count: int = 1, error: int = errno.EIO) -> None:
        """The same for syncs."""
        self.set(sync_errno=error, sync_fails_from=number, sync_fails_to=number + count - 1)

    def move_clock(self, seconds: float) -> None:
        """Let the wall clock jump."""
        self.set(clock_ns=self.read("clock_ns") + int(seconds * 1e9))
