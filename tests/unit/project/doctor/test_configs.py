from __future__ import annotations

import pytest

from motia.project.doctor.configs import DECORATOR, FUNCTION, STREAM, TRIGGERS, TYPE, configs_of
from motia.project.doctor.handlers import is_sync_python, parameters_of
from unit.project.doctor.written import written

MOTIA = "import { api, cron, event, http, queue, state, stream, step, multiTriggerStep } from 'motia'\n"


@pytest.mark.parametrize(
    ("ending", "text", "form", "rule", "kind"),
    [
        ("ts", "export const config: ApiRouteConfig = { type: 'api', name: 'A' }", TYPE, "CFG-1", "api"),
        ("ts", "export const config = { type: 'Queue' } as const satisfies StepConfig", TYPE, "CFG-1", "event"),
        ("js", "exports.config = { type: 'cron' }", TYPE, "CFG-1", "cron"),
        ("js", "module.exports = { config: { type: 'noop' }, handler }", TYPE, "CFG-1", "noop"),
        ("ts", "const config = { type: 'api' }\nexport default { config, handler }", TYPE, "CFG-1", "api"),
        ("py", 'config = {"type": "api"}', TYPE, "CFG-1", "api"),
        ("py", 'config: dict = {\n    "type": "event",\n}', TYPE, "CFG-1", "event"),
        ("py", "from motia import CronConfig\nconfig = CronConfig(name='A')", TYPE, "CFG-2", "cron"),
        ("py", "import motia\nconfig = motia.EventConfig(name='A')", TYPE, "CFG-2", "event"),
        ("rb", "def config = { type: 'event' }", TYPE, "CFG-1", "event"),
        ("rb", "def config\n  { 'type' => 'api' }\nend", TYPE, "CFG-1", "api"),
        ("rb", "CONFIG = { :type => 'cron' }", TYPE, "CFG-1", "cron"),
        ("ts", f"{MOTIA}export default api({{ id: 'a' }}, fn)", FUNCTION, "CFG-4", "api"),
        ("ts", f"{MOTIA}export default event<Input>({{ id: 'a' }}, async () => 1)", FUNCTION, "CFG-4", "event"),
        ("ts", "import { cron as c } from '@motia/core'\nexport default c({ id: 'a' }, fn)", FUNCTION, "CFG-4", "cron"),
        ("js", "const m = require('motia')\nmodule.exports = m.queue({ id: 'a' }, fn)", FUNCTION, "CFG-4", "event"),
        ("ts", f"{MOTIA}const c = {{ id: 'a' }}\nexport default http(c, fn)", FUNCTION, "CFG-4", "api"),
        ("py", "from motia import event\n@event(id='a')\nasync def a(x): ...", DECORATOR, "CFG-4", "event"),
        ("py", "import motia\n@motia.cron(id='a')\ndef a(): ...", DECORATOR, "CFG-4", "cron"),
        ("rb", "require 'motia'\nMotia.event(id: 'a') { |input| 1 }", FUNCTION, "CFG-4", "event"),
        ("rb", "Motia.api id: 'a', path: '/a' do |req|\nend", FUNCTION, "CFG-4", "api"),
        ("ts", "export const config = { triggers: [] }", TRIGGERS, "CFG-5", None),
        ("ts", f"{MOTIA}export const {{ config, handler }} = step({{ name: 'A' }}, fn)", TRIGGERS, "CFG-5", None),
        (
            "ts",
            f"{MOTIA}export default multiTriggerStep(cfg).handlers()\nconst cfg = {{ a: 1 }}",
            TRIGGERS,
            "CFG-5",
            None,
        ),
        ("py", "from motia import step\na = step({'name': 'A'}, run)", TRIGGERS, "CFG-5", None),
        ("rb", "Motia.step(name: 'A', triggers: []) { |i| 1 }", TRIGGERS, "CFG-5", None),
    ],
)
def test_forms(ending: str, text: str, form: str, rule: str, kind: str | None) -> None:
    (config,) = written(text, ending).configs
    assert (config.form, config.rule, config.kind) == (form, rule, kind)


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ts", "// export const config = { type: 'api' }"),
        ("ts", "const text = `\nexport const config = { type: 'api' }\n`"),
        ("ts", "export const configure = { type: 'api' }"),
        ("ts", "import { api } from './mine'\nexport default api({ id: 'a' }, fn)"),
        ("ts", "import { type api } from 'motia'\nexport default api({ id: 'a' }, fn)"),
        ("ts", f"{MOTIA}const t = http('GET', '/x')"),
        ("ts", f"{MOTIA}client.event({{ id: 'a' }}, fn)"),
        ("py", '"""\nconfig = {"type": "api"}\n"""'),
        ("py", "# config = {'type': 'api'}"),
        ("py", "from mine import event\n@event(id='a')\ndef a(): ..."),
        ("py", "def f():\n    config = {'type': 'api'}"),
        ("rb", "=begin\ndef config = { type: 'event' }\n=end"),
        ("rb", "puts 'Motia.event(id: 1)'"),
    ],
)
def test_what_only_looks_like_a_config(ending: str, text: str) -> None:
    assert written(text, ending).configs == ()


