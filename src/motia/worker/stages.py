"""Everything that may come between a trigger and a handler: middleware, condition, validation."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from motia.authoring.errors import InvalidInput
from motia.authoring.link import RunningCall, connected
from motia.worker import threads
from motia.worker.plans import Plan
from motia.worker.results import response_of
from motia.worker.signatures import is_async
from motia.worker.validation import checked

Middleware = Callable[..., Any]

_SAME: Any = object()
_CONDITION_NOT_MET = {"status": 422, "body": {"error": "Request condition not met", "skipped": True}}


async def run(call: RunningCall, plan: Plan, given: Any) -> Any:
    """The result of a call, from the outermost middleware inwards.

    Raises:
        InvalidInput: the input does not fit (of requests, that is an ordinary response).
        BaseException: whatever the author's functions raise.
    """
    if not plan.middleware:
        return await _innermost(call, plan, given)
    return await around(call, plan.middleware, lambda data: _innermost(call, plan, data), given)


async def around(
    call: RunningCall, middleware: Sequence[Middleware], innermost: Callable[[Any], Awaitable[Any]], given: Any
) -> Any:
    """The result of `innermost` as the middleware around it lets it out; the first function is the outermost."""
    if not middleware:
        return _seen_by_middleware(call, await innermost(given))
    first, *inner = middleware
    following = _Next(lambda data: around(call, inner, innermost, given if data is _SAME else data))
    result = await call_authors(first, given, call.context, following)
    if result is None and following.called:
        return await following.outcome()
    return _seen_by_middleware(call, result)


async def invoke(plan: Plan, call: RunningCall, given: Any) -> Any:
    """The handler's own result. Raises what it raises, and InvalidInput when a parameter finds no value."""
    args, named = plan.bind(call, given)
    if plan.is_async or plan.iterates:
        result = plan.handler(*args, **named)
    else:
        result = await threads.run(plan.handler, *args, **named)
    return await result if inspect.isawaitable(result) else result


async def _innermost(call: RunningCall, plan: Plan, given: Any) -> Any:
    call.input = given
    if plan.condition is not None and not await _holds(plan, call, given):
        return _CONDITION_NOT_MET if call.kind == "http" else None
    try:
        if plan.schemas or call.binding.checks:
            given = call.input = await checked(call, plan, given)
        return await invoke(plan, call, given)
    except InvalidInput as invalid:
        if call.kind != "http":
            raise
        return {"status": 400, "body": {"error": "Validation failed", "details": invalid.details}}


async def _holds(plan: Plan, call: RunningCall, given: Any) -> bool:
    assert plan.condition is not None  # noqa: S101 - the caller looked
    answer = await call_authors(plan.condition, given, call.context)
    return answer is None or bool(answer)


def _seen_by_middleware(call: RunningCall, result: Any) -> Any:
    if call.kind != "http" or (call.outlet is not None and getattr(call.outlet, "begun", False)):
        return result
    return response_of(result)


async def call_authors(function: Callable[..., Any], *args: Any) -> Any:
    """Calls a function of the author's with as many arguments as it takes: on the loop or, a plain one, in a thread."""
    args = args[: _accepted(function, len(args))]
    result = function(*args) if is_async(function) else await threads.run(function, *args)
    return await result if inspect.isawaitable(result) else result


def _accepted(function: Callable[..., Any], most: int) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return most
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return most
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return min(most, sum(parameter.kind in kinds for parameter in parameters))


class _Next:
    """`next` of one middleware: awaited in `async` code, waiting by itself in a thread."""

    def __init__(self, proceed: Callable[[Any], Awaitable[Any]]) -> None:
        self._proceed = proceed
        self.called = False
        self._unawaited: Coroutine[Any, Any, Any] | None = None
        self._result: Any = None

    def __call__(self, data: Any = _SAME) -> Any:
        """What comes further in. Raises RuntimeError the second time."""
        if self.called:
            raise RuntimeError("next() was called twice")
        self.called = True
        if not threads.on_a_loop():
            return connected().run(self._run(data))
        self._unawaited = self._run(data)
        return self._unawaited

    async def outcome(self) -> Any:
        """What came of it. A call that was not awaited is run now."""
        work = self._unawaited
        if work is not None and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
            await work
        return self._result

    async def _run(self, data: Any) -> Any:
        self._result = await self._proceed(data)
        return self._result
