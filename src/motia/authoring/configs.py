"""The classes in which a type-form `config` may be written instead of a dict."""

from collections.abc import Mapping
from typing import Any, ClassVar

from motia.authoring.records import EitherSpelling


class StepConfig(EitherSpelling):
    """A Step's config: keyword arguments, read as items or attributes. Of no kind by itself: `triggers` or `type` say it."""

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


def define_config(options: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
    """The project config of `motia.config.py`, as given: it exists for editors and for symmetry with JavaScript."""
    return {**(options or {}), **more}
