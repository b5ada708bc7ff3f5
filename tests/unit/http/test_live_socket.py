"""Live connections over real sockets, with a WebSocket client that is not ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from motia.adapters.memory import MemoryBroadcast, MemoryStreams
from motia.http.live_session import LiveLimits, LiveStreams
from motia.http.live_socket import LiveServer
from motia.model.delivery import Failure
from motia.model.invocation import Completed, Failed, Invocation, Outcome
from motia.model.step import Step, StreamDefinition
from motia.model.stream_table import StreamTable
from motia.model.streams import Published, change_event
from motia.runtime.clock import SystemClock
from motia.runtime.rooms import Rooms
from motia.runtime.stream_access import StreamAccess


class Authors:
    """Answers hooks as the author's functions would."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {}

    async def invoke(self, invocation: Invocation) -> Outcome:
        hook = invocation.arguments["hook"]
        self.asked.append((hook, json.loads(invocation.body)))
        answer = self.answers.get(hook)
        if answer is None:
            return Failed(Failure("Error", "no"), "handler")
        return Completed(json.dumps(answer).encode())


class Place:
    """A listening server with a stream `chat`, and `guarded`, which asks its author."""

    def __init__(self, limits: LiveLimits, ping_every_s: float) -> None:
        self.store = MemoryStreams()
        self.broadcast = MemoryBroadcast()
        self.authors = Authors()
        self.authenticator: Step | None = None
        self.connections: set[Any] = set()
        self.extra: set[str] = set()
        clock = SystemClock()
        chat = StreamDefinition("chat", "chat.stream.py", "python", "chat.stream.py")
        hooks = ("canAccess", "onLeave")
        guarded = StreamDefinition("guarded", "g.stream.py", "python", "g.stream.py", hooks=hooks)
        table = StreamTable.of([chat, guarded], [])
        self.live = LiveStreams(
            Rooms(self.store, self.broadcast, clock),
            StreamAccess(lambda: self.authors, lambda: self.authenticator),
            lambda: table,
            lambda name: name in self.extra,
            clock,
            limits,
        )
        self.server = LiveServer(self.live, lambda origin: origin != "https://evil.example", ping_every_s=ping_every_s)
        self.url = ""

    async def set(self, item: str, stream: str = "chat", **data: Any) -> None:
        change = await self.store.set(stream, "room", item, json.dumps(data).encode(), now=SystemClock().now_ms())
        self.broadcast.publish(Published(stream, "room", item, change.at, change_event(change)))

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - what is waited for happens in the server, which tells nobody
                await asyncio.sleep(0)


_USUAL = LiveLimits()


@contextlib.asynccontextmanager
async def place(limits: LiveLimits = _USUAL, ping_every_s: float = 30.0) -> AsyncIterator[Place]:
    where = Place(limits, ping_every_s)
    listening = await asyncio.get_running_loop().create_server(lambda: where.server(server_state=where), "127.0.0.1", 0)
    where.url = f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield where
    finally:
        for each in list(where.connections):
            each.shutdown()
        await where.until(lambda: not where.connections)
        listening.close()


def join(stream: str = "chat", group: str = "room", item: str | None = None, sub: str = "u", **more: Any) -> str:
    data = {"streamName": stream, "groupId": group, "subscriptionId": sub, **more}
    return json.dumps({"type": "join", "data": data if item is None else {**data, "id": item}})


def leave(sub: str = "u", stream: str = "chat", group: str = "room") -> str:
    return json.dumps({"type": "leave", "data": {"streamName": stream, "groupId": group, "subscriptionId": sub}})


async def heard(client: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await client.recv())


async def test_ws_3_envelopes_have_their_keys_in_order() -> None:
    async with place() as here, connect(here.url) as client:
        await client.send(join())
        text = await client.recv()
        assert str(text).startswith('{"timestamp":')
        sync = json.loads(text)
        assert list(sync) == ["timestamp", "streamName", "groupId", "event"]
        assert sync["event"] == {"type": "sync", "data": []}
        await here.set("a", text="hi")
        created = await heard(client)
        assert list(created) == ["timestamp", "streamName", "groupId", "id", "event"]
        assert created["event"]["type"] == "create"
        assert created["event"]["data"]["text"] == "hi"
        assert created["timestamp"] > sync["timestamp"]


