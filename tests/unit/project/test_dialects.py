"""What workers find → Steps: forms, names, common fields (GEN, PRJ-18, CFG-8 to CFG-16, CFG-31 to CFG-35, HND)."""

from __future__ import annotations

from typing import Any

import pytest

from motia.model.identity import step_id
from motia.model.step import EmittedTopic, EventTrigger, ManualTrigger, Step
from motia.project.dialects import Normalised, StepDefaults, load_failure, normalise
from motia.project.notice import Notice

HANDLER = {"params": 2, "names": None, "async": True}
FUNCTION = {"$motia": "function", "name": "f"}
API = {"type": "api", "path": "/x"}
EVENT = {"type": "event", "subscribes": ["t"]}


def read(
    config: Any,
    *,
    form: str = "type",
    file: str = "steps/add-quote.step.ts",
    language: str = "node",
    handler: Any = HANDLER,
    defaults: StepDefaults | None = None,
    **more: Any,
) -> Normalised:
    found = {"entry": file, "form": form, "config": config, "handler": handler, **more}
    return normalise(found, file, language, defaults or StepDefaults())


def good(config: Any, **more: Any) -> Step:
    """The Step of a config that nothing is wrong with."""
    result = read(config, **more)
    assert result.notices == ()
    assert result.step is not None
    return result.step


def only(config: Any, **more: Any) -> Notice:
    """The one notice about a config."""
    (notice,) = read(config, **more).notices
    return notice


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ({"virtualSubscribes": ["v"]}, {"virtual_subscribes": ["v"]}),
        ({"virtualEmits": ["v"]}, {"virtual_emits": ["v"]}),
        ({"retry": {"maxAttempts": 2}}, {"retry": {"max_attempts": 2}}),
        ({"strictEmits": True}, {"strict_emits": True}),
        ({"includeFiles": ["*.txt"]}, {"include_files": ["*.txt"]}),
        ({"infrastructure": {"queue": {"maxRetries": 1}}}, {"infrastructure": {"queue": {"max_retries": 1}}}),
        ({"inputSchema": {"type": "object"}}, {"input_schema": {"type": "object"}}),
    ],
)
def test_gen_1_both_spellings(camel: dict[str, Any], snake: dict[str, Any]) -> None:
    one, other = good({**EVENT, **camel}), good({**EVENT, **snake})
    assert one.triggers == other.triggers
    assert (one.virtual_subscribes, one.virtual_emits, one.strict_emits) == (
        other.virtual_subscribes,
        other.virtual_emits,
        other.strict_emits,
    )
    assert one.include_files == other.include_files


def test_gen_1_both_with_different_values_is_an_error() -> None:
    notice = only({**EVENT, "virtualEmits": ["a"], "virtual_emits": ["b"]})
    assert (notice.level, notice.rule) == ("error", "GEN-1")


def test_gen_1_both_with_the_same_value_is_fine() -> None:
    assert good({**EVENT, "virtualEmits": ["a"], "virtual_emits": ["a"]}).virtual_emits == (EmittedTopic("a"),)


@pytest.mark.parametrize(
    ("config", "field", "near"),
    [
        ({**EVENT, "subscribe": ["t"]}, "subscribe", "subscribes"),
        ({**EVENT, "retry": {"maxAttempt": 1}}, "retry.maxAttempt", "maxAttempts"),
        ({**EVENT, "retry": {"max_atempts": 1}}, "retry.max_atempts", "maxAttempts"),
        ({**API, "methd": "GET"}, "methd", "method"),
        ({**API, "colour": "red"}, "colour", None),
    ],
)
def test_gen_2_unknown_keys_warn_with_the_nearest_name(config: dict[str, Any], field: str, near: str | None) -> None:
    result = read(config)
    (notice,) = result.notices
    assert result.step is not None
    assert (notice.level, notice.rule, notice.field) == ("warning", "GEN-2", field)
    assert notice.fix == (f'Did you mean "{near}"?' if near else None)


def test_gen_6_null_is_absent() -> None:
    step = good({**API, "name": None, "bodySchema": None, "flows": None, "emits": None, "mystery": None})
    assert (step.name, step.flows, step.emits) == ("add-quote", (), None)


