"""Rules of the core that no other test holds to, each in a project of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running_project import LIMIT_S, Project, until


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project")
    (made.root / "steps").mkdir(parents=True)
    yield made
    made.http.close()
    if made.process is not None:
        made.stop(20)


def emits(topic: str, config: str = "") -> str:
    return f"""
        config = {{"type": "api", "name": "Sender", "path": "/send", "emits": ["declared"]{config}}}
        async def handler(req, ctx):
            await ctx.emit({{"topic": "{topic}", "data": {{"n": 1}}}})
            return {{}}
        """


def test_evt_19_cfg_29_a_delay_holds_back_one_subscription_only(project: Project) -> None:
    for name, config in (("soon", ""), ("later", ', "infrastructure": {"queue": {"delaySeconds": 600}}')):
        project.write(
            f"steps/{name}_step.py",
            f"""
            config = {{"type": "event", "name": "{name}", "subscribes": ["topic"]{config}}}
            async def handler(input, ctx):
                await ctx.state.set("done", "{name}", True)
            """,
        )
    project.start()
    project.http.post("/emit", json={"topic": "topic", "data": {}}).raise_for_status()
    until(lambda: project.state("done") == {"soon": True})
    assert [waiting["step"] for waiting in project.http.get("/__motia/queue/scheduled").json()] == ["later"]


@pytest.mark.parametrize("where", ["project", "step"])
def test_conf_26_cfg_34_evt_5_strict_emits_refuse_undeclared_topics(project: Project, where: str) -> None:
    if where == "project":
        project.write("motia.config.toml", "strictEmits = true\n")
    project.write("steps/send_step.py", emits("undeclared", ', "strictEmits": True' if where == "step" else ""))
    project.start()
    assert project.http.get("/send").status_code == 500
    assert "'declared'" in project.expect(lambda line: line.get("level") == "error")["msg"]


def test_http_31_a_step_wins_over_healthz_and_not_over_ours(project: Project) -> None:
    project.write(
        "steps/health_step.py",
        'config = {"type": "api", "path": "/healthz"}\ndef handler():\n    return {"mine": True}\n',
    )
    project.start()
    assert project.http.get("/healthz").json() == {"mine": True}
    assert project.http.get("/readyz").status_code == 200
    assert project.http.get("/__motia/health").status_code == 200


def test_fil_3_sta_18_run_time_data_lies_in_one_folder_and_survives(project: Project) -> None:
    project.write("steps/send_step.py", emits("declared"))
    project.start()
    project.http.post("/__motia/state", json={"groupId": "g", "key": "k", "value": 1}).raise_for_status()
    project.stop()
    assert {path.name for path in project.root.iterdir()} <= {"steps", ".motia", "types.d.ts", "motia_types.pyi"}
    project.start()
    assert project.state("g") == {"k": 1}


def test_conf_27_prj_2_prj_6_more_and_fewer_files(project: Project) -> None:
    project.write("motia.config.toml", 'include = ["extra/**"]\nexclude = ["steps/old/**"]\n')
    for place in ("extra", "steps/old", "elsewhere"):
        project.write(f"{place}/one_step.py", f'config = {{"type": "noop", "name": "{place}"}}\n')
    project.start()
    assert [step["name"] for step in project.http.get("/__motia/steps").json()] == ["extra"]


def test_sch_13_cli_11_schemas_are_described(project: Project) -> None:
    project.write(
        "steps/ask_step.py",
        """
        config = {"type": "api", "name": "Ask", "path": "/ask/:id", "method": "POST",
                  "bodySchema": {"type": "object", "properties": {"colour": {"type": "string"}}}}
        def handler(req):
            return {}
        """,
    )
    project.motia("generate", "openapi")
    described = json.loads((project.root / "openapi.json").read_text())
    operation = described["paths"]["/ask/{id}"]["post"]
    assert "colour" in json.dumps(operation["requestBody"])
    assert described["openapi"].startswith("3.1")


def test_cfg_27_a_schedule_shows_its_time_zone(project: Project) -> None:
    project.write(
        "steps/tick_step.py",
        """
        config = {"type": "cron", "name": "Tick", "cron": "@daily", "timezone": "Asia/Tokyo", "overlap": "queue", "catchUp": "last"}
        def handler(ctx):
            pass
        """,
    )
    project.start()
    [tick] = project.http.get("/__motia/cron").json()
    assert (tick["step"], tick["timezone"]) == ("Tick", "Asia/Tokyo")


def test_hnd_14_a_ruby_step_is_called_without_a_server(project: Project) -> None:
    project.write(
        "steps/add_step.rb",
        """
        def config = { type: 'event', name: 'Add', subscribes: ['add'] }

        def handler(input, context)
          context.state.set('sums', 'last', input[:a] + input[:b])
        end
        """,
    )
    project.write(
        "check.rb",
        """
        require './steps/add_step'
        State = Struct.new(:calls) { def set(*given) = calls << given }
        Context = Struct.new(:state)
        context = Context.new(State.new([]))
        handler({ a: 1, b: 2 }, context)
        print context.state.calls.flatten.join(' ')
        """,
    )
    done = subprocess.run(
        ["ruby", "check.rb"], cwd=project.root, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    assert (done.returncode, done.stdout) == (0, "sums last 3"), done.stderr
