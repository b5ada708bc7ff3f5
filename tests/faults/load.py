"""Work for a core: orders with ids of their own, and clients who place them."""

from __future__ import annotations

import concurrent.futures
import itertools
import random
import threading
import time
from typing import Any

from faults.subject import Subject

_ids = itertools.count()


def orders(random_: random.Random, count: int, longest_s: float) -> list[dict[str, Any]]:
    """`count` orders, each of which keeps a handler busy for up to `longest_s`."""
    return [{"id": f"o{next(_ids)}", "pause": round(random_.uniform(0, longest_s), 3)} for _ in range(count)]


class Clients:
    """Threads that place orders until they are told to stop, or the core does not answer any more."""

    def __init__(
        self, subject: Subject, topics: list[str], seed: int, *, count: int = 4, longest_s: float = 0.3
    ) -> None:
        self._subject = subject
        self._topics = topics
        self._longest_s = longest_s
        self._stop = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(count)
        self._running = [self._pool.submit(self._work, random.Random(f"{seed}-{index}")) for index in range(count)]

    def stop(self) -> None:
        """Let requests under way end; raises what went wrong in a thread."""
        self._stop.set()
        self._pool.shutdown()
        for each in self._running:
            each.result()

    def _work(self, random_: random.Random) -> None:
        while not self._stop.is_set():
            batch = orders(random_, random_.randint(1, 10), self._longest_s)
            if self._subject.order(random_.choice(self._topics), batch) is None:
                return
            self._stop.wait(random_.uniform(0, 0.03))


def served_after(subject: Subject, method: str, path: str, begun: float, body: Any = None) -> float:
    """Seconds from `begun` (`time.monotonic`) until a request is answered with a 2xx."""
    pause = threading.Event()
    while True:
        answer = subject.request(method, path, body)
        if answer is not None and answer[0] // 100 == 2:
            return time.monotonic() - begun
        pause.wait(0.01)
