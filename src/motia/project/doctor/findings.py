"""The shapes of what is found. Plain data; `as_json` is the stable output of `motia doctor --json`."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from motia.project.notice import Notice, errors

MissingKind = Literal["interpreter", "npm", "pip", "service", "variable"]


@dataclasses.dataclass(frozen=True, slots=True)
class Use:
    """A file uses what `rule` describes, first in `line`."""

    rule: str
    line: int
    what: str

    def as_json(self) -> dict[str, Any]:
        """As in `files[].rules`."""
        return {"id": self.rule, "line": self.line, "what": self.what}


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as in the original. `blocking`: the Step or the whole project does not run because of it."""

    rule: str
    what: str
    file: str | None = None
    line: int | None = None
    blocking: bool = False

    def as_json(self) -> dict[str, Any]:
        """As in `differences`."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class Missing:
    """Something the project needs and that is not here. What is not `blocking` is worth a look, no more."""

    kind: MissingKind
    name: str
    what: str
    file: str | None = None
    line: int | None = None
    fix: str | None = None
    blocking: bool = True

    def as_json(self) -> dict[str, Any]:
        """As in `missing`."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class FileReport:
    """A file of the project and the rules it uses, in line order. `form` is how its Steps are written, or what it is."""

    file: str
    language: str
    form: str
    uses: tuple[Use, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As in `files`."""
        return {
            "file": self.file,
            "language": self.language,
            "form": self.form,
            "rules": [use.as_json() for use in self.uses],
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was found. `steps` counts Steps, `languages` names theirs."""

    root: str
    steps: int
    languages: tuple[str, ...]
    files: tuple[FileReport, ...]
    differences: tuple[Difference, ...]
    missing: tuple[Missing, ...]
    notices: tuple[Notice, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing keeps any part of the project from running."""
        lacking = any(each.blocking for each in self.missing)
        refused = any(each.blocking for each in self.differences)
        return not lacking and not refused and not errors(self.notices)

    def as_json(self) -> dict[str, Any]:
        """The whole output."""
        return {
            "root": self.root,
            "ok": self.ok,
            "steps": self.steps,
            "languages": list(self.languages),
            "files": [each.as_json() for each in self.files],
            "differences": [each.as_json() for each in self.differences],
            "missing": [each.as_json() for each in self.missing],
            "notices": [each.as_json() for each in self.notices],
        }
