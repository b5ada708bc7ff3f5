"""Live streams to many: 1,000 sockets in one group, one writer; every client gets every event, in order.

First the delay from a write to each client at 100 writes/s, then how many messages per second reach clients when the writer is as
fast as it can. Beside it, in the same run and with messages of the same length, the least a fan-out server can be on the same stack
(peers/fan_out.py): it stores nothing, knows no rooms and asks nobody. Ours includes the Step that writes, its worker and the store.
Ours sends what comes in one turn of the loop as one write to each socket, which is where it is faster when much is written.
Medians of the runs, and of the bursts within each. Run: python bench/live_fanout.py [--quick] [--sockets 1000]
"""

from __future__ import annotations

import argparse
import array
import asyncio
import base64
import contextlib
import dataclasses
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import uvloop

MOTIA: Final = str(Path(sys.executable).parent / "motia")
PEER: Final = Path(__file__).parent / "peers" / "fan_out.py"
BAR: Final = 0.7
RATE: Final = 100
BURST: Final = 500
BURSTS: Final = 5
CHUNK_S: Final = 5  # a request that writes takes no longer than this
LIMIT_S: Final = 120.0
# First bytes of whole frames (RFC 6455, section 5.2).
TEXT: Final = 0x81
PING: Final = 0x89
PONG: Final = 0x8A
MARK: Final = b'"n":"'
STEP: Final = """
import asyncio
import time

config = {"type": "api", "name": "Write", "method": "POST", "path": "/write"}

async def handler(req, ctx):
    first, count, rate = req.body["first"], req.body["count"], req.body["rate"]
    write = lambda n: ctx.streams.chat.set("room", "item", {"n": f"{n:08d}", "sent": str(time.time_ns())})
    if not rate:
        for n in range(first, first + count, 16):
            await asyncio.gather(*(write(each) for each in range(n, min(n + 16, first + count))))
        return {}
    begun = time.monotonic()
    for n in range(count):
        await asyncio.sleep(max(0, begun + n / rate - time.monotonic()))
        await write(first + n)
    return {}
"""


@dataclasses.dataclass(frozen=True)
class Measured:
    """Of one run: milliseconds from write to client at a steady rate, and messages per second as fast as can be."""

    p50_ms: float
    p99_ms: float
    per_second: float


class Listeners:
    """All clients: what they have seen, and the delays."""

    def __init__(self) -> None:
        self.all: list[Listener] = []
        self.delays_ns = array.array("q")
        self._changed = asyncio.Event()
        self.target = 0
        self.lost = 0

    def one_arrived(self) -> None:
        self._changed.set()

    async def until(self, last: int) -> None:
        """Every client has seen number `last`. Raises TimeoutError."""
        self.target = last
        async with asyncio.timeout(LIMIT_S):
            while any(each.seen < last for each in self.all):
                if self.lost:
                    raise RuntimeError(f"{self.lost} clients were disconnected")
                self._changed.clear()
                await self._changed.wait()


class Listener(asyncio.Protocol):
    """A WebSocket client that reads numbers and times from frames, and nothing else."""

    def __init__(self, listeners: Listeners, hello: bytes) -> None:
        self._listeners = listeners
        self._hello = hello
        self._rest = b""
        self._open = False
        self.seen = -1
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.time_ns()
        data = self._rest + data if self._rest else data
        if not self._open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(head.decode())
            self._open, self._rest = True, b""
            if self._hello:
                self.transport.write(frame(self._hello))
            else:
                self.ready.set_result(None)
        at, size = 0, len(data)
        while size - at >= 4:
            length, head = data[at + 1], 2
            if length == 126:
                length, head = data[at + 2] << 8 | data[at + 3], 4
            end = at + head + length
            if end > size:
                break
            if data[at] == PING:
                self.transport.write(frame(data[at + head : end], PONG))
            else:
                self._take(data, at, end, now)
            at = end
        self._rest = data[at:]

    def _take(self, data: bytes, at: int, end: int, now: int) -> None:
        found = data.find(MARK, at, end)
        if found < 0 or not self.ready.done():
            if not self.ready.done():
                self.ready.set_result(None)  # the sync
            return
        number = int(data[found + 5 : found + 13])
        if number != self.seen + 1:
            raise RuntimeError(f"number {number} came after {self.seen}")
        self.seen = number
        self._listeners.delays_ns.append(now - int(data[found + 23 : found + 42]))
        if number >= self._listeners.target:
            self._listeners.one_arrived()

    def connection_lost(self, problem: Exception | None) -> None:
        self._listeners.lost += 1
        self._listeners.one_arrived()
        if not self.ready.done():
            self.ready.set_exception(problem or ConnectionError("closed"))


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """A masked frame; the mask is zeros."""
    size = len(payload)
    head = struct.pack("!BB", first, 0x80 | size) if size < 126 else struct.pack("!BBH", first, 0xFE, size)
    return head + bytes(4) + payload