@pytest.mark.parametrize(
    ("config", "found_name", "name", "alias"),
    [
        ({"name": "A"}, None, "A", None),
        ({"id": "a"}, None, "a", None),
        ({"name": "A", "id": "a"}, None, "A", "a"),
        ({"name": "A", "id": "A"}, None, "A", None),
        ({}, "mail_quote", "mail_quote", None),
        ({"id": "a"}, "mail_quote", "a", None),
        ({}, None, "add-quote", None),
        ({"name": "With spaces"}, None, "With spaces", None),
    ],
)
def test_prj_18_identity(config: dict[str, Any], found_name: str | None, name: str, alias: str | None) -> None:
    step = good({**API, **config}, name=found_name)
    assert (step.name, step.alias) == (name, alias)


def test_prj_18_a_long_name_is_a_warning() -> None:
    assert only({**API, "name": "x" * 41}).rule == "PRJ-18"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("steps/a.step.ts", step_id("steps/a.step.ts")),
        ("steps/a.step.ts#Second", step_id("steps/a.step.ts", "Second")),
    ],
)
def test_prj_23_ids(entry: str, expected: str) -> None:
    assert good(API, file="steps/a.step.ts", entry=entry).id == expected


@pytest.mark.parametrize("config", [{"type": "api", "path": "/x", "triggers": []}, {"name": "neither"}, {"path": "/x"}])
def test_cfg_8_type_or_triggers(config: dict[str, Any]) -> None:
    result = read(config)
    assert result.step is None
    assert result.notices[0].rule == "CFG-8"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("api", "api"),
        ("http", "api"),
        ("API", "api"),
        ("event", "event"),
        ("Queue", "event"),
        ("cron", "cron"),
        ("noop", "noop"),
    ],
)
def test_cfg_10_kinds(written: str, kind: str) -> None:
    keys: dict[str, dict[str, Any]] = {
        "api": {"path": "/x"},
        "event": {"subscribes": ["t"]},
        "cron": {"cron": "@daily"},
        "noop": {},
    }
    more = keys[kind]
    config: dict[str, Any] = {"type": written, **more}
    assert good(config).kind == kind


def test_cfg_10_an_unknown_kind_lists_the_known_ones() -> None:
    notice = only({"type": "webhook"})
    assert (notice.level, notice.rule) == ("error", "CFG-10")
    assert "api, http, event, queue, cron, noop" in notice.message


def test_cfg_12_13_description_and_flows() -> None:
    step = good({**API, "description": "Adds.", "flows": "quotes"})
    assert (step.description, step.flows) == ("Adds.", ("quotes",))
    assert good({**API, "flows": ["a", "b", "a"]}).flows == ("a", "b")
    assert only({**API, "flows": [1]}).rule == "CFG-13"


@pytest.mark.parametrize("key", ["emits", "enqueues"])
def test_cfg_14_emits(key: str) -> None:
    step = good({**API, key: ["a", {"topic": "b", "label": "maybe", "conditional": True}]})
    assert step.emits == (EmittedTopic("a"), EmittedTopic("b", "maybe", conditional=True))


@pytest.mark.parametrize("value", [{"topic": "a"}, [1], [{"label": "x"}], 3])
def test_cfg_14_wrong_emits(value: Any) -> None:
    assert only({**API, "emits": value}).rule == "CFG-14"


def test_evt_5_absent_and_empty_emits_differ() -> None:
    assert good(API).emits is None
    assert good({**API, "emits": []}).emits == ()


@pytest.mark.parametrize("key", ["virtualEmits", "virtualEnqueues"])
def test_cfg_15_virtual_topics(key: str) -> None:
    step = good({**API, key: ["a"], "virtualSubscribes": ["b"]})
    assert (step.virtual_emits, step.virtual_subscribes) == ((EmittedTopic("a"),), ("b",))


def test_cfg_16_include_files() -> None:
    assert good({**API, "includeFiles": ["./x/*.txt"]}).include_files == ("./x/*.txt",)


