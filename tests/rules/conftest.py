"""Every case of cases/*.yaml in every language, all in one project on one core."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules.cases import NODE_MODULES, Case, cases
from rules.not_yet import mark_not_yet
from support.running_project import Project

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_not_yet(HERE, items)


def pytest_generate_tests(metafunc: Any) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project with the files of all cases, served."""
    project = Project(tmp_path_factory.mktemp("rules") / "project")
    case: Case
    for case in cases():
        for path, text in case.files().items():
            project.write(path, text)
    (project.root / "node_modules").mkdir()
    (project.root / "node_modules/zod").symlink_to(NODE_MODULES / "zod")
    project.start()
    yield project
    project.http.close()
    try:
        project.stop(20)
    except subprocess.TimeoutExpired:
        project.kill()
        pytest.fail(f"the core did not stop; it said:\n{project.said()}")