async def test_ws_2_the_first_subprotocol_is_echoed() -> None:
    async with place() as here:
        here.authors.answers["authenticate"] = {"context": None}
        here.authenticator = _config()
        async with connect(here.url, subprotocols=["Authorization", "token"]) as client:  # type: ignore[list-item]
            assert client.subprotocol == "Authorization"
        assert here.authors.asked[0][1]["headers"]["sec-websocket-protocol"] == "Authorization,token"


async def test_str_30_the_request_is_described_and_a_denial_is_401() -> None:
    async with place() as here:
        here.authenticator = _config()
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"{here.url}/some/path?authToken=abc&x=1&x=2"):
                pass
        response = refused.value.response
        assert response.status_code == 401
        assert response.headers["content-type"].startswith("text/html")
        assert response.body == b"Authentication failed"
        asked = here.authors.asked[0][1]
        assert asked["url"] == "/some/path?authToken=abc&x=1&x=2"
        assert asked["queryParams"] == {"authToken": ["abc"], "x": ["1", "2"]}
        assert asked["ip"] == "127.0.0.1"


async def test_ws_1_not_below_motia_not_from_foreign_pages_not_beyond_the_limit() -> None:
    async with place(LiveLimits(connections_per_address=1)) as here:
        for address, origin, status in ((f"{here.url}/__motia/x", None, 404), (here.url, "https://evil.example", 403)):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(address, origin=origin):  # type: ignore[arg-type]
                    pass
            assert refused.value.response.status_code == status
        async with connect(here.url):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(here.url):
                    pass
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"] == "1"
        await here.until(lambda: here.server.connections == 0)
        async with connect(here.url):
            pass


async def test_str_4_who_may_not_join_is_told_so_and_nothing_else() -> None:
    async with place() as here, connect(here.url) as client:
        await client.send(join("guarded"))
        denied = await heard(client)
        assert denied["event"] == {
            "type": "event",
            "event": {"type": "error", "data": {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}},
        }
        here.authors.answers["stream.access"] = {"allowed": True}
        here.authors.answers["stream.leave"] = {}
        await client.send(join("guarded", item="i"))
        await here.until(lambda: here.live.rooms.presence("guarded", "room") == 1)
        asked = here.authors.asked[-1][1]
        assert asked == {
            "subscription": {"streamName": "guarded", "groupId": "room", "id": "i"},
            "authContext": None,
        }
        await client.close()
        await here.until(lambda: here.authors.asked[-1][0] == "stream.leave")
        assert [hook for hook, _ in here.authors.asked].count("stream.leave") == 1


async def test_ws_14_a_stream_that_comes_later_begins_then() -> None:
    async with place() as here, connect(here.url) as client:
        await client.send(join("later"))
        refused = await heard(client)
        assert refused["event"]["event"]["data"] == {
            "code": "STREAM_ACCESS_DENIED",
            "message": "Stream later not found",
        }
        here.extra.add("later")
        await here.set("a", stream="later")
        here.live.appeared("later")
        assert (await heard(client))["event"]["type"] == "sync"


async def test_ws_15_leaving() -> None:
    async with place() as here, connect(here.url) as client:
        await client.send(join())
        await heard(client)
        await client.send('{"type":"leave","data":{"streamName":"chat","groupId":"room"}}')
        await client.send(leave())
        await client.send(join("chat", "other", sub="v"))
        await heard(client)
        await here.set("a")
        assert here.live.rooms.presence("chat", "room") == 0


@pytest.mark.parametrize(
    "frame",
    ["{", "[]", "1", '{"type":1}', '{"type":"join"}', '{"type":"join","data":{"streamName":"chat"}}', "x" * 70_000, ""],
    ids=lambda text: text[:20],
)
async def test_ws_4_a_bad_message_is_told_and_the_connection_lives(frame: str) -> None:
    async with place() as here, connect(here.url) as client:
        await client.send(frame)
        told = await heard(client)
        assert (told["streamName"], told["groupId"]) == ("", "")
        assert told["event"]["event"]["data"]["code"] == "BAD_MESSAGE"
        await client.send('{"type":"unheard of"}')
        await client.send(join())
        assert (await heard(client))["event"]["type"] == "sync"


