"""A process that uses the store as hard as it can until it is killed, and says on stdout what it was promised.

Lines: `p ID` this delivery was accepted; `s ID` it is about to be settled; `n VALUE` the counter was incremented to this;
`c ID` it was moved: in one commit it was done, its successor published, and both were written down in the group `moved`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import sys
from pathlib import Path

from motia.adapters.sqlite import SqliteStores, now_ms
from motia.model.atomic_work import AtomicWork, Committed, StateReads, StateSet, StreamSet
from motia.model.delivery import Bury, Cause, Delivery, Done, Failure, Release, Retry, Settlement
from motia.model.identity import new_delivery_id
from motia.model.streams import item_of

FAILURE = Failure("Error", "on purpose")


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def any_delivery() -> Delivery:
    now = now_ms()
    payload = b'"' + b"x" * random.choice([10, 1_000, 30_000]) + b'"'
    return Delivery(
        id=new_delivery_id(now),
        step=random.choice("ab"),
        kind="event",
        topic="t",
        payload=payload,
        cause=Cause("c"),
        created_at=now,
        due_at=now,
        max_attempts=3,
        group=random.choice([None, None, "g"]),
        unique=random.choice([None, new_delivery_id(now)]),
    )


async def publish(stores: SqliteStores) -> None:
    while True:
        deliveries = [any_delivery() for _ in range(random.randrange(1, 4))]
        await stores.queue.publish(deliveries)
        for delivery in deliveries:
            say(f"p {delivery.id}")


async def work(stores: SqliteStores) -> None:
    while True:
        for delivery in await stores.queue.claim(5, now=now_ms(), lease_ms=1_000, unwilling=["moved"]):
            if random.random() < 0.3:
                continue  # it runs when the process dies
            if random.random() < 0.5:
                await move(stores, delivery)
                continue
            now = now_ms()
            follower = any_delivery()
            ends: list[Settlement] = [Done(), Done(), Bury(FAILURE, "exhausted", now, followers=(follower,))]
            settlement = random.choice([*ends, Release(), Retry(now, FAILURE)])
            if settlement in ends:
                say(f"s {delivery.id}")
            await stores.queue.settle(delivery, settlement)
            if isinstance(settlement, Bury):
                say(f"p {follower.id}")
        await asyncio.sleep(0)


async def cancel(stores: SqliteStores) -> None:
    while True:
        some = [delivery.id for delivery in await stores.queue.waiting(step=random.choice("ab"), limit=2)]
        for delivery_id in some:
            say(f"s {delivery_id}")
        await stores.queue.cancel(some)
        await asyncio.sleep(0)


async def move(stores: SqliteStores, delivery: Delivery) -> None:
    successor = dataclasses.replace(any_delivery(), step="moved")
    count = await stores.state.get("g", "moved")
    work = AtomicWork(
        delivery.step,
        delivery.cause,
        delivery,
        StateReads({("g", "moved"): count}),
        (
            StateSet("moved", delivery.id, b'"%s"' % successor.id.encode()),
            StateSet("g", "moved", b"%d" % (int(count or 0) + 1)),
        ),
        (successor,),
        stream_writes=(StreamSet("moves", "g", delivery.id, item_of(b"{}", delivery.id, now_ms())),),
        now=now_ms(),
    )
    say(f"s {delivery.id}")
    if isinstance(await stores.commits.commit(work), Committed):
        say(f"c {delivery.id}")


async def count(stores: SqliteStores) -> None:
    while True:
        say(f"n {int(await stores.state.increment('g', 'n', 1))}")


async def main() -> None:
    async with SqliteStores.open(Path(sys.argv[1])) as stores:
        await asyncio.gather(*(publish(stores) for _ in range(8)), work(stores), cancel(stores), count(stores))


if __name__ == "__main__":
    asyncio.run(main())
