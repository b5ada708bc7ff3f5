"""Answers to requests: in one frame, or piece by piece."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

from motia.authoring.encoding import write_header
from motia.authoring.link import RunningCall, connected
from motia.authoring.response import chunk_bytes
from motia.worker import threads
from motia.worker.connection import Connection
from motia.worker.frames import MAX_BODY
from motia.worker.results import body_bytes, is_stream, response_of, stream_type
from motia.worker.streaming import Body


async def send_response(connection: Connection, call: RunningCall, outlet: Body, result: Any) -> None:
    """Answers a request with what its handler gave, unless the response writer has answered it.

    Raises:
        Exception: the result is no response, or producing it failed.
    """
    if outlet.begun or outlet.ended or (outlet.used and result is None):
        await _ended(outlet)
        return
    response = response_of(result)
    body = response.get("body")
    if is_stream(body):
        outlet.head(response["status"], response["headers"])
        await _stream(call, outlet, body)
        return
    headers, data = body_bytes(response)
    if len(data) > MAX_BODY:  # too long for a frame, not for a stream
        outlet.head(response["status"], headers)
        await _written(outlet, data)
        await _ended(outlet)
        return
    header = {"t": "response", "id": call.id, "status": response["status"], "headers": headers}
    connection.send(write_header(header), data)


async def unread(body: Any) -> None:
    """Runs a generator to its end, for what it does; nobody reads what it gives."""
    if hasattr(type(body), "__aiter__"):
        async for _ in body:
            pass
    else:
        await threads.run(lambda: [None for _ in body])


async def _stream(call: RunningCall, outlet: Body, body: Any) -> None:
    if hasattr(type(body), "__aiter__"):
        iterator = body.__aiter__()
        try:
            async for chunk in iterator:
                if call.cancelled:  # and somebody caught the cancellation
                    raise asyncio.CancelledError
                await _written(outlet, chunk)
        finally:
            if inspect.isasyncgen(iterator):
                await iterator.aclose()
    else:
        await threads.run(_write_all, call, outlet, iter(body))
    await _ended(outlet)


def _write_all(call: RunningCall, outlet: Body, chunks: Iterator[Any]) -> None:
    """Runs in a thread: a plain generator may block."""
    for chunk in chunks:
        data, content_type = chunk_bytes(chunk), stream_type(chunk)
        connected().perform(call, lambda data=data, content_type=content_type: outlet.write(data, content_type))  # type: ignore[misc]


async def _written(outlet: Body, chunk: Any) -> None:
    sent = outlet.write(chunk_bytes(chunk), stream_type(chunk))
    if sent is not None:
        await sent
    elif isinstance(chunk, str) and not chunk:
        await asyncio.sleep(0)


async def _ended(outlet: Body) -> None:
    ending = outlet.end()
    if ending is not None:
        await ending
