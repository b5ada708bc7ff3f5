"""Scenarios that stop processes for a while (SIGSTOP, SIGCONT), as a debugger, a paused machine or a full swap does."""

from __future__ import annotations

import os
import random
import signal
import threading

from faults.load import Clients, orders
from faults.outcome import Outcome
from faults.progress import Progress
from faults.subject import Subject, subject
from support.running_project import until

# Twice the built-in lease of 30 s.
_LEASES_RUN_OUT_S = 60


def core_stopped(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("core-stopped", seed, "")
    with subject("load") as under_test:
        under_test.start()
        for _ in Progress("core-stopped", times):
            clients = Clients(under_test, ["python"], random_.randrange(1 << 30), longest_s=1.0)
            threading.Event().wait(random_.uniform(0.2, 0.5))
            assert under_test.project.process is not None
            under_test.project.process.send_signal(signal.SIGSTOP)
            under_test.injector.move_clock(_LEASES_RUN_OUT_S)
            threading.Event().wait(random_.uniform(0, 0.3))
            under_test.project.process.send_signal(signal.SIGCONT)
            clients.stop()
            under_test.settle()
        account = under_test.audit(outcome)
        outcome.n = f"{times} stops longer than the leases, {account['acknowledged']:,} accepted"
    return outcome


def worker_stopped(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("worker-stopped", seed, "")
    with subject("load") as under_test:
        under_test.start()
        for _ in Progress("worker-stopped", times):
            clients = Clients(under_test, ["python"], random_.randrange(1 << 30), longest_s=0.5)
            zombie = under_test.workers()["python"]
            threading.Event().wait(random_.uniform(0, 0.3))
            os.kill(zombie, signal.SIGSTOP)
            threading.Event().wait(random_.uniform(0, 0.5))
            os.kill(zombie, signal.SIGCONT)
            clients.stop()
            under_test.settle()
            # Now so long that its Step times out and another worker has taken over when it wakes up.
            outcome.require(under_test.order("limited", orders(random_, 20, 0.5)) == 202, "orders were not accepted")
            with under_test.ledger.fault("worker", [zombie]):
                os.kill(zombie, signal.SIGSTOP)
                _until_replaced(under_test, zombie)
                os.kill(zombie, signal.SIGCONT)
                under_test.settle()
        account = under_test.audit(outcome)
        outcome.n = f"{times} stops of both lengths, {account['acknowledged']:,} accepted"
    return outcome


def _until_replaced(under_test: Subject, pid: int) -> None:
    until(lambda: under_test.workers().get("python") not in {None, pid})
