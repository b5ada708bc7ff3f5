"""What is not as in the original, as far as one file shows it. Rows for what a pattern tells, functions for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from motia.model.schedule import CronSchedule, InvalidSchedule
from motia.project.doctor.calls import streams_named
from motia.project.doctor.code_rules import ALL, NODE, PYTHON, Row, row
from motia.project.doctor.configs import DECORATOR, FUNCTION, STREAM, TRIGGERS, TYPE, WrittenConfig
from motia.project.doctor.findings import Difference
from motia.project.doctor.handlers import parameter_name, parameters_of
from motia.project.doctor.imports import Import, our_names
from motia.project.doctor.source import Source

_INTERNALS: Final = frozenset(
    {"initIII", "getInstance", "Motia", "setupStepEndpoint", "init_iii", "get_instance", "setup_step_endpoint"}
)
_STRICT: Final = "unknown fields are refused because the schema says so; a request body with one is answered with 400"

ROWS: Final = (
    row("SCH-9", _STRICT, r"""additionalProperties["']?\s*(?P<code>(?::|=>)\s*[fF]alse\b)""", ALL),
    row("SCH-9", _STRICT, r"""additional_properties\s*=\s*False\b""", PYTHON),
    row("SCH-9", _STRICT, r"\bz\s*\.\s*strictObject\s*\(|\)\s*\.\s*strict\s*\(\s*\)", NODE),
    row("SCH-9", _STRICT, r"""(?P<code>\bextra\s*=\s*)["']forbid["']|\bforbid_unknown_fields\s*=\s*True\b""", PYTHON),
    row("SCH-9", _STRICT, r"""["']extra["']\s*(?P<code>:)\s*["']forbid["']""", PYTHON),
    row(
        "CONF-9",
        "a hand-written adapter cannot be used: the core refuses to start with it. Name an engine by URL",
        r"\bclass\s+\w+(?:<[^{}\n]{0,200}>)?\s+(?:extends\s+[\w.<>, ]+\s+)?(?:implements|extends)\s+[^{\n]{0,300}"
        r"\b(?:State|Event|Cron|Stream)Adapter(?:Manager)?\b",
        NODE,
    ),
    row(
        "EVT-17",
        "visibilityTimeout is the lease of a delivery, never the delay of a retry nor a time limit",
        r"""(?P<code>\b(?:visibilityTimeout|visibility_timeout)\b)""",
    ),
    row(
        "HTTP-31",
        "paths below /__motia and /motia/analytics are reserved; this Step is never reached",
        r"""\bpath["']?\s*(?P<code>:|=>|=)\s*["'`]/(?:__motia|motia/analytics)\b""",
    ),
)
_STREAM_IMPORT: Final = "CTX-17"
_NOT_YET: Final = "live streams are not available in this version"
_AWAITED_TRIGGER: Final = re.compile(r"\bawait\s+(?:motia\s*\.\s*)?trigger\s*\(")
_CREATED: Final = re.compile(r"\b(\w+)\s*=\s*(?:await\s+)?(?:\w+\s*\.\s*)*streams\s*\.\s*create\s*\(")
_FROM_STATE: Final = re.compile(
    r"\b(\w+)[ \t]*(?::[^=\n]{1,200})?=[ \t]*(?:await[ \t]+)?(?:\w+\.)*(?:state|state_manager|stateManager|streams\.\w+)\.get\w*\("
)
_DATA: Final = r"""(?P<code>(?<![\w.])(?:{names})\s*(?:\[\s*|\.get\(\s*))["']data["']"""
_DIRECT_DATA: Final = re.compile(
    r"""\bawait\s+(?:\w+\.)*(?:state|state_manager|streams\.\w+)\.get\w*\([^()\n]*\)\s*\)\s*(?:\[\s*|\.get\(\s*)(?=["'])"""
)
_CONTEXT_NAMES: Final = frozenset({"ctx", "_ctx", "context"})
_CONTEXT_MEMBERS: Final = re.compile(r"\b(?:emit|enqueue|logger|state|streams|traceId)\b")
_MOST_NAMES: Final = 100
_SILENT: Final = frozenset({"warn", "off"})


def code_differences(source: Source, imports: tuple[Import, ...]) -> Iterator[Difference]:
    """What the code of a file shows."""
    for form in ROWS:
        at = form.find(source)
        if at is not None:
            yield Difference(form.rule, form.what, source.path, source.line(at))
    names, _ = our_names(imports, source)
    for each in imports:
        for name in sorted(_INTERNALS & set(each.names.values())) if each.ours and source.language != "ruby" else ():
            what = f"{name} belongs to the engine of 1.0-RC: it can be imported, a call of it raises an error"
            yield Difference("CTX-20", what, source.path, source.line(each.at))
    yield from _in_a_row(source)
    yield from _unwrapped(source)
    yield from _not_awaited(source)
    yield from _streams(source, set(names.values()))


