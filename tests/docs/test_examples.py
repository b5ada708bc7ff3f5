"""The examples do in a browser what their README says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.driven import Client, Driver
from support.running_project import Project, until

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Project]:
    shutil.copytree(EXAMPLES / "chat", tmp_path / "chat", ignore=shutil.ignore_patterns(".motia"))
    project = Project(tmp_path / "chat")
    project.start()
    yield project
    project.http.close()
    project.stop()


@pytest.fixture
def driver() -> Iterator[Driver]:
    running = Driver()
    yield running
    running.stop()


class Page:
    """A page in a browser, and what it shows."""

    def __init__(self, driver: Driver, project: Project, path: str) -> None:
        self._client: Client = driver.client("page", project.url)
        self("goto", project.url + path)

    def __call__(self, command: str, *given: Any) -> Any:
        return self._client.tell(command, given=given)

    def shows(self, selector: str, text: str) -> bool:
        """Wait until what is there says `text`."""
        return bool(until(lambda: text in self("innerText", selector), 20))

    def close(self) -> None:
        self._client.tell("end")


def test_a_chat_in_two_pages(chat: Project, driver: Driver) -> None:
    ada, grace = Page(driver, chat, "/pages/chat.html"), Page(driver, chat, "/pages/chat.html")
    assert ada.shows("#count", "2 here")
    assert ada.shows("#messages", "Nobody has said anything yet")
    ada("fill", "[name=author]", "Ada")
    ada("fill", "[name=text]", "<b>Is this live?</b>")
    ada("click", "button")
    assert grace.shows("#messages", "Ada\n<b>Is this live?</b>")
    assert grace.shows("#messages", "Helper\nYou wrote 3 words.")
    until(lambda: grace("evaluate", 'document.querySelectorAll(".writing").length') == 0, 20)
    assert grace.shows("#messages", "over a live stream.")
    ada.close()
    assert grace.shows("#count", "only you")
    assert driver.failures() == []


def test_a_long_job(chat: Project, driver: Driver) -> None:
    page = Page(driver, chat, "/pages/job.html")
    assert page.shows("#jobs", "No job has been started yet")
    page("click", "button")
    assert page.shows("#jobs", "collecting orders")
    assert page.shows("#jobs", "100 %")
    assert page.shows("#jobs", "done")
    assert driver.failures() == []


def test_what_is_no_page_is_not_served(chat: Project) -> None:
    for name in ("secrets.txt", "..%2Fsteps%2Fpage_step.py", "..%2fREADME.md"):
        assert chat.http.get(f"/pages/{name}").status_code == 404
