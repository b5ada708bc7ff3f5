"""What the SQLite adapter survives: its own end at any moment, a full disk, damage."""

from __future__ import annotations

import asyncio
import importlib.resources
import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import apsw
import pytest

from motia.adapters.sqlite import SqliteStores, queue_sql
from motia.model.atomic_work import Committed, StateSet, StreamDelete
from motia.model.delivery import KEY_TTL_MS, Bury, Cause, Delivery, Done, Failure, Retry
from motia.model.delivery_index import Recovered
from motia.model.errors import InvalidPayload, StartupFailed, StoreUnavailable
from motia.ports.trace_store import LogFilter, TraceFilter
from motia.testing.atomic_commits import a_work, an_item
from motia.testing.clock import ManualClock
from motia.testing.deliveries import a_delivery
from motia.testing.event_queue import LEASE_MS, claim, ids
from motia.testing.trace_store import a_log, a_span

FAILURE = Failure("E", "m")
VICTIM = Path(__file__).with_name("kill_victim.py")


async def test_reopening_keeps_everything(tmp_path: Path, clock: ManualClock) -> None:
    deliveries = [
        a_delivery(unique="k"),
        a_delivery(payload=b'"' + b"x" * 50_000 + b'"'),
        a_delivery(),
        a_delivery(),
        a_delivery(),
    ]
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert stores.queue.recovered == Recovered()
        await stores.queue.publish(deliveries)
        done, dead, retried, _running = await claim(stores.queue, clock, limit=4)
        await stores.queue.settle(done, Done())
        await stores.queue.settle(dead, Bury(FAILURE, "exhausted", 5))
        await stores.queue.settle(retried, Retry(clock.now + 5, FAILURE))
        await stores.state.set("g", "b", b"1.0")
        await stores.state.set("g", "a", b"2")
        await stores.traces.record([a_span(trace_id="a" * 32)], [a_log()])
        epoch = await stores.leases.acquire("n", "h", now=0, ttl_ms=10)
        books = [(line.accepted, line.done, line.dead) for line in await stores.queue.ledger()]

    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert stores.queue.recovered == Recovered(pending=2, running=1)
        [line] = await stores.queue.ledger()
        assert [(line.accepted, line.done, line.dead)] == books
        assert (line.leased, line.pending) == (0, 3)
        assert [letter.delivery.payload for letter in await stores.queue.dead_letters()] == [deliveries[1].payload]
        assert await stores.queue.publish([a_delivery(unique="k")]) == [False]
        again = await claim(stores.queue, clock)
        # What ran gets its attempt back, what waits for its retry still does.
        assert [(one.id, one.attempt) for one in again] == [(deliveries[3].id, 1), (deliveries[4].id, 1)]
        clock.advance(5)
        assert [(one.id, one.attempt) for one in await claim(stores.queue, clock)] == [(deliveries[2].id, 2)]
        assert await stores.state.items("g") == [("b", b"1.0"), ("a", b"2")]
        assert len(await stores.traces.traces(TraceFilter())) == len(await stores.traces.logs(LogFilter())) == 1
        again_epoch = await stores.leases.acquire("n", "h", now=10, ttl_ms=10)
        assert epoch is not None
        assert again_epoch is not None
        assert again_epoch > epoch


async def test_groups_keep_their_order_across_lives(tmp_path: Path, clock: ManualClock) -> None:
    group = [a_delivery(group="g", due_at=10 - number) for number in range(4)]
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish(group)
        await claim(stores.queue, clock)
    order = []
    for _ in group:
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            [head] = await claim(stores.queue, clock)
            await stores.queue.settle(head, Done())
            order.append(head.id)
    assert order == ids(group)


async def test_idempotency_keys_are_forgotten_after_a_day(tmp_path: Path, clock: ManualClock) -> None:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish([a_delivery(unique="k"), a_delivery(unique="other")])
        clock.advance(24 * 3_600_000 - 1)
        assert await stores.queue.publish([a_delivery(unique="k")]) == [False]
        clock.advance(1)
        assert await stores.queue.publish([a_delivery(unique="k")]) == [True]
        clock.advance(600_000)
        await stores.queue.publish([a_delivery()])
    keys = apsw.Connection(str(tmp_path / "data.db")).execute("SELECT unique_key FROM published").fetchall()
    assert keys == [("k",)]


