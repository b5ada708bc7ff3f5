"""Clients that mean no good, or no sense: they are told or let go, memory stays bounded, and nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from websockets.exceptions import ConnectionClosed

from acceptance.live.calls import Live
from acceptance.live.sources import LANGUAGES
from support.running_project import Project

# Generous: buffers, caches and what the allocator keeps; what a client can make the core hold is far more without limits.
MOST_GROWTH: Final = 96 * 1024 * 1024
JOIN: Final = {"streamName": "chat", "groupId": "room", "subscriptionId": "u"}


@pytest.fixture(scope="module")
def place(language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    project = Project(tmp_path_factory.mktemp("abuse") / "project")
    for path, text in LANGUAGES[language].items():
        project.write(path, text)
    project.start("start")
    yield Live(project, "room")
    project.http.close()
    project.stop(20)


@pytest.fixture
def live(place: Live) -> Iterator[Live]:
    """The core, checked at the end: memory bounded, and a client that was there all along still served."""
    assert place.project.process is not None
    pid = place.project.process.pid
    with place.client() as witness:
        witness.join("chat", "witness")
        assert witness.event()[0] == "sync"
        before = resident(pid)
        yield place
        assert resident(pid) - before < MOST_GROWTH
        place.do("set", "witness", "a", {"n": 1})
        assert witness.event()[0] in {"create", "update"}
        assert "Traceback" not in place.project.said()


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A masked frame."""
    size = len(payload)
    head = struct.pack("!BB", first, 0x80 | size) if size < 126 else struct.pack("!BBH", first, 0xFE, size)
    return head + bytes(4) + payload  # masked with zeros


def raw(live: Live, **options: int) -> socket.socket:
    """An upgraded connection without any client."""
    made = socket.socket()
    for name, value in options.items():
        made.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    made.connect(("127.0.0.1", int(live.project.url.rpartition(":")[2])))
    made.sendall(upgrade())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += made.recv(1)
    assert answer.startswith(b"HTTP/1.1 101")
    return made


def upgrade() -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x05hello", 1002),  # not masked
        (b"\xf1\x80\x00\x00\x00\x00", 1002),  # reserved bits
        (b"\x83\x80\x00\x00\x00\x00", 1002),  # reserved opcode
        (b"\x89\xfe\x01\x00" + bytes(4 + 256), 1002),  # a ping that is too long
        (b"\x80\x80\x00\x00\x00\x00", 1002),  # goes on with nothing
        (b"\x81\xff" + b"\x7f" * 8 + bytes(4), 1009),  # says that exabytes follow
    ],
    ids=["unmasked", "reserved bits", "opcode", "long ping", "continuation", "exabytes"],
)
def test_ws_4_frames_against_the_protocol_close_with_a_code(live: Live, sent: bytes, code: int) -> None:
    with raw(live) as client:
        client.sendall(sent)
        client.settimeout(20)
        answer = client.recv(1024)
        assert answer[0] == 0x88
        assert struct.unpack("!H", answer[2:4])[0] == code


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "null", "[" * 60_000, '{"type":"join","data":' + '{"a":' * 10_000, '{"type":"join","type":{}}'],
    ids=["empty", "nul", "null", "nested", "nested objects", "type twice"],
)
def test_ws_4_text_that_is_no_message(live: Live, text: str) -> None:
    with live.client() as client:
        client.socket.send(text)
        assert client.event()[1]["code"] == "BAD_MESSAGE"
        client.join("chat", "room")
        assert client.event()[0] == "sync"


@pytest.mark.parametrize("field", ["streamName", "groupId", "subscriptionId", "id"])
@pytest.mark.parametrize("value", [1, True, [], {}, "", 1e300])
def test_ws_4_names_that_are_no_text(live: Live, field: str, value: object) -> None:
    with live.client() as client:
        client.say("join", **{**JOIN, field: value})
        kind, data = client.event()
        assert (kind, data["code"]) == ("error", "BAD_MESSAGE")
        assert f'"{field}"' in data["message"]


