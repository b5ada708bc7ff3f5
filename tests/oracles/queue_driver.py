"""Drives an EventQueue and its model side by side and compares what both say.

python scripts/run_oracle.py queue --operations 200000 --seed 1
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import itertools
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from motia.adapters.memory.queue import MemoryQueue
from motia.adapters.sqlite import SqliteStores
from motia.model.delivery import Bury, Cause, Delivery, Done, Failure, Release, Retry, Settlement
from motia.model.errors import Overloaded
from motia.ports.event_queue import EventQueue
from motia.testing.clock import ManualClock
from oracles.queue_model import QueueModel

Engine = Literal["memory", "sqlite"]
Ending = Literal["done", "release", "retry now", "retry later", "bury"]

DEPTH: Final = 40
LEASE_MS: Final = 30_000
STEPS: Final = ("a", "b", "c")
GROUPS: Final = (None, None, "g", "h")
KEYS: Final = (None, None, "k1", "k2", "k3", "k4")
DELAYS_MS: Final = (0, 0, 0, 1, 700, 45_000)
SPANS_MS: Final = (1, 500, 5_000, LEASE_MS, 3_600_000, 13 * 3_600_000)
ENDINGS: Final[tuple[Ending, ...]] = ("done", "done", "done", "release", "retry now", "retry later", "bury")
PAYLOADS: Final = (b"1", b'{"text":"Gr\xc3\xbc\xc3\x9fe"}', b'"' + b"x" * 20_000 + b'"')
_FAILURE: Final = Failure("ValueError", "no such order")
# Claims that are remembered, so that settlements come late and twice.
_REMEMBERED: Final = 60


class Divergence(Exception):
    """The queue and its model do not agree."""


class Driver:
    """One queue, opened again whenever an operation says so. `close` at the end."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.clock = ManualClock()
        self.model = QueueModel(DEPTH)
        self.claimed: collections.deque[Delivery] = collections.deque(maxlen=_REMEMBERED)
        self._folder = folder
        self._life = 0
        self._ids = itertools.count(1)
        self._resources = contextlib.AsyncExitStack()
        self.queue: EventQueue

    async def open(self) -> None:
        """Open the queue over what is in its folder."""
        if self.engine == "memory":
            self.queue = MemoryQueue(clock=self.clock, max_depth=DEPTH)
            return
        stores = await self._resources.enter_async_context(
            SqliteStores.open(self._place, clock=self.clock, max_depth=DEPTH)
        )
        self.queue = stores.queue

    async def close(self) -> None:
        """Let go of it."""
        await self._resources.aclose()
        self._resources = contextlib.AsyncExitStack()

    @property
    def _place(self) -> Path:
        return self._folder / str(self._life)

    # Operations

    def delivery(self, step: str, group: str | None, unique: str | None, delay: int, payload: bytes) -> Delivery:
        """A new one."""
        now = self.clock.now
        return Delivery(
            f"{next(self._ids):032x}", step, "event", f"topic {step}", payload, Cause("c" * 32), now, now + delay, 4,
            group=group, unique=unique,
        )  # fmt: skip

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        """Store some, or be refused."""
        expected = self.model.publish(deliveries, self.clock.now)
        try:
            stored: list[bool] | None = await self.queue.publish(deliveries)
        except Overloaded:
            stored = None
        _same("publish", stored, expected)

    async def claim(self, limit: int, unwilling: Sequence[str]) -> None:
        """Take some."""
        now = self.clock.now
        due = self.queue.next_due(unwilling)
        earliest = self.model.earliest(unwilling)
        if earliest is not None and (due is None or due > max(earliest, now)):
            raise Divergence(f"next_due says {due}, but at {earliest} something can be claimed")
        taken = await self.queue.claim(limit, now=now, lease_ms=LEASE_MS, unwilling=unwilling)
        expected = self.model.claim(limit, now, LEASE_MS, unwilling)
        _same(
            "claim",
            [(each.id, each.attempt, each.epoch, each.due_at, each.payload, each.group) for each in taken],
            [
                (
                    each.delivery.id,
                    each.attempt,
                    each.epoch,
                    each.due_at,
                    each.delivery.payload,
                    each.delivery.group,
                )
                for each in expected
            ],
        )
        self.claimed.extend(taken)

    async def settle(self, which: int, ending: Ending) -> None:
        """Settle one of the latest claims, which may have been settled or lost before."""
        if not self.claimed:
            return
        delivery = self.claimed[which % len(self.claimed)]
        settlement = self._settlement(ending)
        _same(ending, await self.queue.settle(delivery, settlement), self.model.settle(delivery, settlement))

    async def renew(self, which: Sequence[int]) -> None:
        """Renew some of the latest claims."""
        deliveries = [self.claimed[each % len(self.claimed)] for each in which] if self.claimed else []
        now = self.clock.now
        _same(
            "renew",
            await self.queue.renew(deliveries, now=now, lease_ms=LEASE_MS),
            self.model.renew(deliveries, now, LEASE_MS),
        )

    async def advance(self, ms: int) -> None:
        """Let time pass."""
        self.clock.advance(ms)

    async def redrive(self, which: Sequence[int]) -> None:
        """Redrive some dead letters, and one that is none."""
        ids, now = self._dead(which), self.clock.now
        _same("redrive", await self.queue.redrive(ids, now=now), self.model.redrive(ids, now))

    async def discard(self, which: Sequence[int]) -> None:
        """Discard some dead letters, and one that is none."""
        ids = self._dead(which)
        _same("discard", await self.queue.discard(ids), self.model.discard(ids))

    async def reopen(self) -> None:
        """Close and open."""
        if self.engine == "memory":
            return
        await self.close()
        await self.open()
        self.model.reopened()

    async def crash(self) -> None:
        """Go on with a copy of the files as they are at this moment, as after `kill -9`."""
        if self.engine == "memory":
            return
        before = self._place
        self._life += 1
        self._place.mkdir(parents=True)
        # The file first, then its log: what is appended between the two is what a later moment would have.
        for name in ("data.db", "data.db-wal"):
            if (before / name).exists():
                shutil.copyfile(before / name, self._place / name)
        await self.close()
        shutil.rmtree(before)
        await self.open()
        problem = self.model.crashed(await self.queue.pending(limit=10 * DEPTH))
        if problem is not None:
            raise Divergence(f"after a crash: {problem}")

    async def check(self) -> None:
        """All that can be asked."""
        _same("ledger", await self.queue.ledger(), self.model.ledger())
        self.model.written()
        _same(
            "pending",
            [(each.id, each.due_at, each.attempt, each.epoch) for each in await self.queue.pending(limit=10 * DEPTH)],
            [(each.delivery.id, each.due_at, each.attempt, each.epoch) for each in self.model.waiting()],
        )
        _same(
            "dead letters",
            [each.delivery.id for each in await self.queue.dead_letters(limit=10_000)],
            sorted(self.model.dead, reverse=True),
        )

    def _settlement(self, ending: Ending) -> Settlement:
        now = self.clock.now
        match ending:
            case "done":
                return Done()
            case "release":
                return Release()
            case "retry now":
                return Retry(now, _FAILURE)
            case "retry later":
                return Retry(now + 2_000, _FAILURE)
            case "bury":
                return Bury(_FAILURE, "exhausted", now)

    def _dead(self, which: Sequence[int]) -> list[str]:
        dead = sorted(self.model.dead)
        chosen = {dead[each % len(dead)]: None for each in which} if dead else {}
        return [*chosen, "f" * 32]


