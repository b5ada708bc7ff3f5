"""Observations are dropped rather than waited for, counted, and both ends are told once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motia.model.errors import StoreUnavailable
from motia.model.records import LogRecord, Span
from motia.model.run import Run, RunChange, merged
from motia.observe.recorder import Recorder


class FullStore:
    """Takes nothing while `full`."""

    def __init__(self) -> None:
        self.full = False
        self.stored: list[str] = []

    async def record(
        self, spans: Sequence[Span], logs: Sequence[LogRecord], runs: Sequence[RunChange] = ()
    ) -> list[Run]:
        if self.full:
            raise StoreUnavailable("traces.db cannot grow: the disk is full")
        self.stored += [record.message for record in logs]
        return [merged(None, change, {}) for change in runs]


async def test_records_that_cannot_be_stored_are_counted_and_said_once() -> None:
    store, said = FullStore(), list[str]()
    fake: Any = store
    recorder = Recorder(fake, on_problem=said.append)
    store.full = True
    for number in range(3):
        recorder.log("info", f"lost {number}")
        await recorder.flush()
    store.full = False
    for number in range(2):
        recorder.log("info", f"kept {number}")
        await recorder.flush()
    assert store.stored == ["kept 0", "kept 1"]
    assert recorder.dropped == 3
    assert said == [
        "traces and logs cannot be stored: traces.db cannot grow: the disk is full; they are dropped until they can be",
        "traces and logs are stored again; 3 were dropped meanwhile",
    ]
