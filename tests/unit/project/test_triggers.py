"""Routes, subscriptions and schedules (CFG-17 to CFG-27, CFG-40 to CFG-47, CRON, SCH-4)."""

from __future__ import annotations

from typing import Any

import pytest

from motia.model.step import CronTrigger, EventTrigger, HttpTrigger, StateTrigger, Step, StreamTrigger
from motia.project.dialects import Normalised, StepDefaults, normalise

HANDLER = {"params": 2, "names": None, "async": True}
FUNCTION = {"$motia": "function", "name": "f"}
OBJECT = {"type": "object"}
LIVE = {"$motia": "schema", "live": True, "json": OBJECT}


def read(config: dict[str, Any], defaults: StepDefaults | None = None, form: str = "type") -> Normalised:
    found = {"entry": "a", "form": form, "config": config, "handler": HANDLER}
    return normalise(found, "steps/a.step.ts", "node", defaults or StepDefaults())


def step(config: dict[str, Any], defaults: StepDefaults | None = None, form: str = "type") -> Step:
    result = read(config, defaults, form)
    assert result.step is not None, result.notices
    return result.step


def api(defaults: Any = None, **config: Any) -> HttpTrigger:
    (trigger,) = step({"type": "api", "path": "/x", **config}, defaults).triggers
    assert isinstance(trigger, HttpTrigger)
    return trigger


def cron(defaults: Any = None, **config: Any) -> CronTrigger:
    trigger = step({"type": "cron", **config}, defaults).triggers[0]
    assert isinstance(trigger, CronTrigger)
    return trigger


def listed(*triggers: Any) -> Normalised:
    return read({"name": "T", "triggers": list(triggers)}, form="triggers")


def errors(result: Normalised) -> list[tuple[str, str | None]]:
    return [(notice.rule, notice.field) for notice in result.notices if notice.level == "error"]


@pytest.mark.parametrize(("path", "expected"), [("/a/:id", "/a/:id"), ("a", "/a"), ("*", "/*")])
def test_cfg_17_http_1_path(path: str, expected: str) -> None:
    assert api(path=path).path == expected


def test_cfg_17_path_is_needed() -> None:
    assert errors(read({"type": "api"})) == [("CFG-17", "path")]
    assert errors(read({"type": "api", "path": 3})) == [("CFG-17", "path")]


@pytest.mark.parametrize(
    ("written", "method"), [(None, "GET"), ("post", "POST"), ("HEAD", "HEAD"), ("Options", "OPTIONS")]
)
def test_cfg_18_method(written: str | None, method: str) -> None:
    assert api(method=written).method == method


def test_cfg_18_other_methods_are_an_error() -> None:
    assert errors(read({"type": "api", "path": "/x", "method": "TRACE"})) == [("CFG-18", "method")]


@pytest.mark.parametrize(
    "config", [{"bodySchema": OBJECT}, {"body_schema": OBJECT}, {"schema": {"body": OBJECT}}, {"schema": OBJECT}]
)
def test_cfg_20_body_schema(config: dict[str, Any]) -> None:
    body = api(**config).body
    assert body is not None
    assert (body.json, body.live) == (OBJECT, False)


@pytest.mark.parametrize("config", [{"bodySchema": LIVE}, {"schema": {"body": LIVE}}, {"schema": LIVE}])
def test_cfg_20_live_body_schema(config: dict[str, Any]) -> None:
    body = api(**config).body
    assert body is not None
    assert (body.json, body.live) == (OBJECT, True)


def test_cfg_20_two_different_body_schemas_are_an_error() -> None:
    config = {"type": "api", "path": "/x", "bodySchema": OBJECT, "schema": {"body": {"type": "array"}}}
    assert errors(read(config)) == [("GEN-1", "schema.body")]


def test_cfg_21_query_params_and_headers() -> None:
    trigger = api(schema={"query": OBJECT, "params": LIVE, "headers": {"type": "object", "required": ["x"]}})
    assert trigger.body is None
    assert trigger.query is not None
    assert trigger.params is not None
    assert trigger.params.live
    assert trigger.headers is not None
    assert trigger.headers.json == {"type": "object", "required": ["x"]}


