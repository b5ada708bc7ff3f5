"""Each row: a piece of a project, and the difference it must (or must not) be told about."""

from __future__ import annotations

import pytest

from motia.project.doctor.differences import code_differences, config_differences
from motia.project.doctor.findings import Difference
from unit.project.doctor.written import written


def found_in(text: str, ending: str = "ts", validation: str | None = None) -> list[Difference]:
    found = written(text, ending)
    return [
        *code_differences(found.source, found.imports),
        *(each for config in found.configs for each in config_differences(found.source, config, validation)),
    ]


@pytest.mark.parametrize(
    ("ending", "text", "rule", "line"),
    [
        ("ts", "const s = {\n additionalProperties: false }", "SCH-9", 2),
        ("ts", "const s = { 'additionalProperties': false }", "SCH-9", 1),
        ("py", 's = {"additionalProperties": False}', "SCH-9", 1),
        ("rb", "s = { additionalProperties: false }", "SCH-9", 1),
        ("ts", "const s = z.object({ a }).strict()", "SCH-9", 1),
        ("ts", "const s = z.strictObject({})", "SCH-9", 1),
        ("py", 'model_config = ConfigDict(extra="forbid")', "SCH-9", 1),
        ("py", "class A(msgspec.Struct, forbid_unknown_fields=True): ...", "SCH-9", 1),
        ("ts", "export class Mine implements StateAdapter {", "CONF-9", 1),
        ("ts", "class Mine<T> extends Base implements EventAdapter, X {", "CONF-9", 1),
        ("ts", "const q = { visibilityTimeout: 60 }", "EVT-17", 1),
        ("ts", "export const config = { type: 'api', path: '/__motia/x' }", "HTTP-31", 1),
        ("ts", "import { initIII } from 'motia'", "CTX-20", 1),
        ("py", "from motia import get_instance", "CTX-20", 1),
        ("ts", "await motia.trigger('a')\nawait motia.trigger('b')", "EVT-25", 2),
        ("ts", "const b = streams.create({ id })\nb.update({ a: 1 })", "STR-24", 2),
        ("py", 'u = await context.state.get("u", "1")\nname = u["data"]["name"]', "STA-19", 2),
        ("py", "u = state_manager.get('u', '1')\nif u.get('data'): ...", "STA-19", 2),
        ("py", 'name = (await ctx.state.get("u", "1"))["data"]', "STA-19", 1),
        ("py", 'c = await context.streams.chat.get("a", "b")\nc["data"]', "STA-19", 2),
        ("ts", "await streams.chat.set('a', {})", "STR-10", 1),
        ("ts", "const b = ctx.streams.create({ id })", "STR-10", 1),
        ("ts", "import { Stream } from 'motia'\nconst chat = new Stream({ name: 'chat' })", "CTX-17", 2),
        ("ts", "export const config = { triggers: [\n  { type: 'stream', streamName: 's' } ] }", "CFG-44", 2),
        ("ts", "export const config = { type: 'api', path: '/',\n bodySchema: B }", "SCH-5", 2),
        ("py", 'config = {"type": "api", "body_schema": B}', "SCH-5", 1),
        ("ts", "export const config = { triggers: [{ type: 'http', path: '/', bodySchema: B }] }", "SCH-5", 1),
        ("ts", "export const config = { type: 'cron', cron: '0 0 L * *' }", "CRON-2", 1),
        ("ts", "export const config = { type: 'cron', schedule: '@reboot' }", "CRON-2", 1),
        ("ts", "export const config = { type: 'cron', cron: ['@daily', '0 0 * * 1#2'] }", "CRON-2", 1),
        ("ts", "export const config = { triggers: [{ type: 'cron', expression: '0 0 * * 5W' }] }", "CRON-2", 1),
        ("ts", "export const config = { type: 'cron' }\nexport const handler = async (ctx, extra) => {}", "HND-2", 1),
        ("ts", "export const config = { type: 'cron' }\nexport const handler = async ({ emit }, _) => {}", "HND-2", 1),
        ("py", "config = {'type': 'cron'}\ndef handler(context, _): ...", "HND-2", 1),
    ],
)
def test_told(ending: str, text: str, rule: str, line: int) -> None:
    assert (rule, line) in [(each.rule, each.line) for each in found_in(text, ending)]


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ts", "// additionalProperties: false"),
        ("ts", "const s = { additionalProperties: true }"),
        ("ts", "const s = 'additionalProperties: false'"),
        ("ts", "// class Mine implements StateAdapter {"),
        ("ts", "class Mine implements Adapter {"),
        ("ts", "export const config = { type: 'api', path: '/motia' }"),
        ("ts", "import { initIII } from './mine'"),
        ("ts", "await motia.trigger('a')"),
        ("ts", "await Promise.all([motia.trigger('a'), motia.trigger('b')])"),
        ("ts", "// await motia.trigger('a')\n'await motia.trigger(1)'"),
        ("ts", "const b = streams_.create({ id })"),
        ("py", 'u = await load("u")\nu["data"]'),
        ("py", 'u = await context.state.get("u", "1")\nu["name"]; other["data"]'),
        ("py", '# u = await context.state.get("u", "1")\n# u["data"]'),
        ("ts", "const u = await state.get('u', '1')\nu['data']"),
        ("ts", "// streams.chat.set(1)"),
        ("ts", "import { Stream } from 'node:stream'\nnew Stream()"),
        ("ts", "export const config = { type: 'api', bodySchema: B, validation: 'warn' }"),
        ("ts", "export const config = { type: 'event', bodySchema: B }"),
        ("ts", "import { api } from 'motia'\nexport default api({ id: 'a', bodySchema: B }, fn)"),
        ("ts", "export const config = { type: 'cron', cron: '0 9 * * MON' }"),
        ("ts", "export const config = { type: 'cron', cron: pattern }"),
        ("ts", "export const config = { type: 'event', cron: 'L' }"),
        ("ts", "export const config = { type: 'cron' }\nexport const handler = async (_, { emit }) => {}"),
        ("ts", "export const config = { type: 'cron' }\nexport const handler = async (ctx) => {}"),
        ("ts", "export const config = { type: 'event' }\nexport const handler = async (ctx, extra) => {}"),
    ],
)
def test_not_told(ending: str, text: str) -> None:
    assert found_in(text, ending) == []


def test_str_24_an_awaited_update_is_fine() -> None:
    assert {each.rule for each in found_in("const b = streams.create({ id })\nawait b.update({ a: 1 })")} == {"STR-10"}


@pytest.mark.parametrize(("mode", "told"), [("warn", False), ("off", False), ("enforce", True), (None, True)])
def test_sch_5_the_project_may_decide(mode: str | None, *, told: bool) -> None:
    assert bool(found_in("export const config = { type: 'api', bodySchema: B }", validation=mode)) is told


def test_cron_2_keeps_the_step_from_running() -> None:
    (only,) = found_in("export const config = { type: 'cron', cron: 'never' }")
    assert only.blocking
