"""Tells the auditor what happens, and waits until it is on disk."""

import asyncio
import collections
import json
import os
import uuid

_waiting = collections.deque()
_writer = None
_connecting = None


async def began(id, cause=""):
    run = uuid.uuid4().hex
    await _note({"kind": "began", "id": id, "cause": cause, "run": run, "pid": os.getpid()})
    return run


async def effect(id, run):
    await _note({"kind": "effect", "id": id, "run": run, "pid": os.getpid()})


async def _note(record):
    global _connecting
    if _connecting is None:
        _connecting = asyncio.ensure_future(_connect())
    await asyncio.shield(_connecting)
    written = asyncio.get_running_loop().create_future()
    _waiting.append(written)
    _writer.write(json.dumps(record).encode() + b"\n")
    await written


async def _connect():
    global _writer
    reader, _writer = await asyncio.open_unix_connection(os.environ["FAULTS_LEDGER"])
    asyncio.ensure_future(_read(reader))


async def _read(reader):
    while await reader.readline():
        written = _waiting.popleft()
        if not written.done():
            written.set_result(None)
