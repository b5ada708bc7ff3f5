"""Threads for handlers that are plain functions."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

POOL_SIZE = 64

_pool = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="motia-step")
_nested: ContextVar[bool] = ContextVar("motia_nested", default=False)


async def run(function: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
    """Calls `function` in a thread, with the caller's context variables, and gives what it gives.

    A function called on behalf of one that already holds a thread (a middleware waiting for the handler) gets a thread of
    its own: taking it from the pool could wait for ever once every pooled thread waits likewise.
    """
    context = copy_context()
    result: Future[Any] = Future()
    work = (result, context, function, args, named)
    if _nested.get():
        threading.Thread(target=_work, args=work, name="motia-nested", daemon=True).start()
    else:
        context.run(_nested.set, True)  # noqa: FBT003 - ContextVar.set takes a value
        _pool.submit(_work, *work)
    # Cancelling does not stop a thread: it learns of it from `ctx.cancelled` and from its next context call.
    return await _until_done(asyncio.wrap_future(result))


def _work(result: "Future[Any]", context: Any, function: Callable[..., Any], args: Any, named: Any) -> None:
    try:
        result.set_result(context.run(function, *args, **named))
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt of a handler are its failure
        result.set_exception(error)


async def _until_done(future: "asyncio.Future[Any]") -> Any:
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            continue
    return future.result()


def on_a_loop() -> bool:
    """Whether an event loop runs in this thread, so that what is given back can be awaited."""
    return asyncio._get_running_loop() is not None  # noqa: SLF001 - documented as the cheap way to ask
