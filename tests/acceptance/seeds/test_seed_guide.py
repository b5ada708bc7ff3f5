"""The seed motia-comprehensive-guide.md: a lending library under src/, by kind and by feature."""

from __future__ import annotations

from typing import Any

import pytest

from support.running_project import Project, until

SEED = "guide"
ZOD = "zod3"
FILES = {".env": "SHELF_LABEL=A7\nDESK_KEY=oak\n"}
ENVIRONMENT: dict[str, str] = {}


def lend(project: Project, title: str, day: int) -> str:
    answer = project.http.post("/loans", json={"title": title, "day": day})
    assert (answer.status_code, answer.json()) == (200, {"lent": True})
    return str(answer.headers["x-trace-id"])


def test_cfg_1_ctx_23_evt_8_hnd_1_an_untyped_config_and_input_data(running: Project) -> None:
    trace_id = lend(running, "Momo", 11)
    assert until(lambda: running.state("default").get("loan:11")) == {"title": "Momo", "day": 11}
    [logged] = until(lambda: [log for log in running.trace(trace_id)["logs"] if log["msg"] == "filing"])
    assert (logged["args"], logged["step"]) == ({"title": "Momo", "day": 11}, "FileLoan")


def test_hnd_5_hnd_8_evt_8_a_synchronous_python_handler_with_a_result(running: Project) -> None:
    trace_id = lend(running, "Emil", 12)

    def judged() -> list[dict[str, Any]]:
        spans = running.trace(trace_id)["spans"]
        return [span for span in spans if span["name"] == "JudgeMood" and span["end"]]

    [span] = until(judged)
    assert span["status"] == "ok"
    assert "Mood: 1" in [log["msg"] for log in running.trace(trace_id)["logs"]]
    assert span["attributes"]["result"] == {"title": "Emil", "vowels": {"e": 1, "i": 1}}


def test_http_19_sta_1_sta_2_key_only_state_and_no_return_value(running: Project) -> None:
    for name in ("Ada", "Bob"):
        answer = running.http.post("/visits", json={"name": name})
        assert (answer.status_code, answer.content) == (204, b"")
    state = running.state("default")
    assert (state["visit_count"], state["visit_names"]) == (2, ["Ada", "Bob"])


def test_sta_14_keys_with_colons(running: Project) -> None:
    assert running.http.get("/copier").json() == {"address": "127.0.0.1", "seen": 1}
    assert "copies:127.0.0.1" in running.state("default")


def test_http_9_http_13_prj_22_addresses_a_module_level_map_and_429(running: Project) -> None:
    seen = [running.http.get("/copier", headers={"x-forwarded-for": "10.1.2.3"}) for _ in range(3)]
    assert [answer.status_code for answer in seen] == [200, 200, 429]
    assert seen[1].json() == {"address": "10.1.2.3", "seen": 2}
    assert seen[2].json() == {"error": "Let others copy, too"}


def test_sch_1_http_17_a_zod_3_error_has_errors(running: Project) -> None:
    good = running.http.post("/readers", json={"mail": "a@example.com", "name": "Ada", "age": 36})
    assert (good.status_code, good.json()["card"], good.json()["age"]) == (201, "c-1", 36)
    bad = running.http.post("/readers", json={"mail": "nobody", "name": "A", "age": 5.5})
    assert (bad.status_code, bad.json()["error"]) == (400, "The form is not complete")
    assert {error["path"][0] for error in bad.json()["details"]} == {"mail", "name", "age"}


def test_http_10_http_20_prj_22_array_bodies_and_a_module_level_pool(running: Project) -> None:
    first, second = running.http.get("/books/momo"), running.http.get("/books/emil")
    assert (first.status_code, first.json()) == (200, [{"title": "momo", "copies": 2, "connection": 1}])
    assert second.json()[0]["connection"] == 1


