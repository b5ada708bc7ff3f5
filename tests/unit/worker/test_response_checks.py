"""Responses that do not fit their `responseSchema` are noted once; nothing is ever refused."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

import pytest

from motia.authoring import link
from motia.authoring.link import Binding, RunningCall
from motia.authoring.response import ApiResponse
from motia.worker.environment import environment_name
from motia.worker.finding import Found
from motia.worker.plans import Plan, load_step
from motia.worker.response_checks import ResponseChecks

BAD = {"id": 7}


class Log:
    """A link that remembers what was logged."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def log(self, _call: Any, level: str, message: str, _arguments: Any, _source: str) -> None:
        assert level == "warn"
        self.messages.append(message)


@pytest.fixture
def log() -> Iterator[list[str]]:
    log = Log()
    link.connect(cast(link.Link, log))
    yield log.messages
    link.disconnect()


def a_plan(**options: Any) -> Plan:
    plan = load_step(Found("type", {"type": "api", "path": "/", **options}, lambda: None)).plan(0)
    assert plan is not None
    return plan


def a_call(name: str = "Step") -> RunningCall:
    return RunningCall(1, "http", {}, Binding(name), {})


def test_each_step_and_status_is_noted_once(log: list[str]) -> None:
    checks, plan = ResponseChecks(), a_plan(responseSchema={200: {"id": str}, "404": {"id": str}})
    for _ in range(2):
        checks.look_at(a_call(), plan, {"status": 200, "body": BAD})
        checks.look_at(a_call(), plan, {"status": 404, "body": BAD})
    checks.look_at(a_call("Other"), plan, {"status": 200, "body": BAD})
    assert [message.partition(" does")[0] for message in log] == [
        "the response 200 of 'Step'",
        "the response 404 of 'Step'",
        "the response 200 of 'Other'",
    ]
    assert "does not fit its responseSchema: id: " in log[0]


@pytest.mark.parametrize(
    ("schema", "result", "noted"),
    [
        ({"id": str}, BAD, True),
        ({"id": str}, {"status": 201, "body": BAD}, True),
        ({"id": str}, {"status": 201, "body": {"id": "a", "more": 1}}, False),
        ({"id": str}, {"status": 404, "body": BAD}, False),
        ({"4xx": {"id": str}}, {"status": 404, "body": BAD}, True),
        ({"default": {"id": str}}, {"status": 500, "body": BAD}, True),
        ({HTTPStatus.OK: {"id": str}, "default": {"no": str}}, {"status": 200, "body": {"id": "a"}}, False),
        ({200: {"id": str}}, ApiResponse(200, BAD), True),
        ({200: {"id": str}}, {"status": 200}, True),
        ({"2xx": {"id": str}}, None, False),
        ({200: {"id": str}}, b"bytes", False),
        ({200: {"id": str}}, {"status": 200, "body": iter(["stream"])}, False),
        ({200: {"id": str}}, {"status": 100}, False),
        ({200: {"id": str}}, {"status": 200, "body": object()}, False),
        ({200: str}, "text", False),
        ({200: str}, {"status": 200, "body": "<b>"}, False),
        ({200: {"id": str}}, {"status": 200, "contentType": "application/json", "body": '{"id":7}'}, True),
        ({200: {"type": "string"}}, BAD, False),
        ({200: {"id": "an example"}}, BAD, False),
    ],
)
def test_what_is_noted(log: list[str], schema: Any, result: Any, noted: bool) -> None:  # noqa: FBT001 - a column of the table
    for plan in (a_plan(response_schema=schema), a_plan(schema={"response": schema})):
        log.clear()
        ResponseChecks().look_at(a_call(), plan, result)
        assert bool(log) == noted


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "development"),
        ({"NODE_ENV": "production"}, "production"),
        ({"NODE_ENV": "production", "MOTIA_ENV": "staging"}, "staging"),
        ({"NODE_ENV": "test", "MOTIA_ENV": ""}, "test"),
    ],
)
def test_the_environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str) -> None:
    for variable in ("MOTIA_ENV", "NODE_ENV"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert environment_name() == name
