"""Each row: a piece of a Step file, and what it must (or must not) be recognised as."""

from __future__ import annotations

import pytest

from motia.project.doctor.calls import call_uses
from motia.project.doctor.code_rules import OUR_NAMES, ROWS, code_uses, import_uses
from motia.project.doctor.config_rules import KEYS, config_uses
from unit.project.doctor.written import written

CODE = [
    ("ts", "log(ctx.traceId)", "CTX-1", "traceId"),
    ("py", "context.trace_id", "CTX-1", "traceId"),
    ("ts", "await emit({ topic: 'a', data })", "CTX-23", "emit({topic, data})"),
    ("ts", "await ctx.enqueue<A>({\n  topic: 'a' })", "CTX-23", "emit({topic, data})"),
    ("py", 'await context.emit({"topic": "a"})', "CTX-23", "emit({topic, data})"),
    ("ts", "emit([{ topic: 'a' }])", "CTX-23", "emit of a list"),
    ("ts", "emit('a', data)", "CTX-23", "emit(topic, data)"),
    ("py", "await context.emit(topic='a', data={})", "CTX-23", "emit with keywords"),
    ("rb", "context.emit(topic: 'a', data: {})", "CTX-23", "emit with keywords"),
    ("ts", "emit({ topic, messageGroupId: id })", "EVT-20", "messageGroupId"),
    ("ts", "if (ctx.trigger.type) {}", "CTX-7", "trigger information"),
    ("ts", "if (ctx.is.queue(input)) {}", "CTX-8", "trigger guards"),
    ("py", "if ctx.is_http(): pass", "CTX-8", "trigger guards"),
    ("rb", "ctx.queue? && 1", "CTX-8", "trigger guards"),
    ("ts", "ctx.getData()", "CTX-9", "getData()"),
    ("py", "ctx.get_data()", "CTX-9", "getData()"),
    ("ts", "return ctx.match({})", "CTX-10", "match"),
    ("py", "context.attempt", "CTX-11", "attempt number"),
    ("ts", "if (error.retryCount >= 3) {}", "EVT-23", "error.retryCount"),
    ("ts", "await motia.trigger('a', {})", "CTX-18", "motia.trigger"),
    ("rb", "Motia.trigger('a')", "CTX-18", "motia.trigger"),
    ("rb", "Motia.logger.info 'a'", "CTX-14", "Motia.logger"),
    ("rb", "Motia.enqueue(topic: 'a')", "CTX-15", "Motia.emit"),
    ("rb", "Motia.state_manager.get('a')", "CTX-16", "Motia.state_manager"),
    ("rb", "Motia::Stream.new('a')", "CTX-17", "Motia::Stream"),
    ("ts", "const { a } = input.data", "EVT-8", "input.data"),
    ("py", "input['data']['a']", "EVT-8", 'input["data"]'),
    ("py", "input.get('data')", "EVT-8", 'input["data"]'),
    ("rb", "input[:data]", "EVT-8", 'input["data"]'),
    ("ts", "req.params.id", "HTTP-10", "req.params"),
    ("ts", "req.query.id", "HTTP-11", "req.query"),
    ("py", "req.raw_body", "HTTP-8", "req.rawBody"),
    ("ts", "req.headers.a", "HTTP-9", "req.headers"),
    ("ts", "req.connection.remoteAddress", "HTTP-13", "peer address"),
    ("ts", "req.user.id", "HTTP-14", "cookies, files, user"),
    ("ts", "for await (const c of request.requestBody.stream) {}", "HTTP-15", "request body as a stream"),
    ("ts", "response.stream.write('a')", "HTTP-23", "response writer"),
    ("py", "await response.writer.stream.write(b'')", "HTTP-23", "response writer"),
    ("ts", "throw new HttpError(404)", "HTTP-26", "HttpError"),
    ("ts", "input: jsonSchema(z.object({}))", "SCH-1", "jsonSchema()"),
    ("py", "@dataclass\nclass A: ...", "SCH-2", "dataclass"),
    ("py", "class A(TypedDict): ...", "SCH-2", "TypedDict"),
    ("ts", "console.log(1)", "LOG-4", "console and print"),
    ("py", "print(1)", "LOG-4", "console and print"),
    ("rb", "puts 1", "LOG-4", "console and print"),
    ("ts", "streams.create({ id })", "STR-24", "streams.create"),
    ("js", "const a = require('a')", "PRJ-16", "require"),
    ("ts", "await import('./a')", "PRJ-16", "dynamic import()"),
]
COMMENT = {"ts": "// {}", "js": "// {}", "py": "# {}", "rb": "# {}"}


