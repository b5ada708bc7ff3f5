"""The rules that the keys of a config use. The table is the reference's sections 2.2 and 2.3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from motia.project.doctor.configs import STREAM, TRIGGERS, WrittenConfig
from motia.project.doctor.findings import Use
from motia.project.doctor.handlers import is_sync_python, parameter_name, parameters_of
from motia.project.doctor.source import Entry, Source

# Key → rule; what is reported is the key as it is written.
KEYS: Final[Mapping[str, str]] = {
    "id": "CFG-11",
    "flows": "CFG-13",
    "emits": "CFG-14",
    "enqueues": "CFG-14",
    "virtualEmits": "CFG-15",
    "virtualEnqueues": "CFG-15",
    "virtualSubscribes": "CFG-15",
    "includeFiles": "CFG-16",
    "middleware": "MW-1",
    "bodySchema": "CFG-20",
    "responseSchema": "CFG-22",
    "queryParams": "CFG-23",
    "subscribes": "CFG-24",
    "topic": "CFG-24",
    "topics": "CFG-24",
    "input": "CFG-25",
    "inputSchema": "CFG-25",
    "cron": "CFG-26",
    "schedule": "CFG-26",
    "expression": "CFG-26",
    "timezone": "CRON-4",
    "overlap": "CRON-5",
    "catchUp": "CRON-6",
    "retry": "CFG-28",
    "concurrency": "CFG-31",
    "timeout": "CFG-32",
    "validation": "CFG-33",
    "strictEmits": "CFG-34",
    "atomic": "CFG-49",
    "condition": "CFG-45",
}
STREAM_KEYS: Final[Mapping[str, str]] = {
    "schema": "STR-2",
    "baseConfig": "STR-3",
    "canAccess": "STR-4",
    "onJoin": "STR-5",
    "onLeave": "STR-5",
    "validation": "SCH-11",
}
_TRIGGER_KEYS: Final[Mapping[str, str]] = {
    "bodySchema": "CFG-20",
    "responseSchema": "CFG-22",
    "queryParams": "CFG-23",
    "middleware": "MW-1",
    "condition": "CFG-45",
    "input": "CFG-25",
    "config": "CFG-41",
    "timezone": "CRON-4",
    "overlap": "CRON-5",
    "catchUp": "CRON-6",
}
_TRIGGER_RULES: Final = {"http": "CFG-40", "queue": "CFG-41", "cron": "CFG-42", "state": "CFG-43", "stream": "CFG-44"}
_PARTS: Final = {"body": "CFG-20", "query": "CFG-21", "params": "CFG-21", "headers": "CFG-21", "response": "CFG-22"}
_SCHEMA_KEYS: Final = ("bodySchema", "schema", "input", "inputSchema", "responseSchema")
_JSON_SCHEMA: Final = re.compile(r"""["']?(?:type|properties|\$schema|\$ref)["']?\s*(?::|=>)\s*["'{\[]""")
_TYPE_NAMES: Final = {
    "python": re.compile(r":\s*(?:str|int|float|bool|list|dict|set|tuple|datetime|UUID|Decimal|Any)\b"),
    "ruby": re.compile(r"(?::|=>)\s*(?:String|Integer|Float|Array|Hash|:boolean)\b"),
}


def config_uses(source: Source, config: WrittenConfig) -> Iterator[Use]:
    """What one config uses."""
    line = source.line(config.at)
    if config.form == STREAM:
        yield Use("STR-6", line, "stream definition")
        yield from _keys(source, config.entries, STREAM_KEYS)
        return
    yield Use(config.rule, line, config.form)
    if config.kind is not None:
        yield Use("CFG-10", line, f"{config.kind} Step")
    if (
        config.rule == "CFG-4"
        and config.kind == "event"
        and not config.entries.keys() & {"subscribes", "topic", "topics"}
    ):
        yield Use("EVT-25", line, "event Step without a topic: started by motia.trigger")
    yield from _keys(source, config.entries, KEYS)
    yield from _nested(source, config.entries, config.kind)
    yield from _schemas(source, config.entries)
    for trigger in config.triggers:
        rule = _TRIGGER_RULES[trigger.kind]
        yield Use(rule, source.line(trigger.at), f"{trigger.kind} trigger")
        yield from _keys(source, trigger.entries, _TRIGGER_KEYS)
        yield from _schemas(source, trigger.entries)
    yield from _handler(source, config)


def _keys(source: Source, entries: Mapping[str, Entry], table: Mapping[str, str]) -> Iterator[Use]:
    for name, entry in entries.items():
        if name in table:
            yield Use(table[name], source.line(entry.at), entry.written)


def _nested(source: Source, entries: Mapping[str, Entry], kind: str | None) -> Iterator[Use]:
    """`infrastructure.queue`, `infrastructure.handler` and the parts of `schema`."""
    for key, table in (("infrastructure", {"queue": "CFG-29", "handler": "CFG-30"}), ("schema", _PARTS)):
        entry = entries.get(key)
        if entry is None:
            continue
        opening = source.skip_space(entry.value.start)
        inner = source.entries(source.inside(opening)) if source.code[opening : opening + 1] == "{" else {}
        uses = [
            Use(table[name], source.line(each.at), f"{key}.{each.written}")
            for name, each in inner.items()
            if name in table
        ]
        if not uses and key == "schema":
            uses = [Use("CFG-20" if kind == "api" else "CFG-25", source.line(entry.at), "schema")]
        yield from uses


def _schemas(source: Source, entries: Mapping[str, Entry]) -> Iterator[Use]:
    """Schemas that stand in the config itself: JSON Schema, or a mapping of names to types."""
    for key in _SCHEMA_KEYS:
        entry = entries.get(key)
        if entry is None:
            continue
        start, end = source.skip_space(entry.value.start), entry.value.end
        if source.code[start : start + 1] != "{":
            continue
        types = _TYPE_NAMES.get(source.language)
        if types is not None and types.search(source.code, start, end):
            yield Use("SCH-3", source.line(entry.at), "mapping of names to types")
        elif _JSON_SCHEMA.search(source.text, start, end):
            yield Use("SCH-12", source.line(entry.at), "JSON Schema")


def _handler(source: Source, config: WrittenConfig) -> Iterator[Use]:
    parameters = parameters_of(source, config)
    line = source.line(config.at)
    if config.kind == "noop" and parameters is not None:
        yield Use("EVT-28", line, "noop with a handler: started by hand or by motia.trigger")
    if config.function is not None and config.rule == "CFG-4" and parameters is not None:
        names = {parameter_name(each) for each in parameters}
        if names - {"input", "req", "request", "ctx", "context"}:
            yield Use("HND-6", line, "parameters bound by name")
    elif config.kind == "cron" and parameters is not None and config.form != TRIGGERS:
        shown = {0: "no parameter", 1: "(ctx)", 2: "(null, ctx)"}.get(len(parameters))
        if shown is not None:
            yield Use("HND-2", line, f"cron handler gets {shown}" if parameters else "cron handler without parameters")
    if is_sync_python(source, config):
        yield Use("HND-5", line, "handler that is not async")
