"""`openapi.json`: the HTTP API of a project as an OpenAPI 3.1 document (CLI-11, SCH-13)."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from motia.model.step import HttpTrigger, Schema, Step
from motia.project.files import write_if_changed

FILE_NAME: Final = "openapi.json"
# `:id`, `:id(\d+)`, `(\d+)`, `*`, each with its slash and perhaps optional.
_PART: Final = re.compile(r"(/?)(?::(\w+)(?:\(((?:\\.|[^\\()])+)\))?|\(((?:\\.|[^\\()])+)\)|\*)(\?)?")
# OpenAPI describes these elsewhere and ignores them as parameters.
_NOT_PARAMETERS: Final = frozenset({"accept", "content-type", "authorization"})
_REASONS: Final = {
    "200": "OK", "201": "Created", "202": "Accepted", "204": "No content", "2XX": "Success", "400": "Bad request",
    "401": "Unauthorized", "403": "Forbidden", "404": "Not found", "409": "Conflict", "422": "Unprocessable",
    "429": "Too many requests", "500": "Internal server error", "default": "Any other answer",
}  # fmt: skip
_REFUSAL: Final = "ValidationFailed"
_ISSUE: Final = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
    "required": ["path", "message"],
}
_REFUSAL_SCHEMA: Final = {
    "type": "object",
    "properties": {"error": {"const": "Validation failed"}, "details": {"type": "array", "items": _ISSUE}},
    "required": ["error", "details"],
}


@dataclasses.dataclass(frozen=True, slots=True)
class _PathParameter:
    """A part of a path that varies. `pattern` is a regular expression for it, if its author gave one."""

    name: str
    pattern: str | None = None


def openapi_document(steps: Iterable[Step], title: str, version: str) -> dict[str, Any]:
    """The document. Of two Steps on one method and path the first counts, as when serving."""
    writer = _Writer()
    for step in steps:
        routes = [trigger for trigger in step.triggers if isinstance(trigger, HttpTrigger)]
        for route in routes:
            writer.add(step, route, alone=len(routes) == 1)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": dict(sorted(writer.paths.items())),
    }
    if writer.components:
        document["components"] = {"schemas": dict(sorted(writer.components.items()))}
    return document


def write_openapi(file: Path, steps: Iterable[Step], title: str, version: str) -> int:
    """Write the document where it changed; the number of operations in it."""
    document = openapi_document(steps, title, version)
    write_if_changed(file, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return sum(len(operations) for operations in document["paths"].values())


class _Writer:
    def __init__(self) -> None:
        self.paths: dict[str, dict[str, Any]] = {}
        self.components: dict[str, Any] = {}
        self._ids: set[str] = set()

    def add(self, step: Step, route: HttpTrigger, *, alone: bool) -> None:
        """The operations of one route: two where a part of its path may be left out."""
        for path, parameters in _templates(route.path):
            operations = self.paths.setdefault(path, {})
            if route.method.lower() not in operations:
                operations[route.method.lower()] = self._operation(step, route, parameters, alone=alone)

    def _operation(
        self, step: Step, route: HttpTrigger, parameters: list[_PathParameter], *, alone: bool
    ) -> dict[str, Any]:
        name = step.name if alone else f"{step.name} {route.method} {route.path}"
        operation: dict[str, Any] = {"operationId": self._unique(_identifier(name)), "summary": step.name}
        if step.description:
            operation["description"] = step.description
        if step.flows:
            operation["tags"] = list(step.flows)
        described = [*_in_path(parameters, route), *self._in_query(step, route), *self._in_headers(step, route)]
        if described:
            operation["parameters"] = described
        if route.body is not None:
            content = {"application/json": {"schema": self._schema(f"{step.name} body", route.body)}}
            operation["requestBody"] = {"required": True, "content": content}
        operation["responses"] = self._responses(step, route)
        return operation

    def _in_query(self, step: Step, route: HttpTrigger) -> list[dict[str, Any]]:
        found = {
            str(each["name"]): {
                "name": each["name"],
                "in": "query",
                **({"description": each["description"]} if "description" in each else {}),
                "required": bool(each.get("required")),
                "schema": each.get("schema") or {"type": "string"},
            }
            for each in route.query_params
        }
        for parameter in self._properties(f"{step.name} query", route.query, "query"):
            name = parameter["name"]
            found[name] = {**found.get(name, {}), **parameter}
        return list(found.values())

    def _in_headers(self, step: Step, route: HttpTrigger) -> list[dict[str, Any]]:
        described = self._properties(f"{step.name} headers", route.headers, "header")
        return [each for each in described if each["name"].lower() not in _NOT_PARAMETERS]

    def _properties(self, name: str, schema: Schema | None, place: str) -> list[dict[str, Any]]:
        """The parameters that an object's schema describes. One with references is kept whole for them to point into."""
        if schema is None or not isinstance(schema.json, Mapping):
            return []
        whole = self._schema(name, schema)
        if "$ref" in whole:
            whole = self.components[whole["$ref"].rpartition("/")[2]]
        required = set(whole.get("required", ()))
        return [
            {"name": key, "in": place, "required": key in required, "schema": each}
            for key, each in whole.get("properties", {}).items()
        ]

    def _responses(self, step: Step, route: HttpTrigger) -> dict[str, Any]:
        responses: dict[str, Any] = {}
        for status, schema in route.responses.items():
            content = {"application/json": {"schema": self._schema(f"{step.name} response {status}", schema)}}
            responses[status] = {"description": _REASONS.get(status, f"Status {status}"), "content": content}
        if not responses:
            responses["200"] = {"description": _REASONS["200"]}
        checked = any((route.body, route.query, route.params, route.headers))
        if checked and (step.validation or route.validation) == "enforce" and "400" not in responses:
            self.components[_REFUSAL] = _REFUSAL_SCHEMA
            refusal = {"$ref": f"#/components/schemas/{_REFUSAL}"}
            content = {"application/json": {"schema": refusal}}
            responses["400"] = {"description": "The request does not fit its schema", "content": content}
        return responses

    def _schema(self, name: str, schema: Schema) -> Any:
        """A schema where it is used; as a component when something in it refers to another part of it."""
        if schema.json is None:
            return {}
        if not _refers(schema.json):
            return _embedded(schema.json, "")
        component = self._unique(_identifier(name))
        self.components[component] = _embedded(schema.json, f"#/components/schemas/{component}")
        return {"$ref": f"#/components/schemas/{component}"}

    def _unique(self, name: str) -> str:
        chosen, number = name, 1
        while chosen in self._ids:
            number += 1
            chosen = f"{name}{number}"
        self._ids.add(chosen)
        return chosen


