"""The triggers of a config, by form: type and function form (CFG-10), and triggers form (CFG-35, 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from motia.model.step import Trigger
from motia.project.dialects.common import check_functions, read_validation
from motia.project.dialects.triggers import (
    Around,
    read_crons,
    read_events,
    read_http,
    read_manual,
    read_queue_trigger,
    read_state,
    read_stream,
)
from motia.project.section import Section, is_list, shown

Kind = Literal["api", "event", "cron", "noop", "state", "stream"]

KINDS: Final[Mapping[str, Kind]] = {
    "api": "api",
    "http": "api",
    "event": "event",
    "queue": "event",
    "cron": "cron",
    "noop": "noop",
}
# A decorator or builder may also be one of these; as a `type` in a config they do not exist.
FUNCTION_KINDS: Final[Mapping[str, Kind]] = {**KINDS, "state": "state", "stream": "stream"}
TRIGGER_KINDS: Final = {
    "http": "http",
    "api": "http",
    "queue": "queue",
    "event": "queue",
    "durable:subscriber": "queue",
    "cron": "cron",
    "state": "state",
    "stream": "stream",
}
# Several decorators above one function each carry these; the worker lifts them to the top.
_OF_THE_STEP: Final = ("id", "name", "description", "flows")
_UTC: Final = "UTC"


def read_kind(section: Section, form: str) -> Kind | None:
    """`type` of a type- or function-form config."""
    kinds = FUNCTION_KINDS if form == "function" else KINDS
    kind: Kind | None = section.choice("CFG-10", "type", kinds)
    return kind


def triggers_of_kind(
    kind: Kind, section: Section, around: Around, *, form: str, has_handler: bool
) -> tuple[Trigger, ...]:
    """The triggers of a type- or function-form Step."""
    if form == "function":
        check_functions(section, "CFG-45", "condition", many=False)
    if kind != "api":
        check_functions(section, "CFG-19", "middleware", many=True)
    if kind == "api":
        route = read_http(section, around, None)
        return () if route is None else (route,)
    if kind == "event":
        return _event_triggers(section, around, form)
    if kind == "cron":
        return read_crons(section, around, one=False, zone=None)
    if kind == "noop":
        manual = read_manual(
            section, around
        )  # also read without a handler: its keys are known and its schema is checked
        return (manual,) if has_handler else ()
    trigger = read_state(section, around) if kind == "state" else read_stream(section, around)
    return () if trigger is None else (trigger,)


def _event_triggers(section: Section, around: Around, form: str) -> tuple[Trigger, ...]:
    topics = section.texts("CFG-24", "subscribes", "topic", "topics")
    if topics:
        return read_events(section, around, topics, with_config=form == "function")
    if form == "type" and not section.report.failed:
        section.report.error(
            "CFG-24",
            "subscribes is missing",
            "subscribes",
            'Name the topics, for example subscribes: ["order.created"].',
        )
    return (read_manual(section, around),)


def triggers_of_list(section: Section, around: Around) -> tuple[Trigger, ...]:
    """The triggers of a triggers-form Step, in the order of the list: a worker knows them by position."""
    entries = section.value("CFG-35", "triggers")
    if not is_list(entries):
        section.report.error("CFG-35", f"triggers must be a list, not {shown(entries)}", "triggers")
        return ()
    triggers = (_entry(entry, section, around, f"triggers[{index}]") for index, entry in enumerate(entries))
    return tuple(trigger for trigger in triggers if trigger is not None)


def _entry(entry: Any, section: Section, around: Around, field: str) -> Trigger | None:
    if not isinstance(entry, Mapping):
        section.report.error("CFG-35", f"{field} must be an object, not {shown(entry)}", field)
        return None
    inner = Section(entry, section.report, field)
    inner.knows(*_OF_THE_STEP)
    kind = inner.choice("CFG-40", "type", TRIGGER_KINDS)
    if kind is None:
        if inner.value("CFG-40", "type") is None:
            names = ", ".join(TRIGGER_KINDS)
            section.report.error("CFG-40", f"{field}.type is missing; it is one of {names}", f"{field}.type")
        return None
    check_functions(inner, "CFG-45", "condition", many=False)
    trigger = _one(kind, inner, around)
    inner.finish()
    return trigger


def _one(kind: str, section: Section, around: Around) -> Trigger | None:
    if kind == "http":
        return read_http(section, around, read_validation(section))
    if kind == "queue":
        return read_queue_trigger(section, around)
    if kind == "cron":
        return next(iter(read_crons(section, around, one=True, zone=_UTC)), None)
    if kind == "state":
        return read_state(section, around)
    return read_stream(section, around)
