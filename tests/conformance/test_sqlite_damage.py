"""What the disk does to rows and files, column by column: nothing is claimed wrong, nothing is hidden, all of it is told."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from motia.adapters.sqlite import SqliteStores
from motia.model.delivery import Bury, Done
from motia.model.records import LogRecord
from motia.ports.trace_store import LogFilter
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery
from motia.testing.event_queue import FAILURE, claim, ids

INVALID = "CAST(x'ff' AS TEXT)"
TEXTS = ["step", "topic", "kind", "message_group", "unique_key", "trace_id", "span_id"]
DAMAGE = {
    **{f"{column} is no UTF-8": (column, INVALID) for column in TEXTS},
    "id is no UTF-8": ("id", INVALID),
    "kind is unknown": ("kind", "'odd'"),
    "payload is cut off": ("payload", "x'7b'"),
    "payload is no UTF-8": ("payload", "x'22ff22'"),
    "payload ends early": ("payload", "x'7b22613a'"),
}
DEAD_DAMAGE = {
    **{name: change for name, change in DAMAGE.items() if change[0] not in {"id", "payload"}},
    "failure is no JSON": ("failure", "'{'"),
    "failure is something else": ("failure", "'[1]'"),
    "failure lacks its name": ("failure", """'{"message": "no"}'"""),
    "failure is no UTF-8": ("failure", INVALID),
    "reason is unknown": ("reason", "'mood'"),
    "reason is no UTF-8": ("reason", INVALID),
}


def damage(directory: Path, table: str, column: str, value: str, delivery_id: str) -> None:
    db = apsw.Connection(str(directory / "data.db"))
    db.execute(f"UPDATE {table} SET {column} = {value} WHERE id = ?", (delivery_id,))
    assert db.changes() == 1
    db.close()


@pytest.mark.parametrize("name", DAMAGE)
async def test_a_delivery_whose_row_is_damaged_is_set_aside_and_hides_no_other(
    tmp_path: Path, clock: ManualClock, name: str
) -> None:
    column, value = DAMAGE[name]
    published = [a_delivery() for _ in range(3)]
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish(published)
    damage(tmp_path, "deliveries", column, value, published[1].id)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert ids(await claim(stores.queue, clock)) == [published[0].id, published[2].id]
        await stores.queue.ledger()  # the quarantine is written in the background
        found = await stores.queue.quarantine()
        assert (found.count, list(found.reasons.values())) == (1, [1])
        [row] = found.latest
        assert row.origin == "deliveries"
        assert row.reason in found.reasons
        assert row.row


@pytest.mark.parametrize("name", DEAD_DAMAGE)
async def test_a_dead_letter_whose_row_is_damaged_is_set_aside_and_hides_no_other(
    tmp_path: Path, clock: ManualClock, name: str
) -> None:
    column, value = DEAD_DAMAGE[name]
    published = [a_delivery() for _ in range(3)]
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish(published)
        for claimed in await claim(stores.queue, clock):
            await stores.queue.settle(claimed, Bury(FAILURE, "exhausted", 0))
    damage(tmp_path, "dead_letters", column, value, published[1].id)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        dead = [letter.delivery.id for letter in await stores.queue.dead_letters()]
        assert dead == [published[2].id, published[0].id]
        await stores.queue.ledger()
        found = await stores.queue.quarantine()
        assert [row.origin for row in found.latest] == ["dead_letters"]


async def test_the_latest_rows_are_listed_and_all_are_counted(tmp_path: Path, clock: ManualClock) -> None:
    published = [a_delivery() for _ in range(5)]
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish(published)
    for each in published:
        damage(tmp_path, "deliveries", "kind", "'odd'", each.id)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert await claim(stores.queue, clock) == []
        await stores.queue.ledger()
        found = await stores.queue.quarantine(limit=2)
        assert (found.reasons, len(found.latest)) == ({"kind is 'odd'": 5}, 2)
        [line] = await stores.queue.ledger()
        assert (line.discarded, line.balanced) == (5, True)


@pytest.mark.parametrize(
    "content", [b"something else entirely" * 1_000, b"", b"SQLite format 3\x00" + b"\xff" * 8_000], ids=len
)
async def test_damaged_traces_are_set_aside_and_the_store_opens(
    tmp_path: Path, clock: ManualClock, content: bytes
) -> None:
    (tmp_path / "traces.db").write_bytes(content)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        aside = stores.traces_set_aside
        assert (aside is None) == (content == b"")  # an empty file is a database without tables
        if aside is not None:
            assert aside.name == "traces.db.damaged-20231114T221320.000000Z"
            assert aside.read_bytes() == content
        await stores.traces.record([], [LogRecord("a" * 32, clock.now, "info", "here", None, None, None, (), {})])
        assert [record.message for record in await stores.traces.logs(LogFilter())] == ["here"]
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert stores.traces_set_aside is None
        assert len(await stores.traces.logs(LogFilter())) == 1


async def test_a_backlog_that_was_worked_off_gives_its_space_back(tmp_path: Path, clock: ManualClock) -> None:
    file = tmp_path / "data.db"
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        for _ in range(20):
            await stores.queue.publish([a_delivery(payload=b'"' + b"x" * 10_000 + b'"') for _ in range(100)])
        while claimed := await claim(stores.queue, clock, limit=500):
            for each in claimed[:-1]:
                await stores.queue.settle(each, Done())
            await stores.queue.settle(claimed[-1], Bury(FAILURE, "exhausted", 0))
        await stores.queue.give_back_space()
    assert file.stat().st_size < 20 * 100 * 10_000 / 20
