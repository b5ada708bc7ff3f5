"""What is a Step, what is a stream, what is neither (PRJ-2 to PRJ-8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from motia.project.discovery import Discovered, SourceFile, base_name, discover

FUNCTION_FORM_TS = "import { api } from '@motia/core'\nexport default api({ id: 'x' }, async () => ({}))\n"
STREAM_TS = "export const config = { name: 'chat', schema: z.object({ type: z.string() }) }\n"
TYPE_FORM_TS = "export const config = { type: 'api', path: '/x' }\nexport const handler = async () => ({})\n"


def project(root: Path, files: dict[str, str] | list[str]) -> Path:
    contents = files if isinstance(files, dict) else dict.fromkeys(files, "")
    for path, text in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def steps(found: Discovered) -> list[str]:
    return [source.path for source in found.steps]


@pytest.mark.parametrize(
    "path",
    [
        "steps/a.step.ts",
        "src/orders/api/a.step.ts",
        "streams/a.step.ts",
        "motia/steps/deep/er/a.step.ts",
        "motia/src/a.step.ts",
        "motia/streams/a.step.ts",
        "motia/events/a.step.ts",
        "motia/workflows/a.step.ts",
    ],
)
def test_prj_2_scan_folders(tmp_path: Path, path: str) -> None:
    assert steps(discover(project(tmp_path, [path]))) == [path]


@pytest.mark.parametrize("path", ["a.step.ts", "lib/a.step.ts", "motia/a.step.ts", "web/src/a.step.ts"])
def test_prj_2_other_folders_are_not_scanned(tmp_path: Path, path: str) -> None:
    assert steps(discover(project(tmp_path, [path]))) == []


def test_prj_2_more_folders_and_globs_each_file_once(tmp_path: Path) -> None:
    project(tmp_path, ["lib/a.step.ts", "jobs/x/b.step.py", "jobs/x/c_step.rb", "src/d.step.ts"])
    found = discover(tmp_path, folders=["lib", "./lib/"], include=["jobs/**/*.py", "src/*.ts"])
    assert steps(found) == ["jobs/x/b.step.py", "lib/a.step.ts", "src/d.step.ts"]


def test_prj_2_order_is_that_of_the_paths(tmp_path: Path) -> None:
    project(tmp_path, ["src/b.step.ts", "src/a/z.step.ts", "steps/a.step.ts"])
    assert steps(discover(tmp_path)) == ["src/a/z.step.ts", "src/b.step.ts", "steps/a.step.ts"]


@pytest.mark.parametrize("ending", ["ts", "mts", "cts", "js", "mjs", "cjs"])
@pytest.mark.parametrize("join", [".step", "_step"])
def test_prj_3_step_suffixes_of_node(tmp_path: Path, join: str, ending: str) -> None:
    found = discover(project(tmp_path, [f"steps/01 my file{join}.{ending}"]))
    assert found.steps == (SourceFile(f"steps/01 my file{join}.{ending}", "node"),)


@pytest.mark.parametrize(("ending", "language"), [("py", "python"), ("rb", "ruby")])
@pytest.mark.parametrize("join", [".step", "_step"])
def test_prj_3_step_suffixes_of_python_and_ruby(tmp_path: Path, join: str, ending: str, language: str) -> None:
    found = discover(project(tmp_path, [f"steps/a{join}.{ending}"]))
    assert [(source.path, source.language) for source in found.steps] == [(f"steps/a{join}.{ending}", language)]


def test_prj_3_stream_suffixes(tmp_path: Path) -> None:
    found = discover(project(tmp_path, ["src/a.stream.ts", "steps/b_stream.py", "streams/c.stream.rb"]))
    assert [source.path for source in found.streams] == ["src/a.stream.ts", "steps/b_stream.py", "streams/c.stream.rb"]
    assert found.steps == ()


@pytest.mark.parametrize(
    ("path", "text", "stream"),
    [
        ("streams/chat-stream.ts", STREAM_TS, True),
        ("motia/streams/deep/chat.ts", "export const config: StreamConfig = {\n name: 'x',\n schema,\n}", True),
        ("streams/chat.js", "module.exports = { name: 'x', schema: {} }", True),
        ("streams/chat.js", "exports.config = { 'name': 'x' }", True),
        ("streams/chat.ts", "export const chat = new Stream({ name: 'chat', schema })", True),
        ("streams/chat.py", 'config = {"name": "chat", "schema": {"type": "object"}}', True),
        ("streams/chat.py", 'from motia import StreamConfig\nconfig = StreamConfig(name="chat", schema=Chat)', True),
        ("streams/chat.rb", "def config = { name: 'chat', schema: { type: 'object' } }", True),
        ("streams/chat.rb", "def config\n  { 'name' => 'chat' }\nend", True),
        ("streams/chat.rb", "CONFIG = { :name => 'chat' }", True),
        ("streams/x.ts", TYPE_FORM_TS, False),
        ("streams/x.ts", "export const config = { name: 'x', triggers: [] }", False),
        ("streams/x.ts", "export const config = { schema: { name: 1 } }", False),
        ("streams/x.ts", "// export const config = { name: 'x' }\n", False),
        ("src/x.ts", STREAM_TS, False),
    ],
)
def test_prj_4_streams_without_suffix(tmp_path: Path, path: str, text: str, *, stream: bool) -> None:
    found = discover(project(tmp_path, {path: text}))
    assert bool(found.streams) is stream
    assert found.steps == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", FUNCTION_FORM_TS),
        ("a.ts", 'import { z } from "zod"\nimport { event as on, logger } from "motia"\nexport default on({}, fn)'),
        ("a.ts", "import {\n  type ApiRouteConfig,\n  cron,\n} from 'motia'\n\nexport default cron(\n {}, fn)"),
        ("a.ts", "import motia from 'motia'\nexport default motia.queue({}, fn)"),
        ("a.ts", "import * as m from '@motiadev/core'\nexport default m.http({}, fn)"),
        ("a.ts", "import { api } from 'motia'\nexport default api<Body>({}, fn)"),
        ("a.ts", "import { api, cron } from 'motia'\nexport default [api({}, f), cron({}, g)]"),
        ("a.ts", "import { api } from 'motia'\nconst route = api({}, f)\nexport default route"),
        ("a.ts", "import { api } from 'motia'\nconst route: Route = api({}, f)\nexport { route as default }"),
        ("a.ts", "import { multiTriggerStep } from 'motia'\nexport default multiTriggerStep(c).onHttp(f).handlers()"),
        ("a.js", "const { api: route } = require('@motia/core')\nmodule.exports = route({}, fn)"),
        ("a.cjs", "const motia = require('motia');module.exports = motia.noop({}, fn)"),
        ("a.js", "import { step } from 'motia'\nconst re = /['\"`]/\nexport default step({}, fn)"),
        ("a.py", "from motia import event\n\n@event(id='x')\nasync def x(): ...\n"),
        ("a.py", "from motia import (\n    api,\n    cron as every,\n)\n\n@every(id='x')\ndef x(): ...\n"),
        ("a.py", "import motia\n\n@motia.queue('t')\ndef x(): ...\n"),
        ("a.py", "import motia as m\n\n@m.noop\ndef x(): ...\n"),
        ("a.rb", "require 'motia'\nMotia.event(id: 'x') { |i| i }\n"),
        ("a.rb", "Motia.api(id: 'x', path: '/x') do |req|\n  req\nend\n"),
    ],
)
def test_prj_5_function_form_is_recognised(tmp_path: Path, path: str, text: str) -> None:
    found = discover(project(tmp_path, {f"motia/steps/{path}": text}))
    assert [(source.path, source.suffixed) for source in found.steps] == [(f"motia/steps/{path}", False)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "import { logger } from 'motia'\nexport default api({}, fn)"),
        ("a.ts", "import { api } from './motia'\nexport default api({}, fn)"),
        ("a.ts", "import { api } from 'motia'\nexport const x = api({}, fn)"),
        ("a.ts", "import { api } from 'motia'\nexport default function () { return api({}, fn) }"),
        ("a.ts", "// import { api } from 'motia'\nexport default api({}, fn)"),
        ("a.ts", "import { api } from 'motia'\n// export default api({}, fn)"),
        ("a.ts", "import { api } from 'motia'\nconst doc = `\nexport default api({}, fn)\n`"),
        ("a.ts", "const s = \"import { api } from 'motia'\"\nexport default api({}, fn)"),
        ("a.ts", "import type { api } from 'motia'\nexport default api({}, fn)"),
        ("a.ts", "import { type api } from 'motia'\nexport default api({}, fn)"),
        ("a.ts", "import { api } from 'motia'\nexport default helper(api({}, fn))"),
        ("a.py", "from motia import event\n\ndef make():\n    @event(id='x')\n    def x(): ...\n"),
        ("a.py", "from motia import logger\n\n@event\ndef x(): ...\n"),
        ("a.py", "from events import event\n\n@event(id='x')\ndef x(): ...\n"),
        ("a.py", "'''\nfrom motia import event\n@event(id='x')\ndef x(): ...\n'''\n"),
        ("a.py", "# from motia import event\n@event(id='x')\ndef x(): ...\n"),
        ("a.rb", "# Motia.event(id: 'x')\n"),
        ("a.rb", "def make\n  Motia.event(id: 'x') { }\nend\n"),
        ("a.rb", "=begin\nMotia.event(id: 'x')\n=end\n"),
        ("a.rb", "Motia.logger.info('x')\n"),
        ("a.rb", "DOC = <<~TEXT\nMotia.event(id: 'x') { }\nTEXT\n"),
    ],
)
def test_prj_5_helpers_are_not_recognised(tmp_path: Path, path: str, text: str) -> None:
    assert steps(discover(project(tmp_path, {f"steps/{path}": text}))) == []


@pytest.mark.parametrize(
    "path",
    [
        "steps/.hidden/a.step.ts",
        "steps/node_modules/x/a.step.ts",
        "steps/python_modules/a_step.py",
        "steps/__pycache__/a_step.py",
        "steps/out/deep/a.step.ts",
        "steps/.step.ts",
        "steps/a.legacy.step.ts",
    ],
)
def test_prj_6_skipped(tmp_path: Path, path: str) -> None:
    project(tmp_path, [path, "steps/b.step.ts"])
    assert steps(discover(tmp_path, exclude=["steps/out", "*.legacy.step.ts"])) == ["steps/b.step.ts"]


def test_prj_6_virtual_environments_are_skipped(tmp_path: Path) -> None:
    project(tmp_path, ["steps/env/pyvenv.cfg", "steps/env/lib/a_step.py", "steps/b_step.py"])
    assert steps(discover(tmp_path)) == ["steps/b_step.py"]


def test_prj_6_links_in_a_circle_end(tmp_path: Path) -> None:
    project(tmp_path, ["steps/a.step.ts"])
    (tmp_path / "steps" / "again").symlink_to(tmp_path / "steps", target_is_directory=True)
    assert steps(discover(tmp_path)) == ["steps/a.step.ts"]


@pytest.mark.parametrize(
    "path",
    ["x.step.test.ts", "x.spec.ts", "x.d.ts", "x.d.mts", "test_x.py", "x_test.py", "x_spec.rb", "__tests__/x.ts"],
)
def test_prj_6_tests_and_declarations_without_suffix(tmp_path: Path, path: str) -> None:
    text = {
        "ts": FUNCTION_FORM_TS,
        "mts": FUNCTION_FORM_TS,
        "py": "from motia import event\n@event(id='x')\ndef x(): ...\n",
        "rb": "Motia.event(id: 'x') { }\n",
    }[path.rpartition(".")[2]]
    assert discover(project(tmp_path, {f"steps/{path}": text})) == Discovered()


@pytest.mark.parametrize("path", ["test_x_step.py", "x_test.step.ts", "__tests__/x.step.ts"])
def test_prj_6_a_suffix_wins_over_the_look_of_a_test(tmp_path: Path, path: str) -> None:
    assert steps(discover(project(tmp_path, [f"steps/{path}"]))) == [f"steps/{path}"]


def test_prj_7_custom_nodes_and_features_are_no_steps(tmp_path: Path) -> None:
    project(tmp_path, ["steps/a.step.tsx", "steps/b_step.jsx", "steps/a.step.ts-features.json", "steps/c.tsx"])
    found = discover(tmp_path)
    assert found.steps == ()
    assert found.components == ("steps/a.step.tsx", "steps/b_step.jsx")


@pytest.mark.parametrize(("name", "language"), [("a.step.go", "Go"), ("a_step.rs", "Rust")])
def test_prj_7_languages_to_come_are_named(tmp_path: Path, name: str, language: str) -> None:
    (notice,) = discover(project(tmp_path, [f"steps/{name}", "steps/helper.go"])).notices
    assert (notice.level, notice.rule, notice.file) == ("warning", "PRJ-7", f"steps/{name}")
    assert f"{language} Steps are not supported yet" in str(notice)


@pytest.mark.parametrize(
    ("path", "text", "better"),
    [
        ("steps/a.ts", TYPE_FORM_TS, "steps/a.step.ts"),
        ("steps/a.py", 'config = {"type": "event", "subscribes": ["t"]}\ndef handler(input): ...\n', "steps/a_step.py"),
        ("src/a.js", "export default { config: { type: 'cron' }, handler: () => {} }", "src/a.step.js"),
        ("src/a.rb", "def config = { type: 'api' }\ndef handler(req) = {}\n", "src/a_step.rb"),
        ("src/a.ts", "export const config = { triggers: [] }\nexport const handler = () => {}", "src/a.step.ts"),
    ],
)
def test_prj_8_a_hint_for_type_form_without_suffix(tmp_path: Path, path: str, text: str, better: str) -> None:
    found = discover(project(tmp_path, {path: text}))
    assert found.steps == ()
    (notice,) = found.notices
    assert (notice.level, notice.rule, notice.file) == ("hint", "PRJ-8", path)
    assert notice.fix == f"Rename it to {better}."


@pytest.mark.parametrize(
    "text",
    [
        "export const config = { host: 'x' }\nexport const handler = 1",
        "export const config = { type: 'postgres' }\nexport function handler() {}",
        "export const helper = 1",
    ],
)
def test_prj_8_no_hint_for_other_helpers(tmp_path: Path, text: str) -> None:
    assert discover(project(tmp_path, {"src/a.ts": text})).notices == ()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/add-quote.step.ts", "add-quote"),
        ("a/add_quote_step.py", "add_quote"),
        ("x.step.py", "x"),
        ("chat.stream.ts", "chat"),
        ("mail.ts", "mail"),
        ("my.thing_step.rb", "my.thing"),
    ],
)
def test_prj_18_base_name(path: str, name: str) -> None:
    assert base_name(path) == name