@pytest.mark.parametrize(
    ("value", "statuses"),
    [
        ({"200": OBJECT, "404": LIVE}, ["200", "404"]),
        (OBJECT, ["2XX"]),
        (LIVE, ["2XX"]),
        ({"2xx": OBJECT, "default": OBJECT}, ["2XX", "default"]),
    ],
)
@pytest.mark.parametrize("key", ["responseSchema", "schema"])
def test_cfg_22_response_schema(key: str, value: Any, statuses: list[str]) -> None:
    trigger = api(**{key: {"response": value} if key == "schema" else value})
    assert list(trigger.responses) == statuses


@pytest.mark.parametrize(
    "sample",
    [
        {"error": "text"},
        {"id": 1},
        FUNCTION,
        "text",
        {"type": "user"},
        {"$motia": "schema", "live": False, "json": None},
    ],
)
def test_sch_1_samples_in_response_schemas_are_noted_and_ignored(sample: Any) -> None:
    result = read({"type": "api", "path": "/x", "responseSchema": {"200": OBJECT, "400": sample}})
    assert result.step is not None
    (trigger,) = result.step.triggers
    assert isinstance(trigger, HttpTrigger)
    assert list(trigger.responses) == ["200"]
    assert [(notice.level, notice.rule) for notice in result.notices] == [("hint", "SCH-1")]


def test_cfg_23_query_params() -> None:
    trigger = api(queryParams=["q", {"name": "n", "description": "d", "required": True, "schema": LIVE}])
    assert trigger.query_params == (
        {"name": "q"},
        {"name": "n", "description": "d", "required": True, "schema": OBJECT},
    )


@pytest.mark.parametrize("value", [{"name": "q"}, [1], [{"description": "d"}]])
def test_cfg_23_wrong_query_params(value: Any) -> None:
    (error,) = errors(read({"type": "api", "path": "/x", "queryParams": value}))
    assert error[0] == "CFG-23"


@pytest.mark.parametrize(
    "schema", ["text", 3, ["x"], FUNCTION, {"id": "a sample"}, {"type": "strng"}, {"$ref": "#/no"}]
)
def test_sch_1_what_is_no_schema_is_an_error(schema: Any) -> None:
    assert errors(read({"type": "api", "path": "/x", "bodySchema": schema})) == [("SCH-1", "bodySchema")]


def test_sch_1_schemas_are_not_fetched() -> None:
    result = read({"type": "api", "path": "/x", "bodySchema": {"$ref": "https://example.com/x.json"}})
    assert "network" in result.notices[0].message


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "array", "items": {"type": "string"}},
        {"enum": [1, 2]},
        {},
        True,
        False,
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"},
        {"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"},
    ],
)
def test_sch_12_every_valid_json_schema_is_accepted(schema: Any) -> None:
    body = api(bodySchema=schema).body
    assert body is not None
    assert body.json == schema


@pytest.mark.parametrize(
    ("own", "project", "http", "event"),
    [
        (None, None, "enforce", "warn"),
        (None, "off", "off", "off"),
        ("warn", "off", "warn", "warn"),
        ("Enforce", None, "enforce", "enforce"),
    ],
)
def test_sch_4_mode_of_type_form(own: str | None, project: Any, http: str, event: str) -> None:
    defaults = StepDefaults(validation=project)
    assert api(defaults, validation=own).validation == http
    (trigger,) = step({"type": "event", "topic": "t", "validation": own}, defaults).triggers
    assert isinstance(trigger, EventTrigger)
    assert trigger.validation == event


def test_sch_4_the_trigger_comes_first() -> None:
    result = read(
        {
            "name": "T",
            "validation": "warn",
            "triggers": [
                {"type": "http", "path": "/x", "validation": "off"},
                {"type": "http", "path": "/y"},
                {"type": "queue", "topic": "t", "validation": "enforce"},
            ],
        },
        form="triggers",
    )
    assert result.step is not None
    modes = [trigger.validation for trigger in result.step.triggers if isinstance(trigger, HttpTrigger | EventTrigger)]
    assert modes == ["off", "warn", "enforce"]


def test_cfg_33_wrong_validation() -> None:
    assert errors(read({"type": "api", "path": "/x", "validation": "strict"})) == [("CFG-33", "validation")]


