"""Tasks that run at once.

A handler that never waits should not cost a turn of the event loop. Python 3.12 has that built in. Before it, the same is
done here with what a task does anyhow: it asks its loop to call its first step soon, and that first step is taken
immediately instead. It is a real task from the beginning, so time-outs, cancellation and context variables work.
"""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

if sys.version_info >= (3, 12):

    def start(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task for `work`, run up to its first wait. To be called on the loop, outside of any task."""
        return asyncio.Task(work, loop=loop, eager_start=True)

else:

    def start(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task for `work`, run up to its first wait. To be called on the loop, outside of any task."""
        steps: list[tuple[Any, Any]] = []
        loop.call_soon = lambda step, *_args, context=None: steps.append((step, context))  # type: ignore[method-assign,assignment,return-value,misc,unused-ignore]
        try:
            task = asyncio.Task(work, loop=loop)
        finally:
            del loop.call_soon  # the class's own again
        (step, context), *_ = steps
        context.run(step)
        return task
