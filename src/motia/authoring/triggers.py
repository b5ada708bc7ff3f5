"""Triggers: `http("GET", "/quotes")` in a `triggers` list or above a function.

A trigger is its own JSON description, a record, and a decorator at the same time. Function-form decorators (`@api(id=…)`,
`@event(id=…)`) are the same objects with the Step's other options among the keywords.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, overload

from motia.authoring.records import EitherSpelling

Function = TypeVar("Function", bound=Callable[..., Any])
Kind = TypeVar("Kind", bound="Trigger")

MARK = "__motia_step__"


@dataclass
class Mark:
    """What decorators note on a function, for the worker to find.

    Args:
        module: the module in which the decorator was written.
        triggers: outermost decorator first; empty for `@handler`.
    """

    module: str
    triggers: list[Trigger] = field(default_factory=list)


class Trigger(EitherSpelling):
    """One way to start a Step."""

    __slots__ = ()
    _type: ClassVar[str]
    _positional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(type=self._type)
        names = iter(self._positional)
        for value in args:
            if isinstance(value, Mapping):
                self.update(value)
            elif isinstance(value, (str, list, tuple)):
                self[_next(names, self._type)] = value
            elif callable(value):
                self["condition"] = value
            elif value is not None:
                raise TypeError(f"{self._type}() does not take {value!r} as a positional argument")
        self.update((name, value) for name, value in options.items() if value is not None)

    def __call__(self, function: Function) -> Function:
        """Makes a Step of a function, or adds this trigger to its Step. The function stays as it is.

        Raises:
            TypeError: it is no function.
        """
        if not callable(function):
            raise TypeError(f"@{self._type} decorates a function, not {type(function).__name__}")
        mark_of(function).triggers.insert(0, self)
        return function


class HttpTrigger(Trigger):
    """Started by HTTP requests."""

    __slots__ = ()
    _type = "http"
    _positional = ("method", "path")

    def __init__(self, *args: Any, **options: Any) -> None:
        if args and isinstance(args[0], str) and args[0].startswith("/"):  # http("/quotes"), http("/quotes", {…})
            args = ("GET", *args)
        super().__init__(*args, **options)


class ApiTrigger(HttpTrigger):
    """`http` under its older name."""

    __slots__ = ()
    _type = "api"


class QueueTrigger(Trigger):
    """Started by events of a topic."""

    __slots__ = ()
    _type = "queue"
    _positional = ("topic",)


class EventTrigger(QueueTrigger):
    """`queue` under its older name."""

    __slots__ = ()
    _type = "event"


class CronTrigger(Trigger):
    """Started by a schedule."""

    __slots__ = ()
    _type = "cron"
    _positional = ("expression",)


class NoopTrigger(Trigger):
    """Started by hand and by `motia.trigger` only."""

    __slots__ = ()
    _type = "noop"


class StateTrigger(Trigger):
    """Started by changes of state."""

    __slots__ = ()
    _type = "state"


class StreamTrigger(Trigger):
    """Started by changes of a stream."""

    __slots__ = ()
    _type = "stream"
    _positional = ("stream_name",)


class TriggerHelper(Generic[Kind]):
    """Makes triggers of one kind: `http("GET", "/x")`, `@event(id=…)`, a bare `@event`, `event({…}, function)`."""

    def __init__(self, kind: type[Kind], doc: str) -> None:
        self._kind = kind
        self.__doc__ = doc

    @overload
    def __call__(self, function: Function, /) -> Function: ...
    @overload
    def __call__(self, config: Mapping[str, Any], function: Function, /) -> Function: ...
    @overload
    def __call__(self, *args: Any, **options: Any) -> Kind: ...
    def __call__(self, *args: Any, **options: Any) -> Any:
        """A trigger, or the function that was made a Step."""
        bare = len(args) == 1 and not options and callable(args[0]) and not isinstance(args[0], (Mapping, type))
        if bare and self._kind is not StateTrigger:  # state(condition) is a trigger
            return self._kind()(args[0])
        if len(args) == 2 and isinstance(args[0], Mapping) and callable(args[1]):  # noqa: PLR2004 - as in JavaScript
            return self._kind(args[0])(args[1])
        return self._kind(*args, **options)


api = TriggerHelper(
    ApiTrigger, '`@api(id=…, method=…, path=…)` above a function; `api("GET", "/x")` is `http` under its older name.'
)
http = TriggerHelper(
    HttpTrigger, "`http(method, path, body_schema=…, response_schema=…, query_params=…, middleware=…, condition=…)`."
)
event = TriggerHelper(
    EventTrigger, "`@event(id=…, schema=…)` above a function, started by its topics, if any, and by `motia.trigger`."
)
queue = TriggerHelper(QueueTrigger, "`queue(topic, input=…, config=…, condition=…)`.")
cron = TriggerHelper(CronTrigger, "`cron(expression, condition=…, timezone=…, overlap=…, catch_up=…)`.")
noop = TriggerHelper(NoopTrigger, "`@noop(id=…)` above a function that is started by hand and by `motia.trigger` only.")
state = TriggerHelper(StateTrigger, "`state(condition=…, group_id=…, key=…)`.")
stream = TriggerHelper(StreamTrigger, "`stream(name, group_id=…, item_id=…, condition=…)`.")


def mark_of(function: Any) -> Mark:
    """The note on a function, made if there is none."""
    mark = vars(function).get(MARK) if hasattr(function, "__dict__") else None
    if mark is None:
        mark = Mark(defining_module())
        setattr(function, MARK, mark)
    return mark


def defining_module() -> str:
    """The name of the module whose top level is being executed: where what is defined now will be found."""
    frame = sys._getframe(1)  # noqa: SLF001 - documented, and a hundred times cheaper than inspect.stack()
    outermost = frame.f_globals.get("__name__", "")
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            return str(frame.f_globals.get("__name__", ""))
        frame = frame.f_back  # type: ignore[assignment]
    return str(outermost)


def _next(names: Any, kind: str) -> str:
    for name in names:
        return str(name)
    raise TypeError(f"{kind}() was given too many positional arguments")
