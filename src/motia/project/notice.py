"""The one shape of everything reported to authors, whoever found it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Literal

Level = Literal["error", "warning", "hint"]


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Something an author should know. An `error` leaves the Step, stream or config value out; the rest runs.

    `rule` is the rule of the author's reference that it follows from. `file` is relative to the root, `field` the dotted
    path of the config key, `fix` what to do in one sentence.
    """

    level: Level
    rule: str
    message: str
    file: str | None = None
    step: str | None = None
    field: str | None = None
    line: int | None = None
    fix: str | None = None

    @property
    def place(self) -> str:
        """Where it is: file, line, Step, as far as known."""
        place = self.file or ""
        if self.file and self.line:
            place += f":{self.line}"
        return f'{place} "{self.step}"'.strip() if self.step else place

    def __str__(self) -> str:
        """One line for a console, without the level."""
        fix = f" {self.fix}" if self.fix else ""
        sentence = self.message if self.message.endswith((".", "!", "?")) else f"{self.message}."
        return f"{self.place}: {sentence}{fix}" if self.place else f"{sentence}{fix}"

    def as_json(self) -> dict[str, Any]:
        """The keys that have a value."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}


def errors(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """The errors among them."""
    return tuple(notice for notice in notices if notice.level == "error")
