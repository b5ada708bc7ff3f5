"""What the project's config file shows, read as text (section 13 of the reference)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from motia.project.doctor.findings import Difference, Missing, Use
from motia.project.doctor.source import Entry, Source, Span
from motia.project.environment import ENVIRONMENTS
from motia.project.section import camel_case

KEYS: Final[Mapping[str, str]] = {
    "port": "CONF-20",
    "host": "CONF-20",
    "workbench": "CONF-21",
    "state": "CONF-22",
    "streams": "CONF-22",
    "events": "CONF-22",
    "cron": "CONF-22",
    "adapters": "CONF-23",
    "database": "CONF-24",
    "redis": "CONF-24",
    "middleware": "MW-7",
    "app": "MW-11",
    "streamAuth": "STR-30",
    "authenticateStream": "STR-31",
    "queue": "EVT-14",
    "validation": "SCH-4",
    "strictEmits": "CONF-26",
    "strictTriggers": "CONF-26",
    "strictStreams": "CONF-26",
    "timezone": "CRON-4",
    "errorStep": "EVT-30",
    "include": "PRJ-2",
    "exclude": "PRJ-6",
    "trustProxy": "HTTP-13",
    "requestTimeout": "HTTP-27",
    "cors": "HTTP-29",
    "plugins": "CONF-10",
    "otel": "CONF-27",
    **dict.fromkeys(ENVIRONMENTS, "CONF-4"),
}
# Engines a config may name, by the word it names them with. This version has the embedded store only.
ENGINES: Final[Mapping[str, str]] = {
    "redis": "Redis",
    "rediss": "Redis",
    "bullmq": "Redis",
    "postgres": "PostgreSQL",
    "postgresql": "PostgreSQL",
    "nats": "NATS",
    "rabbitmq": "RabbitMQ",
    "amqp": "RabbitMQ",
    "amqps": "RabbitMQ",
}
ENGINE_VARIABLES: Final[Mapping[str, str]] = {
    "MOTIA_REDIS_URL": "Redis",
    "MOTIA_REDIS_HOST": "Redis",
    "MOTIA_NATS_URL": "NATS",
    "MOTIA_AMQP_URL": "RabbitMQ",
}
_OBJECTS: Final = {
    "node": (
        re.compile(r"\bexport\s+default\s+(?:[\w$]+\s*\(\s*)?(?=\{)"),
        re.compile(r"\bmodule\s*\.\s*exports\s*=\s*(?:[\w$]+\s*\(\s*)?(?=\{)"),
        re.compile(r"\bexport\s+default\b[^;{]{0,300}\{\s*return\s+(?=\{)"),
        re.compile(r"\bexport\s+default\b[^;{]{0,300}=>\s*\(\s*(?=\{)"),
        re.compile(r"\A\s*(?=\{)"),
    ),
    "python": (
        re.compile(r"^config\b[^=\n]*=\s*(?=\{)", re.MULTILINE),
        re.compile(r"^config\b[^=\n]*=\s*define_config\s*(?=\()", re.MULTILINE),
    ),
    "ruby": (),
}
_DEFAULT_NAME: Final = re.compile(
    r"\b(?:export\s+default|module\s*\.\s*exports\s*=)\s*([\w$]+)\s*(?:;|\n|\Z|as\b|satisfies\b)"
)
_MODULE_NAMES: Final = re.compile(r"^([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)[ \t]*", re.MULTILINE)
_TOML_KEYS: Final = re.compile(
    r"^[ \t]*(?:\[\[?[ \t]*(?:(?:development|production|test)\.)?([\w-]+)|([\w-]+)[ \t]*=)", re.MULTILINE
)
_LITERAL: Final = re.compile(r"""(["'`])\s*\1""")
_URL: Final = re.compile(r"([a-z]+)://")
_ADAPTER_CLASS: Final = re.compile(r"\bnew\s+([A-Za-z_$][\w$]*)\s*\(")
_ENGINE_CLASS: Final = re.compile(r"(?:Redis|BullMQ|RabbitMQ)(?=\w*Adapter)")
_RECORDED: Final = re.compile(r"(?:redis|bullmq|rabbitmq|memory|inmemory|file|default)", re.IGNORECASE)
_OFFICIAL_PLUGIN: Final = re.compile(r"@motiadev/plugin-")
_MEMORY_SERVER: Final = re.compile(r"useMemoryServer[\"']?\s*[:=]\s*true")
_EMBEDDED_ONLY: Final = "{} names {}; this version has the embedded store only"
_USE_EMBEDDED: Final = "Remove it to use the embedded store."


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigReport:
    """What a config shows. `keys` are those at the top and in its environment sections."""

    uses: tuple[Use, ...] = ()
    differences: tuple[Difference, ...] = ()
    missing: tuple[Missing, ...] = ()
    keys: frozenset[str] = frozenset()
    validation: str | None = None
    strict_triggers: bool = True


def config_report(source: Source) -> ConfigReport:
    """What the config file `source` shows."""
    entries = _entries(source)
    uses = [Use("CONF-1", 1, "project config")]
    uses += [Use(KEYS[name], source.line(entry.at), entry.written) for name, entry in entries.items() if name in KEYS]
    differences = [*_own_adapters(source, entries), *_plugins(source, entries)]
    missing = {each.name: each for each in reversed(list(_engines(source, entries)))}
    validation = entries.get("validation")
    strict = entries.get("strictTriggers")
    return ConfigReport(
        tuple(uses),
        tuple(differences),
        tuple(missing.values()),
        frozenset(entries),
        None if validation is None else source.string(validation.value),
        strict is None or source.code[strict.value.start : strict.value.end].strip().lower() != "false",
    )


def start_difference(report: ConfigReport, file: str | None) -> Difference | None:
    """How `motia start` is not as open as that of 0.17 (19.1), as far as the config does not decide it."""
    parts = [
        text
        for key, text in (
            ("cors", "allows no foreign origin (key: cors)"),
            ("workbench", "shows no Workbench (key: workbench.enabled)"),
            ("host", "listens on 127.0.0.1 outside of containers (key: host)"),
        )
        if key not in report.keys
    ]
    if not parts:
        return None
    return Difference("HTTP-29", f"`motia start` {', '.join(parts)}; 0.17 was open there", file)


def engine_variables(variables: Mapping[str, str]) -> Iterator[Missing]:
    """Engines that the environment asks for."""
    for variable, engine in ENGINE_VARIABLES.items():
        if variables.get(variable):
            yield Missing("service", engine, _EMBEDDED_ONLY.format(variable, engine), fix=_USE_EMBEDDED)
    url = _URL.match(variables.get("MOTIA_DATABASE_URL", ""))
    if url is not None and url[1] in ENGINES:
        engine = ENGINES[url[1]]
        yield Missing("service", engine, _EMBEDDED_ONLY.format("MOTIA_DATABASE_URL", engine), fix=_USE_EMBEDDED)


def _entries(source: Source) -> dict[str, Entry]:
    if source.path.endswith(".toml"):
        found = [(match[1] or match[2], match) for match in _TOML_KEYS.finditer(source.code)]
        return {
            camel_case(name): Entry(
                camel_case(name), name, source.skip_space(match.start()), _line(source, match.end())
            )
            for name, match in reversed(found)
        }
    span = _object(source)
    entries = {} if span is None else source.entries(span)
    if source.language == "python" and span is None:
        for match in _MODULE_NAMES.finditer(source.code):
            entry = Entry(camel_case(match[1]), match[1], match.start(), _line(source, match.end()))
            entries.setdefault(entry.name, entry)
    for environment in ENVIRONMENTS:
        section = entries.get(environment)
        opening = None if section is None else source.skip_space(section.value.start)
        if opening is not None and source.code[opening : opening + 1] == "{":
            for name, entry in source.entries(source.inside(opening)).items():
                entries.setdefault(name, entry)
    return entries


def _line(source: Source, at: int) -> Span:
    """From `at` to the end of its line, or of the bracket that opens there."""
    start = source.skip_space(at)
    if source.code[start : start + 1] in {"{", "[", "("}:
        return Span(start, source.inside(start).end + 1)
    end = source.code.find("\n", at)
    return Span(at, len(source.code) if end == -1 else end)


def _object(source: Source) -> Span | None:
    named = _DEFAULT_NAME.search(source.code) if source.language == "node" else None
    at = None if named is None else source.constant(named[1])
    if at is not None and (opening := source.code.find("{", at)) != -1:
        return source.inside(opening)
    for pattern in _OBJECTS[source.language]:
        match = pattern.search(source.code)
        if match is not None:
            return source.inside(match.end())
    return None


def _own_adapters(source: Source, entries: Mapping[str, Entry]) -> Iterator[Difference]:
    adapters = entries.get("adapters")
    if adapters is None:
        return
    for match in _ADAPTER_CLASS.finditer(source.code, adapters.value.start, adapters.value.end):
        if not _RECORDED.match(match[1]):
            what = f"the adapter {match[1]} is hand-written: the core refuses to start with it. Name an engine by URL"
            yield Difference("CONF-9", what, source.path, source.line(match.start()), blocking=True)


def _plugins(source: Source, entries: Mapping[str, Entry]) -> Iterator[Difference]:
    plugins = entries.get("plugins")
    if plugins is None:
        return
    text = source.text[plugins.value.start : plugins.value.end]
    official = len(_OFFICIAL_PLUGIN.findall(source.text))
    elements = plugins.value.start
    opening = source.skip_space(plugins.value.start)
    if source.code[opening : opening + 1] == "[":
        elements = len(list(source.pieces(source.inside(opening))))
        if not elements:
            return
    own = "the nine @motiadev/plugin-* are part of the Workbench" if official else ""
    panels = (
        "React panels of other plugins are not loaded"
        if not official or elements > official or "component" in text
        else ""
    )
    what = "; ".join(part for part in (own, panels) if part)
    yield Difference("CONF-10", what, source.path, source.line(plugins.at))


def _engines(source: Source, entries: Mapping[str, Entry]) -> Iterator[Missing]:
    """The engines that URLs, names, keys and classes of 0.17 ask for."""
    places: list[tuple[str, int]] = []
    for match in _LITERAL.finditer(source.code):
        text = source.text[match.start() + 1 : match.end() - 1]
        url = _URL.match(text)
        if url is not None:
            places.append((url[1], match.start()))
    for key in ("state", "streams", "events", "cron", "adapters", "queue"):
        entry = entries.get(key)
        if entry is not None:
            literals = _LITERAL.finditer(source.code, entry.value.start, entry.value.end)
            places += [(source.text[match.start() + 1 : match.end() - 1], match.start()) for match in literals]
    redis = entries.get("redis")
    if redis is not None and not _MEMORY_SERVER.search(source.text, redis.value.start, redis.value.end):
        places.append(("redis", redis.at))
    for match in _ADAPTER_CLASS.finditer(source.code):
        named = _ENGINE_CLASS.match(match[1])
        if named is not None:
            places.append((named[0].lower(), match.start()))
    for word, at in sorted(places, key=lambda each: each[1]):
        engine = ENGINES.get(word)
        if engine is not None:
            what = _EMBEDDED_ONLY.format(source.path, engine)
            yield Missing("service", engine, what, source.path, source.line(at), _USE_EMBEDDED)
