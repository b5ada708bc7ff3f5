"""What is wrong gets a clear message or a 4xx; nothing hangs; no traceback reaches a user."""

from __future__ import annotations

import socket
import subprocess

import httpx

from support.running_project import LIMIT_S, Project, alive, until

ECHO = """
    config = {"type": "api", "name": "Echo", "path": "/echo", "method": "POST"}
    def handler(req):
        return {"status": 200, "body": {"got": req["body"]}}
"""


def test_requests(project: Project) -> None:
    project.write("steps/echo_step.py", ECHO)
    project.start()
    http = project.http
    broken = http.post("/echo", content=b'{"a": ', headers={"content-type": "application/json", "origin": "http://x"})
    assert broken.status_code == 400
    assert broken.json()["error"] == "Invalid JSON"
    assert broken.headers["access-control-allow-origin"] == "*"
    assert http.get("/nowhere").json() == {"error": "Not found"}
    wrong = http.get("/echo")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "OPTIONS, POST")
    assert http.post("/echo", json={"ok": [1, None, "ü"]}).json() == {"got": {"ok": [1, None, "ü"]}}
    assert http.post("/echo", content=b"x", headers={"content-encoding": "br"}).status_code == 415
    assert http.post("/echo", content=b"x", headers={"content-encoding": "gzip"}).status_code == 400
    assert http.post("/__motia/emit", json={}).status_code == 400
    assert http.post("/__motia/steps/nope/start", json={}).status_code == 404
    assert http.get("/__motia/traces", params={"limit": "many"}).status_code == 400


def test_a_body_of_100_mb_is_refused_whether_its_length_is_declared_or_not(project: Project) -> None:
    project.write("steps/echo_step.py", ECHO)
    project.start()
    declared = httpx.post(f"{project.url}/echo", content=b"x" * 100_000_000, timeout=LIMIT_S)
    assert declared.status_code == 413
    chunked = httpx.post(f"{project.url}/echo", content=(b"x" * 1_000_000 for _ in range(100)), timeout=LIMIT_S)
    assert chunked.status_code == 413
    assert project.http.post("/echo", json=1).json() == {"got": 1}


def test_a_request_that_is_no_http_is_answered_with_400(project: Project) -> None:
    project.write("steps/echo_step.py", ECHO)
    project.start()
    with socket.create_connection(("127.0.0.1", int(project.url.rpartition(":")[2])), LIMIT_S) as raw:
        raw.sendall(b"NONSENSE\r\n\r\n")
        assert raw.recv(64).startswith(b"HTTP/1.1 400")
    assert project.http.post("/echo", json=1).status_code == 200


def test_files_that_cannot_be_loaded_are_named_and_the_others_run(project: Project) -> None:
    project.write("steps/good_step.py", ECHO)
    project.write("steps/syntax.step.ts", "export const config = {\n  type: 'api',\n  name: \n}\n")
    project.write("steps/raises_step.py", "config = {}\nraise RuntimeError('at import')\n")
    project.write("steps/config_step.py", "config = {'type': 'event', 'name': 'NoTopic'}\ndef handler(input): pass\n")
    project.write(
        "steps/twice.step.ts",
        "export const config = { type: 'api', path: '/echo', method: 'POST' }\nexport const handler = () => 1\n",
    )
    project.write("steps/a/same_step.py", "config = {'type': 'noop', 'name': 'Same'}\n")
    project.write("steps/b/same_step.py", "config = {'type': 'noop', 'name': 'Same'}\n")
    project.start()
    project.http.post("/echo", json=1).raise_for_status()
    notices = {(notice["file"], notice["level"]): notice for notice in project.http.get("/__motia/notices").json()}
    assert notices["steps/syntax.step.ts", "error"]["line"] in {3, 4}
    assert "at import" in notices["steps/raises_step.py", "error"]["message"]
    assert notices["steps/raises_step.py", "error"]["line"] == 2
    assert notices["steps/config_step.py", "error"]["field"] == "subscribes"
    assert ("steps/twice.step.ts", "error") in notices
    assert "Same" in notices["steps/a/same_step.py", "warning"]["message"]


def test_a_file_that_never_ends_loading_is_named_and_the_others_run(project: Project) -> None:
    project.write("steps/a_loop_step.py", "while True:\n    pass\n")
    project.write("steps/echo_step.py", ECHO)
    project.write("steps/loop.step.ts", "for (;;) {}\n")
    project.write(
        "steps/ok.step.ts",
        "export const config = { type: 'api', path: '/ok' }\nexport const handler = () => ({ ok: 1 })\n",
    )
    project.start("dev")
    assert project.http.post("/echo", json=1).status_code == 200
    assert project.http.get("/ok").json() == {"ok": 1}
    files = {notice["file"] for notice in project.http.get("/__motia/notices").json() if notice["level"] == "error"}
    assert files == {"steps/a_loop_step.py", "steps/loop.step.ts"}


def test_a_port_in_use(project: Project) -> None:
    project.write("steps/echo_step.py", ECHO)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "in use" in project.motia("start", "--port", port, "--host", "127.0.0.1", status=1)
        project.spawn("dev", "--port", port)
        assert project.expect_log("was in use, using port")
    assert project.stop() == 0


def test_two_cores_on_one_directory(project: Project) -> None:
    project.write("steps/echo_step.py", ECHO)
    project.start()
    said = project.motia("start", "--port", "0", status=1)
    assert "already runs" in said
    assert "adapters" in said
    assert project.http.post("/echo", json=1).status_code == 200


def test_no_project_and_no_steps(project: Project) -> None:
    project.start()
    assert project.http.get("/").status_code == 404
    assert "No Steps" in project.motia("steps")
    project.stop()
    (project.root / "steps").rmdir()
    project.root.joinpath(".motia").rename(project.root.parent / "old")
    assert "motia create" in project.motia("dev", status=1)
    assert "not a directory" in project.motia("dev", "nowhere", status=1)


def test_a_missing_interpreter_is_named_and_the_rest_runs(project: Project) -> None:
    project.write("steps/echo_step.py", ECHO)
    project.write(
        "steps/a.step.ts", "export const config = { type: 'api', path: '/a' }\nexport const handler = () => 1\n"
    )
    project.write("steps/b_step.rb", "def config = { type: 'noop', name: 'B' }\n")
    project.write("motia.config.toml", '[interpreters]\nnode = "/nowhere/node"\nruby = "/nowhere/ruby"\n')
    project.start()
    assert project.http.post("/echo", json=1).status_code == 200
    assert project.http.get("/a").status_code == 404
    messages = [notice["message"] for notice in project.http.get("/__motia/notices").json()]
    assert any("/nowhere/node" in message for message in messages)
    assert any("/nowhere/ruby" in message for message in messages)


def test_a_broken_config_names_file_and_line(project: Project) -> None:
    project.write("motia.config.toml", "port = 1\nqueue = \n")
    said = project.motia("dev", status=1)
    assert "motia.config.toml:2" in said
    project.write("motia.config.toml", "port = 'abc'\nbodyLimt = 3\n")
    said = project.motia("dev", status=1)
    assert "port" in said


def test_output_on_a_terminal_shows_no_traceback_when_interrupted_while_starting(project: Project) -> None:
    project.write("steps/slow_step.py", "import time\ntime.sleep(9)\n" + "config = {'type': 'noop'}\n")
    project.spawn()
    assert project.process is not None
    process: subprocess.Popen[str] = project.process
    until((project.root / ".motia" / "data.db").exists)
    assert project.stop() == 0
    assert "Traceback" not in project.said()
    assert not alive(process.pid)
