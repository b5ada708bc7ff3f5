from __future__ import annotations

import pytest

from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger, Step
from motia.model.step_table import StepTable
from motia.project.doctor.configs import configs_of
from motia.project.doctor.wiring import Written, known_of, wiring_differences
from unit.project.doctor.written import written

SUBSCRIBER = "export const config = { type: 'event', name: 'Listener', subscribes: ['a', 'b'] }"


def differences(*files: Written, table: StepTable | None = None, strict: bool = True) -> list[tuple[str, str]]:
    found = wiring_differences(files, known_of(files, table), strict_triggers=strict)
    return [(each.rule, each.what) for each in found]


def rules(*files: Written, table: StepTable | None = None) -> list[str]:
    return [rule for rule, _ in differences(*files, table=table)]


def step(body: str, config: str = "type: 'api', name: 'Sender'") -> Written:
    return written(
        f"export const config = {{ {config} }}\nexport const handler = async () => {{ {body} }}", path="steps/s.step.ts"
    )


@pytest.mark.parametrize(
    ("ending", "call"),
    [
        ("ts", "await emit({ topic: 'x', data })"),
        ("ts", "await ctx.enqueue('x', data)"),
        ("ts", "emit([{ topic: 'a' }, { topic: 'x' }])"),
        ("ts", "emit({ type: 'x' })"),
        ("ts", "const T = 'x'\nemit({ topic: T })"),
        ("py", "await context.emit(topic='x', data={})"),
        ("py", 'await context.emit({"topic": "x"})'),
        ("rb", "context.emit(topic: 'x')"),
        ("rb", "Motia.emit('x', {})"),
    ],
)
def test_evt_6_topics_without_subscribers(ending: str, call: str) -> None:
    assert rules(written(SUBSCRIBER), written(call, ending)) == ["EVT-6"]


@pytest.mark.parametrize(
    ("ending", "call"),
    [
        ("ts", "await emit({ topic: 'a' })"),
        ("ts", "emit({ topic: `a.${x}` })"),
        ("ts", "emit({ topic })"),
        ("ts", "emit(event)"),
        ("ts", "socket.emit('x')"),
        ("ts", "this.events.emit('x')"),
        ("ts", "function emit(x: string) {}"),
        ("ts", "// emit({ topic: 'x' })"),
        ("py", "def emit(topic='x'): ..."),
        ("py", "# context.emit(topic='x')"),
    ],
)
def test_evt_6_nothing_to_say(ending: str, call: str) -> None:
    assert rules(written(SUBSCRIBER), written(call, ending)) == []


def test_evt_6_is_silent_while_a_subscription_cannot_be_read() -> None:
    computed = written("export const config = { type: 'event', subscribes: topics() }")
    assert rules(computed, written("emit({ topic: 'x' })")) == []


def test_evt_6_says_what_was_probably_meant() -> None:
    listener = written("export const config = { type: 'event', subscribes: ['order.created'] }")
    ((_, what),) = differences(listener, written("emit({ topic: 'order.creatd' })"))
    assert what.endswith('did you mean "order.created"?')


def test_loaded_steps_settle_what_text_leaves_open() -> None:
    trigger = EventTrigger("x", DeliveryPolicy())
    loaded = Step(name="L", id="1", file="a", language="node", entry="a", form="type", triggers=(trigger,))
    computed = written("export const config = { type: 'event', name: names(), subscribes: topics() }")
    emits = written("emit({ topic: 'x' }); emit({ topic: 'y' }); motia.trigger('L'); motia.trigger('M')")
    assert rules(computed, emits, table=StepTable.of([loaded])) == ["EVT-6", "EVT-27"]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("type: 'api', emits: ['b']", True),
        ("type: 'api', emits: [{ topic: 'b' }]", True),
        ("triggers: [], enqueues: ['b']", True),
        ("type: 'api', emits: ['a']", False),
        ("type: 'api', emits: []", False),
        ("type: 'api'", False),
        ("type: 'api', emits: topics", False),
        ("type: 'api', emits: ['b', computed]", False),
    ],
)
def test_evt_5_undeclared_emits(config: str, *, told: bool) -> None:
    assert rules(written(SUBSCRIBER), step("emit({ topic: 'a' }); emit({ topic: 'a' })", config)) == (
        ["EVT-5"] if told else []
    )


@pytest.mark.parametrize(
    "call",
    [
        "motia.trigger('send-mail', {})",
        "import { trigger } from '@motia/core'; trigger('send-mail')",
        "import m from 'motia'; m.trigger('send-mail')",
    ],
)
def test_evt_27_unknown_steps_with_near_matches(call: str) -> None:
    known = written("import { event } from 'motia'\nexport default event({ id: 'send-email' }, fn)")
    ((rule, what),) = differences(known, written(call))
    assert rule == "EVT-27"
    assert what == 'there is no Step "send-mail": the call fails; near matches: "send-email"'


def test_evt_27_names_ids_functions_and_files_are_known() -> None:
    files = (
        written("export const config = { type: 'noop', name: 'By Name', id: 'by-id' }"),
        written("from motia import event\n@event()\nasync def by_function(): ...", "py"),
        written("export const config = { type: 'event', subscribes: 'a' }", path="steps/by-file.step.ts"),
    )
    calls = "; ".join(f"motia.trigger('{name}')" for name in ("By Name", "by-id", "by_function", "by-file"))
    assert rules(*files, written(calls)) == []


@pytest.mark.parametrize("call", ["trigger('x')", "other.trigger('x')", "motia.trigger(id)", "// motia.trigger('x')"])
def test_evt_27_other_calls(call: str) -> None:
    assert rules(written(call)) == []


def test_evt_27_not_strict() -> None:
    ((_, what),) = differences(written("motia.trigger('x')"), strict=False)
    assert "the call is noted and has no effect" in what


def test_str_23_undeclared_streams() -> None:
    found = written("export const config = { name: 'chat-room', schema }", path="streams/chat.stream.ts")
    stream = Written(found.source, found.imports, configs_of(found.source, found.imports, stream=True))
    uses = written("streams.chatRoom.set(x); streams['chat-room'].get(); streams.other.set(x); streams.create({})")
    assert rules(stream, uses) == ["STR-23"]