def test_cfg_40_to_44_triggers_of_both_ways_to_write_them() -> None:
    (config,) = written(
        MOTIA
        + """
        export const config = { triggers: [
          http('GET', '/a', { bodySchema: x }), queue('t', { input: y }), { type: 'cron', expression: '0 * * * *' },
          { type: 'durable:subscriber', topic: 'u' }, state(fn), stream('s'), queue(computed()),
        ] }"""
    ).configs
    assert [(each.kind, each.target) for each in config.triggers] == [
        ("http", "/a"),
        ("queue", "t"),
        ("cron", "0 * * * *"),
        ("queue", "u"),
        ("state", None),
        ("stream", "s"),
        ("queue", None),
    ]
    assert "bodySchema" in config.triggers[0].entries


def test_prj_20_decorators_above_one_function_are_one_step() -> None:
    text = "from motia import event, cron\n@event(id='a')\n@cron(cron='@daily')\ndef a(): ...\n@event(id='b')\ndef b(): ..."
    configs = written(text, "py").configs
    assert len(configs) == 3
    assert len({config.step for config in configs}) == 2
    assert [config.function for config in configs] == ["a", "a", "b"]


def test_stream_definitions() -> None:
    found = written("export const chat = new Stream<Chat>({ name: 'chat', schema })", path="streams/chat.stream.ts")
    (config,) = configs_of(found.source, found.imports, stream=True)
    assert (config.form, config.rule) == (STREAM, "STR-6")


TYPED = "export const config = { type: 'cron', cron: '@daily' }\n"


@pytest.mark.parametrize(
    ("ending", "text", "parameters"),
    [
        ("ts", TYPED + "export const handler: Handlers['A'] = async (_, { logger }) => {}", ("_", "{ logger }")),
        ("ts", TYPED + "export const handler = async ctx => {}", ("ctx",)),
        ("ts", TYPED + "export async function handler(req: A<B>, ctx) {}", ("req: A<B>", "ctx")),
        ("ts", TYPED + "export const handler = async function run() {}", ()),
        ("ts", "export default { config: { type: 'api' }, async handler(req) { return 1 } }", ("req",)),
        ("ts", TYPED + "export const handler = withLog(run)", None),
        ("ts", "import { cron } from 'motia'\nexport default cron({ id: 'a' }, async (a, b = 1) => 1)", ("a", "b = 1")),
        ("ts", "import { cron } from 'motia'\nexport default cron({ id: 'a' }, run)\nfunction run(x) {}", ("x",)),
        (
            "ts",
            "import { cron } from 'motia'\nconst run = async (x) => 1\nexport default cron({ id: 'a' }, run)",
            ("x",),
        ),
        ("py", "config = {'type': 'cron'}\nasync def handler(input, context): ...", ("input", "context")),
        ("py", "config = {'type': 'cron'}\n@handler\nasync def any(a, *, b): ...", ("a", "b")),
        ("py", "from motia import event\n@event(id='a')\ndef f(x: int, y): ...", ("x: int", "y")),
        ("rb", "def config = { type: 'cron' }\ndef handler(input, ctx)\nend", ("input", "ctx")),
        ("rb", "def config = { type: 'cron' }\ndef handler ctx\nend", ("ctx",)),
        ("rb", "Motia.cron(id: 'a') { |ctx| 1 }", ("ctx",)),
        ("rb", "Motia.cron(id: 'a') do\nend", ()),
    ],
)
def test_parameters_of_handlers(ending: str, text: str, parameters: tuple[str, ...] | None) -> None:
    found = written(text, ending)
    assert parameters_of(found.source, found.configs[0]) == parameters


@pytest.mark.parametrize(("keyword", "sync"), [("def", True), ("async def", False)])
def test_hnd_5_sync_handlers(keyword: str, *, sync: bool) -> None:
    found = written(f"config = {{'type': 'event'}}\n{keyword} handler(input): ...", "py")
    assert is_sync_python(found.source, found.configs[0]) is sync
