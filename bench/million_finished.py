"""What a million finished deliveries cost: publishing and claiming beside an empty store, and the disk they leave behind.

Both stores are the SQLite adapter with its files on a real disk; rounds on the empty and on the full store alternate, and
the ratio of their medians counts. One in ten finished deliveries had an idempotency key, which is remembered for 24 hours;
each left a span. Run: python bench/million_finished.py [--finished 1000000] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from motia.adapters.sqlite import SqliteStores
from motia.model.delivery import Cause, Delivery, Done
from motia.model.identity import new_delivery_id, new_span_id, new_trace_id
from motia.model.records import Span

# Of publishing and of claiming. A key is looked up among those of the last 24 hours: what that costs is shown, and has no bar.
BAR = 1.5
# After retention, the traces of a past day may take this share of what they took.
KEPT_BAR = 0.1
ROUNDS = 9
PER_ROUND = 4_000
PRODUCERS = 64
BATCH = 5_000
LEASE_MS = 30_000
DAY_MS = 86_400_000
PAYLOAD = b'{"orderId":"o-12345","items":[{"sku":"a","n":1},{"sku":"b","n":2}],"note":"as it is"}'

_numbers = itertools.count()


@dataclasses.dataclass
class Clock:
    """The time that the stores see."""

    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


def delivery(clock: Clock, *, keyed: bool = False) -> Delivery:
    return Delivery(
        id=new_delivery_id(clock.now),
        step="charge",
        kind="event",
        topic="order.created",
        payload=PAYLOAD,
        cause=Cause(new_trace_id()),
        created_at=clock.now,
        due_at=clock.now,
        max_attempts=4,
        unique=f"order.created\ncharge\n0\nkey-{next(_numbers)}" if keyed else None,
    )


async def finish(stores: SqliteStores, clock: Clock, total: int) -> None:
    """Let `total` deliveries come, run and end."""
    for start in range(0, total, BATCH):
        batch = [delivery(clock, keyed=index % 10 == 0) for index in range(min(BATCH, total - start))]
        await stores.queue.publish(batch)
        for each in await stores.queue.claim(BATCH, now=clock.now, lease_ms=LEASE_MS):
            await stores.queue.settle(each, Done())
        await stores.traces.record([span(each, clock.now) for each in batch], [])
    [books] = await stores.queue.ledger()
    assert (books.done, books.pending, books.leased) == (total, 0, 0)


def span(of: Delivery, now: int) -> Span:
    return Span(
        trace_id=of.cause.trace_id,
        span_id=new_span_id(),
        parent_id=None,
        name="charge",
        kind="event",
        step="charge",
        started=now * 1_000_000,
        ended=now * 1_000_000 + 500_000,
        status="ok",
        attributes={"topic": of.topic, "attempt": 1},
    )


async def round_of(stores: SqliteStores, clock: Clock) -> tuple[float, float, float]:
    """Microseconds per delivery of publishing, of publishing with a key, and of claiming and settling."""
    plain = await published(stores, [delivery(clock) for _ in range(PER_ROUND)])
    keyed = await published(stores, [delivery(clock, keyed=True) for _ in range(PER_ROUND)])
    started = time.perf_counter()
    taken = 0
    while claimed := await stores.queue.claim(256, now=clock.now, lease_ms=LEASE_MS):
        for each in claimed:
            await stores.queue.settle(each, Done())
        taken += len(claimed)
    await stores.queue.ledger()  # what was noted is then written
    assert taken == 2 * PER_ROUND
    return plain, keyed, (time.perf_counter() - started) / taken * 1e6


async def published(stores: SqliteStores, deliveries: list[Delivery]) -> float:
    waiting = iter(deliveries)

    async def produce() -> None:
        for each in waiting:
            await stores.queue.publish([each])

    started = time.perf_counter()
    await asyncio.gather(*(produce() for _ in range(PRODUCERS)))
    return (time.perf_counter() - started) / len(deliveries) * 1e6


def megabytes(file: Path) -> float:
    """Without the write-ahead log beside it, which is bounded by itself (64 MiB)."""
    return file.stat().st_size / 1e6


async def measure(parent: Path, finished: int) -> int:
    clock = Clock()
    status = 0
    async with contextlib.AsyncExitStack() as stack:
        empty_at, full_at = (Path(stack.enter_context(tempfile.TemporaryDirectory(dir=parent))) for _ in range(2))
        empty = await stack.enter_async_context(SqliteStores.open(empty_at, clock=clock))
        full_open = await stack.enter_async_context(contextlib.AsyncExitStack())
        full = await full_open.enter_async_context(SqliteStores.open(full_at, clock=clock))
        started = time.perf_counter()
        await finish(full, clock, finished)
        print(
            f"{finished:,} deliveries published, claimed, settled and traced in {time.perf_counter() - started:.0f} s"
        )
        rounds = [(await round_of(empty, clock), await round_of(full, clock)) for _ in range(ROUNDS)]
        for index, (what, bar) in enumerate(
            (("publish", BAR), ("publish with a key", None), ("claim and settle", BAR))
        ):
            alone = statistics.median(before[index] for before, _ in rounds)
            behind = statistics.median(after[index] for _, after in rounds)
            missed = bar is not None and behind / alone > bar
            status |= missed
            verdict = "" if bar is None else f" (bar {bar:g}) {'✗' if missed else '✓'}"
            print(
                f"{what:>20}: empty {alone:6.1f} µs   after {finished:,} {behind:6.1f} µs   "
                f"{behind / alone:4.2f} x{verdict}"
            )
        before = megabytes(full_at / "traces.db")
        await forget(full, clock)
        await full_open.aclose()
        status |= disk_use(full_at, before)
    return status


async def forget(stores: SqliteStores, clock: Clock) -> None:
    """Let a day pass, and retention do its work."""
    clock.now += DAY_MS + 1
    await stores.traces.prune(older_than=clock.now, keep_bytes=512 << 20)
    await stores.queue.publish([delivery(clock, keyed=True)])  # forgets old keys on the way


def disk_use(directory: Path, before: float) -> int:
    """What the closed store takes, its logs put into the files."""
    traces, queue = megabytes(directory / "traces.db"), megabytes(directory / "data.db")
    missed = traces > before * KEPT_BAR
    verdict = "✗" if missed else "✓"
    print(f"{'traces on disk':>20}: {before:6.1f} MB   after retention {traces:6.1f} MB (bar {KEPT_BAR:.0%}) {verdict}")
    print(f"{'queue on disk':>20}: {queue:6.1f} MB")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="where the files are made: a real disk")
    options = parser.parse_args()
    return uvloop.run(measure(options.directory, options.finished))


if __name__ == "__main__":
    sys.exit(main())
