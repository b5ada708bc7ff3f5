"""What a worker found in a file → a Step, or the reasons why not. The one place where dialects meet the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from motia.model.identity import step_id
from motia.model.step import Step, Trigger
from motia.project.dialects.common import check_handler, read_drawing, read_names, read_validation
from motia.project.dialects.defaults import StepDefaults
from motia.project.dialects.forms import KINDS, Kind, read_kind, triggers_of_kind, triggers_of_list
from motia.project.dialects.policies import policy_of, read_infrastructure
from motia.project.dialects.schemas import without_markers
from motia.project.dialects.triggers import Around
from motia.project.discovery import base_name
from motia.project.notice import Notice
from motia.project.report import Report
from motia.project.section import Section

Form = Literal["type", "function", "triggers"]

_BUILT_IN: Final = StepDefaults()


@dataclasses.dataclass(frozen=True, slots=True)
class Normalised:
    """A Step and what its author should know about it; `step` is None when a notice is an error."""

    step: Step | None
    notices: tuple[Notice, ...] = ()


def normalise(found: Mapping[str, Any], file: str, language: str, defaults: StepDefaults = _BUILT_IN) -> Normalised:
    """The Step that `found` (`Found` of the worker protocol) describes.

    `file` is relative to the root, `language` the worker's word (`python`, `node`, `ruby`).
    """
    report = Report(file, found.get("line"))
    config = found.get("config")
    if not isinstance(config, Mapping):
        report.error("CFG-1", "there is no config")
        return Normalised(None, report.notices)
    section = Section(config, report)
    handler = found.get("handler")
    name, alias = read_names(section, found.get("name"), base_name(file))
    report.step = name
    form: Form = cast("Form", found.get("form", "type"))
    if section.value("CFG-35", "triggers") is not None:
        form = "triggers"
    triggers, declared, around = _triggers(section, form, defaults, has_handler=handler is not None)
    check_handler(section, handler, language, drawn=declared == "noop" or (form == "triggers" and not triggers))
    entry = str(found.get("entry", file))
    fields = read_drawing(section)
    strict = section.flag("CFG-34", "strictEmits")
    atomic = section.flag("CFG-49", "atomic") or False
    if atomic and defaults.not_atomic is not None:
        report.error("CFG-49", f"this Step cannot be atomic: {defaults.not_atomic}", "atomic")
    section.finish()
    if report.failed:
        return Normalised(None, report.notices)
    step = Step(
        name=name,
        id=step_id(file, entry.removeprefix(f"{file}#") if entry.startswith(f"{file}#") else None),
        file=file,
        language=language,
        entry=entry,
        form=form,
        triggers=triggers,
        alias=alias,
        has_handler=handler is not None,
        concurrency=_first(around.infrastructure.concurrency, defaults.concurrency),
        timeout_ms=around.infrastructure.timeout_ms,
        strict_emits=defaults.strict_emits if strict is None else strict,
        atomic=atomic,
        validation=around.validation,
        line=found.get("line"),
        policy=policy_of(defaults, around.infrastructure),
        declared_kind=None if declared in {None, "state", "stream"} else cast("Any", declared),
        config=without_markers(config),
        ram_mb=around.infrastructure.ram_mb,
        cpu=around.infrastructure.cpu,
        **fields,
    )
    return Normalised(step, report.notices)


def load_failure(file: str, error: Mapping[str, Any], rule: str = "PRJ-9") -> Notice:
    """A worker's `LoadError` as a notice."""
    name, message = str(error.get("name", "Error")), str(error.get("message", ""))
    place = error.get("file")
    return Notice(
        "error",
        rule,
        f"{name}: {message}" if message else name,
        str(place) if isinstance(place, str) and not place.startswith("/") else file,
        line=error.get("line"),
    )


def _triggers(
    section: Section, form: Form, defaults: StepDefaults, *, has_handler: bool
) -> tuple[tuple[Trigger, ...], Kind | None, Around]:
    around = Around(defaults, read_infrastructure(section), read_validation(section))
    has_type = section.value("CFG-10", "type") is not None
    if form == "triggers":
        if has_type:
            section.report.error("CFG-8", "a config has either type or triggers, not both", "triggers")
        triggers = triggers_of_list(section, around)
        if triggers or section.report.failed or not has_handler:
            return triggers, None, around
        return triggers_of_kind("noop", section, around, form=form, has_handler=True), None, around
    if not has_type:
        kinds = ", ".join(KINDS)
        section.report.error("CFG-8", f"type is missing; it is one of {kinds}. Or write triggers", "type")
        return (), None, around
    kind = read_kind(section, form)
    if kind is None:
        return (), None, around
    triggers = triggers_of_kind(kind, section, around, form=form, has_handler=has_handler)
    return triggers, kind, around


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