async def test_what_an_emit_asked_for_survives(tmp_path: Path, clock: ManualClock) -> None:
    """Keys, expiry and the order of what waits; and what was cancelled stays so."""
    waiting = a_delivery(due_at=clock.now + 10, dedup_key="d", emit_key="e", expires_at=clock.now + 20, unique="u")
    cancelled = a_delivery(due_at=clock.now + 10, unique="freed")
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish([waiting, cancelled, a_delivery(unique="short", unique_for_ms=5)])
        await stores.queue.cancel([cancelled.id])
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert await stores.queue.waiting(due_after=clock.now) == [waiting]
        assert await stores.queue.emitted("ordered", key="e", dedup_key="d") == [waiting.id]
        again = [a_delivery(dedup_key="d"), a_delivery(unique="u"), a_delivery(unique="short")]
        assert await stores.queue.publish(again) == [False, False, False]
        clock.advance(5)
        assert await stores.queue.publish([a_delivery(unique="short"), a_delivery(unique="freed")]) == [True, True]
        [line] = await stores.queue.ledger()
        assert (line.accepted, line.discarded, line.balanced) == (5, 1, True)


async def test_what_ran_when_the_process_ended_is_pending_for_deduplication(tmp_path: Path, clock: ManualClock) -> None:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish([a_delivery(dedup_key="d")])
        await claim(stores.queue, clock)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert await stores.queue.publish([a_delivery(dedup_key="d")]) == [False]
        assert len(await claim(stores.queue, clock)) == 1


class TestUpgrade:
    """A file of the version before this one."""

    def write(self, directory: Path, rows: str) -> None:
        db = apsw.Connection(str(directory / "data.db"))
        folder = importlib.resources.files("motia.adapters.sqlite.migrations") / "data"
        for name in ("0001_queue_state_leases.sql", "0002_ticks.sql"):
            db.execute((folder / name).read_text(encoding="utf-8"))
        db.pragma("user_version", 2)
        db.execute(rows)
        db.close()

    async def test_its_deliveries_are_kept(self, tmp_path: Path, clock: ManualClock) -> None:
        columns = "'event', 'ordered', {due}, {attempt}, {epoch}, 4, 1, {group}, {unique}, 3, NULL, 't', 's', 2"
        waiting = columns.format(
            due=clock.now + 5, attempt=0, epoch=0, group="'g'", unique="'ordered\nmail\n1\norder 7'"
        )
        running = columns.format(due=0, attempt=1, epoch=1, group="NULL", unique="NULL")
        dead = columns.format(due=0, attempt=4, epoch=4, group="NULL", unique="'ordered\nmail\n1\nölf'")
        self.write(
            tmp_path,
            f"""
            INSERT INTO deliveries VALUES (7, 'pending', 'a', 'mail', {waiting}, x'7b7d');
            INSERT INTO deliveries VALUES (9, 'leased', 'b', 'mail', {running}, x'31');
            INSERT INTO dead_letters VALUES ('c', 'mail', {dead}, '{{"name": "E", "message": "m"}}', 'exhausted', 8, x'32');
            INSERT INTO ledger VALUES ('ordered', 'mail', 3, 0, 0);
            INSERT INTO published VALUES ('ordered\nmail\n1\norder 7', {clock.now - 1000}), ('done', {clock.now - 1000});
            """,
        )
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            assert stores.queue.recovered == Recovered(pending=1, running=1)
            [first] = await stores.queue.waiting(due_after=clock.now)
            assert first == Delivery(
                "a", "mail", "event", "ordered", b"{}", Cause("t", "s", 2), 3, clock.now + 5, 4, 1, "g",
                "ordered\nmail\n1\norder 7", emit_key="order 7",
            )  # fmt: skip
            [letter] = await stores.queue.dead_letters()
            assert (letter.delivery.emit_key, letter.delivery.payload, letter.failed_at) == ("ölf", b"2", 8)
            assert [each.payload for each in await claim(stores.queue, clock)] == [b"1"]
            assert (
                await stores.queue.publish([a_delivery(unique=first.unique), a_delivery(unique="done")]) == [False] * 2
            )
            assert await stores.queue.cancel(await stores.queue.emitted("ordered", key="order 7")) == 1
            assert await stores.queue.publish([a_delivery(unique=first.unique, step="mail")]) == [True]
            assert all(line.balanced for line in await stores.queue.ledger())
            clock.advance(KEY_TTL_MS - 1_000)
            assert await stores.queue.publish([a_delivery(unique="done")]) == [True]


