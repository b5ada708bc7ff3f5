"""The classes in which a type-form `config` may be written instead of a dict, and the project's config."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from motia.authoring.records import EitherSpelling


class StepConfig(EitherSpelling):
    """A Step's config: keyword arguments, read as items or attributes. Of no kind by itself: `triggers` or `type` say it.

    `atomic=True` makes all that a run does visible in one commit when it has succeeded, or not at all.
    """

    __slots__ = ()
    _type: ClassVar[str | None] = None

    def __init__(self, options: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        super().__init__(options or {}, **more)
        if self._type is not None:
            self.setdefault("type", self._type)


class ApiRouteConfig(StepConfig):
    """Config of a Step that answers HTTP requests: `name`, `path`, `method`, `body_schema` …"""

    __slots__ = ()
    _type = "api"


class EventConfig(StepConfig):
    """Config of a Step that runs for events: `name`, `subscribes`, `input`, `retry` …"""

    __slots__ = ()
    _type = "event"


class CronConfig(StepConfig):
    """Config of a Step that runs on a schedule: `name`, `cron`, `timezone` …"""

    __slots__ = ()
    _type = "cron"


class NoopConfig(StepConfig):
    """Config of a Step that is drawn and, when it has a handler, started by hand or by `motia.trigger`."""

    __slots__ = ()
    _type = "noop"


class ProjectConfig(dict[str, Any]):
    """What `define_config` gives: the options, or the function that will return them."""

    def __init__(self, options: Mapping[str, Any] | Callable[[], Any] | None = None, /, **more: Any) -> None:
        self.source = options if callable(options) else None
        super().__init__({} if options is None or callable(options) else options, **more)


def define_config(options: Mapping[str, Any] | Callable[[], Any] | None = None, /, **more: Any) -> ProjectConfig:
    """The project config of `motia.config.py`: a dict, keyword arguments, or a function, sync or async, returning a dict.

    In that file its result is the config whatever variable holds it; it may also decorate the function.
    """
    return ProjectConfig(options, **more)