def test_ws_4_frames_of_a_megabyte(live: Live) -> None:
    with live.client() as client:
        for _ in range(9):
            client.socket.send("x" * 1_000_000)
            assert client.event()[1]["code"] == "BAD_MESSAGE"
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - where it shows is a matter of time
            client.socket.send("x" * 3_000_000)
            client.heard()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_a_frame_that_comes_a_byte_at_a_time(live: Live) -> None:
    with raw(live) as client:
        for byte in frame(json.dumps({"type": "join", "data": JOIN}).encode()):
            client.sendall(bytes([byte]))
        client.settimeout(20)
        assert b'"sync"' in client.recv(65_536)


def test_ws_17_ten_thousand_joins_on_one_socket(live: Live) -> None:
    with live.client() as client:
        for number in range(10_000):
            client.join("chat", f"g{number}")
        codes = [client.event() for _ in range(10_000)]
        assert sum(kind == "sync" for kind, _ in codes) == 1_000
        assert {data["code"] for kind, data in codes if kind == "error"} == {"TOO_MANY_SUBSCRIPTIONS"}


def test_ws_13_joins_to_streams_that_are_not_there(live: Live) -> None:
    with live.client() as client:
        for number in range(3_000):
            client.join(f"unknown {number}", "room")
        codes = [client.event()[1]["code"] for _ in range(3_000)]
        assert codes == ["STREAM_ACCESS_DENIED"] * 1_000 + ["TOO_MANY_SUBSCRIPTIONS"] * 2_000


def test_joining_and_leaving_for_ever_holds_nothing(live: Live) -> None:
    with live.client() as client:
        for number in range(5_000):
            name = client.join("chat", f"come and go {number}")
            client.leave(name, "chat", f"come and go {number}")
            client.join(f"unknown {number}", "room")
            client.leave(f"subscription {2 * number + 2}", "x", "y")
        heard = [client.event()[0] for _ in range(10_000)]
        assert heard == ["sync", "error"] * 5_000


def test_ws_17_a_client_that_never_reads_is_let_go(live: Live) -> None:
    with raw(live, SO_RCVBUF=4096) as client, live.client() as other:
        client.sendall(frame(json.dumps({"type": "join", "data": JOIN}).encode()))
        other.join("chat", "room")
        assert other.event()[0] == "sync"
        for number in range(200):
            live.do("set", "room", "a", {"n": number, "text": "x" * 60_000})
            assert other.event()[1]["n"] == number
        # What the two kernels held of it can still be read; then it is over, long before all of it.
        client.settimeout(20)
        received = 0
        while data := client.recv(1 << 20):
            received += len(data)
        assert received < 200 * 60_000
    live.do("delete", "room", "a")


def test_5000_connections_that_come_and_are_dropped(live: Live) -> None:
    port = int(live.project.url.rpartition(":")[2])
    joining = frame(json.dumps({"type": "join", "data": JOIN}).encode())

    async def come_and_go(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(upgrade())
        if number % 3:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(joining)
        if number % 2:
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(reader.read(16), 20)
        made = writer.get_extra_info("socket")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # dropped, not closed
        writer.close()

    async def all_of_them() -> None:
        for wave in range(20):
            await asyncio.gather(*(come_and_go(wave * 250 + number) for number in range(250)))

    asyncio.run(all_of_them())


def test_ws_1_more_connections_than_allowed_from_one_address_are_refused(live: Live) -> None:
    with contextlib.ExitStack() as held:
        refused = b""
        for _ in range(2_501):
            made = held.enter_context(socket.create_connection(("127.0.0.1", int(live.project.url.rpartition(":")[2]))))
            made.sendall(upgrade())
            refused = made.recv(1024)
            if not refused.startswith(b"HTTP/1.1 101"):
                break
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in refused.lower()


def test_a_slow_join_of_one_does_not_hold_up_others(live: Live) -> None:
    with live.client() as slow, live.client() as quick:
        slow.join("guarded", "hangs")
        slow.join("chat", "behind")
        quick.join("chat", "room")
        assert quick.event()[0] == "sync"
        assert slow.event()[1]["message"] == "Access denied"
        assert slow.event()[0] == "sync"