@pytest.mark.parametrize(("ending", "text", "rule", "what"), CODE)
def test_code(ending: str, text: str, rule: str, what: str) -> None:
    uses = list(code_uses(written(f"\n\n{text}\n", ending).source))
    assert (rule, what) in {(use.rule, use.what) for use in uses}


@pytest.mark.parametrize(("ending", "text", "rule", "what"), CODE)
def test_code_in_comments_and_strings_is_none(ending: str, text: str, rule: str, what: str) -> None:
    flat = text.replace("\n", " ")
    quoted = "text = " + repr(flat) if ending != "rb" else f"text = '{flat.replace(chr(39), chr(34))}'"
    for hidden in (COMMENT[ending].format(flat), quoted):
        assert (rule, what) not in {(use.rule, use.what) for use in code_uses(written(hidden, ending).source)}


def test_every_row_has_an_example() -> None:
    assert {(row.rule, row.what) for row in ROWS} <= {(rule, what) for _, _, rule, what in CODE}


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ts", "const input = form.input.data"),
        ("ts", "myinput.data"),
        ("ts", "const emitted = reemit({})"),
        ("ts", "blueprint(1); this.console.log(1)"),
        ("py", "pprint(1)"),
        ("py", "self.print(1)"),
        ("ts", "requirement('x')"),
        ("ts", "app.motia.trigger.name"),
        ("py", "async def emit_all(x): ..."),
    ],
)
def test_similar_words_are_something_else(ending: str, text: str) -> None:
    assert list(code_uses(written(text, ending).source)) == []


@pytest.mark.parametrize("name", sorted(OUR_NAMES))
def test_names_imported_from_us(name: str) -> None:
    rule, what = OUR_NAMES[name]
    ours = written(f"import {{ {name} as mine }} from '@motia/core'")
    assert [(use.rule, use.what) for use in import_uses(ours.source, ours.imports)] == [(rule, what)]
    foreign = written(f"import {{ {name} }} from './{name}'")
    assert list(import_uses(foreign.source, foreign.imports)) == []


@pytest.mark.parametrize(
    ("ending", "text", "use"),
    [
        ("ts", "import { z } from 'zod'", ("SCH-1", "Zod schemas")),
        ("ts", "import * as z from 'zod/v4'", ("SCH-1", "Zod schemas")),
        ("ts", "import * as v from 'valibot'", ("SCH-1", "Standard Schema (valibot)")),
        ("ts", "import { Type } from '@sinclair/typebox'", ("SCH-12", "JSON Schema (typebox)")),
        ("py", "from pydantic import BaseModel", ("SCH-2", "Pydantic models")),
        ("py", "import msgspec", ("SCH-2", "msgspec structs")),
        ("py", "from motia import EventConfig", ("CFG-2", "config classes")),
        ("ts", "import { ApiRouteConfig } from 'motia'", ("TYP-5", "types imported without `type`")),
    ],
)
def test_libraries_and_types(ending: str, text: str, use: tuple[str, str]) -> None:
    found = written(text, ending)
    assert [(each.rule, each.what) for each in import_uses(found.source, found.imports)] == [use]


@pytest.mark.parametrize(
    "text", ["import type { z } from 'zod'", "// import { z } from 'zod'", "import { z } from './zod'"]
)
def test_other_imports_say_nothing(text: str) -> None:
    found = written(text)
    assert list(import_uses(found.source, found.imports)) == []


@pytest.mark.parametrize(
    ("ending", "call", "use"),
    [
        ("ts", "state.get('g', 'k')", ("STA-1", "state.get")),
        ("ts", "ctx.state.get<A>('k')", ("STA-1", "state.get key-only")),
        ("ts", "state.set('k', { a: 1, b: [2, 3] })", ("STA-2", "state.set key-only")),
        ("ts", "state.set('g', 'k', f(1, 2))", ("STA-2", "state.set")),
        ("ts", "state.set(...both, 1)", ("STA-2", "state.set")),
        ("ts", "state.getGroup('g')", ("STA-5", "state.getGroup")),
        ("ts", "state.getAll()", ("STA-6", "state.getAll key-only")),
        ("ts", "state.increment('k', 2)", ("STA-11", "state.increment key-only")),
        ("ts", "state.increment('g', 'k')", ("STA-11", "state.increment")),
        ("ts", "stateManager.update('g', 'k', ops)", ("STA-10", "state.update")),
        ("ts", "state?.delete('k')", ("STA-3", "state.delete key-only")),
        ("py", "state_manager.get_group('g')", ("STA-5", "state.get_group")),
        ("py", "context.state.set(group='g', key='k', value=1)", ("STA-16", "state.set with keywords")),
        ("rb", "context.state.get('g', 'k')", ("STA-1", "state.get")),
        ("ts", "streams.chat.set('g', 'i', x)", ("STR-10", "streams.x.set")),
        ("ts", "streams.chat.set('i', x)", ("STR-10", "streams.x.set short form")),
        ("ts", "ctx.streams['my-chat'].get()", ("STR-11", "streams.x.get short form")),
        ("ts", "const { chat } = streams; chat.set(x)", ("STR-10", "streams.x.set short form")),
        ("ts", "const { chat: c } = ctx.streams\nc.getGroup('g')", ("STR-13", "streams.x.getGroup")),
        ("ts", "const c = ctx.streams.chat\nc.send(a, b)", ("STR-15", "streams.x.send")),
        ("py", "context.streams.chat.set('g', 'i', x)", ("STR-10", "streams.x.set")),
        ("rb", "context.streams[:chat].clear('g')", ("STR-16", "streams.x.clear")),
    ],
)
def test_state_and_stream_calls(ending: str, call: str, use: tuple[str, str]) -> None:
    assert [(each.rule, each.what) for each in call_uses(written(call, ending).source)] == [use]


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ts", "// state.get('k')"),
        ("ts", "'state.get(1)'"),
        ("ts", "estate.get('k')"),
        ("ts", "state.value"),
        ("ts", "streams.chat"),
        ("ts", "chat.set(x)"),
        ("ts", "streams.create({ id })"),
        ("py", "# streams.chat.set(1)"),
    ],
)
def test_other_calls(ending: str, text: str) -> None:
    assert list(call_uses(written(text, ending).source)) == []


