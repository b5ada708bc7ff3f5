"""What workers report when they load files."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class LoadProblem:
    """Why a file could not be loaded; `file` and `line` name the place of the fault, which may be an imported file."""

    name: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    stack: str | None = None

    @classmethod
    def from_json(cls, error: dict[str, Any]) -> LoadProblem:
        """Read the `LoadError` of the protocol."""
        return cls(
            str(error.get("name") or "Error"),
            str(error.get("message") or ""),
            error.get("file"),
            error.get("line"),
            error.get("column"),
            error.get("stack"),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A project config that a worker evaluated: its values with markers, and the project files it imports."""

    file: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    imports: tuple[str, ...] = ()
    problem: LoadProblem | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file after loading: what was found in it (`Found` of the protocol), and the project files it imports."""

    file: str
    found: tuple[dict[str, Any], ...] = ()
    imports: tuple[str, ...] = ()
    problem: LoadProblem | None = None
