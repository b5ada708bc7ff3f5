"""What a handler's parameters are."""

import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from motia.authoring.schemas.recognition import is_model

CONTEXT_NAMES = {"ctx", "context", "_ctx"}
MAX_REQUIRED = 2

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Signature:
    """A handler's parameters, and whether it is asynchronous.

    Args:
        parameters: all of them, in order; `None` when Python cannot tell, as with some functions written in C.
        models: model classes that parameters are annotated with, by parameter name.
    """

    parameters: tuple[inspect.Parameter, ...] | None
    models: dict[str, Any]
    is_async: bool

    @property
    def count(self) -> int | None:
        """How many values can be given by position, at least one when there is only `*args`."""
        if self.parameters is None:
            return None
        positional = sum(parameter.kind in _POSITIONAL for parameter in self.parameters)
        rest = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in self.parameters)
        return positional or int(rest)

    @property
    def names(self) -> list[str] | None:
        """The names of all parameters but `*args` and `**kwargs`."""
        if self.parameters is None:
            return None
        variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        return [parameter.name for parameter in self.parameters if parameter.kind not in variable]

    @property
    def required(self) -> int:
        """How many values must be given, by position or by name."""
        variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        return sum(
            parameter.default is parameter.empty and parameter.kind not in variable
            for parameter in self.parameters or ()
        )


def signature_of(handler: Callable[..., Any]) -> Signature:
    """The signature of a function, a method, a partial or a callable object."""
    try:
        parameters: tuple[inspect.Parameter, ...] | None = tuple(inspect.signature(handler).parameters.values())
    except (TypeError, ValueError):
        parameters = None
    return Signature(parameters, _models(handler, parameters or ()), is_async(handler))


def is_async(function: Any) -> bool:
    """Whether calling it gives something to await, or to iterate over with `async for`, and runs nothing yet."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and callable(function):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def line_of(handler: Any) -> int | None:
    """The line a handler begins at."""
    code = getattr(inspect.unwrap(handler), "__code__", None)
    return None if code is None else int(code.co_firstlineno)


def _models(handler: Any, parameters: tuple[inspect.Parameter, ...]) -> dict[str, Any]:
    annotations = {parameter.name: parameter.annotation for parameter in parameters}
    if any(isinstance(annotation, str) for annotation in annotations.values()):
        try:
            annotations |= typing.get_type_hints(inspect.unwrap(handler))
        except Exception:  # noqa: BLE001 - an annotation may name anything; it is then no model
            return {}
    return {name: annotation for name, annotation in annotations.items() if is_model(annotation)}
