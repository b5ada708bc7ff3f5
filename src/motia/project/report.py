"""Collects what is wrong while one thing is read, so that its author sees all of it at once."""

from __future__ import annotations

from motia.project.notice import Level, Notice


class Report:
    """The notices about one file or Step. `failed` tells whether any of them is an error."""

    def __init__(self, file: str | None = None, line: int | None = None) -> None:
        """`file` and `line` go into every notice; `step` once it is known."""
        self.file = file
        self.line = line
        self.step: str | None = None
        self._notices: list[Notice] = []

    @property
    def failed(self) -> bool:
        """Whether anything was an error."""
        return any(notice.level == "error" for notice in self._notices)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was reported, in order."""
        return tuple(self._notices)

    def error(self, rule: str, message: str, field: str | None = None, fix: str | None = None) -> None:
        """Something that cannot be used."""
        self._add("error", rule, message, field, fix)

    def warning(self, rule: str, message: str, field: str | None = None, fix: str | None = None) -> None:
        """Something that is probably not meant."""
        self._add("warning", rule, message, field, fix)

    def hint(self, rule: str, message: str, field: str | None = None, fix: str | None = None) -> None:
        """Something worth knowing."""
        self._add("hint", rule, message, field, fix)

    def _add(self, level: Level, rule: str, message: str, field: str | None, fix: str | None) -> None:
        self._notices.append(Notice(level, rule, message, self.file, self.step, field, self.line, fix))
