"""The one typed project config, whatever file or variable a value came from (CONF-4, CONF-20 to CONF-27, ENV-2 to ENV-6)."""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from motia.model.step import Validation
from motia.project.adapter_choice import Adapters, choose_adapters
from motia.project.atomic_engines import why_not_atomic
from motia.project.dialects.common import VALIDATIONS
from motia.project.dialects.defaults import StepDefaults
from motia.project.dialects.policies import read_queue
from motia.project.environment import ENVIRONMENTS
from motia.project.network_config import (
    DEFAULT_PORT,
    LOOPBACK,
    Cors,
    Limits,
    Workbench,
    read_cors,
    read_host,
    read_limits,
    read_port,
    read_quantity,
    read_trust_proxy,
    read_workbench,
)
from motia.project.notice import Notice
from motia.project.quantities import milliseconds, size_in_bytes
from motia.project.report import Report
from motia.project.section import MARKER, Section, is_function, is_list, shown

LogLevel = Literal["debug", "info", "warn", "error"]

_Value = TypeVar("_Value", str, int)
_LOG_LEVELS: Final[Mapping[str, LogLevel]] = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "critical": "error",
    "fatal": "error",
}
_BUILT_IN_PLUGIN: Final = "motia.plugin"  # what the Node runtime calls the one behind every `@motiadev/plugin-*`
_NO_PANELS: Final[Mapping[str, Any]] = {"workbench": []}  # and what that one returns
_HOOKS: Final = ("app", "streamAuth", "authenticateStream")
_LANGUAGES: Final = ("python", "node", "ruby")
# About 1 GB of index at some 1 KB each: what a core can hold without harm.
DEFAULT_QUEUE_DEPTH: Final = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class TraceRetention:
    """How long traces are kept."""

    max_age_ms: int = 7 * 86_400_000
    max_bytes: int = 512 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class ProjectConfig:
    """Every setting of a project, with its default.

    `cors` None leaves it to the command (HTTP-29). `hooks` are the functions the config's worker holds. `interpreters`
    and `workers` are by language (`python`, `node`, `ruby`); a language that is missing has the built-in choice. `queue_depth`
    is how many deliveries may wait or run before more are refused.
    """

    environment: str = "development"
    port: int = DEFAULT_PORT
    host: str = LOOPBACK
    workbench: Workbench = dataclasses.field(default_factory=Workbench)
    adapters: Adapters = dataclasses.field(default_factory=Adapters)
    steps: StepDefaults = dataclasses.field(default_factory=StepDefaults)
    strict_triggers: bool = True
    strict_streams: bool = False
    error_step: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limits: Limits = dataclasses.field(default_factory=Limits)
    queue_depth: int = DEFAULT_QUEUE_DEPTH
    trust_proxy: bool | int | tuple[str, ...] = False
    cors: Cors | None = None
    traces: TraceRetention = dataclasses.field(default_factory=TraceRetention)
    interpreters: Mapping[str, str] = dataclasses.field(default_factory=dict)
    workers: Mapping[str, int] = dataclasses.field(default_factory=dict)
    log_level: LogLevel = "info"
    otel: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    hooks: frozenset[str] = dataclasses.field(default_factory=frozenset)


def read_config(
    values: Mapping[str, Any],
    *,
    environment: str,
    command: str,
    variables: Mapping[str, str],
    file: str | None = None,
    root: Path | None = None,
    in_container: bool = False,
) -> tuple[ProjectConfig, tuple[Notice, ...]]:
    """The config that `values` (a plain dict) and the environment variables give; a value with an error has its default.

    `variables` are the real environment over the `.env` files. Flags come later, by `dataclasses.replace`.
    """
    report = Report(file)
    section = Section(_with_environment(values, environment), report)
    section.knows(*ENVIRONMENTS, environment)
    _tell_of_plugins(section)
    queue, concurrency, depth = _queue(section)
    adapters = choose_adapters(section, variables, root)
    config = ProjectConfig(
        environment=environment,
        port=read_port(section, command, variables),
        host=read_host(section, variables, in_container=in_container),
        workbench=read_workbench(section, command, variables),
        adapters=adapters,
        steps=StepDefaults(
            queue,
            concurrency,
            _validation(section),
            section.flag("CONF-26", "strictEmits") or False,
            _timezone(section),
            why_not_atomic(adapters),
        ),
        strict_triggers=section.flag("CONF-26", "strictTriggers") is not False,
        strict_streams=section.flag("CONF-26", "strictStreams") or False,
        error_step=section.text("EVT-30", "errorStep"),
        include=section.texts("PRJ-2", "include") or (),
        exclude=section.texts("PRJ-6", "exclude") or (),
        limits=read_limits(section),
        queue_depth=depth,
        trust_proxy=read_trust_proxy(section),
        cors=read_cors(section),
        traces=_traces(section),
        interpreters=_by_language(section, "interpreters", _text_of),
        workers=_by_language(section, "workers", _count_of),
        log_level=_log_level(section, variables),
        otel=section.value("CONF-27", "otel") or {},
        hooks=_hooks(section),
    )
    section.finish()
    return config, report.notices


