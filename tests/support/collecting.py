"""A reporter that remembers."""

from __future__ import annotations

from collections.abc import Sequence

from motia.model.records import LogRecord
from motia.model.step import Step, StreamDefinition
from motia.project.notice import Notice


class Collecting:
    """What a core told, in lists."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.logs: list[LogRecord] = []
        self.notices: list[Notice] = []
        self.streams: list[tuple[list[str], list[str], list[str]]] = []
        self.changes: list[tuple[list[str], list[str], list[str]]] = []

    def say(self, level: str, message: str) -> None:
        self.said.append((level, message))

    def code_changed(
        self,
        added: Sequence[Step],
        updated: Sequence[Step],
        removed: Sequence[Step],
        took_ms: float,
    ) -> None:
        self.changes.append(([s.name for s in added], [s.name for s in updated], [s.name for s in removed]))

    def streams_changed(
        self,
        added: Sequence[StreamDefinition],
        updated: Sequence[StreamDefinition],
        removed: Sequence[StreamDefinition],
    ) -> None:
        self.streams.append(([s.name for s in added], [s.name for s in updated], [s.name for s in removed]))

    def noticed(self, notices: Sequence[Notice]) -> None:
        self.notices = list(notices)

    def logged(self, record: LogRecord) -> None:
        self.logs.append(record)
