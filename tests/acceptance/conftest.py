from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project; its core is stopped at the end."""
    made = Project(tmp_path / "project")
    (made.root / "steps").mkdir(parents=True)
    yield made
    made.http.close()
    if made.process is None:
        return
    try:
        made.stop(20)
    except subprocess.TimeoutExpired:
        made.kill()
        pytest.fail(f"the core did not stop; it said:\n{made.said()}")
