"""The figures of Steps in the file of the traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import apsw
import orjson

from motia.adapters.sqlite.reader import Reader
from motia.adapters.sqlite.writer import Writer
from motia.ports.step_stretches import StepStretch

_SAVE: Final = """
INSERT INTO step_stretches (width, start, step, errors, durations, lags) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (width, start, step) DO UPDATE SET
    errors = excluded.errors, durations = excluded.durations, lags = excluded.lags
"""
_LOAD: Final = "SELECT width, start, step, errors, durations, lags FROM step_stretches WHERE width = ? AND start >= ?"
_FORGET: Final = "DELETE FROM step_stretches WHERE width = ? AND start < ?"


class SqliteStepStretches:
    """Stretches in the file behind `writer` and `reader`, which stay open when this is done with."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def save(self, stretches: Sequence[StepStretch]) -> None:
        """See `StepStretches.save`."""
        rows = [(s.width, s.start, s.step, s.errors, _text(s.durations), _text(s.lags)) for s in stretches]
        await self._writer.run(lambda db: _save(db, rows))

    async def load(self, *, since: Mapping[int, int]) -> list[StepStretch]:
        """See `StepStretches.load`."""
        rows = await self._reader.run(
            lambda db: [row for width, start in since.items() for row in db.execute(_LOAD, (width, start))]
        )
        return [
            StepStretch(width, start, step, errors, _counts(durations), _counts(lags))
            for width, start, step, errors, durations, lags in rows
        ]

    async def forget(self, *, before: Mapping[int, int]) -> int:
        """See `StepStretches.forget`."""
        return await self._writer.run(lambda db: sum(_drop(db, *each) for each in before.items()))


def _save(db: apsw.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    db.executemany(_SAVE, rows)


def _drop(db: apsw.Connection, width: int, start: int) -> int:
    db.execute(_FORGET, (width, start))
    return db.changes()


def _text(counts: Mapping[int, int]) -> str:
    return orjson.dumps(list(counts.items())).decode()


def _counts(text: str) -> dict[int, int]:
    pairs: list[Any] = orjson.loads(text)
    return dict(pairs)
