"""The Steps in a module that has been run."""

from __future__ import annotations

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

    @property
    def says_its_kind(self) -> bool:
        """Whether the options say what starts it."""
        return self.options.get("type") is not None or option(self.options, "triggers") is not None


def find_steps(module: ModuleType, file: str) -> list[Found]:
    """The Steps a module defines itself, in the order of its variables.

    Raises:
        TypeError: its `config` is nothing a config can be.
    """
    built = list(_by_variables(module))
    configured = _by_config(module)
    # Beside Steps that say what they are, a `config` that does not is the project's own affair.
    found = [step for step in (configured,) if step is not None and (step.says_its_kind or not built)] + built
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


def _by_config(module: ModuleType) -> Found | None:
    config = getattr(module, "config", None)
    if config is None or isinstance(config, (ModuleType, StepDefinition, Trigger)) or _mark(config):
        return None
    handler = _marked_handler(module) or getattr(module, "handler", None)
    if handler is handler_decorator or not callable(handler):
        handler = None
    options = options_of(config)
    form = "triggers" if option(options, "triggers") is not None and options.get("type") is None else "type"
    return Found(form, options, handler, line=line_of(handler) if handler else None)


def _by_variables(module: ModuleType) -> Iterator[Found]:
    seen: set[int] = set()
    for variable, value in list(vars(module).items()):
        made = value if isinstance(value, StepDefinition) else _mark(value)
        if made is None or made.module != module.__name__ or id(made) in seen:
            continue
        seen.add(id(made))
        if isinstance(made, StepDefinition):
            options = options_of(made.config)
            yield Found("triggers", options, made.handler, name=variable, line=line_of(made.handler))
        elif made.triggers:
            yield _decorated(made, value)


def _decorated(mark: Mark, function: Any) -> Found:
    name, line = getattr(function, "__name__", None), line_of(function)
    if len(mark.triggers) == 1:
        return Found("function", dict(mark.triggers[0]), function, by_name=True, name=name, line=line)
    options: dict[str, Any] = {"triggers": mark.triggers}
    for trigger in mark.triggers:
        for key in ("id", "name", "description", "flows"):
            if trigger.get(key) is not None:
                options.setdefault(key, trigger[key])
    return Found("triggers", options, function, by_name=True, name=name, line=line)


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