@pytest.mark.parametrize("round_", range(20))
def test_nothing_accepted_is_lost_when_the_process_is_killed(tmp_path: Path, round_: int) -> None:
    """Two lives in one directory: the second begins with what the first one's death left."""
    accepted: set[str] = set()
    settled: set[str] = set()
    moved: set[str] = set()
    counted = 0
    for _ in range(2):
        for line in lines_until_killed(tmp_path, random.Random(round_).randrange(20, 400)):
            kind, _, value = line.partition(" ")
            if kind == "p":
                accepted.add(value)
            elif kind == "s":
                settled.add(value)
            elif kind == "c":
                moved.add(value)
            else:
                counted = int(value)
        asyncio.run(check(tmp_path, accepted, settled, counted))
        asyncio.run(check_moved(tmp_path, moved))


def lines_until_killed(directory: Path, after: int) -> list[str]:
    with subprocess.Popen([sys.executable, str(VICTIM), str(directory)], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        lines = [victim.stdout.readline() for _ in range(after)]
        victim.kill()
        lines += victim.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


async def check(directory: Path, accepted: set[str], settled: set[str], counted: int) -> None:
    async with SqliteStores.open(directory) as stores:
        owed = set(ids(await stores.queue.pending(limit=1_000_000)))
        dead = {letter.delivery.id for letter in await stores.queue.dead_letters(limit=1_000_000)}
        assert accepted - settled <= owed
        assert not owed & dead
        assert all(line.balanced and line.leased == 0 for line in await stores.queue.ledger())
        assert stores.queue.recovered.quarantined == 0
        assert stores.queue.recovered.pending + stores.queue.recovered.running == len(owed)
        assert int(await stores.state.get("g", "n") or 0) >= counted
    assert apsw.Connection(str(directory / "data.db")).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def check_moved(directory: Path, said: set[str]) -> None:
    """What was committed is there as a whole, and of the rest there is nothing."""
    async with SqliteStores.open(directory) as stores:
        moved = {key: json.loads(value) for key, value in await stores.state.items("moved")}
        pending = await stores.queue.pending(limit=1_000_000)
        dead = {letter.delivery.id for letter in await stores.queue.dead_letters(limit=1_000_000)}
        assert said <= moved.keys()
        assert moved.keys().isdisjoint({*ids(pending), *dead})
        assert sorted(moved.values()) == sorted(each.id for each in pending if each.step == "moved")
        assert int(await stores.state.get("g", "moved") or 0) == len(moved)
        assert {item for item, _ in await stores.streams.items("moves", "g")} == moved.keys()


async def test_a_value_the_store_cannot_hold_fails_its_work_alone(tmp_path: Path, clock: ManualClock) -> None:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        bad = a_work(writes=(StateSet("g", "a", b"1"), StateSet("g", "half \ud800", b"1")), deliveries=(a_delivery(),))
        outcomes = await asyncio.gather(
            stores.state.set("h", "a", b"1"),
            stores.commits.commit(bad),
            stores.commits.commit(a_work(writes=(StateSet("i", "a", b"1"),), stream_writes=(an_item("i"),))),
            stores.commits.commit(a_work(stream_writes=(an_item("j"), StreamDelete("s", "g", "half \ud800")))),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), InvalidPayload, Committed, InvalidPayload]
        assert [item for item, _ in await stores.streams.items("s", "g")] == ["i"]
        assert await stores.state.groups() == ["h", "i"]
        assert await stores.queue.ledger() == []


