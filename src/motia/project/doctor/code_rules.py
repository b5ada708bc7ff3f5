"""The rules that code uses, told by patterns. One row is one form; the first place in a file counts."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from motia.project.doctor.findings import Use
from motia.project.doctor.imports import Import, our_names
from motia.project.doctor.source import Source
from motia.project.source_text import Language

ALL: Final[tuple[Language, ...]] = ("node", "python", "ruby")
NODE: Final[tuple[Language, ...]] = ("node",)
PYTHON: Final[tuple[Language, ...]] = ("python",)
RUBY: Final[tuple[Language, ...]] = ("ruby",)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A form: its rule, what it is called, what it looks like, and in which languages.

    The pattern is searched in the text. What its group `code` matched (or all of it) has to be code; the rest may be a string.
    """

    rule: str
    what: str
    pattern: re.Pattern[str]
    languages: tuple[Language, ...] = ALL

    def find(self, source: Source) -> int | None:
        """Where the form is first used."""
        if source.language not in self.languages:
            return None
        group = "code" if "code" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(source.text):
            if source.is_code(match.start(group), match.end(group)):
                return source.skip_space(match.start(group))
        return None


def row(rule: str, what: str, pattern: str, languages: tuple[Language, ...] = ALL) -> Row:
    """A row of a table."""
    return Row(rule, what, re.compile(pattern, re.MULTILINE), languages)


_EMIT: Final = r"(?<![\w$])(?:emit|enqueue)[ \t]*(?:<[^;()\n]{0,200}>)?\([ \t]*\n?[ \t]*"
_CONTEXT: Final = r"(?<![\w$.])_?(?:ctx|context)\s*\.\s*"
_REQUEST: Final = r"(?<![\w$.])(?:req|request)\s*\.\s*"

ROWS: Final = (
    # Context
    row("CTX-1", "traceId", r"\b(?:traceId|trace_id)\b"),
    row("CTX-23", "emit({topic, data})", rf"{_EMIT}\{{", NODE),
    row("CTX-23", "emit({topic, data})", rf"{_EMIT}\{{", PYTHON),
    row("CTX-23", "emit of a list", rf"{_EMIT}\["),
    row("CTX-23", "emit(topic, data)", rf"(?P<code>{_EMIT})[\"'`]"),
    row("CTX-23", "emit with keywords", rf"{_EMIT}topic\s*[=:]", (*PYTHON, *RUBY)),
    row("EVT-20", "messageGroupId", r"\b(?:messageGroupId|message_group_id)\b"),
    row("CTX-7", "trigger information", rf"{_CONTEXT}trigger\b(?!\s*\()"),
    row("CTX-8", "trigger guards", r"\.\s*is\s*\.\s*(?:http|queue|cron|state|stream)\s*\(", NODE),
    row("CTX-8", "trigger guards", rf"{_CONTEXT}is_(?:http|api|queue|cron|state|stream)\s*\(", PYTHON),
    row("CTX-8", "trigger guards", rf"{_CONTEXT}(?:http|queue|cron|state|stream)\?", RUBY),
    row("CTX-9", "getData()", r"\b(?:getData|get_data)\b"),
    row("CTX-10", "match", rf"{_CONTEXT}match\s*\("),
    row("CTX-11", "attempt number", rf"{_CONTEXT}(?:attempt|retryCount|retry_count|maxAttempts|max_attempts)\b"),
    row("EVT-23", "error.retryCount", r"\b(?:err|error|e|ex)\s*\.\s*retryCount\b", NODE),
    row("CTX-18", "motia.trigger", r"(?<![\w$.])[mM]otia\s*\.\s*trigger\s*\("),
    row("CTX-14", "Motia.logger", r"\bMotia\.logger\b", RUBY),
    row("CTX-15", "Motia.emit", r"\bMotia\.(?:emit|enqueue)\b", RUBY),
    row("CTX-16", "Motia.state_manager", r"\bMotia\.(?:state_manager|stateManager)\b", RUBY),
    row("CTX-17", "Motia::Stream", r"\bMotia::Stream\b", RUBY),
    # Requests and payloads
    row("EVT-8", "input.data", r"(?<![\w$.])input\s*\??\.\s*data\b"),
    row("EVT-8", 'input["data"]', r"(?P<code>(?<![\w$.])input\s*(?:\[\s*:?|\.get\(\s*))[\"']?data\b", (*PYTHON, *RUBY)),
    row("HTTP-10", "req.params", rf"{_REQUEST}(?:params|pathParams|path_params)\b"),
    row("HTTP-11", "req.query", rf"{_REQUEST}(?:query|queryParams|query_params)\b"),
    row("HTTP-8", "req.rawBody", rf"{_REQUEST}(?:rawBody|raw_body)\b"),
    row("HTTP-9", "req.headers", rf"{_REQUEST}headers\b"),
    row("HTTP-13", "peer address", rf"{_REQUEST}(?:ip\b|(?:connection|socket)\s*\.\s*remoteAddress)"),
    row("HTTP-14", "cookies, files, user", rf"{_REQUEST}(?:cookies|files|user)\b"),
    row("HTTP-15", "request body as a stream", r"\b(?:requestBody|request_body)\s*\.\s*stream\b"),
    row(
        "HTTP-23",
        "response writer",
        r"(?<![\w$.])(?:response|res)\s*\.\s*(?:(?:writer\s*\.\s*)?stream\b|status\s*\(|headers\s*\(|close\s*\()",
    ),
    row("HTTP-26", "HttpError", r"\bHttpError\b"),
    # Schemas
    row("SCH-1", "jsonSchema()", r"(?<![\w$.])jsonSchema\s*\(", NODE),
    row("SCH-2", "dataclass", r"^@(?:dataclasses\.)?dataclass\b", PYTHON),
    row("SCH-2", "TypedDict", r"\(\s*TypedDict\b", PYTHON),
    # Logs
    row("LOG-4", "console and print", r"(?<![\w$.])console\s*\.\s*(?:log|info|warn|error|debug)\s*\(", NODE),
    row("LOG-4", "console and print", r"(?<![\w.])print\s*\(", PYTHON),
    row("LOG-4", "console and print", r"^[ \t]*(?:puts|p|pp|warn)[ \t(]", RUBY),
    # Streams
    row("STR-24", "streams.create", r"(?<![\w$])streams\s*\.\s*create\s*\("),
    # Modules
    row("PRJ-16", "require", r"(?P<code>(?<![\w$.])require\s*\(\s*)[\"']", NODE),
    row("PRJ-16", "dynamic import()", r"(?<![\w$.])import\s*\(", NODE),
)

