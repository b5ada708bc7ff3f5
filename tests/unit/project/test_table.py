"""The table of a project's Steps (PRJ-19, HTTP-2, EVT-4, EVT-25, EVT-27)."""

from __future__ import annotations

from typing import Any

import pytest

from motia.model.errors import UnknownStep
from motia.model.step import Step
from motia.project.dialects import normalise
from motia.project.table import arrange, route_shape

HANDLER = {"params": 2, "names": None, "async": True}


def step(file: str, config: dict[str, Any], entry: str | None = None, line: int | None = None) -> Step:
    form = "triggers" if "triggers" in config else "type"
    found = {"entry": entry or file, "form": form, "config": config, "handler": HANDLER, "line": line}
    result = normalise(found, file, "node")
    assert result.step is not None, result.notices
    return result.step


def api(file: str, path: str, method: str = "GET", **more: Any) -> Step:
    return step(file, {"type": "api", "path": path, "method": method, **more})


def event(file: str, *topics: str, **more: Any) -> Step:
    return step(file, {"type": "event", "subscribes": list(topics), **more})


def test_steps_are_in_path_order() -> None:
    table, notices = arrange([event("b.step.ts", "t"), event("a/z.step.ts", "t")])
    assert [each.file for each in table.steps] == ["a/z.step.ts", "b.step.ts"]
    assert notices == ()


def test_prj_19_duplicate_names() -> None:
    steps = [event("a.step.ts", "t", name="X"), event("b.step.ts", "t", name="X"), event("c.step.ts", "t", name="Y")]
    table, notices = arrange(steps)
    assert [each.name for each in table.steps] == ["X (a.step.ts)", "X (b.step.ts)", "Y"]
    assert [(notice.level, notice.rule) for notice in notices] == [("warning", "PRJ-19")] * 2
    assert all(notice.message.startswith("Duplicate step names: X") for notice in notices)
    assert table.get("X") is None
    assert table.near("X") == ("X (a.step.ts)", "X (b.step.ts)")


def test_prj_19_duplicates_in_one_file() -> None:
    table, _ = arrange(
        [
            step("a.py", {"type": "noop", "name": "X"}, "a.py#one", 1),
            step("a.py", {"type": "noop", "name": "X"}, "a.py#two", 9),
        ]
    )
    assert [(each.name, each.entry) for each in table.steps] == [("X (a.py)", "a.py#one"), ("X (a.py) 2", "a.py#two")]


def test_evt_25_an_id_comes_before_a_name() -> None:
    by_name = event("a.step.ts", "t", name="mail")
    by_id = event("b.step.ts", "t", name="Other", id="mail")
    table, _ = arrange([by_name, by_id])
    assert table.find("mail") == by_id
    assert table.get("mail") == by_name
    assert table.find(by_name.id) == by_name
    assert table.resolve("Other") == by_id


def test_evt_25_two_steps_with_one_id() -> None:
    first, second = event("a.step.ts", "t", name="A", id="x"), event("b.step.ts", "t", name="B", id="x")
    table, (notice,) = arrange([first, second])
    assert table.find("x") == first
    assert (notice.level, notice.rule, notice.file) == ("warning", "PRJ-19", "b.step.ts")


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("send-welcom-email", "send-welcome-email"),
        ("SendWelcomeEmail", "send-welcome-email"),
        ("steps/mial.step.ts", "steps/mail.step.ts"),
        ("welcome", "send-welcome-email"),
    ],
)
def test_evt_27_near_matches(wrong: str, near: str) -> None:
    table, _ = arrange([event("steps/mail.step.ts", "t", id="send-welcome-email"), event("z.step.ts", "t")])
    with pytest.raises(UnknownStep, match=near):
        table.resolve(wrong)


def test_evt_27_nothing_near() -> None:
    with pytest.raises(UnknownStep, match=r'there is no Step "x"$'):
        arrange([])[0].resolve("x")


def test_evt_27_at_most_three() -> None:
    table, _ = arrange([event(f"{n}.step.ts", "t", name=f"report-{n}") for n in range(6)])
    assert len(table.near("report")) == 3


def test_evt_4_every_subscribed_step_and_trigger() -> None:
    several = step(
        "b.step.ts",
        {
            "triggers": [
                {"type": "http", "path": "/x"},
                {"type": "queue", "topic": "t"},
                {"type": "queue", "topic": "t"},
            ]
        },
    )
    table, _ = arrange([event("a.step.ts", "t", "u"), several])
    assert [(each.step.file, each.index) for each in table.subscriptions("t")] == [
        ("a.step.ts", 0),
        ("b.step.ts", 1),
        ("b.step.ts", 2),
    ]
    assert [(each.step.file, each.index) for each in table.subscriptions("u")] == [("a.step.ts", 1)]
    assert table.subscriptions("T") == ()
    assert table.topics == ("t", "u")


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("/a", "/a", True),
        ("/a", "/A/", True),
        ("/a/:id", "/a/:name", True),
        ("/a/:id?", "/a/:x?", True),
        ("/a/:id(\\d+)", "/a/:x(\\d+)", True),
        ("/a/:id(\\d+)", "/a/:x(\\w+)", False),
        ("/a/:id(\\D+)", "/a/:x(\\d+)", False),
        ("/a/:id", "/a/b", False),
        ("/", "/a", False),
        ("/a/*", "/a/:x", False),
    ],
)
def test_http_2_same_method_and_shape(one: str, other: str, *, conflict: bool) -> None:
    table, notices = arrange([api("b.step.ts", other), api("a.step.ts", one), api("c.step.ts", one, "POST")])
    assert [route.step.file for route in table.routes] == ["a.step.ts"] + ["b.step.ts"] * (not conflict) + ["c.step.ts"]
    assert [(notice.level, notice.rule, notice.file) for notice in notices] == [
        ("error", "HTTP-2", "b.step.ts")
    ] * conflict
    assert all("Endpoint conflict" in notice.message for notice in notices)


def test_http_2_shape_of_the_root() -> None:
    assert route_shape("/") == route_shape("//") == "/"


def test_a_table_does_not_change() -> None:
    table, _ = arrange([event("a.step.ts", "t")])
    with pytest.raises(AttributeError):
        table.steps = ()  # type: ignore[misc]
