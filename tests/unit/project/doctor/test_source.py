from __future__ import annotations

import pytest

from motia.project.doctor.source import Span
from unit.project.doctor.written import source


@pytest.mark.parametrize(
    ("text", "ending", "code"),
    [
        ("a('x') // b()", "ts", "a(' ')       "),
        ("`v${process.env.A}w`", "ts", "`   process.env.A  `"),
        ("`v${a('b')}`", "ts", "`   a(' ') `"),
        ('f"v{a(1)}w"', "py", 'f"  a(1)  "'),
        ('f"{{a}}"', "py", 'f"     "'),
        ('"v{a}"', "py", '"    "'),
        ('"v#{a.b}"', "rb", '"   a.b "'),
        ("'v#{a.b}'", "rb", "'       '"),
    ],
)
def test_expressions_in_strings_are_code(text: str, ending: str, code: str) -> None:
    assert source(text, ending).code == code


@pytest.mark.parametrize(
    ("text", "ending", "value"),
    [
        ("'a.b'", "ts", "a.b"),
        ("`a`", "ts", "a"),
        ("`a${b}`", "ts", None),
        ("'a' + b", "ts", None),
        ("'a'.b()", "ts", None),
        ("'a' as const", "ts", "a"),
        ('"""a"""', "py", "a"),
        ('r"a"', "py", "a"),
        ('f"a"', "py", "a"),
        ('f"{a}"', "py", None),
        ('"a#{b}"', "rb", None),
        ("42", "ts", None),
        ("call('a')", "ts", None),
    ],
)
def test_a_constant_string_is_read(text: str, ending: str, value: str | None) -> None:
    found = source(text, ending)
    assert found.string(Span(0, len(text))) == value


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("const TOPIC: string = 'a.b'\nTOPIC", "ts"),
        ("export const TOPIC = 'a.b'\nTOPIC", "ts"),
        ("TOPIC = 'a.b'\nTOPIC", "py"),
        ("TOPIC = 'a.b'\nTOPIC", "rb"),
    ],
)
def test_a_constant_of_the_file_is_followed(text: str, ending: str) -> None:
    found = source(text, ending)
    assert found.string(Span(text.rindex("TOPIC"), len(text))) == "a.b"


@pytest.mark.parametrize(
    ("text", "ending", "names"),
    [
        ("{ a: 1, 'b-c': { d: 2 }, e, f() {}, async g() {}, ...h, [i]: 3 }", "ts", ["a", "b-c", "e", "f", "g"]),
        ('{"a": 1, "body_schema": {"d": 2}, **rest}', "py", ["a", "bodySchema"]),
        ("(a=1, body_schema=x == 2, *rest)", "py", ["a", "bodySchema"]),
        ("{ a: 1, :b => 2, 'c' => 3, d: { e: 4 } }", "rb", ["a", "b", "c", "d"]),
        ("{}", "ts", []),
        ("{ /* a: 1 */ b: 'c: d, e: f' }", "ts", ["b"]),
    ],
)
def test_keys_of_an_object(text: str, ending: str, names: list[str]) -> None:
    found = source(text, ending)
    assert list(found.entries(found.inside(0))) == names


@pytest.mark.parametrize(
    ("text", "ending", "strings", "whole"),
    [
        ("['a', 'b',]", "ts", ["a", "b"], True),
        ("['a', { topic: 'b', label: 'c' }]", "ts", ["a", "b"], True),
        ("['a', b]", "ts", ["a"], False),
        ("'a'", "ts", ["a"], True),
        ("topics", "ts", [], False),
        ('("a", "b")', "py", ["a", "b"], True),
        ("%w[a b]", "rb", ["a", "b"], True),
        ("[]", "ts", [], True),
    ],
)
def test_strings_of_a_list(text: str, ending: str, strings: list[str], *, whole: bool) -> None:
    found = source(text, ending)
    values, complete = found.strings(Span(0, len(text)))
    assert ([value for value, _ in values], complete) == (strings, whole)


def test_lines_count_from_one() -> None:
    found = source("a\nb\n\nc")
    assert [found.line(at) for at in (0, 1, 2, 5)] == [1, 1, 2, 4]


@pytest.mark.parametrize("text", ["f(", "f({", "f('", "f(`${", "f(]", "f({a:", ""])
@pytest.mark.parametrize("ending", ["ts", "py", "rb"])
def test_broken_text_is_no_problem(text: str, ending: str) -> None:
    found = source(text, ending)
    opening = text.find("(")
    if opening != -1:
        inside = found.inside(opening)
        found.entries(inside)
        found.strings(inside)
        for piece in found.pieces(inside):
            found.string(piece)
