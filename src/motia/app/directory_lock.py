"""One core per project directory, and where that core can be reached."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from pathlib import Path

from motia.model.errors import DirectoryInUse, StartupFailed

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclasses.dataclass(frozen=True, slots=True)
class RunningCore:
    """A core that owns a directory; `url` is where its admin surface answers."""

    pid: int
    url: str


class DirectoryLock:
    """Held while a core runs. The operating system frees it with the process, however that ends."""

    def __init__(self, data: Path) -> None:
        """`data` is the project's `.motia` folder."""
        self._data = data
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take it. Raises `DirectoryInUse` naming the holder."""
        self._data.mkdir(parents=True, exist_ok=True)
        ignore = self._data / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        descriptor = os.open(self._data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the os module's own signature
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            holder = running_core(self._data)
            who = f"a core with pid {holder.pid} at {holder.url}" if holder else "another core"
            raise DirectoryInUse(
                f"{who} already runs {self._data.parent}. The embedded store belongs to one core at a time: stop that one, or "
                "give several cores a shared engine with 'adapters' in motia.config (redis, postgres, nats, rabbitmq)"
            ) from None
        self._descriptor = descriptor

    def announce(self, url: str) -> None:
        """Let the command line find this core."""
        temporary = self._data / "core.json.new"
        temporary.write_text(json.dumps({"pid": os.getpid(), "url": url}), encoding="utf-8")
        temporary.replace(self._data / "core.json")

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            with contextlib.suppress(FileNotFoundError):
                (self._data / "core.json").unlink()
            os.close(self._descriptor)
            self._descriptor = None


class StoreLock:
    """Held on a database file that lies outside of `.motia`, where another project could name it, too."""

    def __init__(self, file: Path) -> None:
        """`file` is the database; the lock is a file beside it."""
        self._file = file
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take it, making the database's directory where needed. Raises `DirectoryInUse`, `StartupFailed`."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(f"{self._file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise StartupFailed(f"the database {self._file} cannot be used: {problem.strerror}") from problem
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the os module's own signature
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise DirectoryInUse(
                f"another core already uses the database {self._file}. The embedded store belongs to one core at a time: "
                "stop that one, or name another file in 'database.url'"
            ) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def running_core(data: Path) -> RunningCore | None:
    """The core that said it runs in `data` and whose process is alive; None when there is none."""
    try:
        said = json.loads((data / "core.json").read_text(encoding="utf-8"))
        core = RunningCore(int(said["pid"]), str(said["url"]))
        os.kill(core.pid, 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return core