# Imported from us → rule.
OUR_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "logger": ("CTX-14", "module-level logger"),
    "emit": ("CTX-15", "module-level emit"),
    "enqueue": ("CTX-15", "module-level enqueue"),
    "stateManager": ("CTX-16", "stateManager"),
    "state_manager": ("CTX-16", "state_manager"),
    "Stream": ("CTX-17", "Stream"),
    "trigger": ("CTX-18", "imported trigger"),
    "motia": ("CTX-18", "imported motia"),
    "handler": ("CFG-3", "@handler"),
    "step": ("CFG-5", "step()"),
    "multiTriggerStep": ("CFG-5", "multiTriggerStep()"),
    "multi_trigger_step": ("CFG-5", "multi_trigger_step()"),
    "jsonSchema": ("CTX-19", "jsonSchema"),
    "getContext": ("CTX-19", "getContext"),
    "get_context": ("CTX-19", "get_context"),
    "generateStepId": ("CTX-19", "generateStepId"),
    "generate_step_id": ("CTX-19", "generate_step_id"),
    "defineConfig": ("CTX-19", "defineConfig"),
    "define_config": ("CTX-19", "define_config"),
}
_CONFIG_TYPES: Final = frozenset(
    {"ApiRouteConfig", "EventConfig", "CronConfig", "NoopConfig", "StepConfig", "StreamConfig"}
)
_SCHEMA_LIBRARIES: Final = {
    "zod": ("SCH-1", "Zod schemas"),
    "valibot": ("SCH-1", "Standard Schema (valibot)"),
    "arktype": ("SCH-1", "Standard Schema (arktype)"),
    "@sinclair/typebox": ("SCH-12", "JSON Schema (typebox)"),
    "pydantic": ("SCH-2", "Pydantic models"),
    "msgspec": ("SCH-2", "msgspec structs"),
}


def code_uses(source: Source) -> Iterator[Use]:
    """What the code of a file uses, by the table above."""
    for each in ROWS:
        at = each.find(source)
        if at is not None:
            yield Use(each.rule, source.line(at), each.what)


def import_uses(source: Source, imports: tuple[Import, ...]) -> Iterator[Use]:
    """What the imports of a file say it uses."""
    names, _ = our_names(imports, source)
    for each in imports:
        library = _SCHEMA_LIBRARIES.get(_package(each.module))
        if library is not None and source.language != "ruby":
            yield Use(library[0], source.line(each.at), library[1])
        if not each.ours:
            continue
        for name in each.names.values():
            known = OUR_NAMES.get(name)
            if known is not None:
                yield Use(known[0], source.line(each.at), known[1])
        if source.language == "python" and _CONFIG_TYPES & set(each.names.values()):
            yield Use("CFG-2", source.line(each.at), "config classes")
    if source.language == "node" and _CONFIG_TYPES & set(names.values()):
        first = next(each for each in imports if each.ours and _CONFIG_TYPES & set(each.names.values()))
        yield Use("TYP-5", source.line(first.at), "types imported without `type`")


def _package(module: str) -> str:
    parts = module.split("/")
    return "/".join(parts[:2]) if module.startswith("@") else parts[0].partition(".")[0]
