"""Every call of `ctx.streams`, as its result and as a client sees it (STR-10 to STR-27)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from acceptance.live.calls import Live, plain
from support.live_client import LiveClient
from support.running_project import until


def test_str_10_str_20_str_21_ws_7_ws_12_set(live: Live) -> None:
    with live.client() as client:
        client.join("chat", live.room)
        assert client.event() == ("sync", [])
        first = live.do("set", live.room, "a", {"text": "x", "id": "own", "_createdAt": 1, "__motia": 1})
        assert plain(first) == {"text": "x"}
        assert first["id"] == "a"
        assert first["__motia"] == {"type": "state-stream", "streamName": "chat", "groupId": live.room, "id": "a"}
        kind, item = client.event()
        assert (kind, item) == ("create", {"text": "x", "id": "a", "_createdAt": first["_createdAt"]})
        second = live.do("set", live.room, "a", {"text": "y"})
        assert second["_createdAt"] == first["_createdAt"] > 1_700_000_000_000
        assert client.event() == ("update", {"text": "y", "id": "a", "_createdAt": first["_createdAt"]})


def test_str_10_str_11_str_12_str_13_short_forms_mean_default(live: Live) -> None:
    stream = "undeclared-for-short-forms"
    with live.client() as client:
        live.do("set", {"n": 1}, stream=stream)
        client.join(stream, "default")
        assert [item["id"] for item in client.event()[1]] == ["default"]
        live.do("set", "b", {"n": 2}, stream=stream)
        assert client.event()[1]["id"] == "b"
        assert live.do("get", stream=stream)["n"] == 1
        assert live.do("get", "b", stream=stream)["n"] == 2
        assert live.do("get", "default", "b", stream=stream)["n"] == 2
        assert [item["n"] for item in live.do("getGroup", stream=stream)] == [1, 2]
        assert live.do("update", "b", {"n": 3}, stream=stream)["new_value"]["n"] == 3
        assert client.event()[0] == "update"
        assert live.do("delete", "b", stream=stream)["n"] == 3
        assert client.event()[0] == "delete"
        live.do("send", {"type": "hello", "data": 4}, stream=stream)
        assert client.event() == ("hello", 4)
        assert live.do("delete", stream=stream)["n"] == 1
        assert live.do("get", stream=stream) is None


def test_str_11_str_12_ws_12_what_is_not_there(live: Live) -> None:
    with live.client() as client:
        client.join("chat", live.room)
        assert client.event() == ("sync", [])
        assert live.do("get", live.room, "nobody") is None
        assert live.do("delete", live.room, "nobody") is None
        assert client.heard_by_now() == []


def test_str_12_ws_12_delete_tells_what_was_removed(live: Live) -> None:
    live.do("set", live.room, "a", {"text": "x"})
    with live.client() as client:
        client.join("chat", live.room, "a")
        assert client.event()[0] == "sync"
        assert plain(live.do("delete", live.room, "a")) == {"text": "x"}
        kind, item = client.event()
        assert (kind, plain(item), item["id"]) == ("delete", {"text": "x"}, "a")


def test_str_13_str_27_groups_are_listed_oldest_first(live: Live) -> None:
    for name in ("c", "a", "b"):
        live.do("set", live.room, name, {"text": name})
    live.do("set", live.room, "c", {"text": "again"})
    for call in ("getGroup", "list", "get_group"):
        items = live.do(call, live.room)
        assert [item["id"] for item in items] == ["c", "a", "b"]
        assert items[0]["__motia"]["groupId"] == live.room


def test_str_14_update(live: Live) -> None:
    live.do("set", live.room, "a", {"n": 1, "tags": ["x"], "deep": {"kept": 1}})
    with live.client() as client:
        client.join("chat", live.room)
        assert client.event()[0] == "sync"
        ops = [{"type": "increment", "path": "n", "by": 2}, {"type": "append", "path": "tags", "value": "y"}]
        pair = live.do("update", live.room, "a", ops)
        assert (pair["old_value"]["n"], pair["new_value"]["n"]) == (1, 3)
        assert plain(client.event()[1]) == {"n": 3, "tags": ["x", "y"], "deep": {"kept": 1}}
        live.do("update", live.room, "a", {"deep": {"more": 2}})
        assert plain(client.event()[1])["deep"] == {"kept": 1, "more": 2}
        assert "increment" in live.fails("update", live.room, "a", [{"type": "increment", "path": "tags", "by": 1}])
        assert client.heard_by_now() == []
        live.do("update", live.room, "new", {"n": 1})
        assert client.event()[0] == "create"


def test_str_15_ws_9_ws_12_send_reaches_the_item_and_its_group_or_the_group_alone(live: Live) -> None:
    with live.client() as group, live.client() as item:
        group.join("chat", live.room)
        assert group.event() == ("sync", [])
        item.join("chat", live.room, "a")
        assert item.heard_by_now() == []
        live.do("send", {"groupId": live.room, "id": "a"}, {"type": "typing", "data": {"who": "ada"}})
        live.do("send", {"groupId": live.room}, {"type": "note", "data": None})
        assert item.event() == ("typing", {"who": "ada"})
        assert item.heard_by_now() == []
        assert group.event() == ("typing", {"who": "ada"})
        assert group.event() == ("note", None)
    assert live.do("getGroup", live.room) == []


def test_str_16_groups_and_clearing(live: Live) -> None:
    stream = "undeclared-for-groups"
    for group in ("one", "two"):
        live.do("set", group, "a", {"n": 1}, stream=stream)
    live.do("set", "one", "b", {"n": 2}, stream=stream)
    assert live.do("listGroups", stream=stream) == ["one", "two"]
    with live.client() as client:
        client.join(stream, "one")
        assert client.event()[0] == "sync"
        live.do("clear", "one", stream=stream)
        assert [(kind, item["id"]) for kind, item in (client.event(), client.event())] == [
            ("delete", "a"),
            ("delete", "b"),
        ]
    assert live.do("list_groups", stream=stream) == ["two"]


def test_str_20_data_is_an_object(live: Live) -> None:
    for data in ("text", 1, [1], None):
        assert "object" in live.fails("set", live.room, "a", data)


def test_str_22_names_are_found_in_any_spelling(live: Live) -> None:
    live.do("set", live.room, "a", {"n": 1}, stream="workflowProgress")
    with live.client() as client:
        client.join("workflow-progress", live.room)
        assert client.event()[1][0]["n"] == 1
    said = live.fails("set", live.room, "a", {"n": 1}, stream="twinStream")
    assert '"twin-stream" or "twin_stream"' in said


def test_str_6_every_form_defines_a_stream(live: Live) -> None:
    for name in ("twin-stream", "twin_stream", "workflow-progress", "chat"):
        with live.client() as client:
            client.join(name, live.room)
            assert client.event() == ("sync", []), name


def test_str_23_undeclared_streams_come_into_being_and_are_warned_of_once(live: Live) -> None:
    for n in (1, 2):
        live.do("set", live.room, "a", {"n": n}, stream="never-declared")
    with live.client() as client:
        client.join("never-declared", live.room)
        assert client.event()[1][0]["n"] == 2
    warnings = until(lambda: [line for line in live.project.said().splitlines() if '"never-declared\\"' in line])
    assert len(warnings) == 1
    assert "not declared" in warnings[0]
    assert "everybody may join" in warnings[0]


def test_str_25_of_first_sets_at_once_one_creates(live: Live) -> None:
    with live.client() as client, ThreadPoolExecutor(16) as pool:
        client.join("chat", live.room)
        assert client.event() == ("sync", [])
        results = list(pool.map(lambda n: live.do("set", live.room, "a", {"n": n}), range(40)))
        heard = [client.heard() for _ in range(40)]
    assert [each["event"]["type"] for each in heard] == ["create"] + ["update"] * 39
    assert len({each["_createdAt"] for each in results}) == 1
    times = [each["timestamp"] for each in heard]
    assert times == sorted(set(times))
    assert live.do("get", live.room, "a")["n"] == heard[-1]["event"]["data"]["n"]


def test_str_26_the_workbenchs_streams_are_nobody_elses(live: Live) -> None:
    for name in ("__motia.logs", "motia-trace", "motia-trace-group"):
        assert "Workbench" in live.fails("set", live.room, "a", {"n": 1}, stream=name)
        with LiveClient(live.project.url, origin="https://elsewhere.example") as client:
            client.join(name, "default")
            assert client.event() == ("error", {"code": "STREAM_ACCESS_DENIED", "message": f"Stream {name} not found"})


@pytest.mark.parametrize(
    ("stream", "stored"), [("numbers-warn", True), ("numbers-off", True), ("numbers-enforce", False)]
)
def test_str_2_sch_11_items_are_checked_on_write(live: Live, stream: str, stored: bool) -> None:  # noqa: FBT001
    live.do("set", live.room, "good", {"n": 1}, stream=stream)
    wrong: dict[str, Any] = {"n": "text"}
    if stored:
        live.do("set", live.room, "bad", wrong, stream=stream)
        live.do("set", live.room, "bad", wrong, stream=stream)
    else:
        assert "n" in live.fails("set", live.room, "bad", wrong, stream=stream)
        assert "schema" in live.fails("update", live.room, "good", wrong, stream=stream)
    assert [item["id"] for item in live.do("getGroup", live.room, stream=stream)] == ["good", "bad"][: 1 + stored]
    warnings = [line for line in live.project.said().splitlines() if f'{stream}\\" does not fit' in line]
    assert len(warnings) == (stream == "numbers-warn")


def test_str_1_of_two_streams_with_one_name_the_first_file_wins(live: Live, make: Any, language: str) -> None:
    again = {"streams/zz-chat.stream.py": 'config = {"name": "chat"}\n'}
    other = make(again)
    other.project.start()
    notices = [line for line in other.project.said().splitlines() if "zz-chat" in line]
    assert "already defined in streams/chat.stream.py" in " ".join(notices)
    assert other.do("set", "g", "a", {"n": 1})["n"] == 1
