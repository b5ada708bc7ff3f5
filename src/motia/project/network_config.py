"""The settings of a project that concern the network: port, host, Workbench, limits, proxies, CORS."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from motia.project.quantities import milliseconds, size_in_bytes
from motia.project.section import Section, is_list, shown

DEFAULT_PORT: Final = 3000
LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - inside a container a loopback port is a dead one
_LAST_PORT: Final = 65535
_PLATFORM_MARKS: Final = (
    "KUBERNETES_SERVICE_HOST",
    "FLY_APP_NAME",
    "RAILWAY_ENVIRONMENT",
    "RENDER",
    "DYNO",
    "K_SERVICE",
)
_NAMED_NETWORKS: Final = frozenset({"loopback", "linklocal", "uniquelocal"})
_YES: Final = frozenset({"1", "true", "yes", "on"})


@dataclasses.dataclass(frozen=True, slots=True)
class Workbench:
    """Where Workbench is served. `port` None is the HTTP port."""

    enabled: bool = True
    port: int | None = None
    base: str = "/"


@dataclasses.dataclass(frozen=True, slots=True)
class Cors:
    """An explicit CORS policy; `"*"` in `origins` is every origin, no origins is none."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] | None = None
    headers: tuple[str, ...] | None = None
    credentials: bool = False
    max_age_s: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, durations in milliseconds (HTTP-5, HTTP-27, EVT-11, EVT-29)."""

    body_bytes: int = 16 << 20
    upload_bytes: int = 1 << 30
    payload_bytes: int = 64 << 20
    request_timeout_ms: int = 300_000
    max_hops: int = 100


def read_port(section: Section, command: str, variables: Mapping[str, str]) -> int:
    """`MOTIA_PORT`, config, `PORT` (where the command is `start`), 3000 (ENV-4)."""
    configured = _port_number(section, section.value("CONF-20", "port"), "port")
    ours = _port_number(section, variables.get("MOTIA_PORT") or None, "MOTIA_PORT")
    platform = None
    if command in {"start", "run"}:
        platform = _port_number(section, variables.get("PORT") or None, "PORT")
    return next((each for each in (ours, configured, platform) if each is not None), DEFAULT_PORT)


def _port_number(section: Section, value: Any, field: str) -> int | None:
    if value is None:
        return None
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _LAST_PORT:
        return number
    section.report.error("CONF-20", f"{field} must be a port number, not {shown(value)}", field)
    return None


def read_host(section: Section, variables: Mapping[str, str], *, in_container: bool) -> str:
    """`MOTIA_HOST`, config, loopback; everywhere in a container or on a platform that marks itself (ENV-6)."""
    configured = section.text("CONF-20", "host")
    if chosen := variables.get("MOTIA_HOST") or configured:
        return chosen
    return EVERYWHERE if in_container or any(variables.get(mark) for mark in _PLATFORM_MARKS) else LOOPBACK


def runs_in_container(file_system: Path = Path("/")) -> bool:
    """Whether this machine looks like a container."""
    return any((file_system / mark).exists() for mark in (".dockerenv", "run/.containerenv"))


def read_workbench(section: Section, command: str, variables: Mapping[str, str]) -> Workbench:
    """On in `dev`, off elsewhere unless enabled (CONF-21)."""
    default = Workbench(enabled=command == "dev", base=_rooted(variables.get("MOTIA_WORKBENCH_BASE") or "/"))
    value = section.value("CONF-21", "workbench")
    if variables.get("MOTIA_DOCKER_DISABLE_WORKBENCH", "").lower() in _YES:
        default = dataclasses.replace(default, enabled=False)
        value = {**value, "enabled": False} if isinstance(value, Mapping) else False
    if isinstance(value, bool):
        return dataclasses.replace(default, enabled=value)
    if value is None:
        return default
    if not isinstance(value, Mapping):
        section.report.error("CONF-21", f"workbench must be an object or a boolean, not {shown(value)}", "workbench")
        return default
    inner = Section(value, section.report, "workbench")
    enabled = inner.flag("CONF-21", "enabled")
    port = _port_number(inner, inner.value("CONF-21", "port"), "workbench.port")
    base = inner.text("CONF-21", "base")
    inner.finish()
    base = variables.get("MOTIA_WORKBENCH_BASE") or base or default.base
    return Workbench(default.enabled if enabled is None else enabled, port, _rooted(base))


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def read_limits(section: Section) -> Limits:
    """Sizes and time limits of requests and payloads."""
    default = Limits()
    return Limits(
        read_quantity(section, "HTTP-5", "bodyLimit", size_in_bytes, 'a size such as "16mb"', default.body_bytes),
        read_quantity(section, "HTTP-5", "uploadLimit", size_in_bytes, 'a size such as "1gb"', default.upload_bytes),
        read_quantity(section, "EVT-11", "payloadLimit", size_in_bytes, 'a size such as "64mb"', default.payload_bytes),
        read_quantity(
            section, "HTTP-27", "requestTimeout", milliseconds, 'a duration such as "5m"', default.request_timeout_ms
        ),
        section.integer("EVT-29", "maxHops", least=1) or default.max_hops,
    )


def read_quantity(
    section: Section, rule: str, name: str, read: Callable[[Any], int | None], expected: str, default: int
) -> int:
    """A size or duration, read by `read`; `default` when absent or wrong."""
    value = section.value(rule, name)
    if value is None:
        return default
    number = read(value)
    if number is None:
        section.report.error(rule, f"{section.field(name)} must be {expected}, not {shown(value)}", section.field(name))
        return default
    return number


def read_trust_proxy(section: Section) -> bool | int | tuple[str, ...]:
    """True, a number of hops, or the addresses of proxies (HTTP-13)."""
    value = section.value("HTTP-13", "trustProxy")
    if value is None or isinstance(value, bool):
        return value or False
    if isinstance(value, int) and value >= 0:
        return value
    listed = value.split(",") if isinstance(value, str) else value
    if is_list(listed) and all(isinstance(item, str) and _is_network(item.strip()) for item in listed):
        return tuple(item.strip() for item in listed)
    message = f"trustProxy must be a boolean, a number of hops or addresses, not {shown(value)}"
    section.report.error("HTTP-13", message, "trustProxy")
    return False


def _is_network(text: str) -> bool:
    if text in _NAMED_NETWORKS:
        return True
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def read_cors(section: Section) -> Cors | None:
    """The explicit policy, None where the project has none (HTTP-29)."""
    value = section.value("HTTP-29", "cors")
    if value is None:
        return None
    if isinstance(value, bool):
        return Cors(origins=("*",)) if value else Cors()
    if not isinstance(value, Mapping):
        section.report.error("HTTP-29", f"cors must be an object or a boolean, not {shown(value)}", "cors")
        return None
    inner = Section(value, section.report, "cors")
    cors = Cors(
        inner.texts("HTTP-29", "origins", "origin") or (),
        inner.texts("HTTP-29", "methods"),
        inner.texts("HTTP-29", "headers"),
        inner.flag("HTTP-29", "credentials") or False,
        inner.integer("HTTP-29", "maxAge", least=0),
    )
    inner.finish()
    if cors.credentials and "*" in cors.origins:
        section.report.error("HTTP-29", 'cors.credentials cannot be combined with the origin "*"', "cors.credentials")
        return dataclasses.replace(cors, credentials=False)
    return cors
