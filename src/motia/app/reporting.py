"""What a running core tells the person who started it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from motia.model.records import LogRecord
from motia.model.step import Step, StreamDefinition
from motia.project.notice import Notice


class Reporter(Protocol):
    """Shows things. The command line has a terminal one, tests collect."""

    def say(self, level: str, message: str) -> None:
        """A sentence of the core's own; `level` is info, warn or error."""
        ...

    def code_changed(
        self, added: Sequence[Step], updated: Sequence[Step], removed: Sequence[Step], took_ms: float
    ) -> None:
        """The Steps in service changed; at the start all are added."""
        ...

    def streams_changed(
        self,
        added: Sequence[StreamDefinition],
        updated: Sequence[StreamDefinition],
        removed: Sequence[StreamDefinition],
    ) -> None:
        """The declared streams changed; at the start all are added."""
        ...

    def noticed(self, notices: Sequence[Notice]) -> None:
        """What is wrong in the project, as a whole: replaces what was noticed before."""
        ...

    def logged(self, record: LogRecord) -> None:
        """A Step or the core wrote a log record."""
        ...
