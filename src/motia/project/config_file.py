"""The project's config file: which one counts, and its values where they can be read without running code (CONF-1, CONF-3)."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import tomllib

from motia.project.environment import expand_variables
from motia.project.notice import Notice
from motia.project.root import config_files

_WORKERS: Final[Mapping[str, Literal["node", "python"]]] = {
    "ts": "node",
    "mts": "node",
    "js": "node",
    "mjs": "node",
    "cjs": "node",
    "py": "python",
}
_TOML_PLACE: Final = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_PROTECTING: Final = re.compile(
    r"\b(streamAuth|stream_auth|authenticateStream|authenticate_stream|middleware|app|adapters)\b"
)


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigFile:
    """What was found. `values` is None where a worker of `needs_worker` has to evaluate the file, and after an error."""

    path: str | None = None
    values: Mapping[str, Any] | None = None
    needs_worker: Literal["node", "python"] | None = None
    notices: tuple[Notice, ...] = ()


def read_config_file(root: Path, variables: Mapping[str, str]) -> ConfigFile:
    """The config of the project at `root`; `variables` are what `${NAME}` in TOML and JSON may refer to.

    Without a file, `values` is empty: every value has a default.
    """
    files = config_files(root)
    if not files:
        return ConfigFile(values={})
    first, *others = files
    notices = tuple(
        Notice("warning", "CONF-1", f"{other.name} is ignored, since {first.name} comes first", other.name)
        for other in others
    )
    worker = _WORKERS.get(first.suffix[1:])
    if worker is not None:
        return ConfigFile(first.name, None, worker, notices)
    values, problem = _parsed(first)
    if problem is not None:
        return ConfigFile(first.name, None, None, (*notices, problem))
    return ConfigFile(first.name, expand_variables(values, variables), None, notices)


def protecting_keys(path: Path) -> tuple[str, ...]:
    """The keys in a config that must not be skipped when it cannot be evaluated: access rules and stores (CONF-6)."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(sorted(set(_PROTECTING.findall(text))))


def _parsed(path: Path) -> tuple[dict[str, Any], Notice | None]:
    try:
        text = path.read_text("utf-8-sig")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except json.JSONDecodeError as problem:
        return {}, _broken(path, f"{problem.msg} in column {problem.colno}", problem.lineno)
    except tomllib.TOMLDecodeError as problem:
        place = _TOML_PLACE.search(str(problem))
        message = _TOML_PLACE.sub(f" in column {place[2]}" if place else "", str(problem))
        return {}, _broken(path, message, int(place[1]) if place else None)
    except (OSError, UnicodeDecodeError) as problem:
        return {}, _broken(path, f"it cannot be read: {problem}", None)
    if not isinstance(values, dict):
        return {}, _broken(path, "it must hold an object", None)
    return values, None


def _broken(path: Path, message: str, line: int | None) -> Notice:
    return Notice("error", "CONF-5", f"the config is broken: {message}", path.name, line=line)