def _with_environment(values: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """The top-level keys with the section of the environment merged over them (CONF-4)."""
    section = values.get(environment)
    return _merged(values, section) if isinstance(section, Mapping) else dict(values)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        before = result.get(key)
        mergeable = isinstance(before, Mapping) and isinstance(value, Mapping) and MARKER not in value
        result[key] = _merged(before, value) if mergeable and isinstance(before, Mapping) else value
    return result


def _queue(section: Section) -> tuple[Mapping[str, Any], int | None, int]:
    """The project's delivery policy (EVT-14), concurrency, and `queue.maxDepth`; `queue.adapter` is read with the adapters."""
    inner = section.section("CONF-25", "queue")
    if inner is None:
        return {}, None, DEFAULT_QUEUE_DEPTH
    inner.knows("adapter")
    depth = inner.integer("CONF-25", "maxDepth", least=1) or DEFAULT_QUEUE_DEPTH
    return *read_queue(inner), depth


def _validation(section: Section) -> Validation | None:
    mode: Validation | None = section.choice("CONF-26", "validation", VALIDATIONS)
    return mode


def _timezone(section: Section) -> str | None:
    name = section.text("CRON-4", "timezone")
    if name is None:
        return None
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        section.report.error(
            "CRON-4", f'timezone "{name}" is not an IANA time zone such as "Europe/Berlin"', "timezone"
        )
        return None
    return name


def _traces(section: Section) -> TraceRetention:
    inner = section.section("CONF-27", "traces")
    default = TraceRetention()
    if inner is None:
        return default
    retention = TraceRetention(
        read_quantity(inner, "CONF-27", "maxAge", milliseconds, 'a duration such as "7d"', default.max_age_ms),
        read_quantity(inner, "CONF-27", "maxBytes", size_in_bytes, 'a size such as "512mb"', default.max_bytes),
    )
    inner.finish()
    return retention


def _by_language(section: Section, name: str, read: Callable[[Section, str], _Value | None]) -> dict[str, _Value]:
    inner = section.section("CONF-27", name)
    if inner is None:
        return {}
    found = {language: read(inner, language) for language in _LANGUAGES}
    inner.finish()
    return {language: value for language, value in found.items() if value is not None}


def _text_of(section: Section, name: str) -> str | None:
    return section.text("CONF-27", name)


def _count_of(section: Section, name: str) -> int | None:
    return section.integer("CONF-27", name, least=1)


def _log_level(section: Section, variables: Mapping[str, str]) -> LogLevel:
    name = variables.get("LOG_LEVEL") or "info"
    level = _LOG_LEVELS.get(name.lower())
    if level is None:
        message = f"LOG_LEVEL must be one of debug, info, warn, error, not {shown(name)}"
        section.report.warning("LOG-3", message, "LOG_LEVEL")
    return level or "info"


def _tell_of_plugins(section: Section) -> None:
    """Name the plug-ins whose parts are missing; the Workbench itself does what those of `@motiadev/plugin-*` did (CONF-10)."""
    plugins = section.value("CONF-10", "plugins")
    for index, plugin in enumerate(plugins if is_list(plugins) else ()):
        built_in = is_function(plugin) and plugin.get("name") == _BUILT_IN_PLUGIN
        if not built_in and plugin != _NO_PANELS:
            section.report.warning(
                "CONF-10",
                f"plugins[{index}] is not loaded: its routes, Steps and Workbench panels are missing. Move its routes and "
                "Steps into steps/",
                "plugins",
            )


def _hooks(section: Section) -> frozenset[str]:
    """Which functions of the config have to run in its worker (CONF-25)."""
    hooks = {name for name in _HOOKS if section.value("CONF-25", name) is not None}
    middleware = section.section("MW-7", "middleware")
    if middleware is not None:
        pre = middleware.value("MW-7", "pre")
        if pre is not None:
            if not (is_function(pre) or (is_list(pre) and all(is_function(each) for each in pre))):
                section.report.error("MW-7", f"middleware.pre must be functions, not {shown(pre)}", "middleware.pre")
            hooks.add("middleware.pre")
        middleware.finish()
    return frozenset(hooks)