def _in_path(parameters: list[_PathParameter], route: HttpTrigger) -> list[dict[str, Any]]:
    schema = route.params.json if route.params is not None else None
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) and not _refers(schema) else {}
    return [
        {
            "name": each.name,
            "in": "path",
            "required": True,
            "schema": properties.get(each.name)
            or {"type": "string", **({} if each.pattern is None else {"pattern": f"^(?:{each.pattern})$"})},
        }
        for each in parameters
    ]


def _templates(path: str) -> list[tuple[str, list[_PathParameter]]]:
    """A path as OpenAPI writes it, with its parameters; once more without each part that may be left out."""
    templates: list[tuple[str, list[_PathParameter]]] = [("", [])]
    at, unnamed = 0, 0
    for match in _PART.finditer(path):
        slash, name, inner, group, optional = match.groups()
        if name is None:
            name, unnamed = str(unnamed), unnamed + 1
        parameter = _PathParameter(name, inner or group)
        literal = path[at : match.start()]
        with_it = [(f"{text}{literal}{slash}{{{name}}}", [*found, parameter]) for text, found in templates]
        without = [(text + literal, found) for text, found in templates] if optional else []
        templates, at = with_it + without, match.end()
    return [((text + path[at:]).rstrip("/") or "/", found) for text, found in templates]


def _refers(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        reference = schema.get("$ref")
        return (isinstance(reference, str) and reference.startswith("#")) or any(map(_refers, schema.values()))
    return isinstance(schema, list) and any(map(_refers, schema))


def _embedded(schema: Any, base: str) -> Any:
    """A schema inside another document: its own references start at `base`, and it has no address of its own."""
    if isinstance(schema, list):
        return [_embedded(each, base) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    copied = {
        key: _embedded(value, base)
        for key, value in schema.items()
        if not (key in {"$schema", "$id"} and isinstance(value, str))
    }
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        copied["$ref"] = f"{base}{reference[1:]}"
    return copied


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "operation"
