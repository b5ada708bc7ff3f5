"""Environment variables that a file reads, and whether it copes without them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from motia.project.doctor.source import Source

# Set by us, by the system or by a platform; or read by tools rather than by the project.
_USUAL: Final = frozenset(
    [
        "CI",
        "COLORTERM",
        "DEBUG",
        "HOME",
        "HOST",
        "HOSTNAME",
        "LANG",
        "LOGNAME",
        "LOG_LEVEL",
        "NODE_ENV",
        "NODE_OPTIONS",
        "PATH",
        "PORT",
        "PWD",
        "PYTHONPATH",
        "SHELL",
        "TEMP",
        "TERM",
        "TMP",
        "TMPDIR",
        "TZ",
        "USER",
        "USERNAME",
        "VIRTUAL_ENV",
    ]
)
_NAME: Final = r"([A-Za-z_]\w*)"
_READS: Final = {
    "node": (
        re.compile(r"(?P<code>\bprocess\s*\.\s*env\s*\.\s*)" + _NAME),
        re.compile(r"(?P<code>\bprocess\s*\.\s*env\s*\[\s*)[\"'`]" + _NAME + r"[\"'`]\s*\]"),
    ),
    "python": (
        re.compile(r"(?P<code>\benviron\s*\[\s*)[\"']" + _NAME + r"[\"']\s*\]"),
        re.compile(r"(?P<code>\b(?:environ\s*\.\s*get|getenv)\s*\(\s*)[\"']" + _NAME + r"[\"']"),
    ),
    "ruby": (
        re.compile(r"(?P<code>\bENV\s*\[\s*)[\"']" + _NAME + r"[\"']\s*\]"),
        re.compile(r"(?P<code>\bENV\s*\.\s*fetch\s*\(\s*)[\"']" + _NAME + r"[\"']"),
    ),
}
_TAKEN_APART: Final = re.compile(r"\{([^{}]*)\}\s*=\s*process\s*\.\s*env\b(?!\s*\.)")
# A default follows, or the variable is set, compared or tested here: the file copes.
_COPES: Final = {
    "node": re.compile(r"\s*(?:\?\?|\|\||\?(?!\.)|[!=]==?|=(?!=|>)|&&)"),
    "python": re.compile(r"\s*(?:,|\)\s*or\b|or\b|=(?!=)|\)\s*(?:is\b|==|!=))"),
    "ruby": re.compile(r"\s*(?:\|\||,|\)\s*\{|\)\s*do\b|=(?![=~>]))"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """A variable that is read without a default."""

    name: str
    line: int


def variables_read(source: Source) -> Iterator[Read]:
    """The variables a file needs, each once; those it copes without, and usual ones, are left out."""
    found: dict[str, int] = {}
    coped: set[str] = set()
    for pattern in _READS[source.language]:
        for match in pattern.finditer(source.text):
            if not source.is_code(match.start("code"), match.end("code")):
                continue
            name = match[2]
            if _COPES[source.language].match(source.text, match.end()):
                coped.add(name)
            else:
                found.setdefault(name, match.start())
    for match in _TAKEN_APART.finditer(source.code) if source.language == "node" else ():
        for part in match[1].split(","):
            name, has_default = part.partition(":")[0].partition("=")[0].strip(), "=" in part
            if re.fullmatch(_NAME, name) and not has_default:
                found.setdefault(name, match.start())
    for name, at in sorted(found.items(), key=lambda each: each[1]):
        if name not in coped and name not in _USUAL and not name.startswith(("MOTIA_", "npm_")):
            yield Read(name, source.line(at))
