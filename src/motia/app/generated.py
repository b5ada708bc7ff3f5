"""Files that `dev` keeps up to date for editors and readers: types and diagrams (FIL-1, FIL-4)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from motia.app.editor_types import write_editor_types
from motia.app.reporting import Reporter
from motia.model.records import LogRecord
from motia.model.step import Step, StreamDefinition
from motia.project.flows import flow_records
from motia.project.mermaid import write_mermaid
from motia.project.notice import Notice
from motia.project.types_dts import write_types
from motia.project.types_pyi import write_python_types

_TYPED = (".ts", ".mts", ".cts", ".tsx")


class GeneratedFiles:
    """Writes them when the Steps change, and only what differs."""

    def __init__(self, root: Path, *, types: bool, mermaid: bool) -> None:
        """`types`: `types.d.ts` for TypeScript Steps and `motia_types.pyi` for Python Steps; `mermaid`: `.mermaid/FLOW.mmd` per flow."""
        self._root = root
        self._types = types
        self._mermaid = mermaid

    def observing(self, reporter: Reporter) -> Reporter:
        """A reporter that passes everything on and writes when Steps changed."""
        return _Observing(reporter, self)

    def write(self, steps: Sequence[Step], streams: Sequence[StreamDefinition]) -> None:
        """Bring the files up to date."""
        with contextlib.suppress(OSError):
            if self._types and any(step.file.endswith(_TYPED) for step in steps):
                write_types(self._root, steps, streams)
                write_editor_types(self._root)
            if self._types and any(step.file.endswith(".py") for step in steps):
                write_python_types(self._root, steps, streams)
            if self._mermaid:
                write_mermaid(self._root, flow_records(steps))


class _Observing:
    def __init__(self, inner: Reporter, files: GeneratedFiles) -> None:
        self._inner = inner
        self._files = files
        self._steps: dict[str, Step] = {}
        self._streams: dict[str, StreamDefinition] = {}

    def say(self, level: str, message: str) -> None:
        self._inner.say(level, message)

    def code_changed(
        self, added: Sequence[Step], updated: Sequence[Step], removed: Sequence[Step], took_ms: float
    ) -> None:
        self._inner.code_changed(added, updated, removed, took_ms)
        for step in removed:
            self._steps.pop(step.name, None)
        self._steps.update({step.name: step for step in (*added, *updated)})
        self._files.write(list(self._steps.values()), list(self._streams.values()))

    def streams_changed(
        self,
        added: Sequence[StreamDefinition],
        updated: Sequence[StreamDefinition],
        removed: Sequence[StreamDefinition],
    ) -> None:
        self._inner.streams_changed(added, updated, removed)
        for stream in removed:
            self._streams.pop(stream.name, None)
        self._streams.update({stream.name: stream for stream in (*added, *updated)})

    def noticed(self, notices: Sequence[Notice]) -> None:
        self._inner.noticed(notices)

    def logged(self, record: LogRecord) -> None:
        self._inner.logged(record)
