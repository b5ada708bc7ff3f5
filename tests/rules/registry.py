"""Which tests speak for which rule in which language, read from the names of the tests.

A test names its rules in its id (`test_http_17_…`, `[HTTP-17 …]`) and its language, too (`…-ruby]`). A test of the core names
no language. Since every test passes, and those in the not-yet lists fail, the names say what works.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rules.not_yet import not_yet

HERE: Final = Path(__file__).parent
REPOSITORY: Final = HERE.parents[1]
LANGUAGES: Final = ("python", "typescript", "javascript", "ruby")
LISTS: Final = (HERE, REPOSITORY / "tests/acceptance/seeds")
_CLIENT_TEST: Final = re.compile(r"""^\s*test\((['"`])(.+?)\1,""", re.MULTILINE)
_SCOPES: Final = {"js": ("typescript", "javascript"), "py": ("python",), "rb": ("ruby",)}
_PREFIXES: Final = "GEN|PRJ|CFG|HND|HTTP|MW|CTX|LOG|EVT|CRON|STA|SCH|STR|WS|CONF|ENV|CLI|TYP|ADM|TST|FIL"
_RULE: Final = re.compile(rf"(?<![A-Za-z])({_PREFIXES})[-_](\d+)(?!\d)", re.IGNORECASE)
_LANGUAGE: Final = re.compile(rf"(?<![A-Za-z])({'|'.join(LANGUAGES)})(?![A-Za-z])")
# These tests are about what says which rules apply, and speak for that alone.
_DOCTOR: Final = "tests/unit/project/doctor/"
# Where tests are that name no language because all of theirs is in one.
_PLACES: Final = {
    "tests/unit/authoring/": "python",
    "tests/unit/worker/": "python",
    "tests/acceptance/seeds/": "typescript",
}


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule's line in rules.txt. `languages` is empty for a rule of the core."""

    id: str
    meaning: str
    languages: tuple[str, ...] | None
    differs: Mapping[str, str]


@dataclasses.dataclass
class Evidence:
    """The tests that speak for a rule by language (`core` for none), and those of them that cannot pass yet."""

    tests: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    failing: set[str] = dataclasses.field(default_factory=set)


def read_rules() -> list[Rule]:
    """The rules of rules.txt, in its order."""
    lines = [line for line in (HERE / "rules.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
    fields = [[part.strip() for part in line.split(" | ")] for line in lines]
    differs: dict[str, dict[str, str]] = {}
    for rule, scope, text in fields:
        if scope.startswith("differs "):
            differs.setdefault(rule, {}).update(dict.fromkeys(scope.split()[1:], text))
    return [
        Rule(rule, text, _languages(scope), differs.get(rule, {}))
        for rule, scope, text in fields
        if not scope.startswith("differs ")
    ]


def _languages(scope: str) -> tuple[str, ...] | None:
    if scope == "core":
        return None
    chosen = LANGUAGES if scope == "all" else tuple(one for part in scope.split() for one in _SCOPES[part])
    return tuple(language for language in LANGUAGES if language in chosen)


def collect() -> list[str]:
    """The ids of all tests: as pytest collects them, and those of the TypeScript client by their titles."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the tests cannot be collected:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    counted = [line for line in done.stdout.splitlines() if "::" in line]
    return [line for line in counted if line.startswith("tests/")] + _collect_client()


def _collect_client() -> list[str]:
    """Tests of the TypeScript client, where each begins with `test('TITLE'`."""
    files = sorted((REPOSITORY / "clients/typescript/test").rglob("*.test.ts*"))
    titles = [(file, title) for file in files for _, title in _CLIENT_TEST.findall(file.read_text("utf-8"))]
    return [f"{file.relative_to(REPOSITORY).as_posix()}::{title}" for file, title in titles]


def read_elsewhere() -> dict[str, list[str]]:
    """The rules of tests that do not name them, by a part of the tests' ids."""
    lines = (HERE / "elsewhere.txt").read_text("utf-8").splitlines()
    fields = [line.split(" | ") for line in lines if line and line[0] != "#"]
    return {part.strip(): rules.split() for rules, part in fields}


def evidence(tests: Iterable[str]) -> dict[str, Evidence]:
    """What the tests with these ids say, by rule."""
    listed = {f"{one.test}" for folder in LISTS for one in not_yet(folder)}
    elsewhere = read_elsewhere()
    found: dict[str, Evidence] = {}
    for test in tests:
        file, _, name = test.partition("::")
        spoken_for = set(_LANGUAGE.findall(name)) & set(LANGUAGES)
        spoken_for = spoken_for or {language for place, language in _PLACES.items() if file.startswith(place)}
        named = {f"{prefix.upper()}-{number}" for prefix, number in _RULE.findall(name)}
        named.update(*(rules for part, rules in elsewhere.items() if part in test))
        for each in {"CLI-22"} if file.startswith(_DOCTOR) else named:
            rule_id, _, only = each.partition("@")
            rule = found.setdefault(rule_id, Evidence())
            for language in {only} if only else spoken_for or {"core"}:
                rule.tests.setdefault(language, set()).add(test)
            if f"{Path(file).stem}::{name}" in listed:
                rule.failing.add(test)
    return found


def status(rule: Rule, seen: Evidence | None, language: str) -> str:
    """What works of a rule in a language: works, differs (how), in part, not yet, or n/a where there is no such thing."""
    if rule.languages is not None and language not in rule.languages:
        return "n/a"
    if language in rule.differs:
        return f"differs: {rule.differs[language]}"
    if seen is None:
        return "not yet"
    tests = set().union(*seen.tests.values()) if rule.languages is None else seen.tests.get(language, set())
    passing = tests - seen.failing
    if not passing:
        return "not yet"
    return "in part" if tests & seen.failing else "works"
