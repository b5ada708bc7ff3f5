""".env files and the environment's name (ENV-1, CONF-3, CONF-4)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from motia.project.environment import env_files, environment_name, expand_variables, read_env_files


def env(root: Path, text: str, real: dict[str, str] | None = None) -> dict[str, str]:
    (root / ".env").write_text(text)
    return read_env_files(root, "development", real or {})


def test_env_1_order_and_precedence(tmp_path: Path) -> None:
    names = [".env.development.local", ".env.local", ".env.development", ".env"]
    for index, name in enumerate(names):
        lines = [f"V{number}={name}" for number in range(index, 5)]
        (tmp_path / name).write_text("\n".join(lines))
    (tmp_path / ".env.example").write_text("EXAMPLE=1")
    (tmp_path / ".env.production").write_text("PRODUCTION=1")
    values = read_env_files(tmp_path, "development", {"V4": "real"})
    assert values == {"V0": names[0], "V1": names[0], "V2": names[0], "V3": names[0]}
    (tmp_path / names[0]).unlink()
    assert read_env_files(tmp_path, "development", {})["V3"] == ".env.local"
    (tmp_path / names[1]).unlink()
    assert read_env_files(tmp_path, "development", {})["V3"] == ".env.development"


def test_env_1_root_before_cwd(tmp_path: Path) -> None:
    root, cwd = tmp_path / "motia", tmp_path
    root.mkdir()
    (root / ".env").write_text("A=root")
    (cwd / ".env.local").write_text("A=cwd\nB=cwd")
    assert read_env_files(root, "development", {}, cwd) == {"A": "root", "B": "cwd"}
    assert len(env_files(root, "test", cwd)) == 8
    assert len(env_files(root, "test", root)) == 4


def test_env_1_the_real_environment_is_left_alone(tmp_path: Path) -> None:
    before = dict(os.environ)
    assert env(tmp_path, "MOTIA_TEST_ONLY=1") == {"MOTIA_TEST_ONLY": "1"}
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("K=value", "value"),
        ("  export K = value  ", "value"),
        ("K=", ""),
        ("K=a b # comment", "a b"),
        ("K=a#b", "a#b"),
        ("K= # comment", ""),
        ("K='a # b'  # comment", "a # b"),
        ("K='literal ${X} \\n'", "literal ${X} \\n"),
        ('K=`it\'s "fine"`', 'it\'s "fine"'),
        ('K="line\\nnext\\ttab \\"q\\" \\\\ \\d"', 'line\nnext\ttab "q" \\ \\d'),
        ('K="two\nlines"', "two\nlines"),
        ("K='two\nlines'", "two\nlines"),
        ('K=""', ""),
        ("K=${X}", "x"),
        ('K="<${X}>"', "<x>"),
        ("K=${MISSING}", ""),
        ("K=${MISSING:-fallback}", "fallback"),
        ("K=${EMPTY:-fallback}", "fallback"),
        ("K=\\${X}", "${X}"),
        ('K="\\${X}"', "${X}"),
        ("K=p$ssw0rd$X", "p$ssw0rd$X"),
        ("K=a=b=c", "a=b=c"),
        ("K=first\nK=second", "second"),
        ("\ufeffK=value\r", "value"),
        ("# K=no\nK=yes", "yes"),
    ],
)
def test_env_1_syntax(tmp_path: Path, line: str, value: str) -> None:
    assert env(tmp_path, line, {"X": "x", "EMPTY": ""})["K"] == value


def test_env_1_references_between_files_and_in_any_order(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("URL=${HOST}:${PORT}\nA=${B}\nB=${A}!\nSELF=${SELF}")
    (tmp_path / ".env").write_text("HOST=localhost\nPORT=1")
    values = read_env_files(tmp_path, "development", {"PORT": "2"})
    assert values["URL"] == "localhost:2"
    assert (values["A"], values["B"], values["SELF"]) == ("!", "!", "")


def test_env_1_keys_without_value_are_no_keys(tmp_path: Path) -> None:
    assert env(tmp_path, "JUST_A_WORD\n1A=x\nB-C.D=y") == {"B-C.D": "y"}


@pytest.mark.parametrize(
    ("command", "real", "flag", "test", "name"),
    [
        ("dev", {}, None, False, "development"),
        ("start", {}, None, False, "production"),
        ("build", {}, None, False, "production"),
        ("start", {"NODE_ENV": "development"}, None, False, "development"),
        ("start", {"NODE_ENV": "development", "MOTIA_ENV": "staging"}, None, False, "staging"),
        ("dev", {"MOTIA_ENV": "staging"}, None, True, "test"),
        ("dev", {"MOTIA_ENV": "staging"}, "production", True, "production"),
        ("dev", {"MOTIA_ENV": ""}, None, False, "development"),
    ],
)
def test_conf_4_environment(command: str, real: dict[str, str], flag: str | None, name: str, *, test: bool) -> None:
    assert environment_name(command, real, flag, test=test) == name


def test_conf_3_variables_in_values() -> None:
    value = {"a": ["${X}", 1, None], "b": {"c": "http://${HOST:-localhost}:${PORT}"}}
    assert expand_variables(value, {"X": "x", "PORT": "3"}) == {"a": ["x", 1, None], "b": {"c": "http://localhost:3"}}
