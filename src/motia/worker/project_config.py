"""The project's config file, `motia.config.py`: what it says, and the functions in it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from motia.authoring.configs import ProjectConfig
from motia.authoring.encoding import decode, encode
from motia.authoring.schemas import schema_of
from motia.authoring.spelling import camel, option, snake
from motia.worker.description import function_marker, options_of, schema_marker

_STREAM_AUTH = {"streamAuth", "authenticateStream"}
_HOOKS = {"middleware", *_STREAM_AUTH}
_NAMES = """
    adapters amqp bodyLimit cors cron database development errorStep events exclude host include interpreters maxHops nats
    otel payloadLimit plugins port production queue redis requestTimeout state streams strictEmits strictStreams
    strictTriggers test timezone traces trustProxy uploadLimit validation workbench workers
"""
_KEYS = _HOOKS.union(_NAMES.split())
_PLAIN = (bool, dict, float, int, list, str)
_SIMILAR = 0.85


async def read_options(module: ModuleType, environment: str) -> dict[str, Any]:
    """What a config file that has been run sets.

    That is its `config`, or the result of `define_config` in whatever variable; either may be a function that returns
    the options. Without one, the module's own variables count, those with the name of an option. Beside a config, hooks
    that it does not name count too: leaving out a `middleware` would open what it closes.

    Raises:
        TypeError: the config is nothing a config can be.
    """
    config = _config_of(module)
    if config is None:
        return _variables(module, environment)
    if isinstance(config, ProjectConfig) and config.source is not None:
        config = config.source
    if callable(config) and not isinstance(config, type):
        config = config()
    if inspect.isawaitable(config):
        config = await config
    options = options_of(config)
    named = {camel(str(name)) for name in options}
    unnamed = _HOOKS - named if named.isdisjoint(_STREAM_AUTH) else {"middleware"} - named
    beside = _variables(module, environment)
    return options | {name: value for name, value in beside.items() if camel(name) in unnamed}


def sections_of(options: Mapping[str, Any], environment: str) -> list[Mapping[str, Any]]:
    """The options, and over them the section of the environment, if there is one."""
    section = options.get(environment)
    return [options, section] if isinstance(section, Mapping) else [options]


def request_hooks(options: Mapping[str, Any], environment: str) -> tuple[Callable[..., Any], ...]:
    """The functions of `middleware.pre`, as the section of the environment has them if it has any.

    Raises:
        TypeError: one of them is no function. Such a config is not used: what it means to close would stand open.
    """
    pre: Any = None
    for section in sections_of(options, environment):
        if option(section, "app") is not None:
            raise TypeError("'app' is for configs in JavaScript; in Python write middleware = {\"pre\": [function]}")
        middleware = option(section, "middleware")
        if middleware is not None and not isinstance(middleware, Mapping):
            raise TypeError(f'middleware is {{"pre": [function]}}, not {type(middleware).__name__}')
        pre = (middleware or {}).get("pre", pre)
    functions = tuple(pre) if isinstance(pre, (list, tuple)) else () if pre is None else (pre,)
    for index, function in enumerate(functions):
        if not callable(function):
            raise TypeError(f"middleware.pre.{index} is a function, not {type(function).__name__}")
    return functions


class OptionsWriter:
    """The options as JSON, with markers for functions and schemas; a function's name is the path that leads to it."""

    def __init__(self) -> None:
        self.at: tuple[str, ...] = ()
        """Where in the options the last value was found; after a failure, the one that JSON cannot hold."""

    def write(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options.

        Raises:
            TypeError: JSON cannot hold one of them; the message begins with its path.
        """
        return {str(getattr(key, "value", key)): self._option(key, value, ()) for key, value in options.items()}

    def _option(self, key: Any, value: Any, path: tuple[str, ...]) -> Any:
        name = str(getattr(key, "value", key))
        path = (*path, name)
        schema = schema_of(value) if snake(name) == "context_schema" else None
        return self._value(value, path) if schema is None else schema_marker(schema)

    def _value(self, value: Any, path: tuple[str, ...]) -> Any:
        self.at = path
        if isinstance(value, Mapping):
            return {str(getattr(key, "value", key)): self._option(key, item, path) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._value(item, (*path, str(index))) for index, item in enumerate(value)]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._value(options_of(value), path)
        if callable(value) and not isinstance(value, type):
            return function_marker(".".join(path))
        return decode(encode(value, ".".join(path)))


def _config_of(module: ModuleType) -> Any:
    config = getattr(module, "config", None)
    if config is not None and not isinstance(config, ModuleType):
        return config
    return next((value for value in vars(module).values() if isinstance(value, ProjectConfig)), None)


def _variables(module: ModuleType, environment: str) -> dict[str, Any]:
    """The module's variables that are options."""
    return {name: value for name, value in vars(module).items() if _is_option(name, value, module, environment)}


def _is_option(name: str, value: Any, module: ModuleType, environment: str) -> bool:
    if name.startswith("_") or isinstance(value, (ModuleType, type)):
        return False
    key = camel(name)
    if key == "app":
        return inspect.isfunction(value) and value.__module__ == module.__name__
    if callable(value):
        return key in _HOOKS
    if key in _KEYS or name == environment:
        return True
    # A name that nearly is one is passed on, so that the core can ask whether it was meant: `midleware` must not be silent.
    return isinstance(value, _PLAIN) and not name.isupper() and bool(get_close_matches(key, _KEYS, 1, _SIMILAR))
