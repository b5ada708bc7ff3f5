"""Who may connect and join, and that whatever goes wrong means no (STR-4, STR-5, STR-30 to STR-34)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from acceptance.live.calls import Live
from acceptance.live.sources import AUTHENTICATE_STREAM, LANGUAGES, STREAM_AUTH, Files
from support.running_project import Project, until

DENIED = ("error", {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"})
Make = Callable[[Files], Live]


@pytest.fixture(params=[STREAM_AUTH, AUTHENTICATE_STREAM], ids=["streamAuth", "authenticateStream"], scope="session")
def guarded_core(request: pytest.FixtureRequest, language: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A core whose config decides who may connect."""
    project = Project(tmp_path_factory.mktemp("guarded") / "project")
    for path, text in {**LANGUAGES[language], **request.param[language]}.items():
        project.write(path, text)
    project.start()
    yield project
    project.http.close()
    project.stop(20)


def context_of(live: Live, room: str) -> Any:
    """What `onJoin` was given of who joined."""
    return until(lambda: live.project.state("joined").get(room))["auth"]


def test_str_4_str_5_ws_15_functions_of_a_stream_decide_and_hear_of_leaving(live: Live) -> None:
    with live.client() as client:
        name = client.join("guarded", live.room)
        assert client.event() == ("sync", [])
        assert live.project.state("joined")[live.room] == {"auth": None, "id": None}
        client.leave(name, "guarded", live.room)
        assert until(lambda: live.project.state("left").get(live.room)) == {"times": 1}
        client.join("guarded", live.room, "item")
        client.join("guarded", live.room)
        assert client.event() == ("sync", [])
    until(lambda: live.project.state("left").get(live.room) == {"times": 3})


@pytest.mark.parametrize("room", ["denied", "unauthorized", "raises", "wrong type", "hangs", "dies"])
def test_str_4_str_5_str_33_ws_13_a_join_is_denied(live: Live, room: str) -> None:
    with live.client() as client:
        client.join("guarded", room)
        said = client.heard()
        assert "secret" not in str(said)
        assert (said["event"]["event"]["type"], said["event"]["event"]["data"]) == DENIED
        live.do("set", room, "a", {"n": 1}, stream="guarded")
        assert client.heard_by_now() == []


def test_str_32_ws_1_without_a_function_everyone_is_anonymous(live: Live) -> None:
    with live.client("/?authToken=anything") as client:
        client.join("guarded", live.room)
        assert client.event()[0] == "sync"
    assert live.project.state("joined")[live.room]["auth"] is None


def test_str_30_str_31_str_34_tokens_by_query(guarded_core: Any, request: pytest.FixtureRequest) -> None:
    live = Live(guarded_core, "room")
    with live.client("/some/path?authToken=ada&x=1") as client:
        client.join("guarded", "query")
        assert client.event()[0] == "sync"
    context = context_of(live, "query")
    assert context["user"] == "ada"
    assert "/some/path" in (context.get("url") or context["path"])
    with live.client() as client:
        client.join("guarded", "nobody")
        assert client.event()[0] == "sync"
    nobody = context_of(live, "nobody")
    assert nobody is None or nobody["user"] is None


def test_str_34_ws_2_tokens_by_subprotocol(make: Make, language: str) -> None:
    live = make(STREAM_AUTH[language])
    live.project.start()
    with live.client(protocols=["Authorization", "ada"]) as client:
        assert client.socket.subprotocol == "Authorization"
        client.join("guarded", "room")
        assert client.event()[0] == "sync"
    assert context_of(live, "room")["user"] == "ada"


@pytest.mark.parametrize("token", ["raises", "wrong-type", "hangs", "dies"])
def test_str_30_str_31_str_33_a_connection_is_refused(guarded_core: Any, token: str) -> None:
    live = Live(guarded_core, "room")
    with pytest.raises(InvalidStatus) as refused, live.client(f"/?authToken={token}"):
        pass
    response = refused.value.response
    assert response.status_code == 401
    assert response.body == b"Authentication failed"
    assert response.headers["content-type"].startswith("text/html")

    # By HTTP likewise; and whoever may come still can.
    assert live.project.http.get(f"/__motia/streams/chat/room?authToken={token}").status_code == 401
    with live.client("/?authToken=ada") as client:
        client.join("chat", "room")
        assert client.event() == ("sync", [])


def test_str_31_not_authorized(make: Make, language: str) -> None:
    live = make(AUTHENTICATE_STREAM[language])
    live.project.start()
    with pytest.raises(InvalidStatus) as refused, live.client("/?authToken=unauthorized"):
        pass
    assert refused.value.response.status_code == 401


def test_tokens_are_not_in_traces(guarded_core: Any) -> None:
    live = Live(guarded_core, "room")
    with live.client("/?authToken=a-token-to-look-for") as client:
        client.join("chat", "room")
        assert client.event()[0] == "sync"
    traces = live.project.http.get("/__motia/traces").json()
    listed = traces["items"] if isinstance(traces, dict) else traces
    assert listed
    for each in listed:
        trace = live.project.trace(each.get("traceId") or each["id"])
        assert "a-token-to-look-for" not in str(trace)


def test_str_23_conf_26_strict_streams_refuse_undeclared_ones(make: Make, language: str) -> None:
    live = make({"motia.config.toml": "strictStreams = true\n"})
    live.project.start()
    said = live.fails("set", "room", "a", {"n": 1}, stream="never-declared")
    assert 'there is no stream "never-declared"' in said
    assert '"chat"' in said
    with live.client() as client:
        client.join("never-declared", "room")
        assert client.event()[0] == "error"
    assert live.do("set", "room", "a", {"n": 1})["n"] == 1
