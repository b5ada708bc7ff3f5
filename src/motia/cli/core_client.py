"""Talks to the core that runs a project."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from motia.app.directory_lock import running_core
from motia.project.root import find_root

_TIMEOUT_S: Final = 30


class NoCore(click.ClickException):
    """There is nothing to talk to."""


class CoreClient:
    """The admin surface of a running core."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """`token` is needed only off loopback."""
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def of(cls, directory: Path | None) -> CoreClient:
        """The core that runs the project in or above `directory`. Raises `NoCore`."""
        root = find_root(directory)
        core = running_core(root / ".motia")
        if core is None:
            raise NoCore(f"no core is running for {root}; start one with 'motia dev' or 'motia start'")
        token = root / ".motia" / "admin-token"
        return cls(core.url, token.read_text(encoding="utf-8").strip() if token.is_file() else None)

    def get(self, path: str, **query: Any) -> Any:
        """GET as parsed JSON; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        suffix = f"?{urllib.parse.urlencode(given)}" if given else ""
        return self._json(urllib.request.Request(f"{self._url}{path}{suffix}", headers=self._headers))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """POST JSON, answer as parsed JSON."""
        headers = {"content-type": "application/json", **self._headers}
        data = json.dumps(body).encode()
        return self._json(urllib.request.Request(f"{self._url}{path}", data, headers, method="POST"))

    def events(self, path: str, **query: Any) -> Iterator[Any]:
        """The data of Server-Sent Events as they arrive, until the core stops."""
        given = {name: value for name, value in query.items() if value is not None}
        request = urllib.request.Request(f"{self._url}{path}?{urllib.parse.urlencode(given)}", headers=self._headers)
        with self._open(request, timeout=None) as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    def _json(self, request: urllib.request.Request) -> Any:
        with self._open(request, timeout=_TIMEOUT_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _open(self, request: urllib.request.Request, timeout: float | None) -> Any:
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as problem:
            raise click.ClickException(_said(problem)) from None
        except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
            reason = getattr(problem, "reason", problem)
            raise NoCore(f"the core at {self._url} does not answer: {reason}") from None


def _said(problem: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(problem.read())["error"])
    except (ValueError, KeyError, TypeError):
        return f"the core answered {problem.code}"


def parsed_json(text: str | None, option: str) -> Any:
    """The value of a JSON option. Raises a usage error naming the place of the fault."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise click.UsageError(
            f"{option} is not JSON: {problem.msg} at character {problem.pos + 1} of {text!r}"
        ) from None
