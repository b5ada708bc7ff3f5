"""The same Steps in every language, in one project: each emits to each, and the context is the same in all."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.running_project import Project, until

RUBY = Path(__file__).parents[2] / "runtimes/ruby/exe/motia-worker"
LANGUAGES = ["python", "typescript", "javascript", *(["ruby"] if RUBY.is_file() else [])]
FILES = {"python": "{}_step.py", "typescript": "{}.step.ts", "javascript": "{}.step.js", "ruby": "{}_step.rb"}
# GEN-5: these write integers of any size; JavaScript rounds what lies beyond 2^53.
EXACT = {"python", "ruby"}

PAYLOADS: dict[str, Any] = {
    "unicode": {"text": "Grüße, 世界 🦉 \u0000 \u2028 \ud7ff", "ключ": "значение", "": "empty key"},
    "nesting": {"a": {"b": [{"c": [[], {}, [[["deep"]]]]}]}, "list": [1, "two", [3, [4]]]},
    "null": {"nothing": None, "list": [None, None], "false": False, "zero": 0, "empty": ""},
    "numbers": {"large": 2**53 - 1, "small": -(2**53 - 1), "float": 0.1, "tiny": 1e-9, "negative": -7.25},
    "megabyte": {"text": "ä" * (512 * 1024), "and": "x" * 1024},
    "a scalar": "just text",
    "an array": [1, {"two": 2}, None],
    "nothing": None,
}
BEYOND_2_53 = {"n": 2**63 + 11, "m": -(2**63), "list": [9007199254740993]}

RELAY = {
    "python": """
        config = {"type": "event", "name": "Relay python", "subscribes": ["relay.python"]}

        async def handler(input, ctx):
            data = {"from": "python", "id": input["id"], "payload": input["payload"]}
            await ctx.emit({"topic": f"arrive.{input['to']}", "data": data})
        """,
    "typescript": """
        import { type EventConfig } from 'motia'

        export const config: EventConfig = { type: 'event', name: 'Relay typescript', subscribes: ['relay.typescript'] }
        export const handler = async ({ id, payload, to }: any, { emit }: any): Promise<void> => {
          await emit({ topic: `arrive.${to}`, data: { from: 'typescript', id, payload } })
        }
        """,
    "javascript": """
        module.exports = {
          config: { type: 'event', name: 'Relay javascript', subscribes: ['relay.javascript'] },
          handler: async ({ id, payload, to }, { emit }) =>
            emit({ topic: `arrive.${to}`, data: { from: 'javascript', id, payload } }),
        }
        """,
    "ruby": """
        def config = { type: 'event', name: 'Relay ruby', subscribes: ['relay.ruby'] }

        def handler(input, ctx)
          ctx.emit(topic: "arrive.#{input.to}", data: { from: 'ruby', id: input.id, payload: input.payload })
        end
        """,
}
ARRIVE = {
    "python": """
        config = {"type": "event", "name": "Arrive python", "subscribes": ["arrive.python"]}

        async def handler(input, ctx):
            await ctx.state.set(f"{input['from']}-python", input["id"], [input["payload"]])
        """,
    "typescript": """
        export const config = { type: 'event', name: 'Arrive typescript', subscribes: ['arrive.typescript'] }
        export const handler = async (input: any, { state }: any) => {
          await state.set(`${input.from}-typescript`, input.id, [input.payload])
        }
        """,
    "javascript": """
        exports.config = { type: 'event', name: 'Arrive javascript', subscribes: ['arrive.javascript'] }
        exports.handler = async (input, { state }) => state.set(`${input.from}-javascript`, input.id, [input.payload])
        """,
    "ruby": """
        def config = { type: 'event', name: 'Arrive ruby', subscribes: ['arrive.ruby'] }

        def handler(input, ctx)
          ctx.state.set("#{input.from}-ruby", input.id, [input.payload])
        end
        """,
}
TABLE = {
    "python": """
        config = {"type": "api", "name": "Table python", "path": "/table/python", "method": "POST", "flows": ["table"]}

        async def handler(req, ctx):
            s, g, said = ctx.state, "table-python", {}
            said["set"] = await s.set(g, "a", {"n": 1})
            await s.set(g, "b", None)
            said["get"] = [await s.get(g, "a"), await s.get(g, "b"), await s.get(g, "none")]
            said["has"] = [await s.has(g, "a"), await s.has(g, "b"), await s.has(g, "none")]
            said["list"] = [await s.list(g), await s.get_group(g), await s.getGroup(g)]
            said["all"] = [await s.get_all(g), await s.getAll(g)]
            said["keys"] = await s.keys(g)
            said["increment"] = [await s.increment(g, "n"), await s.increment(g, "n", 4), await s.increment(g, "n", -2)]
            ops = [{"type": "set", "path": "n", "value": 5}, {"type": "append", "path": "tags", "value": "x"}]
            updated = await s.update(g, "a", ops)
            said["update"] = [updated["old_value"], updated["new_value"]]
            said["delete"] = [await s.delete(g, "a"), await s.delete(g, "none")]
            said["groups"] = g in await s.list_groups()
            await s.clear(g)
            said["clear"] = await s.keys(g)
            await s.set("table-python-key", 7)
            said["key only"] = [await s.get("table-python-key"), await s.has("table-python-key"),
                                await s.delete("table-python-key"), await s.get("table-python-key")]
            try:
                await s.update(g, "t", {"type": "increment", "path": "", "by": "x"})
            except Exception as problem:
                said["impossible"] = bool(str(problem))
            t = "table.emitted"
            await ctx.emit({"topic": t, "data": "python object"})
            await ctx.emit([{"topic": t, "data": "python list 1"}, {"topic": t, "data": "python list 2"}])
            await ctx.emit(t, "python two arguments")
            await ctx.emit(topic=t, data="python keywords")
            await ctx.enqueue({"topic": t, "data": "python enqueue"})
            await ctx.emit({"topic": t, "data": "python delay", "delay": 1})
            for _ in range(2):
                await ctx.emit({"topic": t, "data": "python key", "idempotencyKey": "python"})
            for name in ("info", "warn", "error", "debug"):
                getattr(ctx.logger, name)(f"{name} said", {"n": 1})
            ctx.logger.info("a value", 5)
            ctx.logger.warning("warning said")
            said["trigger"] = [ctx.trigger.type, ctx.trigger.index, ctx.trigger.method, ctx.trigger.path]
            said["names"] = [ctx.step_name, ctx.flows, ctx.trace_id == ctx.traceId, ctx.attempt]
            said["traceId"] = ctx.trace_id
            said["guards"] = [ctx.is_http(), ctx.is_queue(), ctx.is_cron()]
            said["data"] = ctx.get_data()
            said["match"] = await ctx.match({"http": lambda request: request.body, "default": lambda *_: "no"})
            return {"status": 200, "body": said}
        """,
    "javascript": """
        export const config = { type: 'api', name: 'Table LANGUAGE', path: '/table/LANGUAGE', method: 'POST', flows: ['table'] }

        export const handler = async (req, ctx) => {
          const { state: s, emit, enqueue, logger } = ctx
          const g = 'table-LANGUAGE'
          const said = {}
          said.set = await s.set(g, 'a', { n: 1 })
          await s.set(g, 'b', null)
          said.get = [await s.get(g, 'a'), await s.get(g, 'b'), await s.get(g, 'none')]
          said.has = [await s.has(g, 'a'), await s.has(g, 'b'), await s.has(g, 'none')]
          said.list = [await s.list(g), await s.get_group(g), await s.getGroup(g)]
          said.all = [await s.get_all(g), await s.getAll(g)]
          said.keys = await s.keys(g)
          said.increment = [await s.increment(g, 'n'), await s.increment(g, 'n', 4), await s.increment(g, 'n', -2)]
          const ops = [{ type: 'set', path: 'n', value: 5 }, { type: 'append', path: 'tags', value: 'x' }]
          const updated = await s.update(g, 'a', ops)
          said.update = [updated.old_value, updated.new_value]
          said.delete = [await s.delete(g, 'a'), await s.delete(g, 'none')]
          said.groups = (await s.listGroups()).includes(g)
          await s.clear(g)
          said.clear = await s.keys(g)
          await s.set('table-LANGUAGE-key', 7)
          said['key only'] = [await s.get('table-LANGUAGE-key'), await s.has('table-LANGUAGE-key'),
            await s.delete('table-LANGUAGE-key'), await s.get('table-LANGUAGE-key')]
          try {
            await s.update(g, 't', { type: 'increment', path: '', by: 'x' })
          } catch (problem) {
            said.impossible = problem.message !== ''
          }
          const topic = 'table.emitted'
          await emit({ topic, data: 'LANGUAGE object' })
          await emit([{ topic, data: 'LANGUAGE list 1' }, { topic, data: 'LANGUAGE list 2' }])
          await emit(topic, 'LANGUAGE two arguments')
          await enqueue({ topic, data: 'LANGUAGE enqueue' })
          await emit({ topic, data: 'LANGUAGE delay', delay: 1 })
          for (const _ of [1, 2]) await emit({ topic, data: 'LANGUAGE key', idempotencyKey: 'LANGUAGE' })
          for (const name of ['info', 'warn', 'error', 'debug']) logger[name](`${name} said`, { n: 1 })
          logger.info('a value', 5)
          logger.warning('warning said')
          said.trigger = [ctx.trigger.type, ctx.trigger.index, ctx.trigger.method, ctx.trigger.path]
          said.names = [ctx.stepName, ctx.flows, ctx.trace_id === ctx.traceId, ctx.attempt]
          said.traceId = ctx.traceId
          said.guards = [ctx.is.http(req), ctx.is.queue(req), ctx.is.cron(req)]
          said.data = ctx.getData()
          said.match = await ctx.match({ http: (request) => request.body, default: () => 'no' })
          return { status: 200, body: said }
        }
        """,
    "ruby": """
        def config
          { type: 'api', name: 'Table ruby', path: '/table/ruby', method: 'POST', flows: ['table'] }
        end

        def handler(req, ctx)
          s, g, said = ctx.state, 'table-ruby', {}
          said[:set] = s.set(g, 'a', { n: 1 })
          s.set(g, 'b', nil)
          said[:get] = [s.get(g, 'a'), s.get(g, 'b'), s.get(g, 'none')]
          said[:has] = [s.has(g, 'a'), s.has(g, 'b'), s.has(g, 'none')]
          said[:list] = [s.list(g), s.get_group(g), s.getGroup(g)]
          said[:all] = [s.get_all(g), s.getAll(g)]
          said[:keys] = s.keys(g)
          said[:increment] = [s.increment(g, 'n'), s.increment(g, 'n', 4), s.increment(g, 'n', -2)]
          ops = [{ type: 'set', path: 'n', value: 5 }, { type: 'append', path: 'tags', value: 'x' }]
          updated = s.update(g, 'a', ops)
          said[:update] = [updated[:old_value], updated[:new_value]]
          said[:delete] = [s.delete(g, 'a'), s.delete(g, 'none')]
          said[:groups] = s.list_groups.include?(g)
          s.clear(g)
          said[:clear] = s.keys(g)
          s.set('table-ruby-key', 7)
          said['key only'] = [s.get('table-ruby-key'), s.has('table-ruby-key'), s.delete('table-ruby-key'), s.get('table-ruby-key')]
          begin
            s.update(g, 't', { type: 'increment', path: '', by: 'x' })
          rescue StandardError => e
            said[:impossible] = !e.message.empty?
          end
          t = 'table.emitted'
          ctx.emit({ topic: t, data: 'ruby object' })
          ctx.emit([{ topic: t, data: 'ruby list 1' }, { topic: t, data: 'ruby list 2' }])
          ctx.emit(t, 'ruby two arguments')
          ctx.emit(topic: t, data: 'ruby keywords')
          ctx.enqueue(topic: t, data: 'ruby enqueue')
          ctx.emit(topic: t, data: 'ruby delay', delay: 1)
          2.times { ctx.emit(topic: t, data: 'ruby key', idempotencyKey: 'ruby') }
          %w[info warn error debug].each { |name| ctx.logger.public_send(name, "#{name} said", { n: 1 }) }
          ctx.logger.info('a value', 5)
          ctx.logger.warning('warning said')
          said[:trigger] = [ctx.trigger.type, ctx.trigger.index, ctx.trigger.method, ctx.trigger.path]
          said[:names] = [ctx.step_name, ctx.flows, ctx.trace_id == ctx.traceId, ctx.attempt]
          said[:traceId] = ctx.trace_id
          said[:guards] = [ctx.http?, ctx.queue?, ctx.cron?]
          said[:data] = ctx.get_data
          said[:match] = ctx.match(http: ->(request) { request.body }, default: ->(*) { 'no' })
          { status: 200, body: said }
        end
        """,
}
BODY = {"quote": "é"}
ROWS: dict[str, Any] = {
    "STA-1 get": [{"n": 1}, None, None],
    "STA-2 CTX-27 set": {"n": 1},
    "STA-3 delete": [{"n": 5, "tags": ["x"]}, None],
    "STA-4 has": [True, True, False],
    "STA-5 list": [[{"n": 1}, None]] * 3,
    "STA-6 all": [{"a": {"n": 1}, "b": None}] * 2,
    "STA-7 keys": ["a", "b"],
    "STA-8 groups": True,
    "STA-9 clear": [],
    "STA-10 STA-12 update": [{"n": 1}, {"n": 5, "tags": ["x"]}],
    "STA-11 increment": [1, 5, 3],
    "STA-17 key only": [7, True, 7, None],
    "STA-13 impossible": True,
    "CTX-7 trigger": ["http", 0, "POST", "/table/LANGUAGE"],
    "CTX-1 CTX-6 CTX-11 CTX-12 names": ["Table LANGUAGE", ["table"], True, 1],
    "CTX-8 guards": [True, False, False],
    "CTX-9 data": BODY,
    "CTX-10 CTX-22 match": BODY,
}
FORMS = ["object", "list 1", "list 2", "two arguments", "enqueue", "delay", "key"]
COUNT = """
    config = {"type": "event", "name": "Count", "subscribes": ["table.emitted"], "input": {"type": "string"}}

    async def handler(input, ctx):
        await ctx.state.increment("emitted", input)
    """


def written(table: dict[str, str], language: str) -> str:
    """The Step of a table in a language; JavaScript's text is TypeScript's, too, unless that has its own."""
    return table.get(language, table["javascript"]).replace("LANGUAGE", language)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One project with every Step in every language, served."""
    project = Project(tmp_path_factory.mktemp("languages") / "mixed")
    for language in LANGUAGES:
        for name, table in (("relay", RELAY), ("arrive", ARRIVE), ("table", TABLE)):
            project.write(f"steps/{FILES[language].format(f'{name}-{language}')}", written(table, language))
    project.write("steps/count_step.py", COUNT)
    project.start(environment={"LOG_LEVEL": "debug"})
    yield project
    project.http.close()
    try:
        project.stop(20)
    except subprocess.TimeoutExpired:
        project.kill()
        pytest.fail(f"the core did not stop; it said:\n{project.said()}")


