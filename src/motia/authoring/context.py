"""`ctx`: what a handler can use."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from motia.authoring.emitting import Canceller, Emitter, start_step
from motia.authoring.link import CURRENT, RunningCall, connected
from motia.authoring.logger import Logger
from motia.authoring.spelling import option, snake
from motia.authoring.state import StateManager
from motia.authoring.steps import kind_of
from motia.authoring.streams import Streams

Emitted = TypeVar("Emitted")


class TriggerInfo:
    """What fired: `type` (`http`, `queue`, `cron`, `state`, `stream`), its `index` in the config, and where it came from.

    `path`, `method`, `topic`, `expression` are `None` where they do not apply; `manual` says that it was started by hand,
    by `motia.trigger`, the command line or the Workbench.
    """

    def __init__(self, call: RunningCall) -> None:
        config, header = call.trigger, call.header
        self.type = kind_of(call.kind)
        self.index = header.get("trigger", 0)
        self.manual = header.get("kind") == "manual"
        http = self.type == "http"
        self.path = option(config, "path") if http else None
        self.method = header.get("method") if http else None
        self.topic = header.get("topic", option(config, "topic")) if self.type == "queue" else None
        self.expression = option(config, "expression", "cron", "schedule") if self.type == "cron" else None

    def __repr__(self) -> str:
        """All members."""
        return f"TriggerInfo({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class FlowContext(Generic[Emitted]):
    """The context of one attempt. Every member is known in camelCase too. Members work unbound: `emit = ctx.emit`."""

    def __init__(self, call: RunningCall) -> None:
        self._call = call

    if TYPE_CHECKING:  # by name, so that a misspelt member is found; the names are in the other spelling
        traceId: str  # noqa: N815
        retryCount: int  # noqa: N815
        maxAttempts: int  # noqa: N815
        stepName: str  # noqa: N815
        deliveryId: str | None  # noqa: N815
        scheduledTime: int | None  # noqa: N815
        triggerStep: Callable[..., Any]  # noqa: N815
        getData: Callable[[], Any]  # noqa: N815
        cancelEmit: Canceller  # noqa: N815
        isHttp: Callable[..., bool]  # noqa: N815
        isApi: Callable[..., bool]  # noqa: N815
        isQueue: Callable[..., bool]  # noqa: N815
        isEvent: Callable[..., bool]  # noqa: N815
        isCron: Callable[..., bool]  # noqa: N815
        isState: Callable[..., bool]  # noqa: N815
        isStream: Callable[..., bool]  # noqa: N815
    else:

        def __getattr__(self, name: str) -> Any:
            """The member in its other spelling."""
            plain = snake(name)
            if plain == name or name.startswith("_"):
                raise AttributeError(f"ctx has no '{name}'")
            return getattr(self, plain)

    @property
    def trace_id(self) -> str:
        """The same along a whole run: http → event → …"""
        return str(self._call.header.get("traceId", ""))

    @cached_property
    def emit(self) -> Emitter[Emitted]:
        """Publishes events."""
        return Emitter(self._call)

    @property
    def enqueue(self) -> Emitter[Emitted]:
        """`emit` under its newer name."""
        return self.emit

    @cached_property
    def cancel_emit(self) -> Canceller:
        """Takes back what was emitted and has not begun."""
        return Canceller(self._call)

    @cached_property
    def logger(self) -> Logger:
        """Writes log records of this attempt."""
        return Logger(self._call)

    @cached_property
    def state(self) -> StateManager:
        """Values by group and key."""
        return StateManager(self._call, paired=self._call.paired)

    @cached_property
    def streams(self) -> Streams:
        """Live collections by name."""
        return Streams(self._call)

    @cached_property
    def trigger(self) -> TriggerInfo:
        """What fired."""
        return TriggerInfo(self._call)

    def trigger_step(self, step: str, data: Any = None) -> Any:
        """`motia.trigger`, on behalf of this attempt."""
        return start_step(self._call, step, data)

    @property
    def flows(self) -> list[str]:
        """The flows of this Step."""
        return list(self._call.binding.flows)

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return int(self._call.header.get("attempt", 1))

    @property
    def retry_count(self) -> int:
        """How many attempts came before this one."""
        return self.attempt - 1

    @property
    def max_attempts(self) -> int:
        """How many attempts there may be in all."""
        return self._call.binding.max_attempts

    @property
    def step_name(self) -> str:
        """The name of this Step."""
        return self._call.binding.name

    @property
    def topic(self) -> str | None:
        """The topic of the event, when one fired."""
        return self.trigger.topic

    @property
    def delivery_id(self) -> str | None:
        """The delivery this is an attempt at; `None` for requests."""
        return self._call.header.get("deliveryId")

    @property
    def scheduled_time(self) -> int | None:
        """The tick of the schedule in epoch milliseconds; `None` when started by hand."""
        return self._call.header.get("scheduledTime")

    @property
    def cancelled(self) -> bool:
        """Whether the attempt should stop. A thread looks here; a task gets `asyncio.CancelledError`."""
        return self._call.cancelled

    def get_data(self) -> Any:
        """The payload whatever fired: the body of a request, the input otherwise, nothing for cron."""
        return self._call.input.get("body") if self._call.kind == "http" else self._call.input

    def is_http(self, _input: Any = None) -> bool:
        """Whether a request fired."""
        return self.trigger.type == "http"

    is_api = is_http

    def is_queue(self, _input: Any = None) -> bool:
        """Whether an event fired."""
        return self.trigger.type == "queue"

    is_event = is_queue

    def is_cron(self, _input: Any = None) -> bool:
        """Whether a schedule fired."""
        return self.trigger.type == "cron"

    def is_state(self, _input: Any = None) -> bool:
        """Whether a change of state fired."""
        return self.trigger.type == "state"

    def is_stream(self, _input: Any = None) -> bool:
        """Whether a change of a stream fired."""
        return self.trigger.type == "stream"

    def match(self, handlers: Mapping[str, Callable[..., Any]]) -> Any:
        """Calls the function of the kind that fired, else `default`; its result is the result.

        `cron` is called without arguments, the others with the input. To be awaited in `async` code.

        Raises:
            LookupError: there is neither a function for the kind nor a `default`.
        """
        function, takes_input = _chosen(handlers, self.trigger.type)
        args = (self._call.input,) if takes_input else ()
        if asyncio._get_running_loop() is not None:  # noqa: SLF001 - documented as the cheap way to ask
            return _matched(function, args)
        result = function(*args)
        return connected().run(_awaited(result)) if inspect.isawaitable(result) else result


def get_context() -> FlowContext[Any]:
    """The context of the attempt that is running here.

    Raises:
        LookupError: none is.
    """
    call = CURRENT.get()
    if call is None:
        raise LookupError("no Step is running here")
    if call.context is None:
        call.context = FlowContext(call)
    context: FlowContext[Any] = call.context
    return context


def _chosen(handlers: Mapping[str, Callable[..., Any]], kind: str) -> tuple[Callable[..., Any], bool]:
    for name, function in handlers.items():
        if kind_of(name) == kind:
            return function, kind != "cron" and _parameters(function) > 0
    if "default" in handlers:
        return handlers["default"], _parameters(handlers["default"]) > 0
    raise LookupError(f"No handler matched for trigger type: {kind}. Available handlers: {', '.join(handlers)}")


def _parameters(function: Callable[..., Any]) -> int:
    try:
        return len(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return 1


async def _matched(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    result = function(*args)
    return await result if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result
