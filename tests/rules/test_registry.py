"""The table of rules: complete, and as docs/compatibility.md shows it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from rules.not_yet import not_yet
from rules.registry import (
    LANGUAGES,
    LISTS,
    REPOSITORY,
    Evidence,
    Rule,
    collect,
    evidence,
    read_elsewhere,
    read_rules,
    status,
)

MISSING = "run scripts/compatibility.py: docs/compatibility.md is out of date"


@pytest.fixture(scope="module")
def tests() -> list[str]:
    return collect()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compatibility", REPOSITORY / "scripts/compatibility.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_table_is_up_to_date(script: ModuleType, tests: list[str]) -> None:
    assert (REPOSITORY / "docs/compatibility.md").read_text("utf-8") == script.document(tests), MISSING


def test_every_rule_that_a_test_names_is_in_the_table(tests: list[str]) -> None:
    assert set(evidence(tests)) <= {rule.id for rule in read_rules()}


def test_every_rule_is_there_once() -> None:
    ids = [rule.id for rule in read_rules()]
    assert sorted(set(ids)) == sorted(ids)


def test_the_lists_name_tests_and_rules_that_exist(tests: list[str]) -> None:
    known = {f"{Path(file).stem}::{name}" for file, _, name in (test.partition("::") for test in tests)}
    for folder in LISTS:
        listed = not_yet(folder)
        assert {one.test for one in listed} <= known
        assert {one.rule for one in listed} <= {rule.id for rule in read_rules()}


def test_every_line_of_elsewhere_fits_a_test(tests: list[str]) -> None:
    assert [part for part in read_elsewhere() if not any(part in test for test in tests)] == []


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (None, "not yet"),
        (Evidence({"ruby": {"a"}}), "works"),
        (Evidence({"ruby": {"a"}}, {"a"}), "not yet"),
        (Evidence({"ruby": {"a", "b"}}, {"a"}), "in part"),
        (Evidence({"python": {"a"}, "core": {"b"}}), "not yet"),
    ],
)
def test_a_rule_of_the_languages_needs_a_test_in_each(seen: Evidence | None, expected: str) -> None:
    assert status(Rule("GEN-1", "", LANGUAGES, {}), seen, "ruby") == expected


def test_a_rule_of_the_core_needs_one_test() -> None:
    assert status(Rule("EVT-1", "", None, {}), Evidence({"core": {"a"}}), "ruby") == "works"


def test_what_a_language_does_not_have_or_does_otherwise_is_said() -> None:
    rule = Rule("HND-3", "", ("typescript", "javascript"), {"javascript": "how"})
    assert [status(rule, None, language) for language in LANGUAGES] == ["n/a", "not yet", "differs: how", "n/a"]