@pytest.fixture(scope="module")
def answers(mixed: Project) -> dict[str, dict[str, Any]]:
    """What each language's table Step answered."""
    found = {language: mixed.http.post(f"/table/{language}", json=BODY) for language in LANGUAGES}
    assert {language: answer.status_code for language, answer in found.items()} == dict.fromkeys(LANGUAGES, 200)
    return {language: answer.json() for language, answer in found.items()}


@pytest.mark.parametrize("target", LANGUAGES)
@pytest.mark.parametrize("source", LANGUAGES)
def test_evt_7_gen_3_gen_5_every_language_emits_to_every_other(mixed: Project, source: str, target: str) -> None:
    sent = {**PAYLOADS, **({"beyond 2^53": BEYOND_2_53} if {source, target} <= EXACT else {})}
    events = [{"to": target, "id": name, "payload": payload} for name, payload in sent.items()]
    for event in events:
        mixed.http.post("/emit", json={"topic": f"relay.{source}", "data": event}).raise_for_status()
    arrived = until(lambda: len(found := mixed.state(f"{source}-{target}")) == len(sent) and found)
    for name, payload in sent.items():
        assert arrived[name] == [payload], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", ROWS)
def test_context(answers: dict[str, dict[str, Any]], row: str, language: str) -> None:
    expected = ROWS[row]
    if isinstance(expected, list):
        expected = [each.replace("LANGUAGE", language) if isinstance(each, str) else each for each in expected]
    name = next(part for part in (row.split(" ", at)[-1] for at in range(1, 6)) if "-" not in part)
    assert answers[language][name] == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_ctx_2_ctx_23_evt_2_forms_of_emit(mixed: Project, answers: dict[str, Any], language: str) -> None:
    forms = [*FORMS, *(["keywords"] if language in EXACT else [])]
    expected = {f"{language} {form}": 1 for form in forms}

    def counted() -> dict[str, int] | None:
        mine = {key: n for key, n in mixed.state("emitted").items() if key.startswith(f"{language} ")}
        return mine if len(mine) == len(expected) else None

    assert until(counted) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_ctx_3_log_1_levels_and_arguments(mixed: Project, answers: dict[str, Any], language: str) -> None:
    trace_id = answers[language]["traceId"]
    wanted = 6
    logs = until(
        lambda: (
            len(found := [log for log in mixed.trace(trace_id)["logs"] if log["step"] == f"Table {language}"]) >= wanted
            and found
        )
    )
    assert [(log["level"], log["msg"], log["args"]) for log in logs] == [
        ("info", "info said", {"n": 1}),
        ("warn", "warn said", {"n": 1}),
        ("error", "error said", {"n": 1}),
        ("debug", "debug said", {"n": 1}),
        ("info", "a value", {"data": 5}),
        ("warn", "warning said", {}),
    ]
