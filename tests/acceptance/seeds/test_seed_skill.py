"""The seed motia-skill.md: a choir's backend in motia/ beside its frontend/."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from support.running_project import LIMIT_S, MOTIA, Project, until

SEED = "skill"
ZOD = "zod"
FILES: dict[str, str] = {}
ENVIRONMENT = {"CHOIR_PITCH": "442 Hz"}
WAIT_S = 5.0
SONG = {"title": "Canon", "voices": ["alto", "bass"]}


@pytest.fixture(scope="module")
def choir(running: Project) -> Project:
    return running


def test_typ_5_prj_18_prj_21_types_imported_as_values_and_names_with_spaces(choir: Project) -> None:
    steps = {step["name"]: step for step in choir.http.get("/__motia/steps").json()}
    assert {"Book Song", "Rehearse Song", "Keep Programme", "Evening Bell"} <= set(steps)
    assert steps["Book Song"]["flows"] == ["choir"]
    assert steps["Keep Programme"]["flows"] == []
    flows = {flow["name"]: {step["name"] for step in flow["steps"]} for flow in choir.http.get("/__motia/flows").json()}
    assert "Keep Programme" in flows["default"]


def test_sch_5_sch_6_zod_4_bodies_are_enforced(choir: Project) -> None:
    refused = choir.http.post("/songs", json={"title": 7, "voices": ["alto", 1]})
    assert (refused.status_code, refused.json()["error"]) == (400, "Validation failed")
    assert {detail["path"] for detail in refused.json()["details"]} == {"title", "voices.1"}


def test_hnd_1_ctx_1_destructured_payload_and_one_trace_id(choir: Project) -> None:
    answer = choir.http.post("/songs", json=SONG)
    assert answer.status_code == 201
    assert answer.json()["traceId"] == answer.headers["x-trace-id"]
    kept = until(lambda: choir.state("programme").get("Canon"))
    assert kept == {"tones": ["alto at 442 Hz", "bass at 442 Hz"], "sameTrace": True}


def test_ctx_2_ctx_3_a_failure_is_an_event_of_its_own(choir: Project) -> None:
    booked = choir.http.post("/songs", json={"title": "Tune", "voices": ["whistle"]}).json()
    assert until(lambda: choir.state("programme").get("Tune")) == {
        "bookingId": booked["bookingId"],
        "error": "no such voice",
    }


def test_sta_1_sta_2_sta_3_sta_5_state_in_groups(choir: Project) -> None:
    assert choir.http.post("/polls", json={"question": "faster?"}).json() == {
        "first": {"question": "faster?"},
        "all": [{"question": "faster?"}, {"question": "again?"}],
        "left": [{"question": "faster?"}],
    }


def test_hnd_2_cron_8_a_cron_step_with_a_dummy_parameter(choir: Project) -> None:
    choir.http.post("/__motia/steps/Evening Bell/start", json={}).raise_for_status()
    bell = until(lambda: choir.state("bells").get("last"))
    assert bell["first"] is None
    assert bell["rungAt"].endswith("Z")


def test_prj_4_a_stream_file_without_suffix_is_no_step(choir: Project) -> None:
    files = {step["file"] for step in choir.http.get("/__motia/steps").json()}
    assert not [file for file in files if "rehearsal-stream" in file]
    assert not [n for n in choir.http.get("/__motia/notices").json() if "rehearsal-stream" in str(n.get("file"))]


def test_str_10_str_22_a_declared_stream_by_its_camel_name(choir: Project) -> None:
    answer = choir.http.post("/live", json={})
    assert answer.status_code == 200
    assert {"verse": "last", "progress": 100}.items() <= answer.json().items()


@pytest.mark.parametrize("folder", [".", "motia"])
def test_prj_1_run_from_either_folder(project: Project, folder: str) -> None:
    project.write("motia/motia.config.toml", "")
    command = [MOTIA, "build", "--json"]
    done = subprocess.run(
        command, cwd=project.root / folder, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lock = json.loads((project.root / "motia/dist/motia.steps.json").read_text())
    assert {step["filePath"] for step in lock["steps"].values()} >= {"steps/api/book-song.step.ts"}


def test_http_29_a_browser_may_call_in_dev(choir: Project) -> None:
    answer = choir.http.post("/polls", json={"question": "q"}, headers={"origin": "http://localhost:5173"})
    assert answer.headers["access-control-allow-origin"] == "*"
    preflight = choir.http.options(
        "/songs", headers={"origin": "http://localhost:5173", "access-control-request-method": "POST"}
    )
    assert preflight.status_code in {200, 204}
    assert "access-control-allow-origin" in preflight.headers


def test_prj_8_a_missing_suffix_is_hinted(project: Project) -> None:
    source = project.root / "motia/steps/api/polls.step.ts"
    shutil.move(source, source.with_name("polls.ts"))
    project.start(environment=ENVIRONMENT)
    hints = [notice for notice in project.http.get("/__motia/notices").json() if notice["rule"] == "PRJ-8"]
    assert [Path(hint["file"]).name for hint in hints] == ["polls.ts"]
    assert "polls.step.ts" in str(hints[0])


def test_evt_6_a_topic_with_a_typing_error_is_named(project: Project) -> None:
    project.start(environment=ENVIRONMENT)
    project.http.post("/emit", json={"topic": "song.boked", "data": {}}).raise_for_status()
    said = project.expect(lambda line: "song.boked" in str(line.get("msg", "")), WAIT_S)
    assert said["level"] == "warn"


def test_env_4_dev_moves_on_when_its_port_is_taken(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        project.start("dev", "--port", str(port), environment=ENVIRONMENT)
        assert f"Port {port} was in use" in project.said()


def test_conf_2_conf_8_conf_22_an_unreachable_redis_is_named_without_its_password(configured: Project) -> None:
    configured.root = configured.root / "motia"
    configured.spawn(environment={**ENVIRONMENT, "CHOIR_REDIS_URL": "redis://:secret@127.0.0.1:1"})
    assert configured.process is not None
    assert configured.process.wait(WAIT_S) == 1
    configured._reader.join(WAIT_S)
    said = configured.said()
    assert "redis://" in said
    assert "state" in said
    assert "secret" not in said


def test_cli_24_the_port_of_a_script(project: Project) -> None:
    script = json.loads((project.root / "motia/package.json").read_text())["scripts"]["dev"]
    environment = {**os.environ, "PATH": f"{Path(MOTIA).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["npm", "run", "--silent", "dev", "--", "--help"],
        cwd=project.root / "motia", env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    assert script == "motia dev --port 3001"
    assert done.returncode == 0, done.stdout + done.stderr
