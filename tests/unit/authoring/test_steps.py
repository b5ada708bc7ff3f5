from pathlib import Path
from typing import Any, cast

import pytest

from motia.authoring.configs import ApiRouteConfig, EventConfig, StepConfig
from motia.authoring.guards import get_queue_triggers, is_api_step, is_cron_trigger, is_queue_trigger
from motia.authoring.identity import generate_step_id
from motia.authoring.internals import Motia, init_iii
from motia.authoring.spelling import camel, option, snake
from motia.authoring.steps import HandlerByTrigger, StepDefinition, handler, kind_of, multi_trigger_step, step
from motia.authoring.triggers import MARK, api, cron, event, http, noop, queue, state, stream


def test_configs_know_their_type() -> None:
    config = ApiRouteConfig(name="A", path="/a")
    assert (config.type, config["path"]) == ("api", "/a")
    assert EventConfig({"name": "A"}, subscribes=["t"]) == {"name": "A", "subscribes": ["t"], "type": "event"}
    assert "type" not in StepConfig(name="A")
    assert EventConfig(body_schema=1).bodySchema == 1


@pytest.mark.parametrize(
    ("trigger", "description"),
    [
        (http("GET", "/x"), {"type": "http", "method": "GET", "path": "/x"}),
        (http("/x"), {"type": "http", "method": "GET", "path": "/x"}),
        (http("GET", "/x", {"bodySchema": {}}), {"type": "http", "method": "GET", "path": "/x", "bodySchema": {}}),
        (http(method="GET", path="/x", body_schema=None), {"type": "http", "method": "GET", "path": "/x"}),
        (api("POST", "/x"), {"type": "api", "method": "POST", "path": "/x"}),
        (queue("t", config={"type": "fifo"}), {"type": "queue", "topic": "t", "config": {"type": "fifo"}}),
        (event("t"), {"type": "event", "topic": "t"}),
        (cron("@daily", timezone="UTC"), {"type": "cron", "expression": "@daily", "timezone": "UTC"}),
        (state(group_id="g"), {"type": "state", "group_id": "g"}),
        (stream("s"), {"type": "stream", "stream_name": "s"}),
        (noop(id="n"), {"type": "noop", "id": "n"}),
    ],
)
def test_helpers_describe_triggers(trigger: Any, description: Any) -> None:
    assert trigger == description


def test_conditions_by_position() -> None:
    def condition(_input: Any, _ctx: Any) -> bool:
        return True

    assert queue("t", condition)["condition"] is condition
    assert state(condition)["condition"] is condition
    with pytest.raises(TypeError, match="too many positional"):
        cron("a", "b")
    with pytest.raises(TypeError, match="does not take 3"):
        cron(3)


def test_decorated_functions_stay_functions() -> None:
    @event(id="mail")
    def mail(id: str) -> list[str]:  # noqa: A002
        return [id]

    assert mail("a") == ["a"]
    assert getattr(mail, MARK).triggers == [{"type": "event", "id": "mail"}]


def test_bare_and_javascript_like_decorators() -> None:
    @event
    def one() -> None: ...

    two = api({"id": "two", "path": "/two"}, lambda request: request)
    assert getattr(one, MARK).triggers == [{"type": "event"}]
    assert getattr(two, MARK).triggers == [{"type": "api", "id": "two", "path": "/two"}]


def test_stacked_triggers_keep_their_order() -> None:
    @http("GET", "/x")
    @queue("t")
    def both() -> None: ...

    assert [trigger.type for trigger in getattr(both, MARK).triggers] == ["http", "queue"]


def test_only_functions_are_decorated() -> None:
    with pytest.raises(TypeError, match="decorates a function"):
        event(id="a")(cast("Any", 3))


def test_handler_marks_a_function() -> None:
    @handler
    def one() -> None: ...

    @handler()
    def two() -> None: ...

    assert getattr(one, MARK).triggers == getattr(two, MARK).triggers == []


def test_step_definitions_come_apart() -> None:
    config, function = step({"name": "A", "triggers": []}, print)
    assert (config["name"], function) == ("A", print)
    assert isinstance(step({"triggers": []}).handle(print), StepDefinition)
    assert step({"triggers": []}, lambda value, ctx: [value, ctx])(1, 2) == [1, 2]
    with pytest.raises(TypeError, match="is a function"):
        step({}, cast("Any", 3))


def test_one_function_per_trigger() -> None:
    built = multi_trigger_step({}).on_http(print).onQueue(len).handlers({"cron": repr})
    assert isinstance(built.handler, HandlerByTrigger)
    assert built.handler.function_for("api") is print
    assert built.handler.function_for("event") is len
    with pytest.raises(LookupError, match=r"trigger type: state\. Available handlers: http, queue, cron"):
        built.handler.function_for("state")
    with pytest.raises(TypeError, match="no trigger type 'tick'"):
        multi_trigger_step({}).handlers({"tick": print})


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ({"type": "API"}, "http"),
        ({"type": "durable:subscriber"}, "queue"),
        (queue("t"), "queue"),
        ("event", "queue"),
        ("cron", "cron"),
        ({}, ""),
    ],
)
def test_kinds(written: Any, kind: Any) -> None:
    assert kind_of(written) == kind


def test_guards() -> None:
    config = {"triggers": [http("GET", "/x"), queue("a"), queue("b")]}
    assert [trigger.topic for trigger in get_queue_triggers(config)] == ["a", "b"]
    assert is_api_step(config)
    assert is_api_step({"type": "api"})
    assert is_queue_trigger(event("t"))
    assert not is_cron_trigger(event("t"))


def test_spellings() -> None:
    assert snake("messageGroupId") == "message_group_id"
    assert camel("message_group_id") == "messageGroupId"
    assert option({"body_schema": 1}, "bodySchema") == 1
    assert option({"schedule": "x"}, "cron", "schedule") == "x"
    assert option({"bodySchema": None}, "bodySchema") is None
    with pytest.raises(ValueError, match="different values"):
        option({"bodySchema": 1, "body_schema": 2}, "bodySchema")


def test_engine_internals_say_what_to_use() -> None:
    with pytest.raises(NotImplementedError, match="'motia dev' and 'motia start'"):
        init_iii("ws://localhost")
    with pytest.raises(NotImplementedError):
        Motia()


def test_ids_do_not_depend_on_where_the_project_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTIA_PROJECT_ROOT", str(tmp_path))
    relative = generate_step_id("steps/add_step.py")
    assert generate_step_id(str(tmp_path / "steps/add_step.py")) == relative == "1160279b-3a8a-570c-bc2b-2875c6a9676e"
