"""Scenarios of wrong clocks, and of waits that are longer than any lease."""

from __future__ import annotations

import random
import threading

from faults.load import Clients, orders
from faults.outcome import Outcome
from faults.progress import Progress
from faults.subject import Subject, subject

_DAY_S = 86_400
_HOUR_S = 3_600
# No order waits for anything but its turn, so none may take longer than this after the clock was moved (seconds).
_SOON_S = 30.0
# `delaySeconds` of the Step WorkDelayed: ten times the built-in lease.
DELAY_S = 300


def clock_jumps(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("clock-jumps", seed, "")
    jumps = 0
    with subject("load") as under_test:
        under_test.start()
        for _ in Progress("clock-jumps", times):
            for jump_s in (_DAY_S, -_HOUR_S):
                for restarted in (False, True):
                    _jump(under_test, jump_s, random_, restarted=restarted)
                    jumps += 1
        account = under_test.audit(outcome)
        outcome.n = f"{jumps} jumps, {account['acknowledged']:,} accepted"
    return outcome


def _jump(under_test: Subject, jump_s: int, random_: random.Random, *, restarted: bool) -> None:
    clients = Clients(under_test, ["python"], random_.randrange(1 << 30), longest_s=0.5)
    threading.Event().wait(random_.uniform(0.1, 0.3))
    if restarted:
        under_test.kill()
        clients.stop()
        under_test.injector.move_clock(jump_s)
        under_test.start()
    else:
        under_test.injector.move_clock(jump_s)
        threading.Event().wait(random_.uniform(0.1, 0.3))
        clients.stop()
    under_test.order("python", orders(random_, 5, 0.1))
    under_test.settle(_SOON_S)


def long_delay(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("long-delay", seed, f"{times} times 20 orders delayed for {DELAY_S} s")
    with subject("load") as under_test:
        under_test.start()
        for number in Progress("long-delay", times):
            batch = orders(random_, 20, 0)
            outcome.require(under_test.order("delayed", batch) == 202, "orders were not accepted")
            for _ in range(4):
                under_test.injector.move_clock(DELAY_S / 5)
                under_test.order("python", orders(random_, 1, 0))
                if number % 2:
                    under_test.kill()
                    under_test.start()
            early = under_test.ledger.account()["lost"]
            waiting = {each["id"] for each in batch} & set(early)
            outcome.require(len(waiting) == len(batch), f"{len(batch) - len(waiting)} ran before their time")
            under_test.injector.move_clock(DELAY_S / 5)
            under_test.settle()
        under_test.audit(outcome)
    return outcome
