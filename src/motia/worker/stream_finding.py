"""The stream definitions in a module that has been run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from motia.authoring.spelling import camel
from motia.authoring.streams import Stream, StreamConfig
from motia.worker.description import describe, options_of


@dataclass
class FoundStream:
    """One stream definition.

    Args:
        entry: the file, or `FILE#NAME` when it defines several.
        options: as the author wrote them.
    """

    entry: str
    options: dict[str, Any]


def find_streams(module: ModuleType, file: str) -> list[FoundStream]:
    """The streams a module defines itself: its `config`, then its other variables that hold a `StreamConfig` or a `Stream`.

    Raises:
        TypeError: its `config` is nothing a config can be.
    """
    found: dict[int, tuple[str, Any]] = {}
    for variable, config in _configs(module):
        found.setdefault(id(config), (variable, config))
    streams = [(variable, options_of(config)) for variable, config in found.values()]
    if len(streams) == 1:
        return [FoundStream(file, streams[0][1])]
    taken: dict[str, int] = {}
    result = []
    for variable, options in streams:
        name = options.get("name")
        label = name if isinstance(name, str) and name else variable
        taken[label] = taken.get(label, 0) + 1
        result.append(FoundStream(f"{file}#{label}" + (f"~{taken[label]}" if taken[label] > 1 else ""), options))
    return result


def describe_stream(options: Mapping[str, Any]) -> dict[str, Any]:
    """The definition as JSON, with markers for its schema and its functions.

    Raises:
        TypeError: JSON cannot hold an option; the message names its path.
    """
    return describe({name: _without_factory(value) if _is_base(name) else value for name, value in options.items()})


def _configs(module: ModuleType) -> Iterator[tuple[str, Any]]:
    config = getattr(module, "config", None)
    if config is not None and not isinstance(config, ModuleType):
        yield "config", config.config if isinstance(config, Stream) else config
    for variable, value in list(vars(module).items()):
        if isinstance(value, Stream) and value.module == module.__name__:
            yield variable, value.config
        elif isinstance(value, StreamConfig) and value.module == module.__name__:
            yield variable, value


def _is_base(name: Any) -> bool:
    return camel(str(name)) == "baseConfig"


def _without_factory(base: Any) -> Any:
    """The storage with a function for whatever its factory is: a function, a class, or already the object with the methods."""
    factory = base.get("factory") if isinstance(base, Mapping) else None
    return {**base, "factory": factory_marker} if callable(factory) or is_storage(factory) else base


def is_storage(value: Any) -> bool:
    """Whether a value is the object that keeps a stream's items, instead of a function that makes it."""
    return not isinstance(value, type) and all(
        callable(getattr(value, name, None)) for name in ("get", "set", "delete")
    )


def factory_marker() -> None:
    """What `describe` looks at: any function will do."""
