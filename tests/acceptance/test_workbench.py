"""Where the Workbench is served, and to whom."""

from __future__ import annotations

import json
import threading

import pytest

from support.running_project import Project

PAGE = {"accept": "text/html"}
ELSEWHERE = {"x-forwarded-for": "203.0.113.9"}


@pytest.fixture
def orders(project: Project) -> Project:
    project.write(
        "steps/root_step.py",
        "config = {'type': 'api', 'path': '/orders'}\nasync def handler(): return {'from': 'step'}\n",
    )
    return project


def test_conf_21_start_serves_it_only_where_it_is_enabled(orders: Project) -> None:
    orders.start("start")
    assert orders.http.get("/", headers=PAGE).status_code == 404
    assert orders.http.get("/__motia/workbench/theme.js").status_code == 404
    assert orders.http.get("/__motia/flows").status_code == 200
    orders.stop()
    orders.write("motia.config.json", json.dumps({"workbench": {"enabled": True}}))
    orders.start("start")
    assert "Motia Workbench" in orders.http.get("/", headers=PAGE).text


def test_conf_21_under_a_path_of_its_own(orders: Project) -> None:
    orders.start("dev", "--workbench-base", "wb")
    assert orders.http.get("/", headers=PAGE).status_code == 404
    assert 'content="./"' in orders.http.get("/wb", headers=PAGE).text
    page = orders.http.get("/wb/", headers=PAGE).text
    assert 'content="../"' in page
    script = page.partition('type="module" crossorigin src="../')[2].partition('"')[0]
    answer = orders.http.get(f"/{script}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]


def test_a_step_at_the_same_path_comes_first(orders: Project) -> None:
    orders.start(environment={"MOTIA_WORKBENCH_BASE": "/orders"})
    assert orders.http.get("/orders", headers=PAGE).json() == {"from": "step"}


def test_adm_1_the_page_is_open_and_the_data_is_not(orders: Project) -> None:
    orders.start()
    assert orders.http.get("/", headers=PAGE | ELSEWHERE).status_code == 200
    assert orders.http.get("/__motia/flows", headers=ELSEWHERE).status_code == 401
    assert orders.http.get("/__motia/changes/follow", headers=ELSEWHERE).status_code == 401
    refused = orders.http.post("/__motia/session", json={"token": "wrong"}, headers=ELSEWHERE)
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    wrong = orders.http.get("/?token=wrong", headers=PAGE | ELSEWHERE)
    assert "set-cookie" not in wrong.headers


def test_adm_1_a_session_is_a_cookie_that_neither_scripts_nor_steps_see(orders: Project) -> None:
    orders.start()
    token = (orders.root / ".motia" / "admin-token").read_text().strip()
    opened = orders.http.post("/__motia/session", json={"token": token}, headers=ELSEWHERE)
    assert opened.status_code == 204
    assert opened.headers["set-cookie"].endswith("; Path=/__motia; HttpOnly; SameSite=Strict")
    assert orders.http.get("/__motia/flows", headers=ELSEWHERE).status_code == 200
    closed = orders.http.post("/__motia/session/close", json={}, headers=ELSEWHERE)
    assert closed.status_code == 204
    assert orders.http.get("/__motia/flows", headers=ELSEWHERE).status_code == 401


@pytest.mark.parametrize("path", ["/__motia/changes/follow", "/__motia/logs/follow"])
def test_who_listens_does_not_hold_up_the_end(orders: Project, path: str) -> None:
    orders.start()
    listening, ended = threading.Event(), threading.Event()

    def listen() -> None:
        with orders.http.stream("GET", path) as answer:
            for _ in answer.iter_lines():
                listening.set()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    assert listening.wait(20)
    orders.stop(8)  # the grace for requests is ten seconds: nobody waits for it
    assert ended.wait(20)
