"""The auditor: a process of its own that writes down what it is told, syncs it, and only then says so.

Run: `python auditor.py SOCKET LEDGER`. Anybody may connect to the Unix socket and send records, one JSON object a line;
each is answered with a line `ok` once it is on disk. `{"kind": "reconcile"}` is answered with the `Account` as JSON, read
back from the file. It imports nothing of what it audits, and no signal for the core or a worker reaches it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import selectors
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from faults.reconciling import reconcile  # run as a script, it finds its neighbours itself


class Auditor:
    """Serves one socket until its first client, who started it, has left."""

    def __init__(self, address: str, ledger: Path) -> None:
        self._ledger = ledger
        self._file = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(address)
        self._listening.listen(64)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._unread: dict[socket.socket, bytes] = {}
        self._owner: socket.socket | None = None

    def run(self) -> None:
        """Write what comes together with one sync, then answer everybody."""
        while True:
            answers: list[tuple[socket.socket, list[dict[str, Any]]]] = []
            for key, _ in self._selector.select():
                if key.fileobj is self._listening:
                    self._welcome()
                    continue
                connection: socket.socket = key.fileobj  # type: ignore[assignment]
                records = self._read(connection)
                if records is None and connection is self._owner:
                    return
                if records:
                    answers.append((connection, records))
            # What a process said before it was killed lies ready when its killer speaks of it: that comes first.
            answers.sort(key=lambda answer: answer[0] is self._owner)
            self._write([record for _, records in answers for record in records])
            for connection, records in answers:
                self._answer(connection, records)

    def _welcome(self) -> None:
        connection, _ = self._listening.accept()
        self._owner = self._owner or connection
        self._unread[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> list[dict[str, Any]] | None:
        try:
            data = connection.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data:
            self._selector.unregister(connection)
            del self._unread[connection]
            connection.close()
            return None
        *lines, self._unread[connection] = (self._unread[connection] + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def _write(self, records: list[dict[str, Any]]) -> None:
        now = time.time() * 1000
        lines = [json.dumps({**each, "at": now}) + "\n" for each in records if each["kind"] != "reconcile"]
        if lines:
            os.write(self._file, "".join(lines).encode())
            os.fsync(self._file)

    def _answer(self, connection: socket.socket, records: list[dict[str, Any]]) -> None:
        answer = b"".join(self._account() if each["kind"] == "reconcile" else b"ok\n" for each in records)
        try:
            connection.sendall(answer)
        except ConnectionError:
            return  # it died meanwhile; what it said is written down

    def _account(self) -> bytes:
        records = [json.loads(line) for line in self._ledger.read_text(encoding="utf-8").splitlines()]
        return json.dumps(dataclasses.asdict(reconcile(records))).encode() + b"\n"


if __name__ == "__main__":
    Auditor(sys.argv[1], Path(sys.argv[2])).run()