@pytest.mark.parametrize(
    ("value", "fine"), [(FUNCTION, True), ([FUNCTION, FUNCTION], True), ([], True), ("auth", False)]
)
def test_cfg_19_middleware(value: Any, *, fine: bool) -> None:
    for config in (API, EVENT):
        assert (read({**config, "middleware": value}).step is not None) is fine


@pytest.mark.parametrize("key", ["subscribes", "topic", "topics"])
@pytest.mark.parametrize(("value", "topics"), [("a", ["a"]), (["a", "b"], ["a", "b"])])
def test_cfg_24_topics(key: str, value: Any, topics: list[str]) -> None:
    step = good({"type": "event", key: value})
    assert [trigger.topic for trigger in step.triggers if isinstance(trigger, EventTrigger)] == topics


def test_cfg_24_type_form_needs_topics_function_form_does_not() -> None:
    notice = only({"type": "event", "name": "x"})
    assert (notice.rule, notice.field) == ("CFG-24", "subscribes")
    step = good({"type": "event", "id": "x"}, form="function")
    assert isinstance(step.triggers[0], ManualTrigger)
    assert step.kind == "event"


@pytest.mark.parametrize("key", ["input", "schema", "inputSchema"])
@pytest.mark.parametrize("config", [EVENT, {"type": "noop"}])
def test_cfg_25_input(config: dict[str, Any], key: str) -> None:
    trigger = good({**config, key: {"type": "object"}}).triggers[0]
    assert isinstance(trigger, EventTrigger | ManualTrigger)
    assert trigger.input is not None
    assert trigger.input.json == {"type": "object"}


def test_cfg_31_concurrency() -> None:
    assert good({**EVENT, "concurrency": 5}).concurrency == 5
    assert good(EVENT, defaults=StepDefaults(concurrency=7)).concurrency == 7
    assert only({**EVENT, "concurrency": 0}).rule == "CFG-31"
    assert only({**EVENT, "concurrency": 1.5}).rule == "CFG-31"


def test_cfg_34_strict_emits() -> None:
    assert not good(API).strict_emits
    assert good(API, defaults=StepDefaults(strict_emits=True)).strict_emits
    assert not good({**API, "strictEmits": False}, defaults=StepDefaults(strict_emits=True)).strict_emits
    assert only({**API, "strictEmits": "yes"}).rule == "CFG-34"


def test_cfg_35_an_empty_list_is_a_noop() -> None:
    step = good({"name": "x", "triggers": []}, form="triggers")
    assert [trigger.kind for trigger in step.triggers] == ["manual"]
    assert step.kind == "noop"
    assert good({"name": "x", "triggers": []}, form="triggers", handler=None).triggers == ()


def test_cfg_48_functions_and_markers_do_not_stay_in_the_config() -> None:
    schema = {"$motia": "schema", "live": True, "json": {"type": "object"}}
    step = good({**API, "middleware": [FUNCTION], "bodySchema": schema})
    assert step.config == {**API, "middleware": [], "bodySchema": {"type": "object"}}


@pytest.mark.parametrize(
    ("handler", "language", "fine"),
    [
        ({"params": 2}, "node", True),
        ({"params": None}, "node", True),
        ({"params": 3}, "node", True),  # one of them has a default, else the worker had refused the file
        ({"params": 3, "required": 2}, "node", True),
        ({"params": 3, "required": 3}, "node", False),
        ({"params": 3, "required": 3, "names": ["a", "b", "c"]}, "node", False),
        ({"params": 3, "required": 3, "names": ["a", "b", "c"]}, "python", True),
        ({"params": 3, "required": 3, "names": None}, "python", False),
        ({"params": 3, "required": 3, "names": ["a", "b", "c"]}, "ruby", True),
    ],
)
def test_hnd_1_at_most_two_required_parameters(handler: Any, language: str, *, fine: bool) -> None:
    result = read(API, handler=handler, language=language)
    assert (result.step is not None) is fine
    assert [notice.rule for notice in result.notices] == ([] if fine else ["HND-1"])


@pytest.mark.parametrize("config", [API, EVENT, {"type": "cron", "cron": "@daily"}])
def test_hnd_11_a_handler_is_needed(config: dict[str, Any]) -> None:
    assert only(config, handler=None).rule == "HND-11"


