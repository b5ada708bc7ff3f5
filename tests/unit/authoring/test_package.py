import ast
import subprocess
import sys
from pathlib import Path

import motia

PACKAGE = Path(motia.__file__).parent

NAMES = [
    "ApiMiddleware",
    "ApiRequest",
    "ApiResponse",
    "ApiRouteConfig",
    "ApiRouteHandler",
    "ApiTrigger",
    "AuthenticateStream",
    "ChannelWriter",
    "CronConfig",
    "CronHandler",
    "CronTrigger",
    "Emit",
    "EmitData",
    "Enqueue",
    "EnqueueData",
    "Enqueuer",
    "EventConfig",
    "EventHandler",
    "FlowContext",
    "HttpError",
    "HttpTrigger",
    "Logger",
    "Motia",
    "MotiaHttpArgs",
    "MotiaHttpRequest",
    "MotiaHttpResponse",
    "MultiTriggerStepBuilder",
    "NonRetryable",
    "NoopConfig",
    "QueueTrigger",
    "StateManager",
    "StateTrigger",
    "StateTriggerInput",
    "StepBuilder",
    "StepConfig",
    "StepDefinition",
    "StepHandler",
    "Stream",
    "StreamAuthContext",
    "StreamAuthInput",
    "StreamAuthRequest",
    "StreamAuthResult",
    "StreamConfig",
    "StreamEvent",
    "StreamJoinResult",
    "StreamSubscription",
    "StreamTrigger",
    "StreamTriggerInput",
    "Streams",
    "TriggerCondition",
    "TriggerConfig",
    "TriggerInfo",
    "TriggerInput",
    "UpdateOp",
    "api",
    "cancelEmit",
    "cancel_emit",
    "cron",
    "defineConfig",
    "define_config",
    "emit",
    "enqueue",
    "event",
    "generateStepId",
    "generate_step_id",
    "getContext",
    "getInstance",
    "get_api_triggers",
    "get_context",
    "get_cron_triggers",
    "get_instance",
    "get_queue_triggers",
    "get_state_triggers",
    "get_stream_triggers",
    "handler",
    "http",
    "initIII",
    "init_iii",
    "is_api_step",
    "is_api_trigger",
    "is_cron_step",
    "is_cron_trigger",
    "is_queue_step",
    "is_queue_trigger",
    "is_state_step",
    "is_state_trigger",
    "is_stream_step",
    "is_stream_trigger",
    "logger",
    "multiTriggerStep",
    "multi_trigger_step",
    "noop",
    "queue",
    "schemaToJsonSchema",
    "schema_to_json_schema",
    "setupStepEndpoint",
    "setup_step_endpoint",
    "state",
    "stateManager",
    "state_manager",
    "step",
    "stream",
    "trigger",
]


def test_the_public_names_are_these() -> None:
    assert sorted(NAMES) == motia.__all__


def test_every_public_name_can_be_imported() -> None:
    for name in motia.__all__:
        assert getattr(motia, name) is not None, name


def test_the_stub_types_every_name() -> None:
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text())
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == set(motia.__all__)


def test_importing_motia_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import motia; print(sorted(set(sys.modules) - before))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "motia" in shown
    assert "asyncio" not in shown
    assert "motia.authoring" not in shown


def test_the_trigger_http_survives_the_import_of_the_sub_package() -> None:
    from motia import http  # noqa: PLC0415

    __import__("motia.http")
    assert motia.http is http
