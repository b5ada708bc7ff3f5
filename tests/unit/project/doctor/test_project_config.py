from __future__ import annotations

import pytest

from motia.project.doctor.project_config import KEYS, ConfigReport, config_report, engine_variables, start_difference
from motia.project.doctor.source import Source
from motia.project.source_text import Language


def report(text: str, ending: str = "ts") -> ConfigReport:
    language: Language = "python" if ending in {"py", "toml"} else "node"
    return config_report(Source(f"motia.config.{ending}", text, language))


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ts", "export default { errorStep: 'x' }"),
        ("ts", "export default defineConfig({ errorStep: 'x' })"),
        ("ts", "const c: MotiaConfig = { errorStep: 'x' }\nexport default c"),
        ("ts", "export default async () => ({ errorStep: 'x' })"),
        ("ts", "export default () => { return { errorStep: 'x' } }"),
        ("js", "module.exports = { errorStep: 'x' }"),
        ("js", "module.exports = { production: { errorStep: 'x' } }"),
        ("py", "config = {'error_step': 'x'}"),
        ("py", "config = define_config(error_step='x')"),
        ("py", "error_step = 'x'"),
        ("toml", "error_step = 'x'"),
        ("toml", "[production]\nerrorStep = 'x'"),
        ("json", '{ "errorStep": "x" }'),
    ],
)
def test_conf_2_and_3_shapes(ending: str, text: str) -> None:
    assert "EVT-30" in {use.rule for use in report(text, ending).uses}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_keys(key: str) -> None:
    assert (KEYS[key], 2, key) in {
        (use.rule, use.line, use.what) for use in report(f"export default {{\n  {key}: x }}").uses
    }


@pytest.mark.parametrize(
    ("ending", "text", "engines"),
    [
        ("ts", "export default { state: { adapter: 'redis', redis: { url: process.env.R } } }", ["Redis"]),
        ("ts", "export default { state: 'redis' }", ["Redis"]),
        ("ts", "export default { database: { url: 'postgres://localhost' } }", ["PostgreSQL"]),
        ("ts", "export default { adapters: { events: new RabbitMQEventAdapter({}) } }", ["RabbitMQ"]),
        ("ts", "export default { adapters: { events: new BullMQEventAdapter({}) } }", ["Redis"]),
        ("ts", "export default { redis: { host: 'x' } }", ["Redis"]),
        ("js", "module.exports = { production: { redis: { url: 'x' } } }", ["Redis"]),
        ("toml", "[redis]\nurl = 'redis://x'", ["Redis"]),
        ("toml", "events = 'nats://x'", ["NATS"]),
        ("json", '{ "events": "amqp://x" }', ["RabbitMQ"]),
        ("ts", "export default { redis: { useMemoryServer: true } }", []),
        ("ts", "export default { database: { url: 'sqlite://./a.db' }, state: 'file' }", []),
        ("ts", "// redis://x\nexport default { cors: { origins: ['https://redis.example'] } }", []),
        ("ts", "export default { adapters: { state: new MemoryStateAdapter() } }", []),
    ],
)
def test_services_that_this_version_has_not(ending: str, text: str, engines: list[str]) -> None:
    assert [each.name for each in report(text, ending).missing] == engines


def test_conf_9_hand_written_adapters() -> None:
    (found,) = report("export default { adapters: {\n state: new MyAdapter() } }").differences
    assert (found.rule, found.line, found.blocking) == ("CONF-9", 2, True)
    assert report("export default { adapters: { state: new RedisStateAdapter() } }").differences == ()
    assert report("export default { app: new MyServer() }").differences == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("export default { plugins: [mine] }", "React panels of other plugins are not loaded"),
        (
            "import e from '@motiadev/plugin-endpoint'\nexport default { plugins: [e, mine] }",
            "the nine @motiadev/plugin-* are part of the Workbench; React panels of other plugins are not loaded",
        ),
        (
            "import e from '@motiadev/plugin-endpoint'\nexport default { plugins: [e] }",
            "the nine @motiadev/plugin-* are part of the Workbench",
        ),
    ],
)
def test_conf_10_plugins(text: str, what: str) -> None:
    assert [each.what for each in report(text).differences] == [what]


def test_conf_10_an_empty_list_is_nothing() -> None:
    assert report("export default { plugins: [] }").differences == ()


def test_settings_that_decide_other_findings() -> None:
    found = report("export default { validation: 'warn', strictTriggers: false }")
    assert (found.validation, found.strict_triggers) == ("warn", False)
    assert report("strict_triggers = False", "py").strict_triggers is False
    assert report("strictTriggers = false", "toml").strict_triggers is False


def test_how_start_is_less_open_as_far_as_nothing_decides_it() -> None:
    difference = start_difference(report("export default { cors: true }"), "motia.config.ts")
    assert difference is not None
    assert "cors" not in difference.what
    assert "127.0.0.1" in difference.what
    assert start_difference(report("cors = true\nworkbench = true\nhost = '0.0.0.0'", "toml"), None) is None


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"MOTIA_REDIS_URL": "redis://x"}, ["Redis"]),
        ({"MOTIA_REDIS_HOST": "x"}, ["Redis"]),
        ({"MOTIA_DATABASE_URL": "postgresql://x"}, ["PostgreSQL"]),
        ({"MOTIA_DATABASE_URL": "sqlite://x"}, []),
        ({"REDIS_URL": "redis://x", "MOTIA_NATS_URL": ""}, []),
    ],
)
def test_engines_of_the_environment(variables: dict[str, str], names: list[str]) -> None:
    assert [each.name for each in engine_variables(variables)] == names


@pytest.mark.parametrize("text", ["", "export default", "export default {", "module.exports = config", "{{{"])
@pytest.mark.parametrize("ending", ["ts", "py", "toml", "json"])
def test_broken_configs_are_no_problem(text: str, ending: str) -> None:
    assert report(text, ending).missing == ()
