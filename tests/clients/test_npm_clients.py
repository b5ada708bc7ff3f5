"""The original's own clients, unmodified from npm, work against our core: in Node and in a browser (WS-3 to WS-15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clients.driven import PAGE, Client, Driver
from support.patient_relay import PatientRelay
from support.running_project import Project, until

KINDS = ["node", "browser", "react"]
DENIED = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    running = Driver()
    yield running
    running.stop()


def write_project(project: Project) -> None:
    """Two streams, a Step that writes to any, and a config that knows who comes."""
    project.write("streams/chat.stream.py", 'config = {"name": "chat"}\n')
    project.write(
        "streams/guarded.stream.py",
        """
        def can_access(subscription, auth_context):
            return auth_context == {"user": "ada"} and subscription["groupId"] != "closed"
        config = {"name": "guarded", "can_access": can_access}
        """,
    )
    project.write(
        "steps/write_step.py",
        """
        config = {"type": "api", "name": "Write", "method": "POST", "path": "/write"}
        async def handler(req, ctx):
            stream = ctx.streams[req.body["stream"]]
            return {"status": 200, "body": {"result": await getattr(stream, req.body["call"])(*req.body["given"])}}
        """,
    )
    # A real page of the same core: a browser lets no other page connect to this machine.
    project.write(
        "steps/page_step.py",
        f"""
        config = {{"type": "api", "name": "Page", "method": "GET", "path": "{PAGE}"}}
        async def handler(req):
            return {{"status": 200, "headers": {{"content-type": "text/html"}}, "body": "<!doctype html><title>-</title>"}}
        """,
    )
    project.write(
        "motia.config.py",
        """
        from urllib.parse import parse_qs, urlsplit
        def authenticate(request):
            token = parse_qs(urlsplit(request["url"]).query).get("authToken", [None])[0]
            offered = request["headers"].get("sec-websocket-protocol", "")
            if offered.startswith("Authorization,"):
                token = offered.partition(",")[2]
            if token == "wrong":
                raise PermissionError("nobody knows this token")
            return {"user": token} if token else None
        config = {"streamAuth": {"authenticate": authenticate}}
        """,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("clients") / "project")
    write_project(made)
    made.start()
    yield made
    made.http.close()
    made.stop(20)


@pytest.fixture
def room(request: pytest.FixtureRequest) -> str:
    """A group of the test's own."""
    return str(request.node.name)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, project: Project, driver: Driver) -> Iterator[Client]:
    driver.failures()
    made = driver.client(request.param, project.url)
    yield made
    made.end()


def write(project: Project, call: str, *given: Any, stream: str = "chat") -> Any:
    answer = project.http.post("/write", json={"stream": stream, "call": call, "given": given})
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_ws_3_ws_5_ws_6_ws_12_an_npm_client_sees_what_happens(project: Project, room: str, client: Client) -> None:
    write(project, "set", room, "a", {"text": "first"})
    client.open()
    item, group = client.item("chat", room, "a"), client.group("chat", room)
    assert item.shows("first")
    assert group.shows("first")
    (synced,) = group.states[-1]
    assert set(synced) == {"text", "id", "_createdAt"}
    write(project, "set", room, "b", {"text": "second"})
    assert group.shows("first", "second")
    write(project, "set", room, "a", {"text": "changed"})
    assert item.shows("changed")
    assert group.shows("changed", "second")
    write(project, "update", room, "a", {"text": "merged"})
    assert item.shows("merged")
    write(project, "send", {"groupId": room, "id": "a"}, {"type": "ping", "data": {"n": 1}})
    assert item.hears("ping", {"n": 1})
    assert group.hears("ping", {"n": 1})
    write(project, "send", {"groupId": room}, {"type": "ping", "data": [2]})
    assert group.hears("ping", [2])
    write(project, "delete", room, "a")
    assert item.shows(None)
    assert group.shows("second")
    assert item.events == [{"type": "ping", "data": {"n": 1}}]
    assert [event["data"] for event in group.events] == [{"n": 1}, [2]]