def test_hnd_11_a_noop_without_handler_is_drawn() -> None:
    step = good({"type": "noop", "name": "x", "input": {"type": "object"}}, handler=None)
    assert not step.has_handler
    assert step.triggers == ()


def test_cfg_6_a_decorator_is_a_trigger_with_the_options_of_a_step() -> None:
    """`@queue("t", config={…}, condition=f, id="x")`: the worker reports the trigger's keys as the config."""
    config = {
        "type": "queue",
        "topic": "t",
        "config": {"type": "fifo", "maxRetries": 0},
        "condition": FUNCTION,
        "id": "x",
    }
    step = good(config, form="function", language="python", name="run")
    (trigger,) = step.triggers
    assert isinstance(trigger, EventTrigger)
    assert (step.name, trigger.policy.fifo, trigger.policy.max_attempts) == ("x", True, 1)


def test_prj_20_several_decorators_above_one_function() -> None:
    """The worker lifts the keys of the Step to the top and leaves them in the entries."""
    triggers = [
        {"type": "cron", "schedule": "@daily", "id": "x", "flows": ["f"]},
        {"type": "queue", "topic": "t", "description": "d"},
    ]
    config = {"triggers": triggers, "id": "x", "flows": ["f"], "description": "d"}
    step = good(config, form="triggers", language="python", handler={"params": 4, "names": list("abcd"), "async": True})
    assert [trigger.kind for trigger in step.triggers] == ["cron", "event"]


def test_evt_28_a_noop_with_handler_is_started_by_hand() -> None:
    assert [trigger.kind for trigger in good({"type": "noop"}).triggers] == ["manual"]


@pytest.mark.parametrize("config", [None, "x", []])
def test_cfg_1_no_config(config: Any) -> None:
    assert only(config).rule == "CFG-1"


def test_notices_carry_file_step_field_and_line() -> None:
    notice = only({**API, "name": "A", "method": "TRACE"}, line=7)
    assert notice.as_json() == {
        "level": "error",
        "rule": "CFG-18",
        "message": 'method must be one of GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD, not "TRACE"',
        "file": "steps/add-quote.step.ts",
        "step": "A",
        "field": "method",
        "line": 7,
    }
    assert str(notice).startswith('steps/add-quote.step.ts:7 "A": method must be')


@pytest.mark.parametrize(
    ("error", "file", "text"),
    [
        ({"name": "SyntaxError", "message": "bad", "line": 3}, "steps/a.py", "steps/a.py:3: SyntaxError: bad."),
        ({"name": "E", "message": "bad", "file": "src/b.py", "line": 1}, "steps/a.py", "src/b.py:1: E: bad."),
        ({"name": "E", "message": "bad", "file": "/usr/lib/x.py"}, "steps/a.py", "steps/a.py: E: bad."),
    ],
)
def test_prj_9_load_errors(error: dict[str, Any], file: str, text: str) -> None:
    notice = load_failure(file, error)
    assert (notice.level, notice.rule, str(notice)) == ("error", "PRJ-9", text)


@pytest.mark.parametrize(
    "config", [API, {"type": "event", "name": "E", "subscribes": ["t"]}, {"name": "T", "triggers": []}]
)
def test_cfg_49_a_step_may_be_atomic(config: dict[str, Any]) -> None:
    assert not good(config).atomic
    assert good({**config, "atomic": True}).atomic
    assert not good({**config, "atomic": False}).atomic
    wrong = only({**config, "atomic": "yes"})
    assert (wrong.rule, wrong.field, wrong.level) == ("CFG-49", "atomic", "error")
    assert 'atomic must be true or false, not "yes"' in wrong.message


def test_cfg_49_engines_that_cannot_commit_together_refuse_atomic_steps() -> None:
    elsewhere = StepDefaults(not_atomic="state is on redis and events are on the embedded file; put both on one engine")
    assert not good(API, defaults=elsewhere).atomic
    refused = only({**API, "atomic": True}, defaults=elsewhere)
    assert (refused.rule, refused.level) == ("CFG-49", "error")
    assert "put both on one engine" in refused.message
    assert refused.step
