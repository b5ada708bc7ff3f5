"""Notices changed files in `dev`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

# An editor's save is several events within a few milliseconds; one reload is wanted.
_SETTLE_S: Final = 0.03
_IGNORED: Final = frozenset({
    ".motia", ".git", "node_modules", "__pycache__", "python_modules", ".venv", "venv", "dist", ".mermaid",
    ".mypy_cache", ".ruff_cache", ".pytest_cache",
})  # fmt: skip
_SOURCES: Final = (
    ".py", ".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".rb", ".json", ".toml", ".txt", ".lock", ".yaml", ".yml",
)  # fmt: skip
_GENERATED: Final = frozenset({"types.d.ts", "motia-workbench.json", "openapi.json"})


class Watcher:
    """Calls `changed(paths)`, paths relative to the root, one call at a time; what changes meanwhile comes in the next.

    The operating system tells of changes, so nothing happens while nothing changes.
    """

    def __init__(self, root: Path, changed: Callable[[set[str]], Awaitable[None]]) -> None:
        """Watches nothing before `start`."""
        self._root = root
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._observer = Observer()
        self._forwarder: FileSystemEventHandler = FileSystemEventHandler()
        self._watched: set[str] = set()
        self._paths: set[str] = set()
        self._due: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        forwarder = _Forwarder(self._from_thread, self._watch_folder)
        self._forwarder = forwarder
        # The root itself, and each folder in it on its own: dependencies and virtual environments are left unwatched.
        self._observer.schedule(forwarder, str(self._root), recursive=False)
        for entry in os.scandir(self._root):
            if entry.is_dir():
                self._watch_folder(entry.path)
        self._observer.start()

    async def stop(self) -> None:
        """Watch no more."""
        self._observer.stop()
        await asyncio.to_thread(self._observer.join)
        if self._due is not None:
            self._due.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _watch_folder(self, path: str) -> None:
        """Watch a folder of the root, unless it is one to leave alone or already watched."""
        if Path(path).parent != self._root or Path(path).name in _IGNORED or path in self._watched:
            return
        self._watched.add(path)
        self._observer.schedule(self._forwarder, path, recursive=True)

    def _from_thread(self, paths: set[str]) -> None:
        relevant = {relative for path in paths if (relative := self._relevant(path)) is not None}
        if relevant and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._add, relevant)

    def _relevant(self, path: str) -> str | None:
        relative = os.path.relpath(path, self._root)
        parts = Path(relative).parts
        if not parts or ".." in parts or _IGNORED.intersection(parts):
            return None
        name = parts[-1]
        if name in _GENERATED or not (name.endswith(_SOURCES) or name.startswith(".env")):
            return None
        return Path(relative).as_posix()

    def _add(self, paths: set[str]) -> None:
        self._paths |= paths
        if self._due is not None:
            self._due.cancel()
        self._due = self._loop.call_later(_SETTLE_S, self._settled)

    def _settled(self) -> None:
        self._due = None
        if self._task is None and self._paths:
            self._task = self._loop.create_task(self._report())
            self._task.add_done_callback(self._reported)

    async def _report(self) -> None:
        paths, self._paths = self._paths, set()
        await self._changed(paths)

    def _reported(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            task.exception()
            self._settled()


class _Forwarder(FileSystemEventHandler):
    def __init__(self, forward: Callable[[set[str]], None], folder_made: Callable[[str], None]) -> None:
        self._forward = forward
        self._folder_made = folder_made

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in {"created", "modified", "moved", "deleted"}:
            return
        paths = {os.fsdecode(path) for path in (event.src_path, event.dest_path) if path}
        if not event.is_directory:
            self._forward(paths)
        elif event.event_type in {"created", "moved"}:
            for path in paths:
                if Path(path).is_dir():
                    self._folder_made(path)
                    self._forward({str(file) for file in Path(path).rglob("*") if file.is_file()})