async def connected(port: int, sockets: int, hello: bytes) -> Listeners:
    """Clients that have all joined."""
    listeners = Listeners()
    loop = asyncio.get_running_loop()
    for first in range(0, sockets, 50):
        made = await asyncio.gather(
            *(
                loop.create_connection(lambda: Listener(listeners, hello), "127.0.0.1", port)
                for _ in range(first, min(first + 50, sockets))
            )
        )
        listeners.all += [listener for _, listener in made]
    await asyncio.gather(*(each.ready for each in listeners.all))
    return listeners


Write = Callable[[int, int, int], Awaitable[None]]


async def measure(listeners: Listeners, write: Write, seconds: int) -> Measured:
    """Both measurements; `write(first, count, rate)` writes, a rate of 0 is as fast as can be."""
    first = 0
    for _ in range(0, seconds, CHUNK_S):
        await write(first, CHUNK_S * RATE, RATE)
        first += CHUNK_S * RATE
    await listeners.until(first - 1)
    delays = sorted(listeners.delays_ns)
    p50, p99 = (delays[int(len(delays) * share)] / 1e6 for share in (0.5, 0.99))
    rates = []
    for _ in range(BURSTS):
        started = time.perf_counter()
        await write(first, BURST, 0)
        first += BURST
        await listeners.until(first - 1)
        rates.append(BURST * len(listeners.all) / (time.perf_counter() - started))
    if len(listeners.delays_ns) != first * len(listeners.all):
        raise RuntimeError("not every client got every event once")
    return Measured(p50, p99, statistics.median(rates))


async def ours(sockets: int, seconds: int) -> Measured:
    """A core in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "steps").mkdir()
        (root / "streams").mkdir()
        (root / "steps" / "write_step.py").write_text(STEP)
        (root / "streams" / "chat.stream.py").write_text('config = {"name": "chat"}\n')
        async with served(MOTIA, "start", "--json", "--port", "0", str(root)) as lines:
            async for line in lines:
                if b"Server ready" in line:
                    break
            port = int(json.loads(line)["msg"].rpartition(" ")[2])
            joining = {"streamName": "chat", "groupId": "room", "subscriptionId": "u"}
            listeners = await connected(port, sockets, json.dumps({"type": "join", "data": joining}).encode())

            def post(body: dict[str, int]) -> None:
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}/write", json.dumps(body).encode(), {"content-type": "application/json"}
                )
                with urllib.request.urlopen(request, timeout=LIMIT_S):
                    pass

            async def write(first: int, count: int, rate: int) -> None:
                await asyncio.to_thread(post, {"first": first, "count": count, "rate": rate})

            return await measure(listeners, write, seconds)


async def theirs(sockets: int, seconds: int) -> Measured:
    """The peer in a process of its own, written to over one more socket."""
    async with served(sys.executable, str(PEER)) as lines:
        port = int(await anext(lines))
        listeners = await connected(port, sockets, b"")
        _, writer = await asyncio.get_running_loop().create_connection(
            lambda: Listener(Listeners(), b""), "127.0.0.1", port
        )
        await writer.ready

        def message(n: int) -> bytes:
            item = f'{{"n":"{n:08d}","sent":"{time.time_ns()}","id":"item","_createdAt":{time.time_ns() // 1_000_000}}}'
            return frame(
                f'{{"timestamp":{time.time_ns() // 1_000_000},"streamName":"chat","groupId":"room","id":"item",'
                f'"event":{{"type":"update","data":{item}}}}}'.encode()
            )

        async def write(first: int, count: int, rate: int) -> None:
            begun = time.monotonic()
            for n in range(count):
                if rate:
                    await asyncio.sleep(max(0.0, begun + n / rate - time.monotonic()))
                writer.transport.write(message(first + n))

        return await measure(listeners, write, seconds)


@contextlib.asynccontextmanager
async def served(*command: str) -> AsyncIterator[AsyncIterator[bytes]]:
    """A process, and its lines of output."""
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield aiter(process.stdout)
    finally:
        process.terminate()
        await process.communicate()


async def main() -> int:
    """Print the table; exit status 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 s instead of 30, once instead of three times")
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    runs, seconds = (1, 5) if given.quick else (given.runs, 30)
    results: dict[str, list[Measured]] = {"motia": [], "bare": []}
    for _ in range(runs):
        results["motia"].append(await ours(given.sockets, seconds))
        results["bare"].append(await theirs(given.sockets, seconds))
    print(
        f"{given.sockets:,} sockets in one group; {RATE} writes/s for {seconds} s, then {BURSTS} times {BURST} writes at once"
    )
    print(f"{'':>8} {'p50':>9} {'p99':>9} {'at most':>18}")
    most = {}
    for name, measured in results.items():
        p50 = statistics.median(each.p50_ms for each in measured)
        p99 = statistics.median(each.p99_ms for each in measured)
        most[name] = statistics.median(each.per_second for each in measured)
        print(f"{name:>8} {p50:>6.1f} ms {p99:>6.1f} ms {most[name]:>10,.0f} msgs/s")
    ratio = most["motia"] / most["bare"]
    print(
        f"bar: at least {BAR} of the bare server's messages per second: {ratio:.2f}, {'met' if ratio >= BAR else 'MISSED'}"
    )
    return 0 if ratio >= BAR else 1


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(main()))
