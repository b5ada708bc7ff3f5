"""The streams of the Workbench on a real core: for its token and for this machine alone, live, and true to the stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from support.running_project import LIMIT_S, Project

GREET = """
    config = {"type": "api", "name": "Greet", "method": "GET", "path": "/greet", "emits": ["greeted"], "flows": ["hello"]}

    async def handler(req, context):
        context.logger.info("greeting", {"token": "hush", "who": "you"})
        await context.state.set("greetings", "last", 1)
        await context.emit({"topic": "greeted", "data": {"n": 1}})
        return {"status": 200, "body": {}}
"""
HEAR = """
    config = {"type": "event", "name": "Hear", "subscribes": ["greeted"], "emits": [], "flows": ["hello"]}

    async def handler(input, context):
        raise RuntimeError("deaf")
"""
FROM_ELSEWHERE = {"x-forwarded-for": "203.0.113.9"}


@pytest.fixture
def greeter(project: Project) -> Project:
    project.write("steps/greet_step.py", GREET)
    project.write("steps/hear_step.py", HEAR)
    return project


def socket(project: Project, **options: Any) -> ClientConnection:
    opened: ClientConnection = connect(f"ws{project.url.removeprefix('http')}/", open_timeout=LIMIT_S, **options)
    return opened


def join(connection: ClientConnection, stream: str, group: str = "default") -> list[dict[str, Any]]:
    """What the group holds."""
    data = {"streamName": stream, "groupId": group, "subscriptionId": f"{stream} {group}"}
    connection.send(json.dumps({"type": "join", "data": data}))
    event = heard(connection, stream, lambda event: event["type"] in {"sync", "event"})
    assert event["type"] == "sync", event
    return list(event["data"])


def heard(connection: ClientConnection, stream: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next event of the stream that is `wanted`."""
    while True:
        message = json.loads(connection.recv(timeout=LIMIT_S))
        if message["streamName"] == stream and wanted(message["event"]):
            return dict(message["event"])


def test_ws_24_runs_traces_and_logs_are_seen_as_they_happen(greeter: Project) -> None:
    greeter.start()
    with socket(greeter) as connection:
        for stream in ("__motia.logs", "__motia.runs", "motia-trace-group"):
            assert join(connection, stream) == []
        trace_id = greeter.http.get("/greet").headers["x-trace-id"]
        log = heard(connection, "__motia.logs", lambda event: event["data"]["msg"] == "greeting")
        assert log["type"] == "create"
        assert (log["data"]["step"], log["data"]["who"], log["data"]["token"]) == ("Greet", "you", "***")
        assert log["data"]["traceId"] == trace_id
        run = heard(connection, "__motia.runs", lambda event: event["data"]["status"] == "retrying")
        assert (run["data"]["id"], run["data"]["step"]) == (trace_id, "Greet")
    with socket(greeter) as connection:
        [group] = join(connection, "motia-trace-group")
        assert (group["id"], group["name"]) == (trace_id, "Greet")
        executions = {each["name"]: each for each in join(connection, "motia-trace", trace_id)}
        assert executions["Greet"]["entryPoint"] == {"type": "api", "stepName": "Greet"}
        kinds = [event["type"] for event in executions["Greet"]["events"]]
        assert sorted(kinds) == ["emit", "log", "state"]
        assert executions["Hear"]["status"] == "failed"
        assert executions["Hear"]["error"]["message"] == "deaf"
        assert {each["id"] for each in join(connection, "__motia.runs")} == {trace_id}
        assert "greeting" in {each["msg"] for each in join(connection, "__motia.logs")}


def test_ws_24_the_project_is_seen_and_its_changes(greeter: Project) -> None:
    greeter.write("motia-workbench.json", '[{"id": "hello", "config": {"steps/greet_step.py": {"x": 1, "y": 2}}}]')
    greeter.start()
    with socket(greeter) as connection:
        [flow] = join(connection, "__motia.flows")
        assert {step["name"] for step in flow["steps"]} == {"Greet", "Hear"}
        [layout] = join(connection, "__motia.flowsConfig")
        assert layout == {"id": "hello", "config": {"steps/greet_step.py": {"x": 1, "y": 2}}}
        [endpoint] = join(connection, "__motia.api-endpoints")
        assert (endpoint["id"], endpoint["method"], endpoint["path"]) == ("steps/greet_step.py", "GET", "/greet")
        assert join(connection, "__motia.bullmq-queues") == []
        assert join(connection, "__motia.streams-registry") == []
        greeter.write("steps/part_step.py", GREET.replace("Greet", "Part").replace("/greet", "/part"))
        added = heard(connection, "__motia.api-endpoints", lambda event: event["type"] == "create")
        assert added["data"]["path"] == "/part"
        greeter.http.get("/greet")
        queue = heard(connection, "__motia.bullmq-queues", lambda event: event["data"]["id"] == "greeted.Hear")
        assert queue["data"]["isPaused"] is False
        (greeter.root / "steps/part_step.py").unlink()
        gone = heard(connection, "__motia.api-endpoints", lambda event: event["type"] == "delete")
        assert gone["data"]["path"] == "/part"


def test_str_26_nobody_else_may_join_them(greeter: Project) -> None:
    greeter.start()
    everything = [each["name"] for each in greeter.http.get("/__motia/streams/all").json()["streams"] if each["hidden"]]
    assert {"__motia.logs", "motia-trace"} <= {*everything}
    for headers in (FROM_ELSEWHERE, {**FROM_ELSEWHERE, "authorization": "Bearer wrong"}):
        with socket(greeter, additional_headers=headers) as connection:
            for stream in everything:
                data = {"streamName": stream, "groupId": "default", "subscriptionId": stream}
                connection.send(json.dumps({"type": "join", "data": data}))
                event = heard(connection, stream, lambda _: True)["event"]
                assert event["data"]["code"] == "STREAM_ACCESS_DENIED"
            greeter.http.get("/greet")
            # What comes next is the answer to this, and nothing of what was just done.
            again = {"streamName": "__motia.logs", "groupId": "default", "subscriptionId": "again"}
            connection.send(json.dumps({"type": "join", "data": again}))
            answer = json.loads(connection.recv(timeout=LIMIT_S))["event"]["event"]
            assert answer["data"]["code"] == "STREAM_ACCESS_DENIED"
    with socket(greeter, origin="http://elsewhere.example") as connection:
        data = {"streamName": "__motia.logs", "groupId": "default", "subscriptionId": "s"}
        connection.send(json.dumps({"type": "join", "data": data}))
        assert heard(connection, "__motia.logs", lambda _: True)["event"]["data"]["code"] == "STREAM_ACCESS_DENIED"
    events = {"accept": "text/event-stream"}
    assert (
        greeter.http.get("/__motia/streams/__motia.logs/default", headers={**events, **FROM_ELSEWHERE}).status_code
        == 404
    )
    token = (greeter.root / ".motia/admin-token").read_text().strip()
    allowed = {**FROM_ELSEWHERE, "authorization": f"Bearer {token}"}
    with socket(greeter, additional_headers=allowed) as connection:
        assert len(join(connection, "__motia.flows")) == 1
    with greeter.http.stream("GET", "/__motia/streams/__motia.flows/default", headers={**events, **allowed}) as answer:
        assert answer.status_code == 200
