"""Requests of the core to itself, which go the way of any other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

_Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


async def ask(edge: _Application, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
    """Send a request to a Step; the answer is in its trace. Raises `ValueError` for paths that are no Step's."""
    path, _, query = url.partition("?")
    if path.startswith("/__motia"):
        raise ValueError(f"{path} is no Step's path")
    sent = {"host": "localhost", **headers, "content-length": str(len(body))}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "headers": [
            (name.lower().encode("latin-1", "replace"), text.encode("latin-1", "replace"))
            for name, text in sent.items()
        ],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    stays = asyncio.Event()

    async def receive() -> Any:
        if not messages:
            await stays.wait()
        return messages.pop()

    async def send(_: Any) -> None:
        """Nobody reads it."""

    await edge(scope, receive, send)
