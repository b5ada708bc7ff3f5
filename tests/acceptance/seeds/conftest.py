"""The projects beside this file, on a real core. What cannot work yet is listed in not-yet.txt, with its rule and reason."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.not_yet import mark_not_yet
from support.running_project import Project

HERE = Path(__file__).parent
NODE_MODULES = HERE.parents[2] / "runtimes/node/node_modules"
CONFIGS = ("motia.config.ts", "motia.config.js", "motia.config.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_not_yet(HERE, items)


def copied(name: str, root: Path, zod: str, *, config: bool) -> Project:
    """A copy of a seed's project, with the Zod its author would have installed, with or without its config file."""
    ignored = shutil.ignore_patterns() if config else shutil.ignore_patterns(*CONFIGS)
    shutil.copytree(HERE / "projects" / name, root, ignore=ignored)
    (root / "node_modules").mkdir()
    (root / "node_modules/zod").symlink_to(NODE_MODULES / zod)
    return Project(root)


def ended(project: Project) -> None:
    """Stop a project's core, if one runs."""
    project.http.close()
    if project.process is None:
        return
    try:
        project.stop(20)
    except subprocess.TimeoutExpired:
        project.kill()
        pytest.fail(f"the core did not stop; it said:\n{project.said()}")


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The module's seed, served, without its config file; all tests of the module share it."""
    module = request.module
    project = copied(module.SEED, tmp_path_factory.mktemp("seed") / module.SEED, module.ZOD, config=False)
    for path, text in module.FILES.items():
        project.write(path, text)
    project.start(environment=module.ENVIRONMENT)
    yield project
    ended(project)


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """A copy of the module's seed without its config file, not started."""
    made = copied(request.module.SEED, tmp_path / request.module.SEED, request.module.ZOD, config=False)
    yield made
    ended(made)


@pytest.fixture
def configured(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """A copy of the module's seed as it is, not started."""
    made = copied(request.module.SEED, tmp_path / request.module.SEED, request.module.ZOD, config=True)
    yield made
    ended(made)
