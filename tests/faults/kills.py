"""Scenarios that kill: the core, workers of each language, a core that is just recovering, a core under FIFO load."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from typing import Any

from faults.load import Clients, orders, served_after
from faults.outcome import Outcome
from faults.progress import Progress
from faults.subject import Subject, subject
from support.running_project import alive, until

# Deliveries that are in flight at each kill, besides what the clients add: most of them running. They take
# longer than the core lives, so that each life starts them anew.
BACKLOG = 1_000
LANGUAGES = ("python", "node", "ruby")
GROUPS = 100


def core_killed(kills: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("core-killed", seed, "")
    with subject("load") as under_test:
        under_test.start()
        for _ in range(BACKLOG // 100 + 2):
            batch = [{**each, "pause": 3.0 + each["pause"]} for each in orders(random_, 100, 1)]
            outcome.require(under_test.order("long", batch) == 202, "the backlog was not accepted")
        fewest = BACKLOG
        for number in Progress("core-killed", kills):
            clients = Clients(under_test, ["python"], random_.randrange(1 << 30))
            threading.Event().wait(random_.uniform(0, 0.4))
            if number % 10 == 0:
                fewest = min(fewest, under_test.unfinished())
            begun = time.monotonic()
            under_test.kill()
            clients.stop()
            _restart(under_test, outcome, begun, random_)
        under_test.settle()
        account = under_test.audit(outcome)
        outcome.require(fewest >= BACKLOG, f"only {fewest} deliveries were in flight at a kill")
        outcome.n = f"{kills} kills, {account['acknowledged']:,} accepted, ≥ {fewest:,} in flight"
    return outcome


def _restart(under_test: Subject, outcome: Outcome, begun: float, random_: random.Random) -> None:
    under_test.start()
    batch = orders(random_, 1, 0)
    outcome.recoveries.append(served_after(under_test, "POST", "/accept/python", begun, {"orders": batch}))
    under_test.ledger.acknowledged([each["id"] for each in batch])


def worker_killed(kills: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("worker-killed", seed, "")
    with subject("load", LANGUAGES) as under_test:
        under_test.start()
        clients = Clients(under_test, list(LANGUAGES), seed, count=2)
        for number in Progress("worker-killed", kills):
            language = LANGUAGES[number % len(LANGUAGES)]
            threading.Event().wait(random_.uniform(0, 0.3))
            pid = _worker(under_test, language)
            begun = time.monotonic()
            _kill_worker(under_test, pid)
            outcome.recoveries.append(served_after(under_test, "GET", f"/ping/{language}", begun))
        clients.stop()
        under_test.settle()
        account = under_test.audit(outcome)
        outcome.n = f"{kills} kills, {account['acknowledged']:,} accepted"
    return outcome


def killed_in_recovery(kills: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("killed-in-recovery", seed, f"{kills} starts killed, 500 owed")
    with subject("load") as under_test:
        started = time.monotonic()
        under_test.start()
        needs_s = time.monotonic() - started
        for _ in range(5):
            outcome.require(under_test.order("python", orders(random_, 100, 1)) == 202, "orders were not accepted")
        under_test.kill()
        for _ in Progress("killed-in-recovery", kills):
            under_test.spawn()
            threading.Event().wait(random_.uniform(0.02, needs_s))
            under_test.kill()
        begun = time.monotonic()
        _restart(under_test, outcome, begun, random_)
        under_test.settle()
        under_test.audit(outcome)
    return outcome


def fifo_killed(kills: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("fifo-killed", seed, "")
    numbers = dict.fromkeys((f"g{index}" for index in range(GROUPS)), 0)
    with subject("load") as under_test:
        under_test.start()
        for number in Progress("fifo-killed", kills):
            stop = threading.Event()
            placing = threading.Thread(
                target=_place_in_groups, args=(under_test, numbers, stop, random_.randrange(1 << 30))
            )
            placing.start()
            threading.Event().wait(random_.uniform(0.1, 0.5))
            begun = time.monotonic()
            if number % 3 == 2:
                pid = _worker(under_test, "python")
                _kill_worker(under_test, pid)
                stop.set()
                placing.join()
                continue
            under_test.kill()
            stop.set()
            placing.join()
            under_test.start()
            outcome.recoveries.append(served_after(under_test, "GET", "/ping/python", begun))
        under_test.settle()
        account = under_test.audit(outcome)
        outcome.n = f"{kills} kills, {GROUPS} groups, {account['acknowledged']:,} accepted"
    return outcome


def _place_in_groups(under_test: Subject, numbers: dict[str, int], stop: threading.Event, seed: int) -> None:
    """Orders of random groups, one request after the other: within a group the order is that of the requests."""
    random_ = random.Random(seed)
    while not stop.is_set():
        batch: list[dict[str, Any]] = []
        for group in random_.choices(sorted(numbers), k=20):
            batch.append(
                {"id": f"{group}/{numbers[group]}", "group": group, "pause": round(random_.uniform(0, 0.05), 3)}
            )
            numbers[group] += 1
        if under_test.order("fifo", batch) is None:
            return


def _worker(under_test: Subject, language: str) -> int:
    pid: int = until(lambda: under_test.workers().get(language))
    return pid


def _kill_worker(under_test: Subject, pid: int) -> None:
    with under_test.ledger.fault("worker", [pid]):
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(pid))
