"""The fields that a Step has in every form (CFG-11 to CFG-16, CFG-31 to CFG-34, HND-1, HND-11, PRJ-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from motia.model.step import EmittedTopic, Validation
from motia.project.section import Section, is_function, is_list, shown

VALIDATIONS: Final = ("enforce", "warn", "off")
_MOST_PARAMETERS: Final = 2
_LONG_NAME: Final = 40
_BINDING_BY_NAME: Final = frozenset({"python", "ruby"})  # HND-6, HND-7


def read_names(section: Section, function_name: str | None, base: str) -> tuple[str, str | None]:
    """Name and alias: `name`, else `id`, else the function's name, else the file's. With `name`, `id` is the alias."""
    name, identifier = section.text("CFG-11", "name"), section.text("CFG-11", "id")
    chosen = name or identifier or function_name or base
    if len(chosen) > _LONG_NAME:
        section.report.warning("PRJ-18", f'the name "{chosen}" is longer than {_LONG_NAME} characters', "name")
    return chosen, identifier if name and identifier != name else None


def read_drawing(section: Section) -> dict[str, Any]:
    """Description, flows and declared outputs, as `Step` fields."""
    return {
        "description": section.text("CFG-12", "description"),
        "flows": section.texts("CFG-13", "flows") or (),
        "emits": read_topics(section, "CFG-14", "emits", "enqueues"),
        "virtual_emits": read_topics(section, "CFG-15", "virtualEmits", "virtualEnqueues") or (),
        "virtual_subscribes": section.texts("CFG-15", "virtualSubscribes") or (),
        "include_files": section.texts("CFG-16", "includeFiles") or (),
    }


def read_topics(section: Section, rule: str, name: str, alias: str) -> tuple[EmittedTopic, ...] | None:
    """Declared outputs: topics, or objects with a topic; None when absent."""
    value = section.value(rule, name, alias)
    if value is None:
        return None
    items = [value] if isinstance(value, str) else value
    if not is_list(items):
        section.report.error(rule, f"{section.field(name)} must be a list of topics, not {shown(value)}", name)
        return None
    topics = (_topic(item, section, rule, f"{section.field(name)}[{index}]") for index, item in enumerate(items))
    return tuple(topic for topic in topics if topic is not None)


def read_validation(section: Section) -> Validation | None:
    """`validation`: enforce, warn or off (SCH-4)."""
    mode: Validation | None = section.choice("CFG-33", "validation", VALIDATIONS)
    return mode


def check_functions(section: Section, rule: str, name: str, *, many: bool) -> None:
    """A key that holds a function, or with `many` also a list of them; they stay in the worker (D13)."""
    value = section.value(rule, name)
    if value is None or is_function(value) or (many and is_list(value) and all(is_function(each) for each in value)):
        return
    expected = "a function or a list of functions" if many else "a function"
    section.report.error(rule, f"{section.field(name)} must be {expected}, not {shown(value)}", section.field(name))


def check_handler(section: Section, handler: Mapping[str, Any] | None, language: str, *, drawn: bool) -> None:
    """Whether there is a handler where one is needed, and whether it can be called (HND-1, HND-11).

    `params` counts what is declared, defaults included; only a worker that also reports `required` can be wrong here.
    """
    report = section.report
    if handler is None:
        if not drawn:
            report.error("HND-11", "there is no handler", "handler", _handler_fix(language))
        return
    by_name = handler.get("names") is not None and language in _BINDING_BY_NAME
    required = handler.get("required")
    if not by_name and isinstance(required, int) and required > _MOST_PARAMETERS:
        report.error(
            "HND-1",
            f"the handler has {required} required parameters; it is called with at most {_MOST_PARAMETERS}",
            "handler",
            "Take the input and the context only.",
        )


def _handler_fix(language: str) -> str:
    return {
        "python": "Define `handler`, or mark the function with @handler.",
        "ruby": "Define `handler`.",
    }.get(language, "Export a function named `handler`.")


def _topic(item: Any, section: Section, rule: str, field: str) -> EmittedTopic | None:
    if isinstance(item, str) and item:
        return EmittedTopic(item)
    if isinstance(item, Mapping):
        inner = Section(item, section.report, field)
        topic = inner.text(rule, "topic")
        emitted = None
        if topic is not None:
            conditional = inner.flag(rule, "conditional") or False
            emitted = EmittedTopic(topic, inner.text(rule, "label"), conditional)
            inner.finish()
        elif not section.report.failed:
            section.report.error(rule, f"{field} has no topic", field)
        return emitted
    section.report.error(rule, f"{field} must be a topic or an object with a topic, not {shown(item)}", field)
    return None
