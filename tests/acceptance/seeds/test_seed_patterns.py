"""The seed motia-backend-framework-patterns.md: parcels, in typed configs and config classes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from support.running_project import LIMIT_S, Project, until

SEED = "patterns"
ZOD = "zod"
FILES: dict[str, str] = {}
ENVIRONMENT: dict[str, str] = {}


def register(project: Project, label: str, weight: float = 2.5) -> dict[str, Any]:
    answer = project.http.post("/parcels", json={"label": label, "weight": weight})
    assert answer.status_code == 201, answer.text
    return {**answer.json()["parcel"], "traceId": answer.headers["x-trace-id"]}


def emit(project: Project, topic: str, data: Any) -> None:
    project.http.post("/emit", json={"topic": topic, "data": data}).raise_for_status()


def test_cfg_2_typ_2_a_typed_api_step(running: Project) -> None:
    parcel = register(running, "L1")
    assert len(parcel["id"]) == 36
    refused = running.http.post("/parcels", json={"label": "L1"})
    assert (refused.status_code, refused.json()) == (400, {"error": "A parcel has a label and a weight"})


def test_http_11_http_9_sta_6_query_with_defaults_and_headers(running: Project) -> None:
    register(running, "L2")
    answer = running.http.get("/parcels", headers={"X-Agent": "van"}).json()
    assert (answer["sort"], answer["agent"]) == ("label", "van")
    assert "L2" in [parcel["label"] for parcel in answer["parcels"]]
    assert len(running.http.get("/parcels?limit=1&sort=weight").json()["parcels"]) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_cfg_18_http_10_sta_4_methods_params_and_has(running: Project, method: str) -> None:
    register(running, "L3")
    answer = running.http.request(method, "/parcels/L3", json={"a": 1}).json()
    assert answer == {"method": method, "label": "L3", "known": True, "change": {"a": 1}}
    assert running.http.request(method, "/parcels/none").json()["known"] is False


def test_evt_7_evt_8_cfg_3_prj_16_typescript_python_typescript(running: Project) -> None:
    parcel = register(running, "L4", 1.25)
    assert until(lambda: running.state("announcements").get("L4")) == {"grams": 1250, "by": "python"}
    assert running.state("hubs")["L4"] == "north"
    assert running.state("parcels")["L4"] == {"id": parcel["id"], "label": "L4", "weight": 1.25}


def test_evt_5_evt_6_undeclared_topics_are_delivered_and_lonely_ones_noticed(running: Project) -> None:
    register(running, "L5")
    assert until(lambda: running.state("chosen").get("L5")) == "rail"
    said = [json.loads(line) for line in running.said().splitlines()]
    for topic, why in (("nobody.listens", "nobody subscribes"), ("survey.road", "does not declare")):
        lines = [line for line in said if topic in str(line.get("msg")) and why in line["msg"]]
        assert [line["level"] for line in lines] == ["warn"]


def test_evt_3_evt_4_three_researchers_one_aggregator(running: Project) -> None:
    register(running, "L6")
    assert until(lambda: running.state("chosen").get("L6")) == "rail"
    surveys = {key: value for key, value in running.state("surveys").items() if key.startswith("L6-")}
    assert surveys == {"L6-road": {"hours": 4}, "L6-rail": {"hours": 3}, "L6-water": {"hours": 9}}


def test_hnd_2_sta_3_sta_6_a_cron_step_with_two_parameters(running: Project) -> None:
    for key, weight in (("light", 1), ("heavy", 9)):
        running.http.post("/__motia/state", json={"groupId": "old-parcels", "key": key, "value": {"weight": weight}})
    running.http.post("/__motia/steps/NightlySweep/start", json={}).raise_for_status()
    assert until(lambda: running.state("counters").get("swept")) == 1
    assert running.state("old-parcels") == {"light": {"weight": 1}}


@pytest.mark.parametrize("pattern", ["*/5 * * * *", "0 * * * *", "0 9 * * *", "0 0 * * 0", "0 0 1 * *"])
def test_cron_1_five_fields(project: Project, pattern: str) -> None:
    source = f"config = {{'type': 'cron', 'name': 'P', 'cron': '{pattern}'}}\ndef handler(ctx): pass\n"
    project.write("steps/pattern_step.py", source)
    listed = json.loads(project.motia("build", "--json"))
    assert not [notice for notice in listed.get("notices", []) if notice.get("rule", "").startswith("CRON")]


def test_evt_28_hnd_8_a_noop_with_a_handler_is_started_by_hand(running: Project) -> None:
    data = {"depot": "west", "from": "2026-01-01"}
    started = running.http.post("/__motia/steps/AuditDepot/start", json={"data": data})
    assert started.status_code == 202
    report = {"depot": "west", "from": "2026-01-01", "pages": 3}
    assert until(lambda: running.state("audits").get("west")) == report
    trace_id = started.json()["traceId"]
    [span] = until(lambda: [s for s in running.trace(trace_id)["spans"] if s["name"] == "AuditDepot" and s["end"]])
    assert span["attributes"]["result"] == report


def test_evt_2_own_dead_letters_and_idempotency(running: Project) -> None:
    emit(running, "letter.posted", {"letter": "a"})
    assert until(lambda: running.state("lost").get("a")) == {"original": {"letter": "a"}, "error": "no town"}
    emit(running, "letter.posted", {"letter": "b", "town": "Ulm"})
    until(lambda: running.state("counters").get("sorted") == 1)
    emit(running, "letter.posted", {"letter": "b", "town": "Ulm"})
    running.expect_log("letter sorted before")
    assert running.state("counters")["sorted"] == 1


def test_prj_3_prj_6_suffixes_and_a_test_beside_a_step(running: Project) -> None:
    files = {step["file"] for step in running.http.get("/__motia/steps").json()}
    assert {"steps/weigh-parcel.step.py", "steps/survey_rail_step.py", "steps/survey_water_step.rb"} <= files
    assert "steps/weigh-truck.step.test.js" not in files


def test_str_10_str_23_undeclared_streams(running: Project) -> None:
    answer = running.http.post("/gates", json={"driver": "d1", "gate": 4})
    assert (answer.status_code, answer.json()) == (200, {"shown": True})


def test_hnd_14_tst_3_a_javascript_step_is_tested_with_mocks(project: Project) -> None:
    project.write(
        "check.mjs",
        """
        import { handler, config } from './steps/weigh-truck.step.js'
        const calls = []
        const called = (name) => async (...given) => { calls.push([name, ...given]) }
        const context = {
          state: { set: called('state') }, emit: called('emit'), logger: { info() {}, error() {} },
          streams: { trucks: { set: called('stream') } },
        }
        const request = { body: { plate: 'UL-1' }, query: {}, params: {}, headers: {} }
        console.log(JSON.stringify([await handler(request, context), calls, config.name]))
        """,
    )
    project.write("package.json", '{ "type": "module" }')
    done = subprocess.run(["node", "check.mjs"], cwd=project.root, capture_output=True, text=True, timeout=LIMIT_S)  # noqa: PLW1510
    assert done.returncode == 0, done.stderr
    result, calls, name = json.loads(done.stdout)
    assert (result, name) == ({"status": 201, "body": {"plate": "UL-1"}}, "WeighTruck")
    assert calls == [
        ["state", "trucks", "UL-1", {"plate": "UL-1"}],
        ["emit", {"topic": "truck.weighed", "data": {"plate": "UL-1"}}],
        ["stream", "UL-1", {"plate": "UL-1"}],
    ]


def test_hnd_14_cfg_3_a_python_step_is_tested_with_mocks(project: Project) -> None:
    project.write(
        "check.py",
        """
        import asyncio, importlib.util, json
        from unittest.mock import AsyncMock, Mock
        spec = importlib.util.spec_from_file_location("survey", "steps/survey_rail_step.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        context = Mock(emit=AsyncMock(), state=Mock(set=AsyncMock()))
        asyncio.run(module.survey({"data": {"survey": "s"}}, context))
        print(json.dumps([context.emit.await_args.kwargs, context.state.set.await_args.args, module.config.subscribes]))
        """,
    )
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "check.py"], cwd=project.root, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"topic": "survey.rail.done", "data": {"survey": "s"}},
        ["surveys", "s-rail", {"hours": 3}],
        ["survey.rail"],
    ]


def test_cli_5_cron_9_tst_4_dev_test_serves_tests_and_keeps_clocks_still(project: Project) -> None:
    project.write(
        "steps/second_step.py",
        "config = {'type': 'cron', 'name': 'S', 'cron': '* * * * * *'}\ndef handler(ctx): ctx.state.set('s', 's', 1)\n",
    )
    project.start("dev", "--test")
    register(project, "L9")
    assert project.state("s") == {}
