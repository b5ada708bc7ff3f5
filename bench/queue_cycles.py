"""Durable queue cycles per second: publish, claim, settle, on the SQLite queue.

Beside it, in the same run, SQLite with the same durability and a transaction per operation: what group commit and
claims from memory gain is the ratio. Run: python bench/queue_cycles.py [--seconds 2] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import apsw
import uvloop

from motia.adapters.sqlite import SqliteStores, now_ms
from motia.model.delivery import Cause, Delivery, Done
from motia.model.identity import new_delivery_id, new_trace_id
from motia.ports.event_queue import EventQueue

PRODUCERS = (1, 16, 64, 256)
ROUNDS = 3
PAYLOAD = b'{"orderId":"o-12345","items":[{"sku":"a","n":1},{"sku":"b","n":2}],"note":"as it is"}'
LEASE_MS = 30_000


def delivery() -> Delivery:
    now = now_ms()
    return Delivery(
        id=new_delivery_id(now),
        step="charge",
        kind="event",
        topic="order.created",
        payload=PAYLOAD,
        cause=Cause(new_trace_id()),
        created_at=now,
        due_at=now,
        max_attempts=4,
    )


async def grouped(queue: EventQueue, producers: int, seconds: float) -> tuple[float, float]:
    """Cycles per second and the median milliseconds from publishing to settled, with `producers` in a closed loop."""
    ready = asyncio.Event()
    queue.on_ready(ready.set)
    waiting: dict[str, asyncio.Future[None]] = {}
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def produce() -> None:
        while (started := time.perf_counter()) < end:
            one = delivery()
            settled = waiting[one.id] = asyncio.get_running_loop().create_future()
            await queue.publish([one])
            await settled
            times.append(time.perf_counter() - started)

    async def consume() -> None:
        while True:
            await ready.wait()
            ready.clear()
            while claimed := await queue.claim(256, now=now_ms(), lease_ms=LEASE_MS):
                for one in claimed:
                    await queue.settle(one, Done())
                    waiting.pop(one.id).set_result(None)

    consumer = asyncio.create_task(consume())
    started = time.perf_counter()
    await asyncio.gather(*(produce() for _ in range(producers)))
    elapsed = time.perf_counter() - started
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    return len(times) / elapsed, statistics.median(times) * 1_000


def one_by_one(path: Path, seconds: float) -> float:
    """Cycles per second with a synced transaction for each of publish, claim and settle, and nothing in memory."""
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "WAL")
    db.pragma("synchronous", "FULL")
    db.execute(
        "CREATE TABLE deliveries (seq INTEGER PRIMARY KEY, id TEXT, step TEXT, topic TEXT, state TEXT, due_at, payload)"
    )
    db.execute("CREATE INDEX by_state ON deliveries (state, due_at)")
    cycles = 0
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        one = delivery()
        row = (one.id, one.step, one.topic, one.due_at, one.payload)
        db.execute(
            "INSERT INTO deliveries (id, step, topic, state, due_at, payload) VALUES (?, ?, ?, 'pending', ?, ?)", row
        )
        claim = """
        UPDATE deliveries SET state = 'leased' WHERE seq = (
            SELECT seq FROM deliveries WHERE state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT 1
        ) RETURNING seq
        """
        seq = db.execute(claim, (now_ms(),)).get
        db.execute("DELETE FROM deliveries WHERE seq = ?", (seq,))
        cycles += 1
    db.close()
    return cycles / elapsed


@contextlib.asynccontextmanager
async def fresh_queue(parent: Path) -> AsyncIterator[EventQueue]:
    with tempfile.TemporaryDirectory(dir=parent) as directory:
        async with SqliteStores.open(Path(directory)) as stores:
            yield stores.queue


async def measured(run: Callable[[EventQueue], Awaitable[tuple[float, float]]], parent: Path) -> tuple[float, float]:
    rates: list[float] = []
    times: list[float] = []
    for _ in range(ROUNDS):
        async with fresh_queue(parent) as queue:
            rate, time_ms = await run(queue)
        rates.append(rate)
        times.append(time_ms)
    return statistics.median(rates), statistics.median(times)


def baseline(parent: Path, seconds: float) -> float:
    rates: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=parent) as directory:
            rates.append(one_by_one(Path(directory) / "one_by_one.db", seconds))
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each of the three runs per line")
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="where the files are made: a real disk")
    options = parser.parse_args()
    alone = baseline(options.directory, options.seconds)
    print(f"{'one transaction per operation':>30} {alone:>9,.0f} cycles/s")
    for producers in PRODUCERS:
        run = functools.partial(grouped, producers=producers, seconds=options.seconds)
        rate, time_ms = uvloop.run(measured(run, options.directory))
        print(f"{f'{producers} producers':>30} {rate:>9,.0f} cycles/s   p50 {time_ms:5.1f} ms   {rate / alone:5.1f} x")


if __name__ == "__main__":
    main()
