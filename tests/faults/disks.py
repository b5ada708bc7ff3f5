"""Scenarios of disks: full ones, and ones that fail now and then."""

from __future__ import annotations

import contextlib
import errno
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

from faults.load import orders
from faults.outcome import Outcome
from faults.progress import Progress
from faults.subject import Subject, subject

# Answers during a fault of the disk may take this long (seconds); more is a hang.
_ANSWER_LIMIT_S = 15.0
# When there is space again, work resumes by itself within this: a lease of 30 s may have to run out first.
_RESUME_LIMIT_S = 60.0
_LEASE_S = 30
_SMALL, _LARGE = "2m", "64m"
# Sent until the disk is full: each order carries that many bytes besides.
_BALLAST = "x" * 20_000


def disk_full(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("disk-full", seed, "")
    refusals = 0
    for number in Progress("disk-full", times):
        with subject("load") as under_test, _volume(under_test, by_mount=number % 2 == 0) as volume:
            under_test.start()
            with under_test.ledger.fault("core"):
                volume.fill()
                refusals += _until_refused(under_test, random_, outcome)
                outcome.require(under_test.project.process.poll() is None, "the core ended on a full disk")  # type: ignore[union-attr]
                volume.make_room()
                # What could not be noted as done or failed is taken again when its lease ends: not to wait for that.
                under_test.injector.move_clock(_LEASE_S + 1)
                begun = time.monotonic()
                while (status := under_test.order("python", orders(random_, 1, 0))) != 202:
                    outcome.require(status is not None, "there was no answer after there was space again")
                    if time.monotonic() - begun > _RESUME_LIMIT_S:
                        outcome.problems.append("no order was accepted within a minute of there being space again")
                        break
                under_test.settle(_RESUME_LIMIT_S)
            under_test.audit(outcome)
            under_test.project.stop()
    outcome.n = f"{times} full disks, {refusals:,} orders refused"
    return outcome


def _until_refused(under_test: Subject, random_: random.Random, outcome: Outcome) -> int:
    """Place orders until some were refused in a row; how many."""
    refused = 0
    deadline = time.monotonic() + _RESUME_LIMIT_S
    while refused < 10:
        batch = [{**each, "ballast": _BALLAST} for each in orders(random_, 5, 0.1)]
        status = under_test.order("python", batch, _ANSWER_LIMIT_S)
        refused += status != 202
        outcome.require(status is not None, f"a request on a full disk had no answer within {_ANSWER_LIMIT_S:g} s")
        outcome.require(
            status is None or status == 202 or status // 100 == 5, f"refused with {status} instead of a 5xx"
        )
        if time.monotonic() > deadline:
            outcome.problems.append("the full disk refused nothing")
            break
    return refused


class _Volume:
    """Where the core keeps its files: a small tmpfs, or any disk that the shim makes full."""

    def __init__(self, under_test: Subject, *, mounted: bool) -> None:
        self._under_test = under_test
        self._mounted = mounted

    def fill(self) -> None:
        """Let there be no space (soon, where it is a real volume)."""
        if not self._mounted:
            self._under_test.injector.set(disk_full=1)

    def make_room(self) -> None:
        """Let there be space again."""
        if self._mounted:
            subprocess.run(["mount", "-o", f"remount,size={_LARGE}", str(self._under_test.data.parent)], check=True)
        else:
            self._under_test.injector.set(disk_full=0)


@contextlib.contextmanager
def _volume(under_test: Subject, *, by_mount: bool) -> Iterator[_Volume]:
    folder = under_test.data.parent
    folder.mkdir()
    mounted = by_mount and shutil.which("mount") is not None and _mount(str(folder))
    try:
        yield _Volume(under_test, mounted=mounted)
    finally:
        if mounted:
            under_test.project.kill()
            subprocess.run(["umount", str(folder)], check=True)


def _mount(folder: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", folder]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def io_errors(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("io-errors", seed, "")
    refused = 0
    with subject("load") as under_test:
        under_test.start()
        for number in Progress("io-errors", times):
            under_test.injector.reset()
            place = random_.randint(1, 40)
            if number % 2:
                under_test.injector.fail_sync(place // 4 + 1, random_.choice((1, 3)))
            else:
                under_test.injector.fail_write(place, random_.choice((1, 5)), random_.choice((errno.EIO, errno.ENOSPC)))
            with under_test.ledger.fault("core"):
                for _ in range(8):
                    status = under_test.order("python", orders(random_, 3, 0.05), _ANSWER_LIMIT_S)
                    refused += status != 202
                    outcome.require(status is not None, f"a request had no answer within {_ANSWER_LIMIT_S:g} s")
                    threading.Event().wait(random_.uniform(0, 0.02))
                under_test.injector.reset()
                under_test.injector.move_clock(_LEASE_S + 1)  # as above
                under_test.order("python", orders(random_, 1, 0))
                under_test.settle(_RESUME_LIMIT_S)
            if number % 5 == 4:
                under_test.kill()
                under_test.start()
        account = under_test.audit(outcome)
        outcome.n = f"{times} faults, {account['acknowledged']:,} accepted, {refused} requests refused"
    return outcome
