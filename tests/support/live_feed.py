"""What a subscriber of a live stream hears, read from the server-sent events of a real core."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import httpx

LIMIT_S = 60.0


class LiveFeed:
    """One subscription; what it hears is taken off the wire all the time, so that nothing is held back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.heard: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._thread.start()

    def _read(self, lines: Iterator[str]) -> None:
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError):  # the test closes it, or the core ends
            for line in lines:
                if line.startswith("data:"):
                    self._messages.put(json.loads(line.removeprefix("data:")))

    def next(self) -> dict[str, Any]:
        """The next message, whole."""
        message = self._messages.get(timeout=LIMIT_S)
        self.heard.append(message)
        return message

    def event(self) -> tuple[str, Any]:
        """Type and data of the next message; of an event that a Step sent, the event."""
        event = self.next()["event"]
        return event["type"], event.get("data", event.get("event"))

    def until(self, kind: str) -> list[dict[str, Any]]:
        """Everything up to the sent event of type `kind`, without it."""
        messages: list[dict[str, Any]] = []
        while (message := self.next())["event"].get("event", {}).get("type") != kind:
            messages.append(message)
        return messages


@contextlib.contextmanager
def live_feed(url: str, stream: str, group: str, item: str | None = None) -> Iterator[LiveFeed]:
    """Subscribe to a group, or to one item of it."""
    address = "/".join([f"{url}/__motia/streams", stream, group, *([] if item is None else [item])])
    timeout = httpx.Timeout(LIMIT_S, read=None)
    with httpx.Client(timeout=timeout) as client, client.stream("GET", address) as answer:
        if answer.status_code != httpx.codes.OK:
            answer.read()
            answer.raise_for_status()
        yield LiveFeed(answer.iter_lines())
