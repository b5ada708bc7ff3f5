"""Which engine carries state, streams, events and cron (CONF-7, CONF-8, CONF-9, CONF-22 to CONF-24).

For each port the first that is given counts: `adapters.X`, the section `state`/`streams`/`events`/`cron`, `database`,
`redis` (for events also `amqp` and `nats`), the embedded file. Everything ends as a URL.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from motia.project.report import Report
from motia.project.section import MARKER, Section, shown

PORTS: Final = ("state", "streams", "events", "cron")
EMBEDDED: Final = frozenset({"default", "file", "sqlite"})
_DEFAULT_URLS: Final = {
    "redis": "redis://localhost:6379",
    "postgres": "postgresql://localhost:5432",
    "postgresql": "postgresql://localhost:5432",
    "nats": "nats://localhost:4222",
    "rabbitmq": "amqp://localhost:5672",
    "amqp": "amqp://localhost:5672",
    "memory": "memory://",
}
_SCHEMES: Final = {
    "sqlite": "sqlite",
    "memory": "memory",
    "redis": "redis",
    "rediss": "rediss",
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "nats": "nats",
    "tls": "tls",
    "amqp": "amqp",
    "amqps": "amqps",
}
_MEMORY_SERVER: Final = "redis.useMemoryServer"
# The adapter classes of 0.17 only record their options; our engine of that kind is used (CONF-9).
_CLASSES: Final = {
    "redis": "redis",
    "bullmq": "redis",
    "rabbitmq": "rabbitmq",
    "memory": "memory",
    "inmemory": "memory",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Adapter:
    """The engine of one port: `url` None is the embedded file. `origin` is the config key or variable that chose it.

    `options` are what a 0.17 adapter object recorded (`keyPrefix`, `ttl`).
    """

    url: str | None = None
    origin: str = "default"
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Adapters:
    """The engine of each port. `broadcast` carries live stream changes between instances, None where nothing has to."""

    state: Adapter = Adapter()
    streams: Adapter = Adapter()
    events: Adapter = Adapter()
    cron: Adapter = Adapter()
    broadcast: Adapter | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Shared:
    """Engines that are not of one port: `database`, `redis`, `nats`, `amqp`; and where relative files begin."""

    engines: Mapping[str, Adapter]
    root: Path | None


def choose_adapters(section: Section, variables: Mapping[str, str], root: Path | None) -> Adapters:
    """The adapters of a project config, read from its top-level section."""
    section.knows(*PORTS, "queue")
    adapters = section.value("CONF-23", "adapters")
    from_environment = adapters == "env" or variables.get("MOTIA_ADAPTERS") == "env"
    shared = _Shared(_shared_engines(section, variables, root, plain=from_environment), root)
    named = _named(section, adapters)
    chosen = {port: _port(port, section, named, shared) for port in PORTS}
    if named is not None:
        named.finish()
    return Adapters(**chosen, broadcast=_broadcast(shared, chosen["streams"]))


def without_password(url: str) -> str:
    """A URL as it may be shown."""
    scheme, separator, rest = url.partition("://")
    account, at, host = rest.rpartition("@")
    user = account.partition(":")[0]
    return f"{scheme}{separator}{user}{':***' if ':' in account else ''}{at}{host}"


def _named(section: Section, adapters: Any) -> Section | None:
    if adapters is None or adapters == "env":
        return None
    if isinstance(adapters, Mapping) and MARKER not in adapters:
        return Section(adapters, section.report, "adapters")
    section.report.error("CONF-23", f'adapters must be an object or "env", not {shown(adapters)}', "adapters")
    return None


def _port(port: str, section: Section, named: Section | None, shared: _Shared) -> Adapter:
    if named is not None and (value := named.value("CONF-23", port)) is not None:
        return _adapter(value, named.field(port), section.report, shared)
    if (value := section.value("CONF-22", port)) is not None:
        return _adapter(value, port, section.report, shared)
    if port == "events" and isinstance(queue := section.value("CONF-25", "queue"), Mapping) and queue.get("adapter"):
        return _adapter(queue["adapter"], "queue.adapter", section.report, shared)
    order = ("amqp", "nats", "database", "redis") if port == "events" else ("database", "redis")
    return next((shared.engines[name] for name in order if name in shared.engines), Adapter())


def _broadcast(shared: _Shared, streams: Adapter) -> Adapter | None:
    """Live changes travel by Redis or NATS where one is named; otherwise the store of the streams has to do it."""
    for name in ("redis", "nats"):
        engine = shared.engines.get(name)
        if engine is not None and engine.url is not None:
            return engine
    return streams if streams.url is not None and streams.url.startswith(("redis", "nats", "postgresql")) else None


def _shared_engines(
    section: Section, variables: Mapping[str, str], root: Path | None, *, plain: bool
) -> dict[str, Adapter]:
    report = section.report
    engines: dict[str, Adapter] = {}
    for name in ("database", "redis", "nats", "amqp"):
        value = section.value("CONF-24", name)
        if value is not None and (adapter := _shared_engine(name, value, report, root)) is not None:
            engines[name] = adapter
        variable = _variable(name, variables, plain=plain)
        if variable is not None:
            engines[name] = Adapter(_url(variables[variable], variable, report, root), variable)
    if variables.get("MOTIA_DISABLE_MEMORY_SERVER") and engines.get("redis", Adapter()).origin == _MEMORY_SERVER:
        engines["redis"] = Adapter(_DEFAULT_URLS["redis"], "MOTIA_DISABLE_MEMORY_SERVER")
    redis = _redis_of_parts(variables)
    if redis is not None and engines.get("redis", Adapter()).origin in {"default", "redis", _MEMORY_SERVER}:
        engines["redis"] = redis
    return engines


def _variable(name: str, variables: Mapping[str, str], *, plain: bool) -> str | None:
    upper = f"{name.upper()}_URL"
    names = (f"MOTIA_{upper}", upper) if plain else (f"MOTIA_{upper}",)
    return next((each for each in names if variables.get(each)), None)


def _shared_engine(name: str, value: Any, report: Report, root: Path | None) -> Adapter | None:
    if isinstance(value, str):
        return Adapter(_url(value, name, report, root), name)
    if not isinstance(value, Mapping):
        report.error("CONF-24", f"{name} must be a URL or an object, not {shown(value)}", name)
        return None
    inner = Section(value, report, name)
    if inner.flag("CONF-24", "useMemoryServer"):
        return Adapter(None, _MEMORY_SERVER)
    if name == "database" and not any(inner.value("CONF-24", key) is not None for key in ("url", "path", "host")):
        return None  # a database whose URL is undefined names no engine
    adapter = _from_parts(inner, "postgres" if name == "database" else name, root)
    inner.finish()
    return adapter


def _adapter(value: Any, field: str, report: Report, shared: _Shared) -> Adapter:
    """A port's own value: a URL, an engine's name, `{adapter, <adapter>: {…}}`, or an adapter object of 0.17."""
    if isinstance(value, str):
        return _engine_or_url(value, field, report, shared)
    if not isinstance(value, Mapping):
        report.error("CONF-22", f"{field} must be a URL, the name of an engine or an object, not {shown(value)}", field)
        return Adapter()
    if MARKER in value:
        return _recorded(value, field, report, shared)
    return _described(Section(value, report, field), shared)


def _described(section: Section, shared: _Shared) -> Adapter:
    """`{url}`, or `{adapter: NAME, NAME: {…}}`."""
    field, report = section.path, section.report
    if (url := section.text("CONF-22", "url")) is not None:
        return Adapter(_url(url, field, report, shared.root), field, _options(section))
    engine = section.needed_text("CONF-22", "adapter", fix='For example adapter: "redis".')
    if engine is None:
        return Adapter()
    own = section.section("CONF-22", engine)
    options = _options(section)
    section.finish()
    if own is None:
        return dataclasses.replace(_engine_or_url(engine, field, report, shared), options=options)
    adapter = _from_parts(own, engine, shared.root)
    own.finish()
    return dataclasses.replace(adapter, origin=field, options={**options, **adapter.options})


def _engine_or_url(text: str, field: str, report: Report, shared: _Shared) -> Adapter:
    if text in EMBEDDED:
        return Adapter(None, field)
    if text in _DEFAULT_URLS:
        engine = shared.engines.get(
            {"rabbitmq": "amqp", "postgres": "database", "postgresql": "database"}.get(text, text)
        )
        fits = (
            engine is not None and engine.url is not None and engine.url.startswith(_DEFAULT_URLS[text].split(":")[0])
        )
        return Adapter(engine.url if fits and engine else _DEFAULT_URLS[text], field)
    return Adapter(_url(text, field, report, shared.root), field)


def _recorded(value: Mapping[str, Any], field: str, report: Report, shared: _Shared) -> Adapter:
    """An adapter object that a worker saw: `{"$motia": "adapter", "name": CLASS, "options": {…}}`."""
    name = str(value.get("name", ""))
    engine = next((each for prefix, each in _CLASSES.items() if name.lower().startswith(prefix)), None)
    if value.get(MARKER) != "adapter" or (engine is None and not name.lower().startswith(("file", "default"))):
        report.error(
            "CONF-9",
            f"{field} is an adapter of your own ({name or shown(value)}), which cannot be used",
            field,
            'Name an engine by URL, for example "redis://localhost:6379".',
        )
        return Adapter()
    options = value.get("options")
    section = Section(options if isinstance(options, Mapping) else {}, report, field)
    if engine is None:
        return Adapter(None, field, _options(section))
    if engine == "memory":
        return Adapter(_DEFAULT_URLS["memory"], field)
    has_address = any(section.value("CONF-9", name) is not None for name in ("url", "socket", "connection", "host"))
    if not has_address:
        return dataclasses.replace(_engine_or_url(engine, field, report, shared), options=_options(section))
    return dataclasses.replace(_from_parts(section, engine, shared.root), origin=field)


def _options(section: Section) -> dict[str, Any]:
    values = {name: section.value("CONF-9", name) for name in ("keyPrefix", "ttl")}
    return {name: value for name, value in values.items() if value is not None}


def _from_parts(section: Section, engine: str, root: Path | None) -> Adapter:
    """`{url}`, or host, port, user, password and database; also nested in `socket` or `connection`."""
    options = _options(section)
    for nested in ("socket", "connection"):
        value = section.value("CONF-9", nested)
        if isinstance(value, str):
            return Adapter(_url(value, section.field(nested), section.report, root), section.path, options)
    if (url := section.text("CONF-24", "url", "connectionString", "path")) is not None:
        if engine in EMBEDDED and "://" not in url:
            url = f"sqlite://{url}"
        return Adapter(_url(url, section.field("url"), section.report, root), section.path, options)
    if engine in EMBEDDED:
        return Adapter(None, section.path, options)
    places = [section, *(inner for nested in ("socket", "connection") if (inner := section.section("CONF-9", nested)))]

    def part(*names: str) -> Any:
        return next((value for place in places if (value := place.value("CONF-24", *names)) is not None), None)

    address = _DEFAULT_URLS.get(engine, f"{engine}://localhost")
    url = _assembled(
        address, part("host"), part("port"), part("username", "user"), part("password"), part("db", "database")
    )
    return Adapter(url, section.path, options)


def _assembled(default: str, host: Any, port: Any, user: Any, password: Any, db: Any) -> str:
    scheme, _, address = default.partition("://")
    default_host, _, default_port = address.partition(":")
    account = ""
    if user or password:
        account = quote(str(user or ""), safe="") + (f":{quote(str(password), safe='')}" if password else "") + "@"
    place = f"{host or default_host}:{port or default_port}".rstrip(":")
    return f"{scheme}://{account}{place}{'' if db is None else f'/{db}'}"


def _redis_of_parts(variables: Mapping[str, str]) -> Adapter | None:
    """`MOTIA_REDIS_HOST` and its companions of 0.17 (ENV-3)."""
    names = ("HOST", "PORT", "USERNAME", "PASSWORD", "DB")
    host, port, user, password, db = (variables.get(f"MOTIA_REDIS_{name}") or None for name in names)
    if host is None:
        return None
    return Adapter(_assembled(_DEFAULT_URLS["redis"], host, port, user, password, db), "MOTIA_REDIS_HOST")


def _url(text: str, field: str, report: Report, root: Path | None) -> str | None:
    """The URL with its scheme as we write it and a relative file made absolute; None for the embedded file."""
    if text in EMBEDDED:
        return None
    scheme, separator, rest = text.partition("://")
    known = _SCHEMES.get(scheme.lower())
    if not separator or known is None:
        schemes = ", ".join(f"{each}://" for each in _SCHEMES)
        report.error(
            "CONF-8", f"{field} is no URL of a known engine: {without_password(text)}", field, f"Known: {schemes}."
        )
        return None
    if known == "sqlite" and rest not in {"", ":memory:"} and not rest.startswith("/"):
        rest = os.path.normpath((root or Path.cwd()) / rest)
    return f"{known}://{rest}"
