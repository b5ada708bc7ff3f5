"""The triggers form: `step(config, handler)` and `multi_trigger_step(config)`; and `@handler` of the type form."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, overload

from motia.authoring.spelling import snake
from motia.authoring.triggers import defining_module, mark_of

Handler = Callable[..., Any]
Function = TypeVar("Function", bound=Callable[..., Any])

KINDS = {"http": "http", "api": "http", "queue": "queue", "event": "queue", "cron": "cron"} | {
    kind: kind for kind in ("state", "stream", "noop")
}


class StepDefinition:
    """A Step held by a module variable; `config, handler = step(…)` takes it apart.

    Args:
        config: with `triggers`.
        handler: a function, or what `multi_trigger_step` makes of several.
    """

    def __init__(self, config: Any, handler: Handler) -> None:
        if not callable(handler):
            raise TypeError(f"a Step's handler is a function, not {type(handler).__name__}")
        self.config = config
        self.handler = handler
        self.module = defining_module()

    def __iter__(self) -> Iterator[Any]:
        """Config and handler."""
        return iter((self.config, self.handler))

    def __call__(self, *args: Any) -> Any:
        """Calls the handler, for unit tests."""
        return self.handler(*args)


class StepBuilder:
    """`step(config)`: waits for its handler."""

    def __init__(self, config: Any) -> None:
        self.config = config

    def handle(self, handler: Handler) -> StepDefinition:
        """The finished Step; also usable as a decorator."""
        return StepDefinition(self.config, handler)

    __call__ = handle


class HandlerByTrigger:
    """A handler made of one function per kind of trigger.

    Args:
        functions: by `http`, `queue`, `cron`, `state`, `stream`; `cron` takes `(ctx)`, all others `(input, ctx)`.
    """

    def __init__(self, functions: Mapping[str, Handler]) -> None:
        self.functions = dict(functions)

    def function_for(self, kind: str) -> Handler:
        """The function for a kind of trigger.

        Raises:
            LookupError: there is none.
        """
        try:
            return self.functions[KINDS.get(kind, kind)]
        except KeyError:
            known = ", ".join(self.functions) or "none"
            raise LookupError(f"No handler defined for trigger type: {kind}. Available handlers: {known}") from None

    async def __call__(self, data: Any, ctx: Any) -> Any:
        """Calls the function for the trigger that fired."""
        kind = ctx.trigger.type
        function = self.function_for(kind)
        result = function(ctx) if kind == "cron" else function(data, ctx)
        return await result if inspect.isawaitable(result) else result


class MultiTriggerStepBuilder:
    """`multi_trigger_step(config)`: collects one function per kind of trigger."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self._functions: dict[str, Handler] = {}

    def on_http(self, function: Handler) -> MultiTriggerStepBuilder:
        """`function(request, ctx)` runs for HTTP requests."""
        return self._on("http", function)

    def on_queue(self, function: Handler) -> MultiTriggerStepBuilder:
        """`function(data, ctx)` runs for events."""
        return self._on("queue", function)

    def on_cron(self, function: Handler) -> MultiTriggerStepBuilder:
        """`function(ctx)` runs on schedule."""
        return self._on("cron", function)

    def on_state(self, function: Handler) -> MultiTriggerStepBuilder:
        """`function(change, ctx)` runs for changes of state."""
        return self._on("state", function)

    def on_stream(self, function: Handler) -> MultiTriggerStepBuilder:
        """`function(change, ctx)` runs for changes of streams."""
        return self._on("stream", function)

    onApi = on_api = onHttp = on_http  # noqa: N815 - the other spelling
    onEvent = on_event = onQueue = on_queue  # noqa: N815
    onCron, onState, onStream = on_cron, on_state, on_stream  # noqa: N815

    def handlers(self, functions: Mapping[str, Handler] | None = None) -> StepDefinition:
        """The finished Step.

        Raises:
            TypeError: `functions` names a kind of trigger that does not exist.
        """
        for kind, function in (functions or {}).items():
            if kind not in KINDS:
                raise TypeError(f"there is no trigger type '{kind}'; known: {', '.join(KINDS)}")
            self._on(KINDS[kind], function)
        return StepDefinition(self.config, HandlerByTrigger(self._functions))

    def _on(self, kind: str, function: Handler) -> MultiTriggerStepBuilder:
        if not callable(function):
            raise TypeError(f"on_{kind} takes a function, not {type(function).__name__}")
        self._functions[kind] = function
        return self


@overload
def step(config: Any) -> StepBuilder: ...
@overload
def step(config: Any, handler: Handler) -> StepDefinition: ...
def step(config: Any, handler: Handler | None = None) -> StepBuilder | StepDefinition:
    """A Step in triggers form: `step(config, handler)`, or `step(config).handle(handler)`."""
    return StepBuilder(config) if handler is None else StepDefinition(config, handler)


def multi_trigger_step(config: Any) -> MultiTriggerStepBuilder:
    """A Step in triggers form with one function per kind of trigger."""
    return MultiTriggerStepBuilder(config)


@overload
def handler(function: Function) -> Function: ...
@overload
def handler() -> Callable[[Function], Function]: ...
def handler(function: Any = None) -> Any:
    """Marks the handler of a type-form `config`, whatever its name: `@handler` or `@handler()`."""
    if function is None:
        return handler
    mark_of(function)
    return function


def kind_of(trigger: Any) -> str:
    """`http`, `queue`, `cron`, `state`, `stream` or `noop` for a trigger, its config or a kind in any dialect."""
    written = trigger.get("type", "") if isinstance(trigger, Mapping) else getattr(trigger, "type", trigger)
    kind = snake(str(written)).lower()
    return "queue" if kind == "durable:subscriber" else KINDS.get(kind, kind)
