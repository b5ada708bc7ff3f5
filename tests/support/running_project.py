"""Real projects on a real core: files are written, `motia` runs as a user runs it, its output is awaited."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

MOTIA = str(Path(sys.executable).parent / "motia")
# Generous: it bounds a test that would otherwise hang, no test depends on it.
LIMIT_S = 60.0


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, for what has to be told a port."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Project:
    """A project directory and at most one core that serves it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.output: list[dict[str, Any]] = []
        self.process: subprocess.Popen[str] | None = None
        self.http = httpx.Client(timeout=LIMIT_S)
        self.url = ""
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def write(self, path: str, text: str) -> Path:
        """A file of the project, written as editors do: whole, then renamed into place."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.writing")
        temporary.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        temporary.replace(file)
        return file

    def start(self, command: str = "dev", *options: str, environment: dict[str, str] | None = None) -> None:
        """Run the core and wait until it is ready."""
        self.spawn(command, *options, environment=environment)
        ready = self.expect(lambda line: "Server ready" in line.get("msg", ""))
        self.url = f"http://127.0.0.1:{ready['msg'].rpartition(' ')[2]}"
        self.http.base_url = httpx.URL(self.url)

    def spawn(self, command: str = "dev", *options: str, environment: dict[str, str] | None = None) -> None:
        """Run the core without waiting."""
        inherited = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "NODE_ENV"}}
        lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._lines = lines
        self.process = process = subprocess.Popen(
            [MOTIA, command, "--json", "--host", "127.0.0.1", "--port", "0", *options, str(self.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**inherited, **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, args=(process, lines), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[str], lines: queue.Queue[dict[str, Any] | None]) -> None:
        assert process.stdout is not None
        with process.stdout as stdout:
            for text in stdout:
                try:
                    line = json.loads(text)
                except ValueError:
                    line = {"raw": text.rstrip()}
                lines.put(line)
        lines.put(None)

    def expect(self, wanted: Callable[[dict[str, Any]], bool], limit_s: float = LIMIT_S) -> dict[str, Any]:
        """The next line of output that is `wanted`; all lines read are kept in `output`."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no such output within {limit_s} s; there was:\n{self.said()}")
            if line is None:
                pytest.fail(f"the core ended; it said:\n{self.said()}")
            self.output.append(line)
            if wanted(line):
                return line

    def expect_log(self, text: str, limit_s: float = LIMIT_S) -> dict[str, Any]:
        """The next log line that contains `text`."""
        return self.expect(lambda line: text in str(line.get("msg", "")), limit_s)

    def said(self) -> str:
        """All output so far."""
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get_nowait()) is not None:
                self.output.append(line)
        return "\n".join(json.dumps(line) if "raw" not in line else line["raw"] for line in self.output)

    def trace(self, trace_id: str) -> dict[str, Any]:
        """A trace with its spans and logs."""
        answer: dict[str, Any] = self.http.get(f"/__motia/traces/{trace_id}").raise_for_status().json()
        return answer

    def state(self, group: str) -> dict[str, Any]:
        """The values of a state group by key."""
        items = self.http.get("/__motia/state", params={"groupId": group}).raise_for_status().json()
        return {item["key"]: item["value"] for item in items}

    def workers(self) -> list[dict[str, Any]]:
        """The running workers."""
        workers: list[dict[str, Any]] = self.http.get("/__motia/workers").raise_for_status().json()
        return workers

    def motia(self, *arguments: str, status: int = 0) -> str:
        """Run a command of the command line in this project; what it printed."""
        done = subprocess.run(
            [MOTIA, *arguments], cwd=self.root, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._reader.join()

    def stop(self, limit_s: float = LIMIT_S) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(limit_s)
        self._reader.join(limit_s)
        return status


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):  # the latter when it ends while its file is read
        return False


def until(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """What `condition` returns as soon as it is true, asked again and again; fails after `limit_s`."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        pause.wait(0.01)
    return answer
