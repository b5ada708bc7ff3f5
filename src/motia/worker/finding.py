"""The Steps in a module that has been run."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from motia.authoring.spelling import option
from motia.authoring.steps import StepDefinition
from motia.authoring.steps import handler as handler_decorator
from motia.authoring.triggers import MARK, Mark, Trigger
from motia.worker.description import options_of
from motia.worker.signatures import line_of

_SUFFIX = re.compile(r"[._](step|stream)$")


@dataclass
class Found:
    """One Step.

    Args:
        form: `type`, `function` or `triggers`.
        by_name: whether the handler's parameters are bound by name.
        name: of the function, or of the variable that holds a built Step.
    """

    form: str
    options: dict[str, Any]
    handler: Callable[..., Any] | None
    by_name: bool = False
    name: str | None = None
    line: int | None = None
    entry: str = ""

    @property
    def label(self) -> str:
        """What tells it from the others in its file."""
        return str(option(self.options, "id", "name") or self.name or "step")


def find_steps(module: ModuleType, file: str) -> list[Found]:
    """The Steps a module defines itself, in the order of its variables.

    Raises:
        TypeError: its `config` is nothing a config can be.
    """
    found = [*_by_config(module), *_by_variables(module)]
    if len(found) == 1:
        found[0].entry = file
        return found
    taken: set[str] = set()
    for step in found:
        entry, number = f"{file}#{step.label}", 1
        while entry in taken:
            number += 1
            entry = f"{file}#{step.label}~{number}"
        taken.add(entry)
        step.entry = entry
    return found


def _by_config(module: ModuleType) -> Iterator[Found]:
    config = getattr(module, "config", None)
    if config is None or isinstance(config, (ModuleType, StepDefinition, Trigger)) or _mark(config):
        return
    handler = _marked_handler(module) or getattr(module, "handler", None)
    if handler is handler_decorator or not callable(handler):
        handler = None
    options = options_of(config)
    form = "triggers" if option(options, "triggers") is not None and options.get("type") is None else "type"
    yield Found(form, options, handler, line=line_of(handler) if handler else None)


def _by_variables(module: ModuleType) -> Iterator[Found]:
    seen: set[int] = set()
    for variable, value in list(vars(module).items()):
        if isinstance(value, StepDefinition):
            if value.module == module.__name__ and id(value) not in seen:
                seen.add(id(value))
                yield Found("triggers", options_of(value.config), value.handler, False, variable, line_of(value.handler))  # noqa: FBT003
            continue
        mark = _mark(value)
        if mark is not None and mark.triggers and mark.module == module.__name__ and id(mark) not in seen:
            seen.add(id(mark))
            yield _decorated(mark, value)


def _decorated(mark: Mark, function: Any) -> Found:
    name = getattr(function, "__name__", None)
    line = line_of(function)
    if len(mark.triggers) == 1:
        return Found("function", dict(mark.triggers[0]), function, True, name, line)  # noqa: FBT003
    options: dict[str, Any] = {"triggers": mark.triggers}
    for trigger in mark.triggers:
        for key in ("id", "name", "description", "flows"):
            if trigger.get(key) is not None:
                options.setdefault(key, trigger[key])
    return Found("triggers", options, function, True, name, line)  # noqa: FBT003


def _marked_handler(module: ModuleType) -> Any:
    for value in list(vars(module).values()):
        mark = _mark(value)
        if mark is not None and not mark.triggers and mark.module == module.__name__:
            return value
    return None


def _mark(value: Any) -> Mark | None:
    attributes = getattr(value, "__dict__", None)
    mark = attributes.get(MARK) if isinstance(attributes, Mapping) else None
    return mark if isinstance(mark, Mark) else None


def base_name(file: str) -> str:
    """The file's name without suffix: `steps/add_quote_step.py` → `add_quote`."""
    stem = os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119,PTH122 - pathlib is slow to import
    return _SUFFIX.sub("", stem)