@pytest.mark.parametrize("key", ["cron", "schedule", "expression"])
def test_cfg_26_cron_1_keys(key: str) -> None:
    assert cron(**{key: "0 9 * * *"}).expression == "0 9 * * *"


def test_cfg_26_two_different_expressions_are_an_error() -> None:
    config = {"type": "cron", "cron": "0 9 * * *", "schedule": "0 8 * * *"}
    assert errors(read(config)) == [("CFG-26", "cron")]
    assert cron(cron="0 9 * * *", schedule="0 9 * * *").expression == "0 9 * * *"


def test_cfg_26_several_schedules() -> None:
    triggers = step({"type": "cron", "cron": ["@daily", "0 12 * * *"]}).triggers
    assert [trigger.expression for trigger in triggers if isinstance(trigger, CronTrigger)] == [
        "0 0 * * *",
        "0 12 * * *",
    ]


@pytest.mark.parametrize("value", [None, 5, [], [1], "0 0 L * *", "never"])
def test_cron_2_only_this_step_is_affected(value: Any) -> None:
    result = read({"type": "cron", "cron": value})
    assert result.step is None
    assert {rule for rule, _ in errors(result)} <= {"CFG-26", "CRON-2"}


def test_cron_2_a_note_where_crontab_would_say_or() -> None:
    result = read({"type": "cron", "cron": "0 0 13 * 5"})
    assert result.step is not None
    assert [(notice.level, notice.rule) for notice in result.notices] == [("hint", "CRON-2")]


@pytest.mark.parametrize(
    ("form", "own", "project", "zone"),
    [
        ("type", None, None, None),
        ("function", None, None, None),
        ("type", None, "Asia/Tokyo", "Asia/Tokyo"),
        ("function", "Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"),
        ("triggers", None, None, "UTC"),
        ("triggers", None, "Asia/Tokyo", "Asia/Tokyo"),
        ("triggers", "Europe/Berlin", None, "Europe/Berlin"),
    ],
)
def test_cron_4_timezone(form: str, own: str | None, project: str | None, zone: str | None) -> None:
    config: dict[str, Any] = {"type": "cron", "expression": "@daily", "timezone": own}
    if form == "triggers":
        config = {"triggers": [config]}
    (trigger,) = step(config, StepDefaults(timezone=project), form).triggers
    assert isinstance(trigger, CronTrigger)
    assert trigger.timezone == zone


def test_cron_4_an_unknown_zone() -> None:
    assert errors(read({"type": "cron", "cron": "@daily", "timezone": "Mars/X"})) == [("CRON-2", "cron")]


@pytest.mark.parametrize("overlap", ["skip", "queue", "allow", "cancel"])
def test_cron_5_overlap(overlap: str) -> None:
    assert cron(cron="@daily", overlap=overlap).overlap == overlap
    assert cron(cron="@daily").overlap == "skip"


@pytest.mark.parametrize(
    ("written", "expected"),
    [(None, "none"), ("none", "none"), (False, "none"), ("last", "last"), ("all", "all"), (True, "all")],
)
def test_cron_6_catch_up(written: Any, expected: str) -> None:
    assert cron(cron="@daily", catchUp=written).catch_up == expected
    assert cron(cron="@daily", catch_up=written).catch_up == expected


@pytest.mark.parametrize(
    ("config", "attempts"),
    [
        ({}, 1),
        ({"timeout": 5000}, 1),
        ({"retry": {"timeout": 5000}}, 1),
        ({"retry": {"maxAttempts": 3}}, 3),
        ({"retry": {"backoff": "fixed"}}, 6),
        ({"infrastructure": {"queue": {"maxRetries": 2}}}, 3),
        ({"infrastructure": {"handler": {"timeout": 5}}}, 1),
    ],
)
def test_cron_7_one_attempt_unless_retries_are_asked_for(config: dict[str, Any], attempts: int) -> None:
    assert cron(StepDefaults(queue={"max_attempts": 6}), cron="@daily", **config).policy.max_attempts == attempts


