"""Questions about configs and triggers: `is_queue_trigger(t)`, `is_queue_step(config)`, `get_queue_triggers(config)` …"""

from collections.abc import Mapping
from typing import Any

from motia.authoring.steps import kind_of


def _is(trigger: Any, kind: str) -> bool:
    return kind_of(trigger) == kind


def _of(step: Any, kind: str) -> list[Any]:
    config = getattr(step, "config", step)
    triggers = config.get("triggers") if isinstance(config, Mapping) else getattr(config, "triggers", None)
    return [trigger for trigger in (triggers if triggers is not None else [config]) if _is(trigger, kind)]


def is_api_trigger(trigger: Any) -> bool:
    """Whether it is an HTTP trigger."""
    return _is(trigger, "http")


def is_queue_trigger(trigger: Any) -> bool:
    """Whether it is a queue trigger."""
    return _is(trigger, "queue")


def is_cron_trigger(trigger: Any) -> bool:
    """Whether it is a cron trigger."""
    return _is(trigger, "cron")


def is_state_trigger(trigger: Any) -> bool:
    """Whether it is a state trigger."""
    return _is(trigger, "state")


def is_stream_trigger(trigger: Any) -> bool:
    """Whether it is a stream trigger."""
    return _is(trigger, "stream")


def get_api_triggers(step: Any) -> list[Any]:
    """The HTTP triggers of a Step or config."""
    return _of(step, "http")


def get_queue_triggers(step: Any) -> list[Any]:
    """The queue triggers of a Step or config."""
    return _of(step, "queue")


def get_cron_triggers(step: Any) -> list[Any]:
    """The cron triggers of a Step or config."""
    return _of(step, "cron")


def get_state_triggers(step: Any) -> list[Any]:
    """The state triggers of a Step or config."""
    return _of(step, "state")


def get_stream_triggers(step: Any) -> list[Any]:
    """The stream triggers of a Step or config."""
    return _of(step, "stream")


def is_api_step(step: Any) -> bool:
    """Whether a Step has an HTTP trigger."""
    return bool(_of(step, "http"))


def is_queue_step(step: Any) -> bool:
    """Whether a Step has a queue trigger."""
    return bool(_of(step, "queue"))


def is_cron_step(step: Any) -> bool:
    """Whether a Step has a cron trigger."""
    return bool(_of(step, "cron"))


def is_state_step(step: Any) -> bool:
    """Whether a Step has a state trigger."""
    return bool(_of(step, "state"))


def is_stream_step(step: Any) -> bool:
    """Whether a Step has a stream trigger."""
    return bool(_of(step, "stream"))
