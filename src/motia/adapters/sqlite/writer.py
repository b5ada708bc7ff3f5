"""The one thread that writes a database file, with group commit.

Whatever is submitted while a transaction commits goes together into the next one, so that many writers share the cost of
one sync. The thread sleeps when there is nothing to do. A transaction's answers reach the event loop in one call.

Parties: work of one party in a batch is written and answered together, which lets it merge what it does. `write` runs in
the thread, inside the transaction, and may run again after a rollback; `answer` runs on the event loop when the outcome
is known.

Errors: when the engine fails (full disk, I/O, a foreign lock) nothing of the batch is stored, everyone in it gets
`StoreUnavailable`, and the next batch tries anew. When one job raises anything else, the batch is rolled back and done
again with a savepoint around each job, so that only that job fails. Batches without such a job pay for no savepoints.

Durability: a batch that somebody waits for is synced. A batch of bookkeeping alone is written without a sync: it
survives the end of the process at once, and a power cut as soon as anything durable follows.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import apsw

from motia.adapters.sqlite.connection import ENGINE_FAULTS
from motia.adapters.sqlite.turns import EVERY_S, Turns
from motia.model.errors import InvalidPayload, MotiaError, StoreUnavailable

T = TypeVar("T")

# 16 MiB of log: rarely enough that a checkpoint's syncs do not show, small enough that reading through it stays cheap.
_CHECKPOINT_PAGES: Final = 4_096
_NORMAL: Final = 1  # of PRAGMA synchronous


class Raised(NamedTuple):
    """The outcome of a job that failed."""

    error: Exception


class Party(Protocol):
    """Somebody whose jobs of one batch are written together. See the module's text."""

    def write(self, db: apsw.Connection, jobs: Sequence[Any]) -> Sequence[Any]:
        """Write `jobs`; one outcome for each, `Raised` for one that failed and changed nothing."""
        ...

    def answer(self, jobs: Sequence[Any], outcomes: Sequence[Any]) -> None:
        """Tell whoever waits."""
        ...


class _Submitted(NamedTuple):
    party: Party
    job: Any
    durable: bool


_Batch = list[_Submitted]
_Answers = list[tuple[Party, list[Any], Sequence[Any]]]


class _Call(NamedTuple):
    work: Callable[[apsw.Connection], Any]
    future: asyncio.Future[Any]


class _Calls:
    """The party of single pieces of work."""

    def write(self, db: apsw.Connection, jobs: Sequence[_Call]) -> list[Any]:
        outcomes: list[Any] = []
        for job in jobs:
            before = db.total_changes()
            try:
                outcomes.append(job.work(db))
            except MotiaError as refusal:
                if db.total_changes() != before:
                    raise
                outcomes.append(Raised(refusal))
        return outcomes

    def answer(self, jobs: Sequence[_Call], outcomes: Sequence[Any]) -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            resolve(job.future, outcome)


def resolve(future: asyncio.Future[Any], outcome: Any) -> None:
    """Give `future` its outcome, unless whoever waited has gone."""
    if future.done():
        return
    if isinstance(outcome, Raised):
        future.set_exception(outcome.error)
    else:
        future.set_result(outcome)


