import asyncio
import contextvars
import threading
from typing import Any

import pytest

from motia.worker import eager, threads

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outside")


async def started(work: Any) -> asyncio.Task[None]:
    """Starts work from a callback, where the worker does: outside of any task."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(lambda: future.set_result(eager.start(loop, work)))
    task: asyncio.Task[None] = await future
    return task


async def test_work_that_never_waits_is_done_at_once() -> None:
    seen = []

    async def work() -> None:
        seen.append(asyncio.current_task())

    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def start() -> None:
        task = eager.start(loop, work())
        done.set_result((task, list(seen), task.done()))

    loop.call_soon(start)
    task, seen_at_once, was_done = await done
    assert was_done
    assert seen_at_once == [task]


async def test_work_that_waits_is_an_ordinary_task() -> None:
    async def work() -> None:
        VARIABLE.set("inside")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        assert VARIABLE.get() == "inside"

    task = await started(work())
    assert not task.done()
    await task
    assert VARIABLE.get() == "outside"


async def test_it_can_be_cancelled_and_can_fail() -> None:
    task = await started(asyncio.sleep(60))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def failing() -> None:
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        await (await started(failing()))


async def test_threads_see_the_callers_context() -> None:
    VARIABLE.set("caller")
    assert await threads.run(VARIABLE.get) == "caller"
    assert await threads.run(lambda *, function: function, function="named") == "named"


async def test_failures_come_back_whatever_they_are() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await threads.run(leave)


async def test_cancelling_waits_for_the_thread() -> None:
    begun, go = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        go.wait()
        return "finished"

    task = asyncio.ensure_future(threads.run(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    go.set()
    assert await task == "finished"


async def test_nested_threads_do_not_wait_for_the_pool() -> None:
    """As many callers as the pool has threads, each waiting for a second function: none may starve the other."""
    loop = asyncio.get_running_loop()
    full = threading.Barrier(threads.POOL_SIZE)

    def outer() -> str:
        full.wait()
        result: str = asyncio.run_coroutine_threadsafe(threads.run(lambda: "inner"), loop).result()
        return result

    results = await asyncio.gather(*(threads.run(outer) for _ in range(threads.POOL_SIZE)))
    assert results == ["inner"] * threads.POOL_SIZE
