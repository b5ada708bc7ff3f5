"""A project on a core of its own, for tests: temporary stores, and time that stands still until a test moves it (TST-2)."""

from __future__ import annotations

import datetime as dt
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal

_START_LIMIT_S: Final = 60.0
_STOP_LIMIT_S: Final = 20.0
_REQUEST_LIMIT_S: Final = 330.0
_READY: Final = "Server ready and listening on port "
_RUN: Final = "import sys; from motia.cli import main; sys.exit(main())"


class CoreFailed(Exception):
    """The core did not start, ended, or did not do what was asked; the message holds what it said."""


@dataclass(frozen=True)
class Response:
    """What a Step answered. `body` is the JSON value, else the text; `headers` have lower-case names."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Watcher:
    """The events of one topic since `watch` was called, oldest first, each `{"topic", "data", "traceId"}`."""

    def __init__(self, tester: MotiaTester, topic: str, after: int) -> None:
        self._tester = tester
        self._topic = topic
        self._after = after

    def get_captured_events(self) -> list[dict[str, Any]]:
        """All of them."""
        query = urllib.parse.urlencode({"topic": self._topic, "after": self._after})
        return [
            {name: event[name] for name in ("topic", "data", "traceId")}
            for event in self._tester.ask("GET", f"/__motia/test/events?{query}")
        ]

    def get_captured_event(self, index: int) -> dict[str, Any]:
        """The one at `index`, which may count from the end. Raises `IndexError`."""
        return self.get_captured_events()[index]

    def get_last_captured_event(self) -> dict[str, Any] | None:
        """The latest; None when there is none."""
        events = self.get_captured_events()
        return events[-1] if events else None


class MotiaTester:
    """Serves the project at `root` with `motia dev --test` until `close`, which a `with` block calls.

    Args:
        root: the project's directory; the current one without it.
        environment: variables beyond this process's own.
        clock: `manual` stands still until `advance`; with `machine` time passes, and schedules do not fire.

    Raises:
        CoreFailed: it did not start within a minute.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        clock: Literal["manual", "machine"] = "manual",
    ) -> None:
        self.root = Path(root or Path.cwd())
        self.logs: list[dict[str, Any]] = []
        self._output: queue.Queue[int | None] = queue.Queue()
        command = [
            sys.executable,
            "-c",
            _RUN,
            "dev",
            "--test",
            "--json",
            "--clock",
            clock,
            "--port",
            "0",
            str(self.root),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            port = self._output.get(timeout=_START_LIMIT_S)
        except queue.Empty:
            port = None
        if port is None:
            self.close()
            raise CoreFailed(f"the project at {self.root} could not be served; it said:\n{self.said()}")
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> MotiaTester:  # noqa: PYI034 - nobody derives from it
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the core."""
        self.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """Sends a request."""
        return self.request("GET", path, None, headers)

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """Sends a request; a `body` that is neither text nor bytes goes as JSON."""
        return self.request("POST", path, body, headers)

    def put(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """As `post`."""
        return self.request("PUT", path, body, headers)

    def patch(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """As `post`."""
        return self.request("PATCH", path, body, headers)

    def delete(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """As `post`."""
        return self.request("DELETE", path, body, headers)

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """Sends a request. Raises `CoreFailed` when the core does not answer."""
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if body is None or isinstance(body, bytes):
            data = body
        elif isinstance(body, str):
            data = body.encode()
            given.setdefault("content-type", "text/plain; charset=utf-8")
        else:
            data = json.dumps(body).encode()
            given.setdefault("content-type", "application/json")
        request = urllib.request.Request(f"{self.url}{path}", data, given, method=method)  # noqa: S310 - our own core
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_LIMIT_S) as answer:  # noqa: S310
                return _response(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return _response(refusal.code, refusal.read(), refusal.headers)
        except OSError as problem:
            raise CoreFailed(f"{method} {path}: {problem}; the core said:\n{self.said()}") from None

    def emit(self, topic: str, data: Any = None) -> None:
        """Sends an event; returns when it is stored."""
        self.ask("POST", "/__motia/emit", {"topic": topic, "data": data})

    def trigger(self, step: str, data: Any = None) -> dict[str, Any]:
        """Starts a Step directly, by id or name; `{"id", "traceId"}`."""
        started: dict[str, Any] = self.ask(
            "POST", f"/__motia/steps/{urllib.parse.quote(step, safe='')}/start", {"data": data}
        )
        return started

    def watch(self, topic: str) -> Watcher:
        """Collects the events of a topic from now on."""
        events = self.ask("GET", "/__motia/test/events")
        return Watcher(self, topic, events[-1]["number"] if events else 0)

    def wait_events(self, timeout_s: float = 30.0) -> None:
        """Waits until nothing runs and nothing is due; what waits for a later time does not count.

        Raises:
            CoreFailed: that took longer than `timeout_s` seconds.
        """
        if not self.ask("POST", "/__motia/test/settled", {"timeout": int(timeout_s * 1000)})["settled"]:
            raise CoreFailed(f"events were still being handled after {timeout_s:g} s; the core said:\n{self.said()}")

    def advance(self, time: float | dt.timedelta, timeout_s: float = 30.0) -> None:
        """Lets time pass (seconds, or a timedelta): ticks, delays and retries that come due are done, in order.

        Raises:
            CoreFailed: the clock is the machine's, or what came due took longer than `timeout_s` seconds of real time.
        """
        seconds = time.total_seconds() if isinstance(time, dt.timedelta) else time
        self.ask("POST", "/__motia/test/clock", {"advance": round(seconds * 1000), "timeout": int(timeout_s * 1000)})

    def state(self, group: str) -> dict[str, Any]:
        """The values of a state group by key."""
        items = self.ask("GET", f"/__motia/state?{urllib.parse.urlencode({'groupId': group})}")
        return {item["key"]: item["value"] for item in items}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Asks the core's admin surface. Raises `CoreFailed` with its refusal."""
        response = self.request(method, path, body)
        if response.status >= 400:  # noqa: PLR2004 - where refusals begin
            raise CoreFailed(f"{method} {path}: {response.body}")
        return response.body

    def said(self) -> str:
        """What the core wrote so far, a line each."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in self.logs)

    def close(self) -> None:
        """Ends the core; again: nothing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        for text in self._process.stdout:
            try:
                line = json.loads(text)
            except ValueError:
                line = {"raw": text.rstrip()}
            self.logs.append(line)
            if str(line.get("msg", "")).startswith(_READY):
                self._output.put(int(line["msg"].removeprefix(_READY)))
        self._output.put(None)


def _response(status: int, data: bytes, headers: Any) -> Response:
    lower = {name.lower(): value for name, value in headers.items()}
    body: Any = data
    if "json" in lower.get("content-type", ""):
        body = json.loads(data) if data else None
    elif not lower.get("content-type", "").startswith("application/octet-stream"):
        body = data.decode("utf-8", "replace")
    return Response(status, body, lower)
