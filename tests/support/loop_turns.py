"""Serves a project in this process and measures the turns of its event loop while another process sends 1,000 requests.

Run as `python loop_turns.py ROOT`; prints JSON: requests answered, different answers, the longest turn in milliseconds of
processor time (what a busy machine takes away is not the loop's doing). A process of its own, because a collection of
garbage takes its time from whatever else lives in the heap.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from motia.app.core import Core, CoreOptions
from motia.app.project_settings import ProjectSettings
from support.collecting import Collecting

LOAD = """
import asyncio, sys
async def one(url, answers):
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /wait HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n")
    answer = await reader.read()
    writer.close()
    if answer.startswith(b"HTTP/1.1 200"):
        answers.append(answer.rpartition(b"\\r\\n\\r\\n")[2])
async def main():
    answers = []
    await asyncio.gather(*(one(sys.argv[1], answers) for _ in range(1000)))
    print(len(answers), len(set(answers)))
asyncio.run(main())
"""


async def main(root: Path) -> None:
    settings = await ProjectSettings.read(root, "start")
    core = Core(root, CoreOptions("127.0.0.1", 0, dev=False), Collecting(), settings)
    await core.start()
    turns: list[float] = []
    try:
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOAD, core.url, stdout=asyncio.subprocess.PIPE
        )
        waiting = asyncio.create_task(client.communicate())
        while not waiting.done():
            before = time.thread_time()
            await asyncio.sleep(0.005)
            turns.append(time.thread_time() - before)
        out, _ = await waiting
    finally:
        await core.stop()
    answered, different = map(int, out.decode().split())
    print(json.dumps({"answered": answered, "different": different, "longest_ms": max(turns) * 1000}))  # noqa: T201


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main(Path(sys.argv[1])))