def test_log_1_an_error_is_logged_whole(running: Project) -> None:
    answer = running.http.get("/books/locked")
    assert (answer.status_code, answer.json()) == (500, {"error": "Try again later"})
    trace_id = answer.headers["x-trace-id"]
    [log] = until(lambda: [log for log in running.trace(trace_id)["logs"] if log["level"] == "error"])
    assert log["msg"] == "the search failed"
    assert "the catalogue is locked" in str(log)
    assert "catalogue.ts" in str(log)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, {"notice": "Please be quiet", "language": "en"}),
        ("de,en;q=0.7", {"notice": "Bitte Ruhe", "language": "de"}),
        ("ja", {"notice": "図書館ではお静かに", "language": "ja"}),
    ],
)
def test_prj_16_http_9_a_helper_without_an_extension(running: Project, header: str | None, expected: Any) -> None:
    answer = running.http.get("/notice", headers={"accept-language": header} if header else {})
    assert answer.json() == (expected if header else {**expected, "language": answer.json()["language"]})


def test_evt_12_evt_23_retries_and_the_last_attempt(running: Project) -> None:
    running.http.post("/emit", json={"topic": "fee.due", "data": {"reader": "r7"}}).raise_for_status()
    assert until(lambda: running.state("waived").get("r7")) == 1
    [dead] = until(lambda: running.http.get("/__motia/queue/dead").json())
    assert (dead["step"], dead["attempt"], dead["reason"]) == ("CollectFee", 3, "exhausted")
    counts = [
        log["args"]["retryCount"] for log in running.trace(dead["traceId"])["logs"] if log["msg"] == "fee not collected"
    ]
    assert counts == [1, 2, 3]
    assert running.state("waived") == {"r7": 1}


def test_cron_1_hnd_2_cfg_26_schedule_and_a_dummy_parameter(running: Project) -> None:
    [cron] = running.http.get("/__motia/cron").json()
    assert "0 0 * * *" in str(cron)
    running.motia("trigger", "TidyShelves")
    assert until(lambda: running.state("default").get("tidied")) is True


def test_prj_2_prj_3_prj_5_layouts_and_helpers(running: Project) -> None:
    lend(running, "Krabat", 13)
    assert until(lambda: running.state("reminders").get("Krabat")) == 41
    assert until(lambda: running.state("stamps").get("Krabat")) == 13
    files = {step["file"] for step in running.http.get("/__motia/steps").json()}
    assert {"src/ai/mood_step.py", "src/reminders/stamp_book.step.rb", "src/api/lend.step.ts"} <= files
    assert not files & {"src/api/phrases.ts", "src/config/catalogue.ts", "src/reminders/due.ts"}


def test_env_1_conf_4_variables(running: Project) -> None:
    assert running.http.get("/version").json() == {"environment": "development", "shelf": "A7"}


def test_conf_4_start_is_production(project: Project) -> None:
    project.start("start")
    assert project.http.get("/version").json() == {"environment": "production"}


@pytest.mark.parametrize(("given", "expected"), [("staging", "staging"), ("development", "development")])
def test_conf_4_node_env_beats_the_command(project: Project, given: str, expected: str) -> None:
    project.start("start", environment={"NODE_ENV": given})
    assert project.http.get("/version").json()["environment"] == expected


def test_str_24_a_stream_made_in_the_handler(running: Project) -> None:
    assert running.http.post("/boards/b1", json={"book": "Momo"}).json() == {"id": "b1"}
    assert running.http.post("/boards/b1", json={"book": "Emil"}).status_code == 200


@pytest.fixture
def library(configured: Project) -> Project:
    configured.write(".env", FILES[".env"])
    configured.start()
    return configured


def test_conf_2_mw_7_mw_9_express_middleware_guards_the_doors(library: Project) -> None:
    refused = library.http.get("/whoami")
    assert (refused.status_code, refused.json()) == (401, {"error": "No library card"})
    assert refused.headers["access-control-allow-origin"] == "https://library.example"
    forged = library.http.get("/whoami", headers={"authorization": "Bearer ada/elm"})
    assert (forged.status_code, forged.json()) == (401, {"error": "Unknown library card"})
    assert library.http.get("/version").status_code == 200


def test_mw_8_what_middleware_sets_reaches_the_step(library: Project) -> None:
    answer = library.http.get("/whoami", headers={"authorization": "Bearer ada/oak"})
    assert (answer.status_code, answer.json()) == (200, {"user": {"reader": "ada"}})
    assert answer.headers["access-control-allow-origin"] == "https://library.example"
