r"""`.env` files (ENV-1) and the name of the environment (CONF-4). Reads files, never changes `os.environ`.

Syntax as in the common implementations: `export` is allowed; single quotes and backticks are literal; double quotes know
`\n`, `\t`, `\r`, `\"`, `\\` and `\$`; quoted values may span lines; an unquoted value ends before ` #`. `${NAME}` and
`${NAME:-default}` are expanded outside single quotes and backticks, from the real environment first.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

ENVIRONMENTS: Final = ("development", "production", "test")
_LINE: Final = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*"""
    r"""(?:'([^']*)'|`([^`]*)`|"((?:\\.|[^"\\])*)"|([^\n]*))""",
    re.MULTILINE | re.DOTALL,
)
_COMMENT: Final = re.compile(r"(?:^|[ \t]+)#.*")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_REFERENCE: Final = re.compile(r"(\\)?\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}")
_DOLLAR: Final = "\0"  # stands for an escaped dollar while references are looked for


@dataclasses.dataclass(frozen=True, slots=True)
class _Raw:
    text: str
    expands: bool


def read_env_files(root: Path, environment: str, real: Mapping[str, str], cwd: Path | None = None) -> dict[str, str]:
    """The variables that the project's `.env` files add to `real`: none that `real` has, the first value of each name."""
    raw: dict[str, _Raw] = {}
    for file in env_files(root, environment, cwd):
        for name, value in _parsed(_text(file)).items():
            raw.setdefault(name, value)
    return {name: _expanded(name, raw, real, frozenset()) for name in raw if name not in real}


def env_files(root: Path, environment: str, cwd: Path | None = None) -> tuple[Path, ...]:
    """The files that count, the one whose values win first, whether they exist or not; a watcher needs them all."""
    names = (f".env.{environment}.local", ".env.local", f".env.{environment}", ".env")
    folders = [root]
    if cwd is not None and os.path.realpath(cwd) != os.path.realpath(root):
        folders.append(cwd)
    return tuple(folder / name for folder in folders for name in names)


def environment_name(command: str, real: Mapping[str, str], flag: str | None = None, *, test: bool = False) -> str:
    """`development`, `production`, `test` or a name of the author's own (CONF-4)."""
    if flag:
        return flag
    if test:
        return "test"
    named = real.get("MOTIA_ENV") or real.get("NODE_ENV")
    return named or ("production" if command in {"start", "run", "build"} else "development")


def expand_variables(value: Any, lookup: Mapping[str, str]) -> Any:
    """A JSON value with `${NAME}` and `${NAME:-default}` in its strings replaced (CONF-3); an unknown name is empty."""
    if isinstance(value, str):
        return _with_references(value, lookup.get)
    if isinstance(value, dict):
        return {key: expand_variables(each, lookup) for key, each in value.items()}
    if isinstance(value, list):
        return [expand_variables(each, lookup) for each in value]
    return value


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig", errors="replace").replace("\r\n", "\n")
    except OSError:
        return ""


def _parsed(text: str) -> dict[str, _Raw]:
    return {match[1]: _raw(match) for match in _LINE.finditer(text)}


def _raw(match: re.Match[str]) -> _Raw:
    literal = match[2] if match[2] is not None else match[3]
    if literal is not None:
        return _Raw(literal, expands=False)
    if match[4] is not None:
        return _Raw(_ESCAPE.sub(_unescaped, match[4]), expands=True)
    return _Raw(_COMMENT.sub("", match[5]).strip().replace("\\$", _DOLLAR), expands=True)


def _unescaped(match: re.Match[str]) -> str:
    if match[1] == "$":
        return _DOLLAR
    return _ESCAPES.get(match[1], match[1] if match[1] in '"\\' else match[0])


def _expanded(name: str, raw: Mapping[str, _Raw], real: Mapping[str, str], within: frozenset[str]) -> str:
    value = raw[name]
    if not value.expands:
        return value.text

    def lookup(other: str) -> str | None:
        if other in real:
            return real[other]
        if other not in raw or other == name or other in within:
            return None
        return _expanded(other, raw, real, within | {name})

    return _with_references(value.text, lookup).replace(_DOLLAR, "$")


def _with_references(text: str, lookup: Callable[[str], str | None]) -> str:
    def replacement(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        return lookup(match[2]) or match[3] or ""

    return _REFERENCE.sub(replacement, text)
