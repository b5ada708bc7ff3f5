"""Globs of `include` and `exclude`."""

from __future__ import annotations

import pytest

from motia.project.globs import fixed_part, matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("jobs/**/*.py", "jobs/a.py", True),
        ("jobs/**/*.py", "jobs/x/y/a.py", True),
        ("jobs/*.py", "jobs/x/a.py", False),
        ("./jobs/*.py", "jobs/a.py", True),
        ("jobs", "jobs/a.py", True),
        ("jobs", "src/jobs/a.py", True),
        ("src/jobs/", "src/jobs/a.py", True),
        ("src/jobs", "src/jobs2/a.py", False),
        ("*.legacy.ts", "src/deep/a.legacy.ts", True),
        ("src/{a,b}/?.ts", "src/b/x.ts", True),
        ("src/{a,b}/?.ts", "src/c/x.ts", False),
        ("src/[a-c].ts", "src/b.ts", True),
        ("src/[!a-c].ts", "src/b.ts", False),
        ("src/(x)+.ts", "src/(x)+.ts", True),
        ("**/old/**", "a/old/b.ts", True),
    ],
)
def test_matches(glob: str, path: str, *, expected: bool) -> None:
    assert matches(path, (glob,)) is expected


@pytest.mark.parametrize(
    ("glob", "folder"), [("a/b/*.ts", "a/b"), ("**/*.ts", ""), ("a/*/b.ts", "a"), ("./a/x.ts", "a"), ("a.ts", "")]
)
def test_fixed_part(glob: str, folder: str) -> None:
    assert fixed_part(glob) == folder
