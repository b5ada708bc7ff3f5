"""What a Python Step imports from `motia`. Each name is loaded when it is first used; `__init__.pyi` types them.

from motia import EventConfig, handler          type form
from motia import api, cron, event              function form
from motia import http, queue, step             triggers form
from motia import emit, logger, state_manager   the running attempt, from anywhere
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOMES = {
    "configs": "ApiRouteConfig CronConfig EventConfig NoopConfig StepConfig define_config",
    "context": "FlowContext TriggerInfo get_context",
    "emitting": "cancel_emit emit trigger",
    "errors": "HttpError NonRetryable",
    "guards": (
        "get_api_triggers get_cron_triggers get_queue_triggers get_state_triggers get_stream_triggers is_api_step "
        "is_api_trigger is_cron_step is_cron_trigger is_queue_step is_queue_trigger is_state_step is_state_trigger "
        "is_stream_step is_stream_trigger"
    ),
    "identity": "generate_step_id",
    "internals": "Motia getInstance get_instance initIII init_iii setupStepEndpoint setup_step_endpoint",
    "logger": "Logger logger",
    "names": (
        "ApiMiddleware ApiRequest ApiRouteHandler AuthenticateStream ChannelWriter CronHandler Emit EmitData "
        "Enqueue EnqueueData Enqueuer EventHandler MotiaHttpArgs MotiaHttpRequest MotiaHttpResponse "
        "StateTriggerInput StepHandler StreamAuthContext StreamAuthInput StreamAuthRequest StreamAuthResult "
        "StreamEvent StreamJoinResult StreamSubscription StreamTriggerInput TriggerCondition TriggerConfig "
        "TriggerInput UpdateOp"
    ),
    "response": "ApiResponse",
    "schemas": "schema_to_json_schema",
    "state": "StateManager state_manager",
    "steps": "MultiTriggerStepBuilder StepBuilder StepDefinition handler multi_trigger_step step",
    "streams": "Stream StreamConfig Streams",
    "triggers": (
        "ApiTrigger CronTrigger HttpTrigger QueueTrigger StateTrigger StreamTrigger api cron event http noop queue state "
        "stream"
    ),
}
_SAME_AS = {
    "cancelEmit": "cancel_emit",
    "defineConfig": "define_config",
    "enqueue": "emit",
    "generateStepId": "generate_step_id",
    "getContext": "get_context",
    "multiTriggerStep": "multi_trigger_step",
    "schemaToJsonSchema": "schema_to_json_schema",
    "stateManager": "state_manager",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted([*_HOME, *_SAME_AS])  # noqa: PLE0605 - a sorted list; a test pins it


class _Package(ModuleType):
    """Keeps `motia.http` the trigger: importing the core's sub-package of that name would otherwise replace it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    """A name on first use."""
    home = _HOME.get(_SAME_AS.get(name, name))
    if home is None:
        raise AttributeError(f"module 'motia' has no attribute '{name}'")
    value = getattr(import_module(f"motia.authoring.{home}"), _SAME_AS.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)


sys.modules[__name__].__class__ = _Package
