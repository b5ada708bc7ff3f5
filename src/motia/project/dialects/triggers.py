"""One trigger of each kind, read from the section that holds its keys: a whole config, or an entry of `triggers`."""

from __future__ import annotations

import dataclasses
from typing import Final

from motia.model.schedule import CronSchedule, InvalidSchedule
from motia.model.step import (
    CatchUp,
    CronTrigger,
    EventTrigger,
    HttpTrigger,
    ManualTrigger,
    Overlap,
    Schema,
    StateTrigger,
    StreamTrigger,
    Validation,
)
from motia.project.dialects.common import check_functions, read_validation
from motia.project.dialects.defaults import StepDefaults
from motia.project.dialects.policies import Infrastructure, policy_of, read_config, read_trigger_config
from motia.project.dialects.schemas import described_query, read_http_schemas, read_query_params, read_schema
from motia.project.section import Section, is_list, shown

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
_OVERLAPS: Final = ("skip", "queue", "allow", "cancel")
_CATCH_UPS: Final = {"none": "none", "false": "none", "last": "last", "all": "all", "true": "all"}


@dataclasses.dataclass(frozen=True, slots=True)
class Around:
    """What a trigger inherits: project values, the Step's delivery keys and its validation mode."""

    defaults: StepDefaults
    infrastructure: Infrastructure
    validation: Validation | None = None

    def mode(self, own: Validation | None, default: Validation) -> Validation:
        """The first mode that is set: trigger, Step, project, the default of the kind (SCH-4)."""
        return own or self.validation or self.defaults.validation or default


def read_http(section: Section, around: Around, validation: Validation | None) -> HttpTrigger | None:
    """A route (CFG-17 to CFG-23)."""
    path = section.needed_text("CFG-17", "path", fix='Write for example path: "/orders/:id".')
    method = section.choice("CFG-18", "method", METHODS) or "GET"
    check_functions(section, "CFG-19", "middleware", many=True)
    parts, responses = read_http_schemas(section)
    query_params = read_query_params(section)
    if path is None:
        return None
    return HttpTrigger(
        path if path.startswith("/") else f"/{path}",
        method,
        body=parts.get("body"),
        query=parts.get("query"),
        params=parts.get("params"),
        headers=parts.get("headers"),
        responses=responses,
        query_params=query_params,
        described_query=described_query(query_params),
        validation=around.mode(validation, "enforce"),
        guarded=any(section.value("CFG-19", name) is not None for name in ("middleware", "condition")),
    )


def read_input(section: Section) -> Schema | None:
    """The schema of an event's payload (CFG-25)."""
    value = section.value("CFG-25", "input", "schema", "inputSchema")
    return None if value is None else read_schema(value, section.report, section.field("input"))


def read_queue_trigger(section: Section, around: Around) -> EventTrigger | None:
    """An entry of `triggers` that subscribes to a topic (CFG-41)."""
    topic = section.needed_text("CFG-41", "topic")
    schema = read_input(section)
    queue, retry, concurrency = read_trigger_config(section)
    mode = around.mode(read_validation(section), "warn")
    if topic is None:
        return None
    policy = policy_of(around.defaults, around.infrastructure, (queue, retry))
    return EventTrigger(topic, policy, schema, mode, concurrency)


def read_events(
    section: Section, around: Around, topics: tuple[str, ...], *, with_config: bool
) -> tuple[EventTrigger, ...]:
    """One subscription per topic of a type- or function-form Step; a decorator may carry a trigger's `config` too."""
    schema = read_input(section)
    queue, retry, concurrency = read_config(section) if with_config else ({}, {}, None)
    policy = policy_of(around.defaults, around.infrastructure, (queue, retry))
    mode = around.mode(None, "warn")
    return tuple(EventTrigger(topic, policy, schema, mode, concurrency) for topic in topics)


def read_manual(section: Section, around: Around) -> ManualTrigger:
    """A Step that is started by hand or by `motia.trigger` only (EVT-28)."""
    policy = policy_of(around.defaults, around.infrastructure)
    return ManualTrigger(policy, read_input(section), around.mode(None, "warn"))


def read_crons(section: Section, around: Around, *, one: bool, zone: str | None) -> tuple[CronTrigger, ...]:
    """The schedules of a Step, exactly one where `one` (CFG-26, CFG-27). `zone` is used where nobody names one."""
    expressions = _expressions(section, one=one)
    timezone = section.text("CRON-4", "timezone") or around.defaults.timezone or zone
    overlap: Overlap = section.choice("CRON-5", "overlap", _OVERLAPS) or "skip"
    catch_up: CatchUp = section.choice("CRON-6", "catchUp", _CATCH_UPS) or "none"
    policy = policy_of(around.defaults, around.infrastructure, cron=True)
    normal = (_schedule(section, expression, timezone) for expression in expressions)
    return tuple(CronTrigger(each, policy, timezone, overlap, catch_up) for each in normal if each is not None)


def read_state(section: Section, around: Around) -> StateTrigger:
    """Changes of state values (CFG-43)."""
    policy = policy_of(around.defaults, around.infrastructure)
    return StateTrigger(policy, section.text("CFG-43", "groupId"), section.text("CFG-43", "key"))


def read_stream(section: Section, around: Around) -> StreamTrigger | None:
    """Changes of stream items (CFG-44)."""
    name = section.needed_text("CFG-44", "streamName")
    group, item = section.text("CFG-44", "groupId"), section.text("CFG-44", "itemId")
    if name is None:
        return None
    return StreamTrigger(name, policy_of(around.defaults, around.infrastructure), group, item)


def _expressions(section: Section, *, one: bool) -> tuple[str, ...]:
    value = section.value("CFG-26", "cron", "schedule", "expression")
    field = section.field("cron")
    if value is None:
        section.report.error("CFG-26", f"{field} is missing", field, 'Write for example cron: "0 9 * * *".')
        return ()
    items = [value] if isinstance(value, str) else value
    if (
        not is_list(items)
        or not items
        or not all(isinstance(item, str) for item in items)
        or (one and items != [value])
    ):
        expected = "a cron expression" if one else "a cron expression or a list of them"
        section.report.error("CFG-26", f"{field} must be {expected}, not {shown(value)}", field)
        return ()
    return tuple(dict.fromkeys(items))


def _schedule(section: Section, expression: str, timezone: str | None) -> str | None:
    """The normalised expression, None when it was reported."""
    try:
        schedule = CronSchedule.parse(expression, timezone)
    except InvalidSchedule as problem:
        section.report.error("CRON-2", str(problem), section.field("cron"))
        return None
    if schedule.restricts_both_days:
        section.report.hint(
            "CRON-2",
            f'"{expression}" restricts day of month and weekday; both must match, where crontab(5) would say "or"',
            section.field("cron"),
        )
    return schedule.expression