def uses_of(text: str, ending: str = "ts") -> set[tuple[str, int, str]]:
    found = written(text, ending)
    return {(use.rule, use.line, use.what) for config in found.configs for use in config_uses(found.source, config)}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_keys_of_configs(key: str) -> None:
    assert (KEYS[key], 3, key) in uses_of(f"export const config = {{\n  type: 'noop',\n  {key}: x,\n}}")
    assert (KEYS[key], 3, key) not in uses_of(f"export const config = {{\n  type: 'noop',\n  a: {{ {key}: x }},\n}}")


@pytest.mark.parametrize(
    ("ending", "text", "use"),
    [
        (
            "ts",
            "export const config = { type: 'api', infrastructure: { queue: {} } }",
            ("CFG-29", "infrastructure.queue"),
        ),
        (
            "ts",
            "export const config = { type: 'api', infrastructure: { handler: {} } }",
            ("CFG-30", "infrastructure.handler"),
        ),
        ("ts", "export const config = { type: 'api', schema: { body: B } }", ("CFG-20", "schema.body")),
        ("ts", "export const config = { type: 'api', schema: { query: B } }", ("CFG-21", "schema.query")),
        ("ts", "export const config = { type: 'api', schema: B }", ("CFG-20", "schema")),
        ("ts", "export const config = { type: 'event', schema: B }", ("CFG-25", "schema")),
        ("ts", "export const config = { type: 'api', bodySchema: { type: 'object' } }", ("SCH-12", "JSON Schema")),
        ("py", 'config = {"type": "api", "bodySchema": {"type": "object"}}', ("SCH-12", "JSON Schema")),
        ("py", 'config = {"type": "event", "input": {"id": str}}', ("SCH-3", "mapping of names to types")),
        ("rb", "def config = { type: 'event', input: { id: String } }", ("SCH-3", "mapping of names to types")),
        ("ts", "export const config = { triggers: [{ type: 'http', path: '/' }] }", ("CFG-40", "http trigger")),
        (
            "ts",
            "export const config = { triggers: [{ type: 'queue', topic: 'a', condition: f }] }",
            ("CFG-45", "condition"),
        ),
        (
            "ts",
            "import { event } from 'motia'\nexport default event({ id: 'a' }, fn)",
            ("EVT-25", "event Step without a topic: started by motia.trigger"),
        ),
        (
            "ts",
            "export const config = { type: 'noop' }\nexport const handler = async () => 1",
            ("EVT-28", "noop with a handler: started by hand or by motia.trigger"),
        ),
        (
            "ts",
            "export const config = { type: 'cron', cron: '@daily' }\nexport const handler = async (ctx) => 1",
            ("HND-2", "cron handler gets (ctx)"),
        ),
        ("py", "config = {'type': 'event'}\ndef handler(input): ...", ("HND-5", "handler that is not async")),
        ("py", "from motia import event\n@event(id='a')\nasync def a(id): ...", ("HND-6", "parameters bound by name")),
    ],
)
def test_more_of_configs(ending: str, text: str, use: tuple[str, str]) -> None:
    assert use in {(rule, what) for rule, _, what in uses_of(text, ending)}


def test_evt_28_a_noop_without_a_handler_is_only_drawn() -> None:
    assert "EVT-28" not in {rule for rule, _, _ in uses_of("export const config = { type: 'noop', virtualEmits: [] }")}
