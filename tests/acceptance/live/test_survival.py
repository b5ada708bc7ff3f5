"""What lasts: items, timestamps and triggers across kill -9, streams across reloads, feeds across connections."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any, Self

import pytest

from acceptance.live.calls import Live, plain
from acceptance.live.sources import Files
from support.running_project import LIMIT_S, until

Make = Callable[[Files], Live]


def test_sta_18_ws_11_str_20_items_and_times_are_as_before_after_kill_9(make: Make) -> None:
    live = make({})
    live.project.start()
    with live.client() as client:
        client.join("chat", "room")
        client.heard()
        written = [live.do("set", "room", f"item {n}", {"n": n}) for n in range(20)]
        live.do("delete", "room", "item 0")
        last = [client.heard() for _ in range(21)][-1]["timestamp"]
    live.do("set", "room", "a", {"n": 1}, stream="undeclared")
    live.project.kill()
    live.project.start()
    with live.client() as client:
        client.join("chat", "room")
        sync = client.heard()
        assert sync["timestamp"] > last
        expected = [{"n": n, "id": f"item {n}", "_createdAt": written[n]["_createdAt"]} for n in range(1, 20)]
        assert sync["event"]["data"] == expected
        client.join("chat", "room", "item 0")
        assert client.event() == ("sync", None)
        client.join("undeclared", "room")
        assert [plain(item) for item in client.event()[1]] == [{"n": 1}]
        live.do("set", "room", "item 1", {"n": 100})
        update = client.heard()
        assert update["timestamp"] > sync["timestamp"]
        assert update["event"]["data"]["_createdAt"] == written[1]["_createdAt"]


def test_evt_29_cfg_44_a_write_starts_who_watches_also_when_the_core_is_killed_after_it(make: Make) -> None:
    live = make({})
    live.project.start()
    written = live.do("set", "room", "a", {"n": 1}, stream="watched")
    live.project.kill()
    live.project.start()
    seen = until(lambda: live.project.state("seen").get("a"))
    assert seen["type"] == "create"
    assert seen["data"] == {"n": 1, "id": "a", "_createdAt": written["_createdAt"]}


def test_evt_29_cfg_44_writes_start_who_watches_and_no_others(live: Live) -> None:
    for name in ("created", "updated", "deleted"):
        live.do("set", live.room, name, {"n": 1}, stream="watched")
    live.do("update", live.room, "updated", {"n": 2}, stream="watched")
    live.do("delete", live.room, "deleted", stream="watched")
    live.do("set", live.room, "elsewhere", {"n": 1})
    kinds = {"created": "create", "updated": "update", "deleted": "delete"}

    def seen() -> dict[str, str]:
        return {name: event["type"] for name, event in live.project.state("seen").items()}

    until(lambda: kinds.items() <= seen().items())
    assert "elsewhere" not in seen()


def test_ws_14_prj_11_a_stream_file_that_is_added_begins_for_who_waited(make: Make) -> None:
    live = make({})
    live.project.start()
    with live.client() as client:
        client.join("added", "room")
        assert client.event()[0] == "error"
        live.project.write("streams/added.stream.py", 'config = {"name": "added"}\n')
        assert client.event() == ("sync", [])
        live.do("set", "room", "a", {"n": 1}, stream="added")
        assert client.event()[0] == "create"


def test_ws_14_str_4_a_stream_file_that_is_added_decides_who_of_the_waiting_may_join(make: Make) -> None:
    live = make({})
    live.project.start()
    with live.client() as client:
        client.join("added", "room")
        assert client.event()[0] == "error"
        live.project.write(
            "streams/added.stream.py",
            'config = {"name": "added", "can_access": lambda subscription, auth_context: False}\n',
        )
        assert client.event() == ("error", {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"})


def test_prj_11_a_reload_keeps_who_is_connected(make: Make) -> None:
    live = make({})
    live.project.start()
    with live.client() as client:
        client.join("chat", "room")
        assert client.event() == ("sync", [])
        live.project.write("streams/chat.stream.py", 'config = {"name": "chat", "description": "changed"}\n')
        live.project.expect(lambda line: line.get("event") == "steps")
        live.do("set", "room", "a", {"n": 1})
        assert client.event()[0] == "create"


class Curl:
    """`curl` on a feed of server-sent events."""

    def __init__(self, url: str, *options: str) -> None:
        command = ["curl", "--no-buffer", "--silent", "--show-error", "--max-time", str(int(LIMIT_S)), *options, url]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def heard(self) -> tuple[int, dict[str, Any]]:
        """Id and message of the next event."""
        assert self._process.stdout is not None
        fields: dict[str, str] = {}
        for line in self._process.stdout:
            name, _, value = line.rstrip("\n").partition(": ")
            if name in {"id", "data"}:
                fields[name] = value
            if not line.strip() and fields:
                return int(fields["id"]), json.loads(fields["data"])
        pytest.fail("the feed ended")


def test_streams_as_server_sent_events_go_on_where_they_were(live: Live) -> None:
    url = f"{live.project.url}/__motia/streams/chat/sse-room"
    with Curl(url) as feed:
        number, sync = feed.heard()
        assert sync["event"] == {"type": "sync", "data": []}
        assert number == sync["timestamp"]
        live.do("set", "sse-room", "a", {"n": 1})
        number, create = feed.heard()
        assert create["event"]["type"] == "create"
    live.do("set", "sse-room", "a", {"n": 2})
    live.do("set", "sse-room", "b", {"n": 3})
    with Curl(url, "-H", f"Last-Event-ID: {number}") as feed:
        assert feed.heard()[1]["event"] == {"type": "resumed", "data": {"missed": 2}}
        assert [feed.heard()[1]["event"]["data"]["n"] for _ in range(2)] == [2, 3]
    with Curl(f"{url}/b", "-H", "Last-Event-ID: 1") as feed:
        assert feed.heard()[1]["event"]["data"]["n"] == 3


@pytest.mark.parametrize(
    ("path", "status"), [("not-there/room", 404), ("guarded/denied", 403), ("chat", 404), ("__motia.logs/default", 404)]
)
def test_feeds_that_are_refused(live: Live, path: str, status: int) -> None:
    answer = live.project.http.get(f"/__motia/streams/{path}")
    assert answer.status_code == status
    assert answer.json()["error"]
