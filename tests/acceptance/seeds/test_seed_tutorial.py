"""The seed motia-tutorial.md: a bakery in function form, whose Steps start each other directly."""

from __future__ import annotations

import shutil
from typing import Any

import httpx
import pytest

from support.running_project import Project, free_ports, until

SEED = "tutorial"
ZOD = "zod"
FILES: dict[str, str] = {}
ENVIRONMENT: dict[str, str] = {}
WAIT_S = 5.0
ORDER = {"guestId": "g1", "rolls": [{"kind": "rye", "count": 2, "price": 1.5}], "payment": "card"}


def span_of(project: Project, trace_id: str, step: str) -> dict[str, Any]:
    found = until(lambda: [s for s in project.trace(trace_id)["spans"] if s["name"] == step and s["end"]])
    return dict(found[-1])


def start(project: Project, step: str, data: Any = None) -> str:
    answer = project.http.post(f"/__motia/steps/{step}/start", json={"data": data})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["traceId"])


def test_cfg_4_prj_5_http_18_sch_7_a_bare_object_with_the_schema_s_default(running: Project) -> None:
    answer = running.http.post("/guests", json={"name": "Ada", "mail": "ada@example.com"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.json() == {
        "success": True,
        "guest": {"id": "g-Ada", "name": "Ada", "mail": "ada@example.com", "table": "window"},
    }


def test_ctx_18_evt_25_direct_starts_from_api_and_event_in_two_languages(running: Project) -> None:
    answer = running.http.post("/guests", json={"name": "Bob", "mail": "bob@example.com"})
    trace_id = answer.headers["x-trace-id"]
    assert until(lambda: running.state("guests").get("g-Bob")) == "has the menu"
    assert span_of(running, trace_id, "guess-appetite")["attributes"]["result"] == {
        "guestId": "g-Bob",
        "rolls": 2,
        "source": "door",
    }
    assert span_of(running, trace_id, "send-menu")["attributes"]["result"] == {"sent": True}
    messages = [log["msg"] for log in running.trace(trace_id)["logs"]]
    assert {"a guest came", "menu sent to Bob (bob@example.com)", "appetite of g-Bob: 2"} <= set(messages)


def test_hnd_6_sch_3_parameters_by_name_from_python_types(running: Project) -> None:
    trace_id = start(running, "guess-appetite", {"guestId": "g", "signs": ["a"], "metadata": {"source": "s"}})
    assert span_of(running, trace_id, "guess-appetite")["attributes"]["result"] == {
        "guestId": "g",
        "rolls": 1,
        "source": "s",
    }


def test_log_4_console_and_print_are_records_of_their_step(running: Project) -> None:
    trace_id = running.http.post("/guests", json={"name": "Cid", "mail": "c@example.com"}).headers["x-trace-id"]
    span_of(running, trace_id, "send-menu")
    logs = until(
        lambda: len(found := {log["msg"]: log["step"] for log in running.trace(trace_id)["logs"]}) >= 3 and found
    )
    assert logs["menu sent to Cid (c@example.com)"] == "send-menu"
    assert logs["appetite of g-Cid: 2"] == "guess-appetite"


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"payment": "shells"}, {"payment"}),
        ({"rolls": [{"kind": "rye", "count": 0, "price": -1}]}, {"rolls.0.count", "rolls.0.price"}),
        ({"guestId": None}, {"guestId"}),
    ],
)
def test_sch_6_nested_violations_are_all_listed(running: Project, change: dict[str, Any], paths: set[str]) -> None:
    answer = running.http.post("/orders", json={**ORDER, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, "Validation failed")
    assert {detail["path"] for detail in answer.json()["details"]} == paths


def test_http_17_http_18_cfg_24_a_workflow_of_direct_starts(running: Project) -> None:
    answer = running.http.post("/orders", json=ORDER)
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "orderId": "order-g1", "status": "processing"},
    )
    assert until(lambda: running.state("till").get("order-g1")) == {"amount": 3, "method": "card"}
    assert until(lambda: running.state("bags").get("order-g1")) == 1


def test_evt_21_a_thrown_error_is_retried_and_ends_as_a_dead_letter(running: Project) -> None:
    body = {**ORDER, "guestId": "g2", "rolls": [{"kind": "stone", "count": 1, "price": 0}]}
    trace_id = running.http.post("/orders", json=body).headers["x-trace-id"]
    dead = until(lambda: [d for d in running.http.get("/__motia/queue/dead").json() if d["traceId"] == trace_id])
    assert [(one["step"], one["attempt"], one["reason"]) for one in dead] == [("check-oven", 2, "exhausted")]
    assert dead[0]["error"]["message"] == "RATE_LIMIT: the oven refuses order-g2"


def test_cfg_4_cron_1_cron_8_ctx_18_cron_steps_start_others(running: Project) -> None:
    trace_id = start(running, "evening-report")
    assert until(lambda: running.state("reports").get("evening")) == {"rolls": 120, "to": ["baker@example.com"]}
    assert span_of(running, trace_id, "evening-report")["attributes"]["result"] == {"rolls": 120}
    assert span_of(running, start(running, "sweep-floor"), "sweep-floor")["attributes"]["result"] == {"crumbs": 12}


