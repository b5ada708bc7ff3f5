from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.live.calls import Live
from acceptance.live.sources import LANGUAGES, Files
from support.running_project import Project


@pytest.fixture(scope="session", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def shared(language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A core that many tests share; each uses groups of its own."""
    project = Project(tmp_path_factory.mktemp("live") / "project")
    for path, text in LANGUAGES[language].items():
        project.write(path, text)
    project.start()
    yield project
    project.http.close()
    project.stop(20)


@pytest.fixture
def live(shared: Project, request: pytest.FixtureRequest) -> Live:
    return Live(shared, str(request.node.name))


@pytest.fixture
def make(language: str, tmp_path: Path) -> Iterator[Callable[[Files], Live]]:
    """Make a project of the test's own; it is started by the test and stopped here."""
    made: list[Project] = []

    def write(more: Files) -> Live:
        project = Project(tmp_path / f"project-{len(made)}")
        for path, text in {**LANGUAGES[language], **more}.items():
            project.write(path, text)
        made.append(project)
        return Live(project, "room")

    yield write
    for project in made:
        project.http.close()
        if project.process is not None:
            project.stop(20)