@pytest.mark.parametrize("kind", ["http", "api", "HTTP"])
def test_cfg_40_http(kind: str) -> None:
    trigger = {
        "type": kind,
        "path": "x",
        "method": "post",
        "body_schema": LIVE,
        "responseSchema": {"200": OBJECT},
        "queryParams": ["q"],
        "middleware": [FUNCTION],
        "condition": FUNCTION,
    }
    result = listed(trigger)
    assert result.notices == ()
    assert result.step is not None
    (route,) = result.step.triggers
    assert isinstance(route, HttpTrigger)
    assert (route.path, route.method, list(route.responses)) == ("/x", "POST", ["200"])


@pytest.mark.parametrize("kind", ["queue", "event", "durable:subscriber"])
def test_cfg_41_queue(kind: str) -> None:
    result = listed({"type": kind, "topic": "t", "input": LIVE, "config": {"type": "fifo", "concurrency": 3}})
    assert result.notices == ()
    assert result.step is not None
    (trigger,) = result.step.triggers
    assert isinstance(trigger, EventTrigger)
    assert (trigger.topic, trigger.policy.fifo, trigger.concurrency) == ("t", True, 3)


@pytest.mark.parametrize("key", ["expression", "cron", "schedule"])
def test_cfg_42_cron(key: str) -> None:
    result = listed({"type": "cron", key: "0 0 4 * * *", "overlap": "queue"})
    assert result.step is not None
    (trigger,) = result.step.triggers
    assert isinstance(trigger, CronTrigger)
    assert (trigger.expression, trigger.overlap) == ("0 0 4 * * *", "queue")


def test_cfg_42_a_trigger_has_one_expression() -> None:
    assert errors(listed({"type": "cron", "expression": ["@daily", "@hourly"]})) == [("CFG-26", "triggers[0].cron")]


def test_cfg_43_state() -> None:
    result = listed({"type": "state"}, {"type": "state", "groupId": "g", "key": "k", "condition": FUNCTION})
    assert result.step is not None
    every, one = result.step.triggers
    assert isinstance(every, StateTrigger)
    assert isinstance(one, StateTrigger)
    assert (every.group, every.key, one.group, one.key) == (None, None, "g", "k")


def test_cfg_44_stream() -> None:
    result = listed({"type": "stream", "stream_name": "s", "group_id": "g", "item_id": "i"})
    assert result.step is not None
    (trigger,) = result.step.triggers
    assert isinstance(trigger, StreamTrigger)
    assert (trigger.stream, trigger.group, trigger.item) == ("s", "g", "i")
    assert errors(listed({"type": "stream"})) == [("CFG-44", "triggers[0].streamName")]


def test_cfg_45_conditions_are_functions() -> None:
    assert errors(listed({"type": "state", "condition": True})) == [("CFG-45", "triggers[0].condition")]


def test_cfg_46_triggers_are_independent_and_keep_their_order() -> None:
    result = listed(
        {"type": "queue", "topic": "a", "config": {"maxRetries": 0}},
        {"type": "http", "path": "/x"},
        {"type": "queue", "topic": "b", "config": {"maxAttempts": 9}},
        {"type": "queue", "topic": "a"},
    )
    assert result.step is not None
    kinds = [trigger.kind for trigger in result.step.triggers]
    attempts = [trigger.policy.max_attempts for trigger in result.step.triggers if isinstance(trigger, EventTrigger)]
    assert (kinds, attempts) == (["event", "http", "event", "event"], [1, 9, 4])


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ({"type": "webhook"}, ("CFG-40", "triggers[0].type")),
        ({"path": "/x"}, ("CFG-40", "triggers[0].type")),
        ({"type": "queue"}, ("CFG-41", "triggers[0].topic")),
        ("x", ("CFG-35", "triggers[0]")),
    ],
)
def test_cfg_35_wrong_entries(entry: Any, error: tuple[str, str]) -> None:
    assert errors(listed(entry)) == [error]


def test_cfg_35_triggers_must_be_a_list() -> None:
    assert errors(read({"triggers": {"type": "http"}})) == [("CFG-35", "triggers")]


def test_gen_2_unknown_keys_of_a_trigger() -> None:
    result = listed({"type": "queue", "topic": "t", "config": {"maxRetry": 3}, "inputs": OBJECT})
    assert result.step is not None
    assert [notice.field for notice in result.notices] == ["triggers[0].config.maxRetry", "triggers[0].inputs"]