async def test_what_was_committed_together_is_found_together(tmp_path: Path, clock: ManualClock) -> None:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish([a_delivery(), a_delivery()])
        committed, running = await claim(stores.queue, clock)
        work = a_work(
            delivery=committed,
            writes=(StateSet("g", "n", b"1"),),
            deliveries=(a_delivery(step="mail"),),
            stream_writes=(an_item("i"), an_item("i", 2)),
            now=5_000,
        )
        outcome = await stores.commits.commit(work)
        assert isinstance(outcome, Committed)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert await stores.state.items("g") == [("n", b"1")]
        assert await stores.streams.items("s", "g") == [("i", b'{"n":2,"id":"i","_createdAt":5000}')]
        assert await stores.streams.stamp("s", "g", now=0) == outcome.told[-1].at + 1
        assert [one.step for one in await claim(stores.queue, clock)] == [running.step, "mail"]
        assert {line.step: (line.accepted, line.done) for line in await stores.queue.ledger()} == {
            "charge": (2, 1),
            "mail": (1, 0),
        }


class TestFullDisk:
    async def limit(self, stores: SqliteStores, spare_pages: int) -> None:
        """Let the file grow by so many pages."""
        writer = stores.queue._writer
        await writer.run(lambda db: db.pragma("max_page_count", db.pragma("page_count") + spare_pages))

    async def test_everybody_is_told_and_it_works_again_when_there_is_room(
        self, tmp_path: Path, clock: ManualClock
    ) -> None:
        big = b'"' + b"x" * 100_000 + b'"'
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish([a_delivery()])
            await self.limit(stores, 2)
            outcomes = await asyncio.gather(
                stores.queue.publish([a_delivery(payload=big)]),
                stores.state.set("g", "k", big),
                stores.queue.publish([a_delivery(payload=big)]),
                return_exceptions=True,
            )
            assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
            assert "disk is full" in str(outcomes[0])
            assert [line.pending for line in await stores.queue.ledger()] == [1]
            assert await stores.state.get("g", "k") is None
            await self.limit(stores, 10_000)
            assert await stores.queue.publish([a_delivery(payload=big)]) == [True]
            await stores.state.set("g", "k", big)
            assert len(await claim(stores.queue, clock)) == 2

    async def test_a_work_that_cannot_be_stored_changes_nothing_and_can_be_repeated(
        self, tmp_path: Path, clock: ManualClock
    ) -> None:
        big = b'"' + b"x" * 100_000 + b'"'
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish([a_delivery()])
            [claimed] = await claim(stores.queue, clock)
            work = a_work(
                delivery=claimed,
                writes=(StateSet("g", "a", b"1"), StateSet("g", "b", big)),
                deliveries=(a_delivery(unique="k"), a_delivery(payload=big)),
            )
            await self.limit(stores, 2)
            with pytest.raises(StoreUnavailable, match="disk is full"):
                await stores.commits.commit(work)
            assert await stores.state.groups() == []
            [line] = await stores.queue.ledger()
            assert (line.accepted, line.leased, line.done) == (1, 1, 0)
            await self.limit(stores, 10_000)
            assert await stores.commits.commit(work) == Committed()
            assert len(await claim(stores.queue, clock)) == 2

    async def test_a_settlement_that_failed_can_be_repeated(self, tmp_path: Path, clock: ManualClock) -> None:
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish(
                [a_delivery(payload=b'"' + b"x" * 100_000 + b'"', group="g"), a_delivery(group="g")]
            )
            [claimed] = await claim(stores.queue, clock)
            await self.limit(stores, 0)
            bury = Bury(Failure("E", "m" * 100_000), "exhausted", 0)
            with pytest.raises(StoreUnavailable):
                await stores.queue.settle(claimed, bury)
            assert await claim(stores.queue, clock) == []
            assert await stores.queue.renew([claimed], now=clock.now, lease_ms=LEASE_MS) == [True]
            await self.limit(stores, 10_000)
            assert await stores.queue.settle(claimed, bury) is True
            assert len(await claim(stores.queue, clock)) == 1

    async def test_what_was_done_meanwhile_is_noted_later(
        self, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody waits for the note of a finished delivery, so nobody would repeat it but the queue."""

        def full(*_: Any) -> None:
            raise apsw.FullError("database or disk is full")

        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish([a_delivery(), a_delivery()])
            done, running = await claim(stores.queue, clock)
            await stores.queue.ledger()
            with monkeypatch.context() as patched:
                patched.setattr(stores.queue._journal, "write", full)
                assert await stores.queue.settle(done, Done()) is True
                with pytest.raises(StoreUnavailable):
                    await stores.queue.publish([a_delivery()])
            assert await stores.queue.publish([a_delivery()]) == [True]
            [line] = await stores.queue.ledger()
            assert (line.done, line.leased, line.pending) == (1, 1, 1)
            assert await stores.queue.settle(running, Done()) is True

    async def test_a_claim_that_could_not_be_noted_counts_for_deduplication(
        self, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The note fails in one batch, the new delivery is written in the next, before the note can be repeated."""
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish([a_delivery(dedup_key="k")])
            journal = stores.queue._journal
            write, entered, go_on = journal.write, threading.Event(), threading.Event()

            def fail_once(*_: Any) -> Any:
                monkeypatch.setattr(journal, "write", write)
                entered.set()
                go_on.wait(10)
                raise apsw.FullError("database or disk is full")

            monkeypatch.setattr(journal, "write", fail_once)
            [claimed] = await claim(stores.queue, clock)
            assert entered.wait(10)
            publishing = asyncio.ensure_future(stores.queue.publish([a_delivery(dedup_key="k")]))
            await asyncio.sleep(0)
            go_on.set()
            assert await publishing == [True]
            assert await stores.queue.settle(claimed, Done()) is True
            assert [line.pending for line in await stores.queue.ledger()] == [1]

    async def test_cancelling_that_failed_can_be_repeated(self, tmp_path: Path, clock: ManualClock) -> None:
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            head, behind = a_delivery(group="g"), a_delivery(group="g")
            await stores.queue.publish([head, behind])
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(queue_sql, "FREE_KEYS", "SELECT * FROM nothing WHERE ?")
                with pytest.raises(apsw.SQLError):
                    await stores.queue.cancel([head.id])
            assert ids(await stores.queue.waiting()) == [head.id, behind.id]
            assert await stores.queue.cancel([head.id]) == 1
            assert ids(await claim(stores.queue, clock)) == [behind.id]


class TestDamage:
    async def test_a_file_that_is_no_database_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "data.db").write_bytes(b"something else entirely" * 1_000)
        await self.refused(tmp_path, "data.db: .*no SQLite file")

    async def test_a_damaged_file_is_refused(self, tmp_path: Path) -> None:
        async with SqliteStores.open(tmp_path):
            pass
        content = bytearray((tmp_path / "data.db").read_bytes())
        content[100:4_000] = b"\xff" * 3_900
        (tmp_path / "data.db").write_bytes(content)
        await self.refused(
            tmp_path, r"data.db: .*damaged.*move data.db, data.db-wal and data.db-shm away to start empty"
        )

    async def test_a_newer_schema_is_refused(self, tmp_path: Path) -> None:
        async with SqliteStores.open(tmp_path):
            pass
        apsw.Connection(str(tmp_path / "data.db")).pragma("user_version", 99)
        await self.refused(tmp_path, "newer version .*schema 99.*upgrade motia")

    async def test_somebody_elses_database_is_refused(self, tmp_path: Path) -> None:
        apsw.Connection(str(tmp_path / "data.db")).execute("CREATE TABLE customers (id)")
        await self.refused(tmp_path, "something else")

    async def test_a_place_that_cannot_be_used_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        await self.refused(tmp_path / "file", "cannot open")

    async def refused(self, directory: Path, why: str) -> None:
        with pytest.raises(StartupFailed, match=why):
            async with SqliteStores.open(directory):
                pass

    async def test_rows_that_cannot_be_read_are_set_aside(self, tmp_path: Path, clock: ManualClock) -> None:
        deliveries = [a_delivery() for _ in range(5)]
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish(deliveries)
        self.damage(tmp_path, "UPDATE deliveries SET step = CAST(x'ff' AS TEXT) WHERE id = ?", deliveries[0])
        self.damage(tmp_path, "UPDATE deliveries SET kind = 'odd' WHERE id = ?", deliveries[1])
        self.damage(tmp_path, "UPDATE deliveries SET payload = x'7b' WHERE id = ?", deliveries[2])
        self.damage(tmp_path, "UPDATE deliveries SET trace_id = CAST(x'ff' AS TEXT) WHERE id = ?", deliveries[3])
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            assert stores.queue.recovered == Recovered(pending=4, quarantined=1)
            # A claim of one does not come back empty because the first ones it met were damaged.
            assert ids(await claim(stores.queue, clock, limit=1)) == [deliveries[4].id]
            # The books miss the one that lost even its Step, and know where the others went.
            [line] = await stores.queue.ledger()
            assert (line.accepted, line.leased, line.discarded, line.balanced) == (5, 1, 3, False)
        assert self.reasons(tmp_path) == [
            "not UTF-8: invalid start byte",
            "kind is 'odd'",
            "payload is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ]

    async def test_dead_letters_that_cannot_be_read_are_set_aside(self, tmp_path: Path, clock: ManualClock) -> None:
        deliveries = [a_delivery() for _ in range(3)]
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            await stores.queue.publish(deliveries)
            for claimed in await claim(stores.queue, clock):
                await stores.queue.settle(claimed, Bury(FAILURE, "exhausted", 0))
        self.damage(tmp_path, "UPDATE dead_letters SET failure = '{' WHERE id = ?", deliveries[2])
        self.damage(tmp_path, "UPDATE dead_letters SET reason = 'mood' WHERE id = ?", deliveries[1])
        async with SqliteStores.open(tmp_path, clock=clock) as stores:
            assert ids([letter.delivery for letter in await stores.queue.dead_letters(limit=1)]) == [deliveries[0].id]
            [line] = await stores.queue.ledger()
            assert (line.dead, line.discarded, line.balanced) == (1, 2, True)
        assert len(self.reasons(tmp_path)) == 2

    def damage(self, directory: Path, statement: str, delivery: Delivery) -> None:
        db = apsw.Connection(str(directory / "data.db"))
        db.execute(statement, (delivery.id,))
        db.close()

    def reasons(self, directory: Path) -> list[str]:
        db = apsw.Connection(str(directory / "data.db"))
        return [reason for (reason,) in db.execute("SELECT reason FROM quarantine ORDER BY id")]


async def test_a_busy_event_loop_does_not_starve_the_store(tmp_path: Path, clock: ManualClock) -> None:
    """A loop that always has something to do must still let the store's threads have the interpreter."""
    busy = True

    async def spin() -> None:
        while busy:
            sum(range(5_000))
            await asyncio.sleep(0)

    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        spinning = asyncio.create_task(spin())
        async with asyncio.timeout(8):  # takes 0.5 s; without turns, 10 to 100 s as the machine has it
            for number in range(200):
                await stores.state.set("g", f"{number}", b"1")
            assert len(await stores.state.items("g")) == 200
        busy = False
        await spinning


async def test_what_was_published_at_once_is_due_though_the_clock_was_set_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        at_once = a_delivery(created_at=clock.now, due_at=clock.now)
        delayed = a_delivery(created_at=clock.now, due_at=clock.now + 60_000)
        await stores.queue.publish([at_once, delayed])
    clock.advance(-3_600_000)
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert ids(await claim(stores.queue, clock)) == [at_once.id]
        clock.advance(3_600_000 + 60_000)
        assert ids(await claim(stores.queue, clock)) == [at_once.id, delayed.id]  # the first one's lease ran out


async def test_of_two_deliveries_with_one_id_the_later_is_set_aside(tmp_path: Path, clock: ManualClock) -> None:
    first, second, third = a_delivery(), a_delivery(), a_delivery()
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        await stores.queue.publish([first, second, third])
    db = apsw.Connection(str(tmp_path / "data.db"))
    db.execute("UPDATE deliveries SET id = ? WHERE id = ?", (first.id, second.id))
    db.close()
    async with SqliteStores.open(tmp_path, clock=clock) as stores:
        assert stores.queue.recovered.quarantined == 1
        found = await claim(stores.queue, clock)
        assert ids(found) == [first.id, third.id]
        for each in found:
            assert await stores.queue.settle(each, Done())
        [books] = await stores.queue.ledger()
        assert (books.done, books.discarded, books.balanced) == (2, 1, True)
