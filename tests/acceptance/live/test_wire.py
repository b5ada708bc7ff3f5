"""What is on the wire, with a core that runs a project (WS-1 to WS-17)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from acceptance.live.calls import Live, plain
from support.live_client import LiveClient


def test_ws_1_sockets_connect_at_any_path_but_ours(live: Live) -> None:
    for path in ("/", "/ws", "/deep/path?with=query", "/do"):
        with live.client(path) as client:
            client.join("chat", live.room)
            assert client.event() == ("sync", [])
    with pytest.raises(InvalidStatus) as refused, live.client("/__motia/ws"):
        pass
    assert refused.value.response.status_code == 404
    assert live.project.http.post("/do", json={"stream": "chat", "call": "get", "given": []}).status_code == 200


def test_ws_2_the_first_subprotocol_is_echoed(live: Live) -> None:
    with live.client(protocols=["Authorization", "TOKEN"]) as client:
        assert client.socket.subprotocol == "Authorization"
    with live.client() as client:
        assert client.socket.subprotocol is None


def test_ws_3_ws_11_envelopes(live: Live) -> None:
    with live.client() as client:
        client.join("chat", live.room)
        sync = client.heard()
        assert list(sync) == ["timestamp", "streamName", "groupId", "event"]
        live.do("set", live.room, "a", {"n": 1})
        create = client.heard()
        assert list(create) == ["timestamp", "streamName", "groupId", "id", "event"]
        assert (create["streamName"], create["groupId"], create["id"]) == ("chat", live.room, "a")
        live.do("send", {"groupId": live.room}, {"type": "x", "data": 1})
        event = client.heard()
        assert list(event) == ["timestamp", "streamName", "groupId", "event"]
        assert event["event"] == {"type": "event", "event": {"type": "x", "data": 1}}
        assert sync["timestamp"] < create["timestamp"] < event["timestamp"]
        assert all(isinstance(each["timestamp"], int) for each in (sync, create, event))


def test_ws_4_bad_frames_are_told_and_ten_in_a_row_are_the_end(live: Live) -> None:
    with live.client() as client:
        client.join("chat", live.room)
        assert client.event()[0] == "sync"
        for frame in ("{", "[]", '{"type":"join","data":{}}', "x" * 70_000, '{"type":"join","data":{"streamName":1}}'):
            client.socket.send(frame)
            told = client.heard()
            assert (told["streamName"], told["groupId"]) == ("", "")
            assert told["event"]["event"]["data"]["code"] == "BAD_MESSAGE"
        client.socket.send('{"type":"unknown","data":{}}')
        live.do("set", live.room, "a", {"n": 1})
        assert client.event()[0] == "create"
        for _ in range(10):
            client.socket.send("{")
        assert {client.event()[1]["code"] for _ in range(10)} == {"BAD_MESSAGE"}
        with pytest.raises(ConnectionClosed) as closed:
            client.heard()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


def test_ws_5_joining_an_item_that_is_there_never_was_or_is_gone(live: Live) -> None:
    live.do("set", live.room, "a", {"n": 1})
    live.do("set", live.room, "gone", {"n": 2})
    live.do("delete", live.room, "gone")
    with live.client() as client:
        client.join("chat", live.room, "never")
        assert client.heard_by_now() == []
        client.join("chat", live.room, "a")
        assert plain(client.event()[1]) == {"n": 1}
        client.join("chat", live.room, "gone")
        assert client.event() == ("sync", None)


def test_ws_6_ws_7_joining_a_group(live: Live) -> None:
    for name in ("b", "a"):
        live.do("set", live.room, name, {"n": 1})
    with live.client() as client:
        client.join("chat", live.room)
        kind, items = client.event()
        assert kind == "sync"
        assert [item["id"] for item in items] == ["b", "a"]
        assert all(set(item) == {"n", "id", "_createdAt"} for item in items)


def test_ws_8_ws_11_who_joins_while_much_is_written_misses_nothing_and_sees_nothing_twice(live: Live) -> None:
    def listen(_: int) -> list[int]:
        with live.client() as client:
            client.join("chat", live.room)
            first = client.heard()
            seen = [item["n"] for item in first["event"]["data"]]
            last = first["timestamp"]
            while len(seen) < 120:
                message = client.heard()
                assert message["timestamp"] > last
                last = message["timestamp"]
                seen.append(message["event"]["data"]["n"])
            return seen

    with ThreadPoolExecutor(24) as pool:
        listening = [pool.submit(listen, each) for each in range(16)]
        list(pool.map(lambda n: live.do("set", live.room, f"item {n}", {"n": n}), range(120)))
        for each in listening:
            assert sorted(each.result()) == list(range(120))


def test_ws_9_rooms_are_apart(live: Live) -> None:
    with live.client() as client:
        client.join("chat", live.room, "a")
        client.join("chat", f"{live.room} other")
        assert client.event() == ("sync", [])
        live.do("set", live.room, "b", {"n": 1})
        live.do("set", f"{live.room} third", "a", {"n": 1})
        live.do("set", live.room, "a", {"n": 1}, stream="by-now")
        assert client.heard_by_now() == []
        live.do("set", live.room, "a", {"n": 1})
        assert client.heard()["groupId"] == live.room


def test_ws_10_an_event_goes_once_to_a_socket_with_many_subscriptions(live: Live) -> None:
    with live.client() as client:
        for item in (None, "a", "a", None):
            client.join("chat", live.room, item)
        assert [client.event()[0] for _ in range(2)] == ["sync", "sync"]
        live.do("set", live.room, "a", {"n": 1})
        assert [each["event"]["type"] for each in client.heard_by_now()] == ["create"]


def test_ws_13_a_stream_that_does_not_exist(live: Live) -> None:
    with live.client() as client:
        client.join("not-there", live.room, "a")
        refused = client.heard()
        assert (refused["streamName"], refused["groupId"], refused["id"]) == ("not-there", live.room, "a")
        data = {"code": "STREAM_ACCESS_DENIED", "message": "Stream not-there not found"}
        assert refused["event"] == {"type": "event", "event": {"type": "error", "data": data}}


def test_ws_14_a_stream_that_comes_into_being_begins_for_who_waited(live: Live) -> None:
    with live.client() as client, live.client() as left:
        client.join("born-later", live.room)
        assert client.event()[0] == "error"
        name = left.join("born-later", live.room)
        assert left.event()[0] == "error"
        left.leave(name, "born-later", live.room)
        assert left.heard_by_now() == []
        live.do("set", live.room, "a", {"n": 1}, stream="born-later")
        shown = client.event()
        if shown == ("sync", []):  # the join and the first write are at the same time
            shown = ("sync", [client.event()[1]])
        assert [plain(item) for item in shown[1]] == [{"n": 1}]
        assert left.heard_by_now() == []


def test_ws_15_leaving(live: Live) -> None:
    with live.client() as client:
        name = client.join("chat", live.room)
        assert client.event()[0] == "sync"
        client.leave(None, "chat", live.room)
        assert client.heard_by_now() == []
        live.do("set", live.room, "a", {"n": 1})
        assert client.event()[0] == "create"
        client.leave(name, "chat", live.room)
        assert client.heard_by_now() == []
        live.do("set", live.room, "a", {"n": 2})
        assert client.heard_by_now() == []


def test_ws_17_a_thousand_subscriptions_and_no_more(live: Live) -> None:
    with live.client() as client:
        for number in range(1_001):
            client.join("chat", f"{live.room} {number}")
        kinds = [client.event() for _ in range(1_001)]
        assert [kind for kind, _ in kinds] == ["sync"] * 1_000 + ["error"]
        assert kinds[-1][1]["code"] == "TOO_MANY_SUBSCRIPTIONS"


def test_ws_16_the_client_of_a_core_that_stops_is_told(make: object, live: Live) -> None:
    own = make({})  # type: ignore[operator]
    own.project.start()
    with LiveClient(own.project.url) as client:
        client.join("chat", "room")
        assert client.event() == ("sync", [])
        own.project.stop(20)
        with pytest.raises(ConnectionClosed) as closed:
            client.heard()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


def test_presence_is_told_to_who_asks(live: Live) -> None:
    with live.client() as asking:
        asking.join("chat", live.room, presence=True)
        assert asking.event() == ("sync", [])
        told = asking.heard()
        assert told["event"] == {"type": "event", "event": {"type": "presence", "data": {"count": 1}}}
        with live.client() as silent:
            silent.join("chat", live.room)
            assert silent.event() == ("sync", [])
            assert asking.event() == ("presence", {"count": 2})
            assert silent.heard_by_now() == []
        assert asking.event() == ("presence", {"count": 1})
        asking.join("chat", live.room, presence="yes")
        assert asking.event()[1]["code"] == "BAD_MESSAGE"


def test_items_of_any_text_come_through(live: Live) -> None:
    room = f'{live.room} "quotes" \\ ünïcödé 🙂 / %2F ?'
    data = {"text": '\u2028 "🙂" \\ \u0000', "big": 2**60, "float": 0.1, "deep": [[{}]], "": None}
    with live.client() as client:
        client.join("chat", room)
        assert client.event()[0] == "sync"
        live.do("set", room, "i/d ü", data)
        message = client.heard()
        assert (message["groupId"], message["id"]) == (room, "i/d ü")
        assert plain(message["event"]["data"]) == data
        assert json.loads(json.dumps(plain(live.do("get", room, "i/d ü")))) == data
