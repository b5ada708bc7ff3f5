"""`config.yaml` or `iii-config.yaml` of 1.0-RC: what of its engine's modules means something here (CONF-11).

Its values count below those of `motia.config`. `${VAR}` and `${VAR:default}` are expanded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from motia.project.notice import Notice

FILE_NAMES: Final = ("config.yaml", "iii-config.yaml")
_REFERENCE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}")
# Modules by what they are called in either spelling: `modules::api::RestApiModule`, `iii-http`.
_HTTP: Final = frozenset({"api", "http"})
_PORTS: Final = {"state": "state", "queue": "events", "event": "events", "events": "events", "stream": "streams",
                 "streams": "streams", "cron": "cron"}  # fmt: skip
_ENGINES: Final = {
    "redis": "redis://localhost:6379",
    "rabbitmq": "amqp://localhost:5672",
    "amqp": "amqp://localhost:5672",
}


def read_rc_config(root: Path, variables: Mapping[str, str]) -> tuple[dict[str, Any], list[Notice]]:
    """The settings in the first of the files that is there, named as in `motia.config`, and what is to be said of it.

    A YAML file of that name without a list of modules or workers is the author's own and is left alone.
    """
    file = next((root / name for name in FILE_NAMES if (root / name).is_file()), None)
    if file is None:
        return {}, []
    try:
        document = yaml.safe_load(file.read_text("utf-8-sig"))
    except yaml.MarkedYAMLError as problem:
        line = None if problem.problem_mark is None else problem.problem_mark.line + 1
        return {}, [Notice("error", "CONF-5", f"the config is broken: {problem.problem}", file.name, line=line)]
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as problem:
        return {}, [Notice("error", "CONF-5", f"the config cannot be read: {problem}", file.name)]
    modules = _modules(document)
    if modules is None:
        return {}, []
    reader = _Reader(file.name)
    for name, config in modules:
        reader.read(name, _expanded(config, variables))
    if reader.ignored:
        listed = ", ".join(dict.fromkeys(reader.ignored))
        reader.notices.append(Notice("hint", "CONF-11", f"has no effect here: {listed}", file.name))
    return reader.values, reader.notices


def over(below: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` over `below`, key by key, in `cors` and `adapters` also inside."""
    result = {**below, **values}
    for name in ("cors", "adapters"):
        inner, outer = below.get(name), values.get(name)
        if isinstance(inner, Mapping) and isinstance(outer, Mapping):
            result[name] = {**inner, **outer}
    # A section or a shared engine of motia.config says more about its port than an adapter of this file does.
    lower, upper, both = (each.get("adapters") for each in (below, values, result))
    if isinstance(lower, Mapping) and isinstance(both, Mapping):
        own = upper if isinstance(upper, Mapping) else {}
        shared = any(values.get(name) is not None for name in ("database", "redis"))
        result["adapters"] = {
            port: each for port, each in both.items() if port in own or not (shared or values.get(port) is not None)
        }
    return result


class _Reader:
    """Collects settings from modules, one after another."""

    def __init__(self, file: str) -> None:
        self.values: dict[str, Any] = {}
        self.notices: list[Notice] = []
        self.ignored: list[str] = []
        self._file = file

    def read(self, name: str, config: Any) -> None:
        kind = _kind(name)
        if kind in _HTTP and isinstance(config, Mapping):
            self._http(name, config)
        elif kind in _PORTS:
            self._adapter(name, _PORTS[kind], config if isinstance(config, Mapping) else {})
        else:
            self.ignored.append(name)

    def _http(self, name: str, config: Mapping[str, Any]) -> None:
        for key, ours in (("port", "port"), ("host", "host"), ("default_timeout", "requestTimeout")):
            if config.get(key) is not None:
                self.values[ours] = config[key]
        cors = config.get("cors")
        if isinstance(cors, Mapping):
            named = {"origins": cors.get("allowed_origins"), "methods": cors.get("allowed_methods")}
            self.values["cors"] = {key: value for key, value in named.items() if value is not None}
        known = {"port", "host", "default_timeout", "cors"}
        self.ignored += [f"{name}.{key}" for key in config if key not in known]

    def _adapter(self, name: str, port: str, config: Mapping[str, Any]) -> None:
        adapter = config.get("adapter")
        self.ignored += [f"{name}.{key}" for key in config if key != "adapter"]
        if not isinstance(adapter, Mapping):
            return
        engine = next(
            (each for each in _ENGINES if each in str(adapter.get("class") or adapter.get("name")).lower()), None
        )
        if engine is None:  # one of its own stores, for which the embedded file stands
            return
        options = adapter.get("config")
        given = options if isinstance(options, Mapping) else {}
        url = next((given[key] for key in ("url", "redis_url", "amqp_url", "rabbitmq_url") if given.get(key)), None)
        self.values.setdefault("adapters", {})[port] = url or _ENGINES[engine]


def _modules(document: Any) -> list[tuple[str, Any]] | None:
    """(name, config) of each module; None when the file is not one of the engine's."""
    if not isinstance(document, Mapping):
        return None
    for key, named in (("modules", "class"), ("workers", "name")):
        listed = document.get(key)
        if isinstance(listed, list) and all(isinstance(each, Mapping) and each.get(named) for each in listed):
            return [(str(each[named]), each.get("config")) for each in listed]
    return None


def _kind(name: str) -> str:
    """`modules::api::RestApiModule` → `api`, `iii-http` → `http`."""
    parts = name.lower().split("::")
    return parts[1] if len(parts) > 1 and parts[0] == "modules" else parts[-1].removeprefix("iii-")


def _expanded(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        text = _REFERENCE.sub(lambda match: variables.get(match[1]) or match[2] or "", value)
        # What was a number or a boolean in the variable is one in the config, as YAML would have read it.
        return yaml.safe_load(text) if text != value and re.fullmatch(r"-?\d+|true|false", text) else text
    if isinstance(value, Mapping):
        return {key: _expanded(each, variables) for key, each in value.items()}
    return [_expanded(each, variables) for each in value] if isinstance(value, list) else value
