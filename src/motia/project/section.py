"""Reads one mapping of an author's config, key by key (GEN-1, GEN-2, GEN-6).

Every read names the key and its aliases; camelCase and snake_case are both found. What was never read is unknown when the
section is finished, and the names read are what "did you mean" is chosen from.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from motia.project.report import Report

MARKER: Final = "$motia"
_WORD_START: Final = re.compile(r"(?<!^)(?=[A-Z])")
_SHOWN: Final = 60


def snake_case(name: str) -> str:
    """`maxAttempts` → `max_attempts`."""
    return _WORD_START.sub("_", name).lower()


def camel_case(name: str) -> str:
    """`max_attempts` → `maxAttempts`."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def is_function(value: Any) -> bool:
    """Whether a worker says: here stands a function."""
    return isinstance(value, Mapping) and value.get(MARKER) == "function"


def shown(value: Any) -> str:
    """A value as it may stand in a message: short JSON."""
    if is_function(value):
        return "a function"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Section:
    """One mapping and where it stands. Reading reports problems and returns None; nothing is raised."""

    def __init__(self, values: Mapping[str, Any], report: Report, path: str = "") -> None:
        """`path` is the dotted path of the mapping itself, empty for the whole config."""
        self.report = report
        self.path = path
        self._values = values
        self._names: dict[str, None] = {}
        self._conflicts: set[str] = set()

    def field(self, name: str) -> str:
        """The dotted path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def value(self, rule: str, name: str, *aliases: str) -> Any:
        """The value under any of the names, None when absent. Two different ones are an author error."""
        found: dict[str, Any] = {}
        for each in (name, *aliases):
            self._names[each] = None
            for spelling in dict.fromkeys((each, snake_case(each))):
                if (value := self._values.get(spelling)) is not None:
                    found[spelling] = value
        if not found:
            return None
        (first, value), *others = found.items()
        for other, different in others:
            if different != value and other not in self._conflicts:
                self._conflicts.add(other)
                message = f"{self.field(first)} and {self.field(other)} mean the same and have different values"
                self.report.error("GEN-1" if camel_case(other) == first else rule, message, self.field(first))
        return value

    def text(self, rule: str, name: str, *aliases: str) -> str | None:
        """A string that is not empty."""
        value = self.value(rule, name, *aliases)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._wrong(rule, name, "a string that is not empty", value)
        return None

    def needed_text(self, rule: str, name: str, *aliases: str, fix: str | None = None) -> str | None:
        """A string that may not be absent."""
        if self.value(rule, name, *aliases) is None:
            self.report.error(rule, f"{self.field(name)} is missing", self.field(name), fix)
            return None
        return self.text(rule, name, *aliases)

    def texts(self, rule: str, name: str, *aliases: str) -> tuple[str, ...] | None:
        """A list of strings, or one string."""
        value = self.value(rule, name, *aliases)
        if value is None:
            return None
        items = [value] if isinstance(value, str) else value
        if is_list(items) and all(isinstance(item, str) and item for item in items):
            return tuple(dict.fromkeys(items))
        self._wrong(rule, name, "a list of strings", value)
        return None

    def flag(self, rule: str, name: str, *aliases: str) -> bool | None:
        """True or false."""
        value = self.value(rule, name, *aliases)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(rule, name, "true or false", value)
        return None

    def number(self, rule: str, name: str, *aliases: str, least: float | None = None) -> float | None:
        """A number, at least `least`."""
        value = self.value(rule, name, *aliases)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(rule, name, "a number", value)
            return None
        if least is not None and value < least:
            self._wrong(rule, name, f"at least {least:g}", value)
            return None
        return value

    def integer(self, rule: str, name: str, *aliases: str, least: int | None = None) -> int | None:
        """A whole number, at least `least`."""
        value = self.value(rule, name, *aliases)
        if value is None:
            return None
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            self._wrong(rule, name, "a whole number", value)
            return None
        if least is not None and value < least:
            self._wrong(rule, name, f"at least {least}", value)
            return None
        return int(value)

    def choice(self, rule: str, name: str, choices: Mapping[str, Any] | Sequence[str], *aliases: str) -> Any:
        """One of the choices, any case; with a mapping, what the choice stands for. Booleans are read as words."""
        value = self.value(rule, name, *aliases)
        if value is None:
            return None
        table = choices if isinstance(choices, Mapping) else {each: each for each in choices}
        word = str(value).lower() if isinstance(value, str | bool) else ""
        for key, meant in table.items():
            if key.lower() == word:
                return meant
        self._wrong(rule, name, f"one of {', '.join(table)}", value)
        return None

    def section(self, rule: str, name: str, *aliases: str) -> Section | None:
        """A mapping inside this one."""
        value = self.value(rule, name, *aliases)
        if value is None:
            return None
        if isinstance(value, Mapping) and MARKER not in value:
            return Section(value, self.report, self.field(name))
        self._wrong(rule, name, "an object", value)
        return None

    def knows(self, *names: str) -> None:
        """Names that are read elsewhere."""
        self._names.update(dict.fromkeys(names))

    def finish(self) -> None:
        """Warn about keys that were never asked for (GEN-2)."""
        spellings = {spelling for name in self._names for spelling in (name, snake_case(name))}
        for key, value in self._values.items():
            if key in spellings or value is None:
                continue
            near = difflib.get_close_matches(camel_case(str(key)), self._names, n=1, cutoff=0.6)
            fix = f'Did you mean "{near[0]}"?' if near else None
            self.report.warning("GEN-2", f"{self.field(str(key))} is not known and has no effect", self.field(key), fix)

    def _wrong(self, rule: str, name: str, expected: str, value: Any) -> None:
        self.report.error(rule, f"{self.field(name)} must be {expected}, not {shown(value)}", self.field(name))


def is_list(value: Any) -> bool:
    """Whether it is a list as JSON has it."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
