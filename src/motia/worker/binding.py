"""How what fired reaches a handler's parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from motia.authoring.errors import InvalidInput, Issue
from motia.authoring.link import RunningCall
from motia.authoring.records import EitherSpelling
from motia.authoring.schemas import schema_of
from motia.authoring.spelling import camel
from motia.worker.signatures import CONTEXT_NAMES, MAX_REQUIRED, Signature

Bound = tuple[tuple[Any, ...], dict[str, Any]]
Bind = Callable[[RunningCall, Any], Bound]

_NO_NAMES: dict[str, Any] = {}
_REQUEST_PARTS = {
    "body": "body",
    "params": "pathParams",
    "path_params": "pathParams",
    "query": "queryParams",
    "query_params": "queryParams",
    "headers": "headers",
    "cookies": "cookies",
    "files": "files",
    "raw_body": "rawBody",
    "user": "user",
}
_REQUEST_PARTS |= {camel(name): part for name, part in _REQUEST_PARTS.items()}
_WHOLE = {"payload", "data", "event"}


def by_position(signature: Signature, *, cron: bool, triggers_form: bool) -> Bind:
    """Binds `()`, `(input)` and `(input, ctx)`.

    A sole parameter named after the context gets the context. So does a sole parameter of a cron Step, but in triggers
    form, where it is the input like everywhere.

    Raises:
        TypeError: the handler asks for more than there is.
    """
    if signature.required > MAX_REQUIRED:
        raise TypeError(f"a handler takes (input, ctx) at most; this one requires {signature.required} arguments")
    count = MAX_REQUIRED if signature.count is None else min(signature.count, MAX_REQUIRED)
    names = signature.names or []
    if count == 0:
        return lambda _call, _given: ((), _NO_NAMES)
    if count == 1 and ((names[:1] and names[0] in CONTEXT_NAMES) or (cron and not triggers_form)):
        return lambda call, _given: ((call.context,), _NO_NAMES)
    if count == 1:
        return lambda _call, given: ((given,), _NO_NAMES)
    return lambda call, given: ((given, call.context), _NO_NAMES)


def only_context() -> Bind:
    """Binds `(ctx)`: the cron function of `multi_trigger_step`."""
    return lambda call, _given: ((call.context,), _NO_NAMES)


class ByName:
    """Binds a decorated function: by the names of its parameters.

    Args:
        signature: of the function.
        http: whether what fired is a request.
    """

    def __init__(self, signature: Signature, *, http: bool) -> None:
        self._parameters = signature.parameters or ()
        self._models = {name: (model, schema_of(model)) for name, model in signature.models.items()}
        self._http = http
        self._rest = any(parameter.kind is parameter.VAR_KEYWORD for parameter in self._parameters)

    def __call__(self, call: RunningCall, given: Any) -> Bound:
        """The arguments. Raises InvalidInput when a parameter without default finds no value."""
        sources = self._sources(given)
        args: list[Any] = []
        named: dict[str, Any] = {}
        issues: list[Issue] = []
        for parameter in self._parameters:
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            value = self._value(parameter, call, given, sources, issues)
            if parameter.kind is parameter.POSITIONAL_ONLY:
                args.append(value)
            else:
                named[parameter.name] = value
        if issues:
            raise InvalidInput(issues)
        if self._rest:
            known = {parameter.name for parameter in self._parameters}
            named.update({name: value for name, value in sources[-1].items() if name not in known})
        return tuple(args), named

    def _sources(self, given: Any) -> tuple[Mapping[str, Any], ...]:
        """Where other names are looked up, best first. The last one feeds `**kwargs`."""
        if self._http:
            body = given["body"]
            fields = body if isinstance(body, Mapping) else _NO_NAMES
            return given["pathParams"], given["queryParams"], fields
        return (given if isinstance(given, Mapping) else _NO_NAMES,)

    def _value(
        self,
        parameter: inspect.Parameter,
        call: RunningCall,
        given: Any,
        sources: tuple[Mapping[str, Any], ...],
        issues: list[Issue],
    ) -> Any:
        name = parameter.name
        if name in ("ctx", "context"):
            return call.context
        if name in ("input", "req", "request"):
            return self._modelled(name, call, given, given, issues)
        if self._http and name in _REQUEST_PARTS:
            return self._modelled(name, call, given[_REQUEST_PARTS[name]], given, issues)
        for source in sources:
            for spelled in (name, camel(name)) if isinstance(source, EitherSpelling) else (name,):
                if spelled in source:
                    return source[spelled]
        return self._without_field(parameter, call, given, issues)

    def _without_field(self, parameter: inspect.Parameter, call: RunningCall, given: Any, issues: list[Issue]) -> Any:
        name = parameter.name
        if name in _WHOLE or name in self._models:
            return self._modelled(name, call, given["body"] if self._http else given, given, issues)
        if parameter.default is not parameter.empty:
            return parameter.default
        if not name.startswith("_"):  # `_` is how Python writes a parameter that is not used
            issues.append(Issue(name, "is required", "missing"))
        return None

    def _modelled(self, name: str, call: RunningCall, value: Any, given: Any, issues: list[Issue]) -> Any:
        """The value, as an instance where the parameter asks for one."""
        model, schema = self._models.get(name, (None, None))
        if schema is None:
            return value
        if self._http and value is given:
            value = given["body"]
        if type(call.instance) is model:
            return call.instance
        try:
            return schema.parse(value)
        except InvalidInput as refused:
            issues += refused.issues
            return None
