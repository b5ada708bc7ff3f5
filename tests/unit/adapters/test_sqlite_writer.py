from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from motia.adapters.sqlite.connection import open_reader, open_writer
from motia.adapters.sqlite.writer import Raised, Writer, resolve
from motia.model.errors import ImpossibleUpdate, InvalidPayload, StoreUnavailable

PUT = "INSERT INTO state (state_group, key, value) VALUES ('g', ?, ?)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.db"


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[Writer]:
    writer = Writer(open_writer(path, "data", synchronous="FULL"), path)
    yield writer
    await writer.close()


def put(key: str) -> Callable[[apsw.Connection], str]:
    def work(db: apsw.Connection) -> str:
        db.execute(PUT, (key, b"1"))
        return key

    return work


def keys(path: Path) -> list[str]:
    db = open_reader(path)
    try:
        return [key for (key,) in db.execute("SELECT key FROM state ORDER BY key")]
    finally:
        db.close()


class Held:
    """Keeps the thread busy until let go, so that a test decides what is in the next batch."""

    def __init__(self) -> None:
        self._free = threading.Event()

    def __call__(self, _db: apsw.Connection) -> None:
        self._free.wait(30)

    def let_go(self) -> None:
        self._free.set()


async def together(writer: Writer, *works: Callable[[apsw.Connection], Any]) -> list[Any]:
    """The outcomes of `works`, all of one batch."""
    held = Held()
    first = asyncio.ensure_future(writer.run(held))
    rest = [asyncio.ensure_future(writer.run(work)) for work in works]
    await asyncio.sleep(0)
    held.let_go()
    outcomes = await asyncio.gather(first, *rest, return_exceptions=True)
    return outcomes[1:]


async def test_what_arrives_during_a_commit_goes_into_the_next(writer: Writer, path: Path) -> None:
    commits = 0

    def count(_: apsw.Connection) -> bool:
        nonlocal commits
        commits += 1
        return False

    await writer.run(lambda db: db.set_commit_hook(lambda: count(db)))
    commits = 0
    assert await together(writer, *(put(f"{number:02}") for number in range(50))) == [f"{n:02}" for n in range(50)]
    assert commits <= 2
    assert len(keys(path)) == 50


async def test_a_job_that_raises_rolls_back_only_itself(writer: Writer, path: Path) -> None:
    def half(db: apsw.Connection) -> None:
        put("half")(db)
        raise LookupError("afterwards")

    outcomes = await together(writer, put("a"), half, put("b"), put("b"), put("c"))
    assert [type(outcome) for outcome in outcomes] == [str, LookupError, str, apsw.ConstraintError, str]
    assert keys(path) == ["a", "b", "c"]


async def test_a_refusal_before_anything_was_written_needs_no_second_try(writer: Writer) -> None:
    tries = 0

    def refuse(_: apsw.Connection) -> None:
        nonlocal tries
        tries += 1
        raise ImpossibleUpdate("no")

    outcomes = await together(writer, put("a"), refuse, put("b"))
    assert [type(outcome) for outcome in outcomes] == [str, ImpossibleUpdate, str]
    assert tries == 1


async def test_text_that_is_no_unicode_is_the_callers_fault(writer: Writer, path: Path) -> None:
    outcomes = await together(writer, put("a"), put("\ud800"))
    assert [type(outcome) for outcome in outcomes] == [str, InvalidPayload]
    assert keys(path) == ["a"]


async def test_when_the_engine_fails_everybody_of_the_batch_is_told(writer: Writer, path: Path) -> None:
    def fail(_: apsw.Connection) -> None:
        raise apsw.IOError("disk I/O error")

    outcomes = await together(writer, put("a"), fail, put("b"))
    assert [str(outcome) for outcome in outcomes] == ["data.db did not take a write: disk I/O error"] * 3
    assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
    assert await writer.run(put("later")) == "later"
    assert keys(path) == ["later"]


async def test_whoever_goes_away_does_not_undo_what_was_asked(writer: Writer, path: Path) -> None:
    held = Held()
    first = asyncio.ensure_future(writer.run(held))
    gone = asyncio.ensure_future(writer.run(put("a")))
    await asyncio.sleep(0)
    gone.cancel()
    held.let_go()
    await first
    await writer.run(put("b"))
    assert keys(path) == ["a", "b"]


async def test_bookkeeping_alone_is_not_synced_and_what_is_waited_for_is(writer: Writer) -> None:
    def mode(db: apsw.Connection) -> Any:
        return db.pragma("synchronous")

    assert await writer.run(mode) == 2
    assert await writer.run(mode, durable=False) == 1
    assert await writer.run(mode) == 2


async def test_closing_writes_what_was_submitted_and_may_be_repeated(path: Path) -> None:
    writer = Writer(open_writer(path, "data", synchronous="FULL"), path)
    tasks = [asyncio.ensure_future(writer.run(put(f"{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(writer.close(), writer.close())
    assert len(await asyncio.gather(*tasks)) == 20
    await writer.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await writer.run(put("late"))
    assert [file.name for file in path.parent.iterdir()] == ["data.db"]
    assert len(keys(path)) == 20
    assert "write data.db" not in {thread.name for thread in threading.enumerate()}


async def test_a_cancelled_close_still_closes(path: Path) -> None:
    writer = Writer(open_writer(path, "data", synchronous="FULL"), path)
    held = Held()
    tasks = [asyncio.ensure_future(writer.run(work)) for work in (held, put("a"))]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(writer.close())
    await asyncio.sleep(0)
    closing.cancel()
    held.let_go()
    await writer.close()
    await asyncio.gather(*tasks)
    assert keys(path) == ["a"]


async def test_a_long_log_is_moved_into_the_file(writer: Writer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_checkpoint_at", 20)
    monkeypatch.setattr("motia.adapters.sqlite.writer._CHECKPOINT_PAGES", 20)
    for number in range(300):
        await writer.run(put(f"{number}"))
    sizes = {file.name: file.stat().st_size for file in path.parent.iterdir()}
    assert sizes["data.db-wal"] < 60 * 5_000
    assert sizes["data.db"] > 20_000


class Tally:
    """A party that writes its jobs as one."""

    def __init__(self) -> None:
        self.written: list[int] = []

    def write(self, db: apsw.Connection, jobs: Sequence[asyncio.Future[int]]) -> list[Any]:
        self.written.append(len(jobs))
        put(f"tally{len(self.written)}")(db)
        return [len(jobs)] * len(jobs)

    def answer(self, jobs: Sequence[asyncio.Future[int]], outcomes: Sequence[Any]) -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            resolve(job, outcome)


async def test_the_jobs_of_a_party_are_written_together(writer: Writer) -> None:
    party = Tally()
    held = Held()
    first = asyncio.ensure_future(writer.run(held))
    futures: list[asyncio.Future[int]] = [asyncio.get_running_loop().create_future() for _ in range(5)]
    await asyncio.sleep(0)
    for future in futures:
        writer.submit(party, future)
    held.let_go()
    await first
    assert sum(party.written) == 5
    assert len(party.written) <= 2
    assert sum(await asyncio.gather(*futures)) >= 5


async def test_an_outcome_for_nobody_is_dropped() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.cancel()
    resolve(future, 1)
    resolve(future, Raised(ValueError()))
