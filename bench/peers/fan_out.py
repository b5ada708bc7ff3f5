"""What `live_fanout.py` compares with: the least a fan-out server can be on uvloop with `websockets`, by that library's `broadcast`.

Every text frame that any connection sends goes to all connections. Run as a process; prints its port.
"""

from __future__ import annotations

import asyncio

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

_everyone: set[ServerConnection] = set()


async def pass_on(connection: ServerConnection) -> None:
    _everyone.add(connection)
    try:
        async for message in connection:
            broadcast(_everyone, message)
    finally:
        _everyone.discard(connection)


async def main() -> None:
    async with serve(pass_on, "127.0.0.1", 0, compression=None, backlog=2048) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
