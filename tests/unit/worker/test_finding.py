from typing import Any

import pytest

from motia.worker.description import describe
from motia.worker.plans import describe_handler, load_step

DATACLASS = """
from dataclasses import dataclass
@dataclass
class Config:
    name: str
    type: str = "event"
    subscribes: tuple = ("t",)
config = Config("A")
"""
TYPE_FORM = """
config = {"type": "event", "name": "A", "subscribes": ["t"]}
def handler(input, ctx): ...
"""


def test_type_form(found: Any) -> None:
    (step,) = found(TYPE_FORM)
    assert (step.entry, step.form, step.line) == ("steps/it_step.py", "type", 3)
    assert describe_handler(step) == {"params": 2, "names": None, "async": False}


@pytest.mark.parametrize(
    "config",
    [
        "from motia import EventConfig\nconfig = EventConfig(name='A', subscribes=['t'])",
        "class config:\n    type = 'event'\n    name = 'A'\n    subscribes = ['t']",
        DATACLASS,
        "from types import SimpleNamespace\nconfig = SimpleNamespace(name='A', type='event', subscribes=['t'])",
    ],
)
def test_a_config_may_be_a_class_or_an_instance(found: Any, config: Any) -> None:
    (step,) = found(config + "\ndef handler(): ...")
    assert describe(step.options) == {"type": "event", "name": "A", "subscribes": ["t"]}


def test_a_marked_handler_wins_over_the_decorator_of_that_name(found: Any) -> None:
    (step,) = found(
        "from motia import EventConfig, handler\nconfig = EventConfig(name='A')\n@handler\nasync def index(input): ..."
    )
    assert step.handler.__name__ == "index"
    (unmarked,) = found("from motia import handler\nconfig = {'type': 'noop'}")
    assert unmarked.handler is None


def test_function_form(found: Any) -> None:
    (step,) = found("from motia import event\n@event(id='mail', flows=['f'])\nasync def mail_it(id, ctx): ...")
    assert (step.form, step.name, step.by_name, step.line) == ("function", "mail_it", True, 2)
    assert describe(step.options) == {"type": "event", "id": "mail", "flows": ["f"]}
    assert describe_handler(step) == {"params": 2, "names": ["id", "ctx"], "async": True}


def test_several_steps_have_their_own_entries(found: Any) -> None:
    steps = found(
        "from motia import event, noop, step\n"
        "@event(id='a b')\ndef one(): ...\n"
        "@noop\ndef two(): ...\n"
        "three = step({'triggers': []}, lambda a, b: None)\n"
        "@noop(id='two')\ndef four(): ...\n"
    )
    assert [step.entry for step in steps] == [
        "steps/it_step.py#a b",
        "steps/it_step.py#two",
        "steps/it_step.py#three",
        "steps/it_step.py#two~2",
    ]


def test_stacked_triggers_are_one_step(found: Any) -> None:
    (step,) = found("from motia import http, queue\n@http('GET', '/x', id='n')\n@queue('t')\ndef both(input): ...")
    assert step.form == "triggers"
    assert describe(step.options)["triggers"] == [
        {"type": "http", "method": "GET", "path": "/x", "id": "n"},
        {"type": "queue", "topic": "t"},
    ]
    assert step.options["id"] == "n"


@pytest.mark.parametrize(
    "source",
    [
        "from motia import step\nconfig, handler = step({'triggers': []}, lambda a, b: None)",
        "from motia import step\ntally = step({'triggers': []}, lambda a, b: None)",
        "from motia import step\ntally = also = step({'triggers': []}).handle(lambda a, b: None)",
        "from motia import step\n@step({'triggers': []})\ndef tally(input, ctx): ...",
        "config = {'triggers': []}\ndef handler(a, b): ...",
    ],
)
def test_triggers_form(found: Any, source: Any) -> None:
    (step,) = found(source)
    assert (step.entry, step.form) == ("steps/it_step.py", "triggers")


def test_a_foreign_config_beside_steps_is_left_alone(found: Any) -> None:
    (step,) = found("from motia import event\nconfig = {'database': 'url'}\n@event(id='a')\ndef one(): ...")
    assert step.form == "function"