def test_evt_25_gen_4_the_failure_step_starts_again_and_then_gives_up(running: Project) -> None:
    failure = {"stepId": "take-money", "error": {"message": "TIMEOUT"}, "context": {"orderId": "o9", "amount": 1}}
    trace_id = start(running, "handle-failure", failure)
    assert until(lambda: running.state("till").get("o9")) == {"amount": 1}
    result = span_of(running, trace_id, "handle-failure")["attributes"]["result"]
    assert set(result) == {"id", "traceId"}
    start(running, "handle-failure", {**failure, "retryCount": 3})
    assert until(lambda: running.state("alarms").get("o9")) == {
        "level": "error",
        "message": "take-money failed after 3",
        "error": "TIMEOUT",
    }


def test_evt_16_cfg_31_concurrency_is_a_property_of_the_step(running: Project) -> None:
    trace_id = start(running, "bake-batch", {"trays": [1, 2, 3]})
    assert span_of(running, trace_id, "bake-batch")["attributes"]["result"] == {"processed": 3, "results": [1, 2, 3]}
    assert running.state("trays") == {"1": 1, "2": 1, "3": 1}


def test_prj_2_helpers_events_and_workflows_are_read_but_no_steps(running: Project) -> None:
    files = {step["file"] for step in running.http.get("/__motia/steps").json()}
    assert "motia/steps/guests/greet-guest.ts" in files
    assert not files & {"motia/steps/utils/prices.ts", "motia/events/topics.ts", "motia/workflows/breakfast.ts"}


def test_adm_21_direct_starts_are_edges(running: Project) -> None:
    running.http.post("/guests", json={"name": "Eve", "mail": "e@example.com"}).raise_for_status()
    until(lambda: running.state("guests").get("g-Eve"))
    flows = running.http.get("/__motia/flows").json()
    names = {step["id"]: step["name"] for flow in flows for step in flow["steps"]}
    edges = {(names[edge["source"]], names[edge["target"]]) for flow in flows for edge in flow["edges"]}
    assert {("greet-guest", "send-menu"), ("greet-guest", "guess-appetite"), ("send-menu", "mark-guest")} <= edges


def test_evt_27_steps_that_were_never_written(project: Project) -> None:
    shutil.rmtree(project.root / "motia/steps/later")
    project.write("motia.config.toml", "strictTriggers = false\n")
    project.start()
    answer = project.http.post("/orders", json=ORDER)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    project.expect(lambda line: "pack-bag" in str(line.get("msg", "")) and line.get("level") == "warn", WAIT_S)


def test_evt_27_an_unknown_id_fails_with_its_near_matches(project: Project) -> None:
    (project.root / "motia/steps/later/pack-bag.ts").rename(project.root / "motia/steps/later/pack-bags.ts")
    later = project.root / "motia/steps/later/pack-bags.ts"
    later.write_text(later.read_text().replace("'pack-bag'", "'pack-bags'"))
    project.start()
    assert project.http.post("/orders", json=ORDER).status_code == 500
    failed = project.expect(lambda line: line.get("level") == "error" and "pack-bag" in str(line.get("msg")))
    assert "pack-bags" in failed["msg"]


def test_evt_30_the_error_step_is_started_for_each_dead_letter(project: Project) -> None:
    project.write("motia.config.toml", 'errorStep = "handle-failure"\n[queue]\nbackoff = "fixed"\ndelay = 5\n')
    project.start()
    body = {**ORDER, "guestId": "g3", "rolls": [{"kind": "stone", "count": 1, "price": 0}]}
    project.http.post("/orders", json=body).raise_for_status()
    assert until(lambda: project.state("alarms").get("order-g3"), WAIT_S)["error"].startswith("RATE_LIMIT")


def test_conf_2_conf_4_a_config_with_sections(configured: Project) -> None:
    config = configured.root / "motia.config.js"
    config.write_text(config.read_text().replace("development: {", "development: {\n    strictTriggers: false,"))
    shutil.rmtree(configured.root / "motia/steps/later")
    configured.start("start", environment={"NODE_ENV": "development"})
    assert configured.http.post("/orders", json=ORDER).status_code == 200
    configured.stop()
    configured.start("start")
    assert configured.http.post("/orders", json=ORDER).status_code == 500


def test_conf_7_conf_8_conf_24_the_database_of_a_section(configured: Project) -> None:
    configured.start(environment={"NODE_ENV": "development"})
    configured.http.post("/guests", json={"name": "Ada", "mail": "a@example.com"}).raise_for_status()
    until(lambda: configured.state("guests").get("g-Ada"))
    assert (configured.root / "bakery-dev.db").is_file()


def test_conf_21_workbench_on_its_own_port(configured: Project) -> None:
    config = configured.root / "motia.config.js"
    steps, workbench = free_ports(2)
    config.write_text(
        config.read_text().replace("port: 3001", f"port: {steps}").replace("port: 3000", f"port: {workbench}")
    )
    configured.start("dev", "--port", str(steps), environment={"NODE_ENV": "development"})
    assert f"Workbench at http://localhost:{workbench}" in configured.said()
    page = {"accept": "text/html"}
    own = f"http://127.0.0.1:{workbench}"
    assert "Motia" in httpx.get(own, headers=page).raise_for_status().text
    assert "take-order" in httpx.get(f"{own}/__motia/steps").raise_for_status().text
    assert httpx.post(f"{own}/guests", json={"name": "Ada", "mail": "a@example.com"}).status_code == 200
    assert configured.http.get("/", headers=page).status_code == 404
    assert configured.http.post("/guests", json={"name": "Bob", "mail": "b@example.com"}).status_code == 200
    assert configured.http.get("/__motia/steps").status_code == 200