def config_differences(source: Source, config: WrittenConfig, project_validation: str | None) -> Iterator[Difference]:
    """What a config shows; `project_validation` is the mode the project config sets, None for none."""
    if config.form == STREAM:
        yield Difference("STR-1", f"{_NOT_YET}: this definition has no effect", source.path, source.line(config.at))
        return
    yield from _enforced(source, config, project_validation)
    yield from _schedules(source, config)
    yield from _argument_order(source, config)
    if any(trigger.kind == "stream" for trigger in config.triggers):
        at = next(trigger.at for trigger in config.triggers if trigger.kind == "stream")
        yield Difference("CFG-44", f"{_NOT_YET}: a stream trigger never fires", source.path, source.line(at))


def _enforced(source: Source, config: WrittenConfig, project_validation: str | None) -> Iterator[Difference]:
    """0.17 let bodies through that violate their schema. The seeds in function form promise that they are refused."""
    if config.form not in {TYPE, TRIGGERS}:
        return
    places = [config.entries] if config.kind == "api" else []
    places += [trigger.entries for trigger in config.triggers if trigger.kind == "http"]
    own = config.entries.get("validation")
    for entries in places:
        entry = entries.get("bodySchema")
        if entry is None:
            continue
        mode = entries.get("validation", own)
        chosen = project_validation if mode is None else source.string(mode.value)
        if chosen not in _SILENT:
            what = f'a body that violates {entry.written} is answered with 400, 0.17 let it through; validation: "warn" does, too'
            yield Difference("SCH-5", what, source.path, source.line(entry.at))


def _schedules(source: Source, config: WrittenConfig) -> Iterator[Difference]:
    expressions: list[tuple[str, int]] = []
    if config.kind == "cron":
        for key in ("cron", "schedule", "expression"):
            if key in config.entries:
                expressions += source.strings(config.entries[key].value)[0]
    expressions += [(each.target, each.at) for each in config.triggers if each.kind == "cron" and each.target]
    for expression, at in expressions:
        try:
            CronSchedule.parse(expression)
        except InvalidSchedule as problem:
            what = f'the schedule "{expression}" cannot be used: {problem}'
            yield Difference("CRON-2", what, source.path, source.line(at), blocking=True)


def _argument_order(source: Source, config: WrittenConfig) -> Iterator[Difference]:
    if config.kind != "cron" or config.form not in {TYPE, FUNCTION, DECORATOR}:
        return
    parameters = parameters_of(source, config)
    if parameters is None or len(parameters) != 2:  # noqa: PLR2004 - input and context
        return
    first, second = parameters
    means_context = parameter_name(first) in _CONTEXT_NAMES or (
        first.startswith("{") and _CONTEXT_MEMBERS.search(first) is not None
    )
    if means_context and parameter_name(second) not in _CONTEXT_NAMES:
        what = "of two parameters of a cron handler the second is the context, the first is null; 0.17 passed the context first"
        yield Difference("HND-2", what, source.path, source.line(config.at))


def _in_a_row(source: Source) -> Iterator[Difference]:
    awaited = list(_AWAITED_TRIGGER.finditer(source.code))
    if len(awaited) > 1:
        what = (
            "an awaited motia.trigger means that the start is stored, not that the Step ran: these Steps run in no "
            "particular order; to chain, trigger the second from inside the first"
        )
        yield Difference("EVT-25", what, source.path, source.line(awaited[1].start()))


def _unwrapped(source: Source) -> Iterator[Difference]:
    """`value["data"]` on what state or a stream returned, in Python."""
    if source.language != "python":
        return
    found: Row | None = None
    if names := sorted({re.escape(name) for name in _FROM_STATE.findall(source.code)})[:_MOST_NAMES]:
        found = row("STA-19", "", _DATA.format(names="|".join(names)), PYTHON)
    places = [] if found is None else [at for at in [found.find(source)] if at is not None]
    direct = _DIRECT_DATA.finditer(source.code)
    places += [match.start() for match in direct if source.text.startswith(("'data'", '"data"'), match.end())]
    if places:
        what = (
            'state and streams return the value itself, not {"data": value}; ["data"] reads the value unless it has a '
            'field "data" of its own'
        )
        yield Difference("STA-19", what, source.path, source.line(min(places)))


def _not_awaited(source: Source) -> Iterator[Difference]:
    for name in dict.fromkeys(_CREATED.findall(source.code)):
        pattern = rf"(?<!await )(?<!return )(?<![\w$.]){re.escape(name)}\s*\.\s*update\s*\("
        match = re.search(pattern, source.code)
        if match is not None:
            what = "updates that are not awaited may overtake each other: per field the last write wins; append is safe"
            yield Difference("STR-24", what, source.path, source.line(match.start()))
            return


def _streams(source: Source, imported: set[str]) -> Iterator[Difference]:
    used = min((each.at for each in streams_named(source)), default=None)
    created = re.search(r"(?<![\w$])streams\s*\.\s*create\s*\(", source.code)
    if created is not None:
        used = created.start() if used is None else min(used, created.start())
    if used is not None:
        yield Difference("STR-10", f"{_NOT_YET}: a call of one fails", source.path, source.line(used))
    elif "Stream" in imported:
        match = re.search(r"(?<![\w$.])Stream\s*(?:<[^;()\n]{0,200}>)?\s*\(", source.code)
        if match is not None:
            yield Difference(
                _STREAM_IMPORT, f"{_NOT_YET}: a call of one fails", source.path, source.line(match.start())
            )