class Writer:
    """Owns `db` from its creation, inside a running event loop, until `close` returns."""

    def __init__(self, db: apsw.Connection, path: Path, *, turn_every_s: float = EVERY_S) -> None:
        """`turn_every_s` as in `Turns`."""
        self._db = db
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._calls = _Calls()
        self._turns = Turns(self._loop, turn_every_s)
        self._inbox: queue.SimpleQueue[_Submitted | None] = queue.SimpleQueue()
        self._closing = False
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._full_sync: Final = int(db.pragma("synchronous"))
        self._sync = self._full_sync
        self._log_pages = 0
        self._checkpoint_at = _CHECKPOINT_PAGES
        db.set_wal_hook(self._note_log_size)
        self._thread = threading.Thread(target=self._live, name=f"write {path.name}", daemon=True)
        self._thread.start()

    def submit(self, party: Party, job: Any, *, durable: bool = True) -> None:
        """Let `party` write `job` in the next transaction. Raises `StoreUnavailable` once closing."""
        if self._closing:
            raise StoreUnavailable(f"{self._path.name} is closed")
        self._turns.begun()
        self._inbox.put(_Submitted(party, job, durable))

    async def run(self, work: Callable[[apsw.Connection], T], *, durable: bool = True) -> T:
        """What `work` returns, once it is committed. It runs in the thread, and again if the batch has to be repeated."""
        future: asyncio.Future[T] = self._loop.create_future()
        self.submit(self._calls, _Call(work, future), durable=durable)
        return await future

    async def close(self) -> None:
        """Write what was submitted, put the log into the file, and let go of it. May be called again."""
        if not self._closing:
            self._closing = True
            self._inbox.put(None)
        await asyncio.shield(self._closed)
        self._thread.join()

    def _answer_all(self, answers: _Answers) -> None:
        self._turns.ended(sum(len(jobs) for _, jobs, _ in answers))
        for party, jobs, outcomes in answers:
            party.answer(jobs, outcomes)

    # Everything below runs in the thread.

    def _live(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._next_batch()
            if batch:
                self._tell(self._commit(batch))
            if self._log_pages >= self._checkpoint_at:
                self._checkpoint()
        self._shut()

    def _next_batch(self) -> tuple[_Batch, bool]:
        batch: _Batch = []
        self._turns.rests()
        first = self._inbox.get()
        self._turns.works()
        # Only this thread takes out, so what is counted is there.
        for submitted in (first, *(self._inbox.get_nowait() for _ in range(self._inbox.qsize()))):
            if submitted is None:
                return batch, False
            batch.append(submitted)
        return batch, True

    def _commit(self, batch: _Batch) -> _Answers:
        parties: dict[Party, list[Any]] = {}
        for submitted in batch:
            parties.setdefault(submitted.party, []).append(submitted.job)
        try:
            self._set_sync(durable=any(submitted.durable for submitted in batch))
            try:
                return self._attempt(parties)
            except ENGINE_FAULTS:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, it is one job's fault and only that one's
                self._roll_back()
                return self._attempt_one_by_one(parties)
        except Exception as problem:  # noqa: BLE001 - the thread must outlive what it cannot explain
            self._roll_back()
            if isinstance(problem, apsw.FullError):
                # With its pages moved into the file the log starts over: there may be room for the next batch.
                self._checkpoint()
            return [
                (party, jobs, [Raised(_unavailable(problem, self._path)) for _ in jobs])
                for party, jobs in parties.items()
            ]

    def _attempt(self, parties: dict[Party, list[Any]]) -> _Answers:
        self._db.execute("BEGIN IMMEDIATE")
        answers: _Answers = [(party, jobs, party.write(self._db, jobs)) for party, jobs in parties.items()]
        self._end_transaction()
        return answers

    def _attempt_one_by_one(self, parties: dict[Party, list[Any]]) -> _Answers:
        self._db.execute("BEGIN IMMEDIATE")
        answers: _Answers = [
            (party, jobs, [self._attempt_one(party, job) for job in jobs]) for party, jobs in parties.items()
        ]
        self._end_transaction()
        return answers

    def _end_transaction(self) -> None:
        self._turns.leaves_interpreter()
        try:
            self._db.execute("COMMIT")
        finally:
            self._turns.needs_interpreter()

    def _attempt_one(self, party: Party, job: Any) -> Any:
        self._db.execute("SAVEPOINT job")
        try:
            [outcome] = party.write(self._db, [job])
        except ENGINE_FAULTS:
            raise
        except Exception as problem:  # noqa: BLE001 - it reaches whoever submitted the job
            self._db.execute("ROLLBACK TO job")
            outcome = Raised(_explained(problem))
        self._db.execute("RELEASE job")
        return outcome

    def _roll_back(self) -> None:
        # SQLite ends some failed transactions by itself.
        if self._db.in_transaction:
            with contextlib.suppress(apsw.Error):  # why the transaction failed is known
                self._db.execute("ROLLBACK")

    def _set_sync(self, *, durable: bool) -> None:
        wanted = self._full_sync if durable else min(self._full_sync, _NORMAL)
        if wanted != self._sync:
            self._db.pragma("synchronous", wanted)
            self._sync = wanted

    def _note_log_size(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        self._turns.leaves_interpreter()
        try:
            in_log, moved = self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error:
            # A disk that fails here fails the next commit too, and is reported there.
            in_log, moved = self._log_pages, 0
        finally:
            self._turns.needs_interpreter()
        # With all of it moved the log starts over; while a reader needs it, there is no use in trying at each commit.
        self._checkpoint_at = _CHECKPOINT_PAGES if moved == in_log else in_log + _CHECKPOINT_PAGES
        self._log_pages = 0

    def _tell(self, answers: _Answers) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop has ended, and with it everybody who waited
            self._loop.call_soon_threadsafe(self._answer_all, answers)

    def _shut(self) -> None:
        with contextlib.suppress(apsw.Error):  # what is committed stays in the log and is found at the next start
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._db.close()
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._closed.set_result, None)


def _explained(problem: Exception) -> Exception:
    """What one job did wrong, in the vocabulary of the ports."""
    if isinstance(problem, apsw.TooBigError):
        explained = InvalidPayload("the value is larger than the store can hold")
    elif isinstance(problem, UnicodeEncodeError):
        explained = InvalidPayload(f"the text is no valid Unicode: {problem.reason}")
    else:
        return problem
    explained.__cause__ = problem
    return explained


def _unavailable(problem: Exception, path: Path) -> StoreUnavailable:
    """Why a whole batch failed; one for each who waits, as a raised error belongs to one stack."""
    full = isinstance(problem, apsw.FullError)
    why = "cannot grow: the disk is full" if full else f"did not take a write: {problem}"
    unavailable = StoreUnavailable(f"{path.name} {why}")
    unavailable.__cause__ = problem
    return unavailable