async def test_ws_4_messages_in_pieces_and_ten_bad_ones() -> None:
    async with place() as here, connect(here.url) as client:
        text = join()
        await client.send([text[:10], text[10:20], text[20:]])
        assert (await heard(client))["event"]["type"] == "sync"
        for _ in range(10):
            await client.send(b"\xff\xfe")
        assert {(await heard(client))["event"]["event"]["data"]["code"] for _ in range(10)} == {"BAD_MESSAGE"}
        with pytest.raises(ConnectionClosed) as closed:
            await heard(client)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_a_frame_of_a_megabyte_is_refused_and_one_of_three_closes() -> None:
    async with place() as here, connect(here.url) as client:
        await client.send("x" * 1_000_000)
        assert (await heard(client))["event"]["event"]["data"]["code"] == "BAD_MESSAGE"
        await client.send("x" * 3_000_000)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(client)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_ws_17_too_many_subscriptions() -> None:
    async with place(LiveLimits(subscriptions=2)) as here, connect(here.url) as client:
        for number in range(3):
            await client.send(join(group=f"g{number}", sub=f"u{number}"))
        answers = [await heard(client) for _ in range(3)]
        assert [each["event"]["type"] for each in answers] == ["sync", "sync", "event"]
        assert answers[2]["event"]["event"]["data"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await client.send(leave("u0", group="g0"))
        await client.send(join(group="g3", sub="u3"))
        assert (await heard(client))["event"]["type"] == "sync"


async def test_ws_17_a_client_that_never_reads_is_let_go_and_others_are_not() -> None:
    async with place(LiveLimits(unsent_bytes=100_000)) as here, connect(here.url) as good:
        await good.send(join())
        await heard(good)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(here.url.rpartition(":")[2]), limit=1024)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        payload = join().encode()
        writer.write(bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
        await here.until(lambda: here.live.rooms.presence("chat", "room") == 2)
        sent = 0
        while here.live.rooms.presence("chat", "room") == 2 and sent < 500:
            sent += 1
            await here.set("a", text="x" * 50_000, n=sent)
            assert (await heard(good))["event"]["data"]["n"] == sent
        writer.close()
        assert sent < 500


async def test_ws_16_who_does_not_answer_pings_is_dropped() -> None:
    async with place(ping_every_s=0.02) as here, connect(here.url) as answering:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(here.url.rpartition(":")[2]))
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        async with asyncio.timeout(5):
            received = await reader.read()  # until the server ends it
        assert received.count(b"\x89\x00") == 2
        writer.close()
        await answering.send(join())
        assert (await heard(answering))["event"]["type"] == "sync"


async def test_a_server_that_stops_says_so() -> None:
    async with place() as here, connect(here.url) as client:
        await client.send(join())
        await heard(client)
        for each in list(here.connections):
            each.shutdown()
        with pytest.raises(ConnectionClosed) as closed:
            await heard(client)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


async def test_ws_8_clients_that_join_while_much_is_written_see_every_item() -> None:
    async with place() as here:
        writing = asyncio.create_task(_write_many(here, 300))
        clients = []
        for _ in range(20):
            client = await connect(here.url)
            await client.send(join())
            clients.append(client)
        await writing
        for client in clients:
            items = {item["id"] for item in (await heard(client))["event"]["data"]}
            last = 0
            while len(items) < 300:
                message = await heard(client)
                assert message["id"] not in items
                assert message["timestamp"] > last
                last = message["timestamp"]
                items.add(message["id"])
            await client.close()


async def _write_many(here: Place, count: int) -> None:
    for number in range(count):
        await here.set(str(number))
        await asyncio.sleep(0)


def _config() -> Step:
    return Step("config", "config:python", "motia.config", "python", "config:python", "function", ())
