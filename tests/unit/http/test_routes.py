from __future__ import annotations

import pytest

from motia.http.routes import RouteTable
from motia.model.step import HttpTrigger, Step
from motia.model.step_table import Route


def route(path: str, method: str = "GET") -> Route:
    trigger = HttpTrigger(path, method)
    step = Step(f"{method} {path}", path, "steps/a.step.ts", "node", path, "type", (trigger,))
    return Route(step, 0, trigger)


def found(table: RouteTable, path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    match = table.match(method, path)
    return None if match is None else (match.route.trigger.path, match.parameters)


@pytest.mark.parametrize(
    ("pattern", "path", "parameters"),
    [
        ("/a", "/a", {}),
        ("/a", "/A/", {}),
        ("/", "/", {}),
        ("/a/:id", "/a/x", {"id": "x"}),
        ("/a/:id", "/a/x%2Fy%20z", {"id": "x/y z"}),
        ("/a/:id/b/:other", "/a/1/b/2/", {"id": "1", "other": "2"}),
        ("/a/:id?", "/a", {}),
        ("/a/:id?", "/a/7", {"id": "7"}),
        ("/files/*", "/files/x/y.txt", {"0": "x/y.txt"}),
        ("/n/:id(\\d+)", "/n/42", {"id": "42"}),
        ("/:from-:to", "/a-b", {"from": "a", "to": "b"}),
    ],
)
def test_http_1_paths(pattern: str, path: str, parameters: dict[str, str]) -> None:
    assert found(RouteTable([route(pattern)]), path) == (pattern, parameters)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("/a", "/b"), ("/a/:id", "/a"), ("/a/:id", "/a/"), ("/a/:id", "/a/1/2"), ("/n/:id(\\d+)", "/n/x"), ("/a", "/a//")],
)
def test_http_1_paths_that_do_not_match(pattern: str, path: str) -> None:
    assert found(RouteTable([route(pattern)]), path) is None


def test_http_2_literals_before_parameters_before_wildcards() -> None:
    table = RouteTable([route("/*"), route("/a/:id"), route("/a/new"), route("/:x/new")])
    assert found(table, "/a/new") == ("/a/new", {})
    assert found(table, "/a/7") == ("/a/:id", {"id": "7"})
    assert found(table, "/b/new") == ("/:x/new", {"x": "b"})
    assert found(table, "/b/c/d") == ("/*", {"0": "b/c/d"})


def test_a_literal_branch_that_leads_nowhere_is_left_again() -> None:
    table = RouteTable([route("/a/b/c"), route("/a/:x/d")])
    assert found(table, "/a/b/d") == ("/a/:x/d", {"x": "b"})


def test_methods_are_kept_apart_and_listed() -> None:
    table = RouteTable([route("/a", "POST"), route("/a", "GET"), route("/:x", "DELETE")])
    assert found(table, "/a", "PUT") is None
    assert table.allowed("/a") == ["DELETE", "GET", "POST"]
    assert table.allowed("/a/b") == []
