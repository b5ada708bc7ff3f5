"""What to do when a trigger of a Step fires, decided once when the file is loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from motia.authoring.link import Binding
from motia.authoring.schemas import Schema, schema_of
from motia.authoring.spelling import option
from motia.authoring.steps import HandlerByTrigger, kind_of
from motia.worker.binding import Bind, ByName, by_position, only_context
from motia.worker.description import responses_by_status, schemas_of_request
from motia.worker.finding import Found
from motia.worker.signatures import is_async, signature_of

MODES = ("enforce", "warn", "off")


@dataclass(eq=False)
class Plan:
    """How one trigger of a Step is run.

    Args:
        kind: `http`, `queue`, `cron`, `state`, `stream` or `noop`.
        trigger: its config; the Step's own in type form.
        schemas: live schemas by part of a request; those of other input under `input`.
        responses: live schemas of responses by status: `200`, `4xx`, `default`.
        validation: what the trigger or the Step says about them; `None` leaves it to the project.
        paired: whether `state.set` answers as in triggers form.
    """

    kind: str
    trigger: Mapping[str, Any]
    handler: Callable[..., Any]
    bind: Bind
    is_async: bool
    iterates: bool
    condition: Callable[..., Any] | None = None
    middleware: tuple[Callable[..., Any], ...] = ()
    schemas: dict[str, Schema] = field(default_factory=dict)
    responses: dict[str, Schema] = field(default_factory=dict)
    validation: str | None = None
    paired: bool = False

    def __post_init__(self) -> None:
        """Works out what need not be asked for each call."""
        may_refuse = self.kind == "http" and isinstance(self.bind, ByName)
        between = self.condition or self.middleware or self.schemas or may_refuse
        self.is_direct = self.is_async and not self.iterates and not between
        """Whether awaiting the handler is all there is to do."""


@dataclass(eq=False)
class LoadedStep:
    """A Step that can be called: a plan for each of its triggers, and what the core made of it."""

    entry: str
    plans: list[Plan]
    binding: Binding

    def plan(self, trigger: Any) -> Plan | None:
        """The plan for a trigger by its index; `None` when the Step has no handler."""
        if isinstance(trigger, int) and 0 <= trigger < len(self.plans):
            return self.plans[trigger]
        return self.plans[0] if self.plans else None


def load_step(found: Found) -> LoadedStep:
    """The Step that a file holds.

    Raises:
        TypeError: the handler asks for more arguments than there are, or an option has the wrong type.
    """
    name = str(option(found.options, "name", "id") or found.name or found.entry)
    return LoadedStep(found.entry, _plans(found) if found.handler is not None else [], Binding(name))


def describe_handler(found: Found) -> dict[str, Any] | None:
    """The handler as the core gets it."""
    if found.handler is None:
        return None
    if isinstance(found.handler, HandlerByTrigger):
        return {"params": 2, "names": None, "async": True}
    signature = signature_of(found.handler)
    return {
        "params": signature.count,
        "names": signature.names if found.by_name else None,
        "async": signature.is_async,
    }


def _plans(found: Found) -> list[Plan]:
    triggers = option(found.options, "triggers") if found.form == "triggers" else None
    if triggers is None:
        return [_plan(found, found.options)]
    listed = triggers if isinstance(triggers, (list, tuple)) else [triggers]
    plans = [_plan(found, trigger) for trigger in listed if isinstance(trigger, Mapping)]
    return plans or [_plan(found, {"type": "noop"})]


def _plan(found: Found, trigger: Mapping[str, Any]) -> Plan:
    assert found.handler is not None  # noqa: S101 - the caller looked
    kind = kind_of(trigger)
    handler = _handler_for(found.handler, kind)
    return Plan(
        kind,
        trigger,
        handler,
        _binder(found, handler, kind),
        is_async(handler),
        _iterates(handler),
        condition=_function(trigger, "condition"),
        middleware=_middleware(found, trigger),
        schemas=_schemas(trigger, kind),
        responses=_responses(trigger) if kind == "http" else {},
        validation=_validation(trigger) or _validation(found.options),
        paired=found.form == "triggers",
    )


def _handler_for(handler: Callable[..., Any], kind: str) -> Callable[..., Any]:
    if not isinstance(handler, HandlerByTrigger):
        return handler
    try:
        return handler.function_for(kind)
    except LookupError as missing:
        message = str(missing)

        async def unhandled(_input: Any, _ctx: Any) -> None:
            raise LookupError(message)

        return unhandled


def _binder(found: Found, handler: Callable[..., Any], kind: str) -> Bind:
    signature = signature_of(handler)
    if found.by_name:
        return ByName(signature, http=kind == "http")
    if isinstance(found.handler, HandlerByTrigger) and kind == "cron" and signature.count == 1:
        return only_context()
    return by_position(signature, cron=kind == "cron", triggers_form=found.form == "triggers")


def _iterates(handler: Any) -> bool:
    return inspect.isasyncgenfunction(handler) or inspect.isgeneratorfunction(handler)


def _middleware(found: Found, trigger: Mapping[str, Any]) -> tuple[Callable[..., Any], ...]:
    given = [option(found.options, "middleware")]
    if trigger is not found.options:
        given.append(option(trigger, "middleware"))
    functions: list[Callable[..., Any]] = []
    for one in given:
        functions += one if isinstance(one, (list, tuple)) else [] if one is None else [one]
    for function in functions:
        if not callable(function):
            raise TypeError(f"middleware is made of functions, not of {type(function).__name__}")
    return tuple(functions)


def _schemas(trigger: Mapping[str, Any], kind: str) -> dict[str, Schema]:
    if kind == "http":
        given = schemas_of_request(option(trigger, "schema"))
        given.pop("response", None)
        body = option(trigger, "bodySchema")
        given |= {} if body is None else {"body": body}
    else:
        given = {"input": option(trigger, "input", "schema", "inputSchema")}
    found = {part: schema_of(schema) for part, schema in given.items()}
    return {part: schema for part, schema in found.items() if schema is not None}


def _responses(trigger: Mapping[str, Any]) -> dict[str, Schema]:
    given = option(trigger, "responseSchema")
    if given is None:
        given = schemas_of_request(option(trigger, "schema")).get("response")
    found = {status.lower(): schema_of(schema) for status, schema in responses_by_status(given).items()}
    return {status: schema for status, schema in found.items() if schema is not None}


def _validation(options: Mapping[str, Any]) -> str | None:
    given = option(options, "validation")
    return given if given in MODES else None


def _function(options: Mapping[str, Any], name: str) -> Callable[..., Any] | None:
    given = option(options, name)
    if given is not None and not callable(given):
        raise TypeError(f"'{name}' is a function, not {type(given).__name__}")
    return given  # type: ignore[no-any-return]