def _same(what: str, said: object, expected: object) -> None:
    if said != expected:
        raise Divergence(f"{what}: the queue says {said}, the model {expected}")


def operation(driver: Driver, rng: random.Random) -> Callable[[], Awaitable[None]]:
    """One operation, drawn."""

    def some(most: int) -> list[int]:
        return [rng.randrange(1_000) for _ in range(rng.randint(1, most))]

    def publish() -> Awaitable[None]:
        made = [
            driver.delivery(
                rng.choice(STEPS), rng.choice(GROUPS), rng.choice(KEYS), rng.choice(DELAYS_MS), rng.choice(PAYLOADS)
            )
            for _ in range(rng.randint(1, 4))
        ]
        return driver.publish(made)

    choices: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
        (20, publish),
        (25, lambda: driver.claim(rng.randint(1, 6), rng.sample(STEPS, rng.choice((0, 0, 1))))),
        (35, lambda: driver.settle(-rng.randint(1, 12), rng.choice(ENDINGS))),
        (5, lambda: driver.renew(some(3))),
        (8, lambda: driver.advance(rng.choice(SPANS_MS))),
        (3, lambda: driver.redrive(some(3))),
        (2, lambda: driver.discard(some(2))),
        (1, driver.check),
    )
    return rng.choices([each for _, each in choices], [weight for weight, _ in choices])[0]


@contextlib.asynccontextmanager
async def driven(engine: Engine, parent: Path | None = None) -> AsyncIterator[Driver]:
    """A driver with an open queue in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="motia-queue-", dir=parent))
    driver = Driver(engine, folder)
    try:
        await driver.open()
        yield driver
    finally:
        await driver.close()
        shutil.rmtree(folder, ignore_errors=True)


async def run(engine: Engine, operations: int, seed: int) -> list[str]:
    """The divergences of so many operations; each one begins a new queue."""
    rng = random.Random(f"{engine} {seed}")
    divergences: list[str] = []
    left = operations
    while left > 0:
        async with driven(engine) as driver:
            # Every so often the queue begins a new life, one time in two without being closed.
            while left > 0:
                left -= 1
                try:
                    if rng.randrange(150) == 0:
                        await (driver.crash() if rng.randrange(2) else driver.reopen())
                    else:
                        await operation(driver, rng)()
                except Divergence as divergence:
                    divergences.append(f"operation {operations - left}: {divergence}")
                    break
            else:
                await driver.check()
    return divergences


def main(arguments_given: Sequence[str]) -> int:
    """Exit status 1 when there are divergences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=200_000, help="per engine")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000_000))
    arguments = parser.parse_args(arguments_given)
    status = 0
    engines: tuple[Engine, ...] = ("memory", "sqlite")
    for engine in engines:
        started = time.monotonic()
        divergences = asyncio.run(run(engine, arguments.operations, arguments.seed))
        for divergence in divergences[:20]:
            print(divergence)
        print(
            f"{engine}: seed {arguments.seed}, {arguments.operations:,} operations, {len(divergences)} divergences, "
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )
        status |= bool(divergences)
    return status
