"""Which directory is the project (PRJ-1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from motia.project.root import NoProject, config_files, find_root


def make(root: Path, *paths: str) -> None:
    for path in paths:
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("")


@pytest.mark.parametrize(
    ("paths", "cwd", "expected"),
    [
        (["motia.config.ts"], "", ""),
        (["motia/motia.config.js"], "", "motia"),
        (["motia.config.js", "motia/steps/", "motia/motia.config.ts"], "", ""),
        (["steps/"], "", ""),
        (["motia/steps/"], "", ""),
        (["motia.config.py", "web/app/"], "web/app", ""),
        (["motia.config.py", "web/src/"], "web", "web"),
        (["motia.config.py", "motia/motia.config.toml", "motia/web/"], "motia/web", "motia"),
    ],
)
def test_prj_1_first_match(tmp_path: Path, paths: list[str], cwd: str, expected: str) -> None:
    make(tmp_path, *paths)
    assert find_root(cwd=tmp_path / cwd) == (tmp_path / expected).resolve()


def test_prj_1_an_argument_comes_before_everything(tmp_path: Path) -> None:
    make(tmp_path, "motia.config.ts", "other/")
    assert find_root(Path("other"), cwd=tmp_path) == tmp_path / "other"


def test_prj_1_an_argument_must_be_a_directory(tmp_path: Path) -> None:
    with pytest.raises(NoProject, match="missing is not a directory"):
        find_root(Path("missing"), cwd=tmp_path)


def test_prj_1_the_error_lists_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoProject, match=r"motia\.config.*\./motia.*motia/workflows"):
        find_root(cwd=tmp_path)


def test_conf_1_order_of_config_files(tmp_path: Path) -> None:
    make(tmp_path, "motia.config.json", "motia.config.ts", "motia.config.py")
    assert [path.suffix for path in config_files(tmp_path)] == [".ts", ".py", ".json"]