def test_imported_steps_belong_to_their_own_file(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys  # noqa: PLC0415
    from types import ModuleType  # noqa: PLC0415

    other = ModuleType("other_step_file")
    monkeypatch.setitem(sys.modules, "other_step_file", other)
    exec("from motia import event, step\n@event\ndef one(): ...\ntwo = step({'triggers': []}, one)", vars(other))
    assert found("from other_step_file import one, two") == []


def test_a_helper_may_build_steps(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys  # noqa: PLC0415
    from types import ModuleType  # noqa: PLC0415

    helper = ModuleType("step_builder")
    monkeypatch.setitem(sys.modules, "step_builder", helper)
    exec(
        "from motia import step\ndef build(name):\n    return step({'name': name, 'triggers': []}, print)", vars(helper)
    )
    (step,) = found("from step_builder import build\ntally = build('Tally')")
    assert step.options["name"] == "Tally"


def test_a_wrapped_step_is_called_through_its_wrapper(found: Any) -> None:
    (step,) = found(
        "import functools\nfrom motia import event\n"
        "def loud(f):\n    @functools.wraps(f)\n    def wrapper(*a, **k):\n        return ['loud', f(*a, **k)]\n    return wrapper\n"
        "@loud\n@event(id='a')\ndef one(id):\n    return id\n"
    )
    assert step.handler(id=1) == ["loud", 1]
    assert (describe_handler(step) or {})["names"] == ["id"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def handler(a, b, c): ...", "at most; this one requires 3"),
        ("def handler(a, *, db): ...", None),
        ("def handler(a, b, *, db): ...", "this one requires 3"),
        ("def handler(a, b, c=1): ...", None),
        ("config['middleware'] = ['auth']\ndef handler(): ...", "middleware is made of functions"),
        ("config['condition'] = 'x > 1'\ndef handler(): ...", "'condition' is a function"),
    ],
)
def test_what_no_handler_may_be(found: Any, source: Any, message: Any) -> None:
    (step,) = found(f"config = {{'type': 'event'}}\n{source}")
    if message is None:
        load_step(step)
    else:
        with pytest.raises(TypeError, match=message):
            load_step(step)


def test_plans_know_conditions_middleware_and_schemas(found: Any) -> None:
    (step,) = found(
        "from motia import http, queue\n"
        "def auth(req, ctx, next): ...\ndef big(input, ctx): ...\n"
        "config = {'middleware': auth, 'validation': 'warn', 'triggers': [\n"
        "    http('POST', '/x', body_schema={'id': str}, middleware=[auth], condition=big),\n"
        "    queue('t', input={'type': 'object'}, validation='enforce')]}\n"
        "async def handler(input, ctx): ...\n"
    )
    http_plan, queue_plan = load_step(step).plans
    assert (http_plan.kind, len(http_plan.middleware), list(http_plan.schemas)) == ("http", 2, ["body"])
    assert http_plan.condition is not None
    assert (http_plan.validation, queue_plan.validation) == ("warn", "enforce")
    assert (queue_plan.kind, queue_plan.schemas) == ("queue", {})
    assert not queue_plan.is_direct


def test_the_parts_of_schema(found: Any) -> None:
    (step,) = found(
        "from motia import api\n"
        "@api(path='/', schema={'body': {'id': str}, 'query': {'page': int}, 'response': {200: {'ok': bool}}})\n"
        "def one(): ...\n"
    )
    assert sorted(load_step(step).plans[0].schemas) == ["body", "query"]
    described = describe(step.options)["schema"]
    assert described["body"]["live"]
    assert described["response"]["200"]["json"]["properties"] == {"ok": {"type": "boolean"}}


def test_a_schema_that_is_the_body(found: Any) -> None:
    (step,) = found("from motia import api\n@api(path='/', schema={'id': str})\ndef one(): ...")
    assert list(load_step(step).plans[0].schemas) == ["body"]
    assert describe(step.options)["schema"]["$motia"] == "schema"
    (event,) = found("from motia import event\n@event(schema={'body': str})\ndef one(): ...")
    assert list(load_step(event).plans[0].schemas) == ["input"]


def test_response_schemas_that_are_examples_are_ignored(found: Any) -> None:
    (step,) = found("config = {'type': 'api', 'responseSchema': {200: {'example': object()}, 404: {'type': 'object'}}}")
    assert describe(step.options)["responseSchema"] == {
        "200": {"$motia": "schema", "live": False, "json": None},
        "404": {"type": "object"},
    }


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ("{'type': 'noop', 'retry': {'delay': object()}}", r"config\.retry\.delay is of type object"),
        ("{'type': 'noop', 'flows': [b'x']}", r"config\.flows\[0\] is of type bytes"),
        ("{'type': 'noop', 'timeout': float('nan')}", r"config\.timeout is nan"),
    ],
)
def test_what_json_cannot_hold_is_named(found: Any, config: Any, path: Any) -> None:
    (step,) = found(f"config = {config}")
    with pytest.raises(TypeError, match=path):
        describe(step.options)