def test_ws_9_an_npm_client_sees_its_own_group_sorted_and_no_other(project: Project, room: str, client: Client) -> None:
    client.open()
    group = client.group("chat", room, sort_key="text")
    assert group.shows()
    write(project, "set", "other", "x", {"text": "elsewhere"})
    write(project, "set", room, "1", {"text": "zebra"})
    write(project, "set", room, "2", {"text": "ant"})
    assert group.shows("ant", "zebra")
    assert all("elsewhere" not in str(state) for state in group.states)


def test_ws_15_an_npm_client_that_left_hears_nothing_more(project: Project, room: str, client: Client) -> None:
    client.open()
    left, stays = client.item("chat", room, "a"), client.group("chat", room)
    assert stays.shows()
    write(project, "set", room, "a", {"text": "first"})
    assert left.shows("first")
    assert stays.shows("first")
    before = left.states
    left.leave()
    write(project, "set", room, "a", {"text": "second"})
    assert stays.shows("second")
    assert left.states == before


@pytest.mark.parametrize("kind", KINDS)
def test_ws_16_an_npm_client_comes_back_after_a_crash_and_shows_what_is_there_then(
    project: Project, room: str, driver: Driver, kind: str
) -> None:
    for item in ("kept", "changed", "deleted"):
        write(project, "set", room, item, {"text": item})
    # In Node the client leaves a refused connection to the process, which ends: there it must not be refused meanwhile.
    relay = PatientRelay(int(project.url.rpartition(":")[2])) if kind == "node" else None
    client = driver.client(kind, relay.url if relay else project.url)
    client.open()
    group, deleted = client.group("chat", room), client.item("chat", room, "deleted")
    assert group.shows("kept", "changed", "deleted")
    assert deleted.shows("deleted")
    project.kill()
    project.start("dev", "--port", project.url.rpartition(":")[2])
    write(project, "delete", room, "deleted")
    write(project, "set", room, "changed", {"text": "while away"})
    assert group.shows("kept", "while away")
    assert deleted.shows(None)
    write(project, "set", room, "new", {"text": "after"})
    assert group.shows("kept", "while away", "after")
    client.end()
    if relay:
        relay.stop()


@pytest.mark.parametrize("how", ["query", "subprotocol"])
def test_str_30_str_34_ws_2_an_npm_client_brings_its_token(
    project: Project, room: str, client: Client, how: str
) -> None:
    write(project, "set", room, "a", {"text": "secret"}, stream="guarded")
    if how == "query":
        client.open("/?authToken=ada")
    else:
        client.open(protocols=["Authorization", "ada"])
    assert client.group("guarded", room).shows("secret")


def test_ws_13_str_4_an_npm_client_hears_that_it_may_not_join(project: Project, room: str, client: Client) -> None:
    write(project, "set", room, "a", {"text": "secret"}, stream="guarded")
    client.open("/?authToken=eve")
    # The original's React hook subscribes before it listens: an answer that is faster than a rendering escapes it.
    tries = (client.item("guarded", room, "a") for _ in range(10))
    item = next((each for each in tries if each.heard("error", DENIED, 3)), None)
    assert item is not None
    assert item.states == []
    public = client.group("chat", room)
    assert public.shows()


def test_str_30_an_npm_client_with_a_wrong_token_is_refused(
    project: Project, room: str, client: Client, driver: Driver
) -> None:
    client.open("/?authToken=wrong")
    group = client.group("chat", room)
    # How Node and Chromium put an answer of 401 to an upgrade.
    refusals = ("Unexpected server response: 401", "HTTP Authentication failed")
    until(lambda: any(text in failure for failure in driver.failures() for text in refusals), 20)
    assert group.states in ([], [[]])  # the React hook begins with an empty list
