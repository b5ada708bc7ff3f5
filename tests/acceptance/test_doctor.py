"""`motia doctor` on real projects of every dialect, with real workers (CLI-22)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.running_project import Project

REPOSITORY = Path(__file__).parents[2]
SEEDS = Path(__file__).parent / "seeds" / "projects"
ZOD = REPOSITORY / "runtimes" / "node" / "node_modules" / "zod"

OLD = {
    "steps/add-quote.step.ts": """
        import { type ApiRouteConfig, type Handlers } from 'motia'
        import { z } from 'zod'
        export const config: ApiRouteConfig = {
          type: 'api', name: 'AddQuote', method: 'POST', path: '/quotes', emits: ['quote.added'],
          bodySchema: z.object({ id: z.string() }),
          infrastructure: { queue: { maxRetries: 2 } },
        }
        export const handler: Handlers['AddQuote'] = async (req, { emit, state }) => {
          await state.set('quotes', req.body.id, req.body)
          await emit({ topic: 'quote.added', data: req.body })
          await emit({ topic: 'quote.forgotten', data: {} })
          return { status: 201, body: {} }
        }
        """,
    "steps/index_quote_step.py": """
        config = {"type": "event", "name": "IndexQuote", "subscribes": ["quote.added"]}

        async def handler(input, context):
            found = await context.state.get("index", input["id"])
            if found:
                return found["data"]["text"]
        """,
    "steps/shout_step.rb": """
        def config = { type: 'event', name: 'Shout', subscribes: ['quote.added'] }
        def handler(input, context) = context.state.set('shouts', input.id, 1)
        """,
    "steps/nightly.step.js": """
        export const config = { type: 'cron', name: 'Nightly', cron: '0 0 L * *' }
        export const handler = async (ctx, extra) => ctx.logger.info('x')
        """,
    "steps/slow.step.rs": "fn main() {}",
}
NEWER = {
    "src/count.step.ts": """
        import { step, http, queue, cron } from 'motia'
        export const { config, handler } = step(
          { name: 'Count', triggers: [http('GET', '/count'), queue('added'), cron('0 0 4 * * *')] },
          async (_input, ctx) => ctx.match({ default: async () => ctx.state.increment('seen') }))
        """,
    "src/tally_step.py": """
        from motia import enqueue, http, init_iii, queue, step

        async def run(input, ctx):
            await enqueue({"topic": "added", "data": {}})

        tally = step({"name": "Tally", "triggers": [http("GET", "/tally"), queue("seen")]}, run)
        """,
    "config.yaml": "modules:\n  - class: modules::api::RestApiModule\n  - class: modules::unheard::Of\n",
}
FUNCTION = {
    "motia/steps/rate-quote.ts": """
        import { event } from '@motia/core'
        export default event({ id: 'rate-quote', concurrency: 2 }, async ({ id }) => {
          await motia.trigger('mail-qoute', { id })
          await motia.trigger('print-quote', { id })
        })
        """,
    "motia/steps/mail_quote.py": """
        from motia import cron, event

        @event(id="mail-quote", schema={"id": str})
        async def mail_quote(id, ctx):
            ctx.logger.info("mailing")

        @cron(id="trim-index", schedule="@daily")
        def trim(ctx):
            pass
        """,
}


def diagnosis(project: Project, *options: str, status: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.motia("doctor", "--json", *options, status=status))
    assert list(found) == ["root", "ok", "steps", "languages", "files", "differences", "missing", "notices"]
    return found


def write(project: Project, files: dict[str, str], *, zod: bool = True) -> None:
    for path, text in files.items():
        project.write(path, text)
    if zod:
        (project.root / "node_modules").mkdir(exist_ok=True)
        (project.root / "node_modules" / "zod").symlink_to(ZOD)


def places(found: dict[str, Any], part: str = "differences") -> set[tuple[str, str | None, int | None]]:
    return {(each["rule"], each.get("file"), each.get("line")) for each in found[part]}


def forms(found: dict[str, Any]) -> dict[str, str]:
    return {each["file"]: each["form"] for each in found["files"]}


def contents(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("options", [(), ("--no-load",)])
def test_a_project_of_0_17(project: Project, options: tuple[str, ...]) -> None:
    write(project, OLD)
    before = contents(project.root)
    found = diagnosis(project, *options, status=1)
    assert contents(project.root) == before
    assert not (project.root / ".motia").exists()
    assert found["languages"] == ["javascript", "python", "ruby", "typescript"]
    assert set(forms(found).values()) == {"type form"}
    assert found["missing"] == []
    assert {
        ("SCH-5", "steps/add-quote.step.ts", 5),
        ("EVT-5", "steps/add-quote.step.ts", 11),
        ("EVT-6", "steps/add-quote.step.ts", 11),
        ("STA-19", "steps/index_quote_step.py", 6),
        ("HND-2", "steps/nightly.step.js", 1),
        ("PRJ-7", "steps/slow.step.rs", None),
    } <= places(found)
    schedules = places(found, "differences" if options else "notices")
    assert ("CRON-2", "steps/nightly.step.js") in {(rule, file) for rule, file, _ in schedules}
    rules = {use["id"]: use["line"] for use in found["files"][0]["rules"]}
    assert (rules["CFG-29"], rules["CFG-20"], rules["STA-2"]) == (6, 5, 9)


def test_a_project_of_1_0(project: Project) -> None:
    write(project, NEWER)
    found = diagnosis(project, status=0)
    assert found["steps"] == 2
    assert forms(found) == {"src/count.step.ts": "triggers form", "src/tally_step.py": "triggers form"}
    assert ("CTX-20", "src/tally_step.py", 1) in places(found)
    assert ("CONF-11", "config.yaml") in {(each["rule"], each.get("file")) for each in found["notices"]}
    assert {"CFG-40", "CFG-41", "CFG-42", "CTX-10", "STA-11"} <= {use["id"] for use in found["files"][0]["rules"]}


def test_a_project_in_function_form(project: Project) -> None:
    write(project, FUNCTION)
    found = diagnosis(project, status=0)
    assert found["steps"] == 3
    assert forms(found) == {"motia/steps/mail_quote.py": "decorators", "motia/steps/rate-quote.ts": "function form"}
    unknown = [each["what"] for each in found["differences"] if each["rule"] == "EVT-27"]
    assert unknown[0].startswith('there is no Step "mail-qoute": the call fails; near matches: "mail-quote"')
    assert unknown[1].startswith('there is no Step "print-quote"')


def test_what_is_missing(project: Project) -> None:
    write(project, OLD, zod=False)
    project.write("steps/index_quote_step.py", 'import no_such_thing\nconfig = {"type": "noop"}\n')
    project.write("motia.config.toml", 'state = "redis://localhost"\n')
    found = diagnosis(project, status=1)
    assert [(each["kind"], each["name"], each["file"]) for each in found["missing"]] == [
        ("npm", "zod", "steps/add-quote.step.ts"),
        ("pip", "no_such_thing", "steps/index_quote_step.py"),
        ("service", "Redis", "motia.config.toml"),
    ]
    errors = {(each["rule"], each.get("file")) for each in found["notices"] if each["level"] == "error"}
    assert {("PRJ-9", "steps/add-quote.step.ts"), ("PRJ-9", "steps/index_quote_step.py"), ("CONF-5", None)} <= errors


def test_without_loading_nothing_runs(project: Project) -> None:
    touch = "open('ran', 'w')\n"
    project.write("steps/a_step.py", touch + 'import helper\nconfig = {"type": "noop"}\n')
    project.write("helper.py", touch)
    project.write("motia.config.py", touch + "config = {}\n")
    project.write(".venv/pyvenv.cfg", "version = 3.12\n")
    project.write(".venv/bin/python", "#!/bin/sh\ntouch ran\n").chmod(0o755)
    assert diagnosis(project, "--no-load", status=0)["steps"] == 1
    assert not (project.root / "ran").exists()


def test_for_people(project: Project) -> None:
    write(project, OLD, zod=False)
    said = project.motia("doctor", status=1)
    assert "steps/add-quote.step.ts  TypeScript, type form" in said
    assert "✗ 2      missing: zod is imported, but not installed. Run `npm install zod`." in said
    assert said.rstrip().endswith("will behave differently")
    assert "✗ 4 Steps in 4 languages; 1 thing is missing; 2 errors; " in said.splitlines()[-1]


def test_an_empty_folder_and_wrong_usage(project: Project) -> None:
    shutil.rmtree(project.root)
    project.root.mkdir()
    assert "there are no Steps in steps, src" in project.motia("doctor", ".", status=1)
    assert "is not a directory" in project.motia("doctor", "nowhere", status=1)
    assert "no such option" in project.motia("doctor", "--nothing", status=2).lower()


# What the project of each seed is told about, with its own configuration.
TOLD = {
    "guide": {"STR-10", "STR-24", "HTTP-29"},
    "patterns": {"STR-10", "STR-23", "EVT-5", "EVT-6", "PRJ-3", "HTTP-29"},
    "readme": {"PRJ-7", "HTTP-29"},
    "skill/motia": {"SCH-5", "STR-1", "STR-10", "HTTP-29"},
    "tutorial": {"EVT-25", "HTTP-29"},
}


@pytest.mark.parametrize("seed", sorted(TOLD))
def test_seeds(seed: str, tmp_path: Path) -> None:
    shutil.copytree(SEEDS / seed.partition("/")[0], tmp_path / "seed")
    project = Project(tmp_path / "seed" / seed.partition("/")[2])
    write(project, {})
    found = diagnosis(project, status=1 if seed == "skill/motia" else 0)
    assert TOLD[seed] <= {each["rule"] for each in found["differences"]}
    assert {each["kind"] for each in found["missing"]} <= {"variable", "service"}
    assert all(each["rules"] and each["form"] != "not recognised" for each in found["files"])
    assert found["steps"] >= 7
