"""The suite's side of the auditor: starts it and tells it what clients were promised and what was done to the processes."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

_AUDITOR = Path(__file__).with_name("auditor.py")
_LIMIT_S = 60.0


class Ledger:
    """A running auditor with a ledger in `folder`, whose path must be short (Unix sockets take about 100 characters)."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "ledger.socket")
        self.file = folder / "ledger.jsonl"
        self._process = subprocess.Popen([sys.executable, str(_AUDITOR), self.address, str(self.file)])
        self._lock = threading.Lock()
        self._connection = self._connected()
        self._answers = self._connection.makefile("r", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()
        self._connection.close()
        self._process.wait(_LIMIT_S)

    def acknowledged(self, ids: Sequence[str]) -> None:
        """The client was promised these."""
        self._say(kind="acknowledged", ids=list(ids))

    def stored(self, ids: Sequence[str]) -> None:
        """The state of the project holds these in the end."""
        self._say(kind="stored", ids=list(ids))

    @contextlib.contextmanager
    def fault(self, what: str, pids: Sequence[int] = ()) -> Iterator[None]:
        """What happens in this block interrupts runs: of all workers when `what` is "core", else of the workers `pids`."""
        self._say(kind="killing", what=what, pids=list(pids))
        yield
        self._say(kind="killed", what=what, pids=list(pids))

    def account(self) -> dict[str, Any]:
        """The auditor's `Account`."""
        found: dict[str, Any] = json.loads(self._say(kind="reconcile"))
        return found

    def _say(self, **record: Any) -> str:
        with self._lock:
            self._connection.sendall(json.dumps(record).encode() + b"\n")
            answer = self._answers.readline()
        if not answer:
            raise ConnectionError("the auditor has ended")
        return answer

    def _connected(self) -> socket.socket:
        pause = threading.Event()
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(self.address)
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                if self._process.poll() is not None:
                    raise
                pause.wait(0.01)
            else:
                return connection
