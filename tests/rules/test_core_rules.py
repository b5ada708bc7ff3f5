"""Rules of the core that no other test holds to, each in a project of its own."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from support.running_project import LIMIT_S, MOTIA, Project, until


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


def test_cli_26_start_up_lines_are_those_of_the_original(project: Project) -> None:
    project.write("steps/send_step.py", emits("declared"))
    project.write("streams/chat.stream.py", 'config = {"name": "chat"}\n')
    running = subprocess.Popen(
        [MOTIA, "dev", "--host", "127.0.0.1", "--port", "0", str(project.root)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    limit = threading.Timer(LIMIT_S, running.kill)
    limit.start()
    assert running.stdout is not None
    lines = iter(running.stdout)
    try:
        begun = list(itertools.takewhile(lambda line: "to open workbench" not in line, lines))
        assert "[REGISTERED] Stream chat streams/chat.stream.py\n" in begun
        assert "[REGISTERED] Step (API) Sender GET /send steps/send_step.py\n" in begun
        assert begun[-1].startswith("🚀 Server ready and listening on port ")
        project.write("steps/send_step.py", emits("other"))
        assert any(line.startswith("[UPDATED] Step (API) Sender ") for line in lines)
        (project.root / "steps/send_step.py").unlink()
        assert any(line.startswith("[REMOVED] Step (API) Sender ") for line in lines)
    finally:
        limit.cancel()
        running.terminate()
        running.communicate(timeout=LIMIT_S)


def test_env_5_one_port_serves_http_and_sockets(project: Project) -> None:
    project.write("steps/send_step.py", emits("declared"))
    project.write("streams/chat.stream.py", 'config = {"name": "chat"}\n')
    project.start()
    port = project.http.base_url.port
    with connect(f"ws://127.0.0.1:{port}/any/path") as socket:
        data = {"streamName": "chat", "groupId": "g", "subscriptionId": "s"}
        socket.send(json.dumps({"type": "join", "data": data}))
        assert json.loads(socket.recv(LIMIT_S))["event"] == {"type": "sync", "data": []}
        assert project.http.get("/send").status_code == 200


def test_adm_2_health_is_open_and_says_only_that(project: Project) -> None:
    project.write("steps/send_step.py", emits("declared"))
    project.start()
    foreign = {"host": "motia.example"}  # as from another machine: everything else asks for the token
    for path in ("/__motia/health", "/__motia/ready", "/healthz", "/readyz"):
        answer = project.http.get(path, headers=foreign)
        assert answer.status_code == 200
        assert list(answer.json()) == ["status"]
    assert project.http.get("/__motia/steps", headers=foreign).status_code == 401


def test_adm_12_a_step_is_shown_with_its_source_and_features(project: Project) -> None:
    project.write("steps/send_step.py", emits("declared"))
    features = [{"id": "f", "title": "Sends", "description": "An event", "lines": ["2-4"]}]
    project.write("steps/send_step.py-features.json", json.dumps(features))
    project.start()
    shown = project.http.get("/__motia/step/Sender").json()
    assert shown["content"] == (project.root / "steps/send_step.py").read_text()
    assert shown["features"] == features
    assert project.http.get(f"/__motia/step/{shown['id']}").json() == shown
    missing = project.http.get("/__motia/step/nobody")
    assert (missing.status_code, missing.json()["error"]) == (404, "Step not found")


def test_adm_18_streams_are_listed_with_their_items(project: Project) -> None:
    project.write("streams/chat.stream.py", 'config = {"name": "chat", "schema": {"type": "object"}}\n')
    project.write("steps/send_step.py", emits("declared"))
    project.start()
    item = {"streamName": "chat", "groupId": "lobby", "itemId": "a", "data": {"text": "hi"}}
    project.http.post("/__motia/streams/set", json=item).raise_for_status()
    (entry,) = project.http.get("/__motia/streams").json()["streams"]
    assert (entry["id"], entry["name"], entry["hidden"], entry["filePath"]) == (
        "chat", "chat", False, "streams/chat.stream.py",
    )  # fmt: skip
    assert project.http.get("/__motia/streams/details/chat").json()["schema"] == {"type": "object"}
    group = project.http.get("/__motia/streams/group/chat/lobby").json()
    assert (group["streamName"], group["groupId"], group["count"]) == ("chat", "lobby", 1)
    one = project.http.get("/__motia/streams/item/chat/lobby/a").json()
    assert (one["itemId"], one["data"]["text"]) == ("a", "hi")
    missing = project.http.get("/__motia/streams/details/nope")
    assert (missing.status_code, missing.json()["error"]) == (404, "Stream 'nope' not found")
