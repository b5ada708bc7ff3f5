"""The seed motia-readme.md: a greenhouse in four languages, and the command line around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from support.running_project import LIMIT_S, MOTIA, Project, until

SEED = "readme"
ZOD = "zod"
FILES: dict[str, str] = {}
ENVIRONMENT: dict[str, str] = {}


def test_cfg_10_the_four_kinds(running: Project) -> None:
    kinds = {step["name"]: step["type"] for step in running.http.get("/__motia/steps").json()}
    assert kinds == {
        "HelloWorld": "api", "WaterBed": "api", "Thermometer": "api", "MeasureSoil": "event", "RingBell": "event",
        "OpenWindows": "cron", "Gardener": "noop",
    }  # fmt: skip


def test_cli_4_hello_world_answers(running: Project) -> None:
    answer = running.http.get("/hello-world")
    assert (answer.status_code, answer.json()) == (200, {"message": "The greenhouse is open."})


def test_prj_3_every_suffix_is_a_step(running: Project) -> None:
    files = {step["file"].partition("/")[2] for step in running.http.get("/__motia/steps").json()}
    assert {"hello-world.step.js", "water-bed.step.ts", "measure_soil.step.py", "ring_bell.step.rb"} <= files


def test_prj_7_go_and_rust_are_named_not_ignored(running: Project) -> None:
    notices = [notice for notice in running.http.get("/__motia/notices").json() if notice["rule"] == "PRJ-7"]
    assert {notice["file"] for notice in notices} == {"steps/pump.step.go", "steps/lamp.step.rs"}


def test_evt_14_cron_1_sta_1_sta_2_sta_3_a_story_through_four_languages(running: Project) -> None:
    answer = running.http.post("/beds/roses/water", json={"litres": 4})
    assert answer.status_code == 202
    assert until(lambda: running.state("bells").get("roses")) == 4
    until(lambda: "roses" not in running.state("soil"))
    until(lambda: running.state("windows").get("opened", 0) > 0)


def test_sta_15_log_2_the_trace_holds_state_calls_and_logs(running: Project) -> None:
    trace_id = running.http.post("/beds/herbs/water", json={"litres": 2}).headers["x-trace-id"]
    until(lambda: any(log["msg"] == "bell rung" for log in running.trace(trace_id)["logs"]))
    done = until(lambda: (all(s["end"] for s in running.trace(trace_id)["spans"]) and running.trace(trace_id)) or None)
    names = {span["name"] for span in done["spans"]}
    assert {"WaterBed", "MeasureSoil", "RingBell", "emit", "state.get", "state.set", "state.delete"} <= names
    logs = {log["msg"]: log for log in done["logs"]}
    assert {log["traceId"] for log in logs.values()} == {trace_id}
    assert (logs["watering"]["step"], logs["soil measured"]["step"], logs["bell rung"]["step"]) == (
        "WaterBed",
        "MeasureSoil",
        "RingBell",
    )
    line = running.expect(lambda line: line.get("msg") == "bell rung" and line.get("bed") == "herbs")
    assert {"id", "level", "time", "traceId", "step", "moisture"} <= line.keys()


def test_http_23_the_response_comes_as_a_stream(running: Project) -> None:
    with running.http.stream("GET", "/temperature") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = "".join(answer.iter_text())
    assert text == "data: 19\n\ndata: 20\n\ndata: 21\n\n"


def test_adm_16_adm_21_pages_have_their_data(running: Project) -> None:
    running.http.post("/beds/ferns/water", json={"litres": 1}).raise_for_status()
    until(lambda: running.state("bells").get("ferns"))
    [flow] = [flow for flow in running.http.get("/__motia/flows").json() if flow["name"] == "greenhouse"]
    assert {"WaterBed", "MeasureSoil", "RingBell", "Gardener"} <= {step["name"] for step in flow["steps"]}
    assert {edge["data"]["topic"] for edge in flow["edges"]} >= {"bed.watered", "soil.measured"}
    assert running.http.get("/__motia/traces").json()
    assert running.http.get("/__motia/logs").json()


def test_prj_11_a_saved_file_is_served_at_once(project: Project) -> None:
    project.start()
    project.write(
        "steps/hello-world.step.js",
        """
        exports.config = { type: 'api', name: 'HelloWorld', method: 'GET', path: '/hello-world' }
        exports.handler = async () => ({ status: 200, body: { message: 'Closed for winter.' } })
        """,
    )
    until(lambda: project.http.get("/hello-world").json() == {"message": "Closed for winter."})


def test_cli_7_build_writes_the_lock_file(project: Project) -> None:
    project.motia("build")
    lock = json.loads((project.root / "dist/motia.steps.json").read_text())
    entries = {step["config"]["name"]: step for step in lock["steps"].values()}
    assert set(entries["WaterBed"]) >= {"type", "entrypointPath", "config", "filePath"}
    assert entries["RingBell"]["filePath"] == "steps/ring_bell.step.rb"


def test_fil_4_dev_draws_diagrams(project: Project) -> None:
    project.start("dev", "-m", "-v", "-d")
    drawn = until(lambda: next(iter(project.root.glob(".mermaid/*.mmd")), None))
    assert "flowchart TD" in drawn.read_text()


def test_prj_15_the_project_s_own_virtual_environment_is_used(project: Project) -> None:
    venv.create(project.root / ".venv", symlinks=True)
    [packages] = (project.root / ".venv/lib").glob("python*/site-packages")
    (packages / "greenhouse_tools.py").write_text("FROST = -3\n")
    project.write(
        "steps/frost.step.py",
        """
        from greenhouse_tools import FROST

        config = {"type": "api", "name": "Frost", "path": "/frost"}

        def handler():
            return {"frost": FROST}
        """,
    )
    project.start()
    assert project.http.get("/frost").json() == {"frost": -3}


@pytest.mark.parametrize("command", ["create", "templates", "dev", "start", "build", "generate", "emit", "trigger"])
def test_cli_1_help_on_every_level(project: Project, command: str) -> None:
    assert f"motia {command}" in project.motia(command, "--help")


@pytest.mark.parametrize("name", [".", "./"])
def test_cli_3_create_into_the_current_folder(tmp_path: Path, name: str) -> None:
    place = tmp_path / "fresh"
    place.mkdir()
    command = [MOTIA, "create", "-n", name, "-t", "starter-multilang", "-c"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"steps", ".cursor"} <= {path.name for path in place.iterdir()}


def test_cli_4_templates_are_listed(project: Project) -> None:
    listed = project.motia("templates")
    assert {"python", "typescript", "multi-language", "tutorial"} <= set(listed.replace(",", " ").split())


def test_cli_24_npm_runs_the_dev_script(project: Project) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["npm", "run", "--silent", "build", "--", "-h"],
        cwd=project.root, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "motia build" in done.stdout
