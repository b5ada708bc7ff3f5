"""Schemas as authors write them → `model.Schema` (SCH-1 to SCH-4, SCH-12, CFG-20 to CFG-23).

What is live in a worker arrives as a marker; the rest is JSON Schema, which has to compile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import jsonschema_rs

from motia.model.step import Schema
from motia.project.report import Report
from motia.project.section import MARKER, Section, is_function, is_list, shown

PARTS: Final = frozenset({"body", "query", "params", "headers", "response"})
SUCCESS: Final = "2XX"
_STATUS: Final = re.compile(r"[1-5](?:\d\d|[xX]{2})|default")
# An object without any of these is somebody's sample, not a schema.
_KEYWORD: Final = re.compile(
    r"\$.*|x-.*|type|properties|required|items|enum|const|anyOf|oneOf|allOf|not|if|then|else|additionalProperties|"
    "patternProperties|propertyNames|(?:min|max)(?:Properties|Items|Length|Contains|imum)|uniqueItems|multipleOf|"
    "exclusive(?:Min|Max)imum|pattern|format|contains|prefixItems|additionalItems|dependen(?:cies|tRequired|tSchemas)|"
    "unevaluated(?:Items|Properties)|content(?:Encoding|MediaType|Schema)|definitions|title|description|default|"
    "examples?|deprecated|readOnly|writeOnly|nullable|discriminator"
)


def read_schema(value: Any, report: Report, field: str) -> Schema | None:
    """The schema in a config value; what is none is an author error."""
    schema, problem = _schema(value)
    if problem is not None:
        report.error(
            "SCH-1",
            f"{field} is no schema: {problem}",
            field,
            "Use Zod, a Standard Schema, a Pydantic model, a mapping of types or a JSON Schema.",
        )
    return schema


def read_response_schemas(value: Any, report: Report, field: str) -> dict[str, Schema]:
    """`responseSchema`: status → schema, or one for every 2xx (CFG-22). What is no schema is noted and ignored."""
    by_status = isinstance(value, Mapping) and value and all(_STATUS.fullmatch(str(key)) for key in value)
    entries = value.items() if by_status else ((SUCCESS, value),)
    schemas = {}
    for status, each in entries:
        schema, problem = _schema(each)
        place = f"{field}.{status}" if by_status else field
        if schema is not None:
            schemas[str(status).upper() if str(status) != "default" else "default"] = schema
        elif problem is not None:
            report.hint("SCH-1", f"{place} is no schema and is ignored: {problem}", place)
    return schemas


def read_http_schemas(section: Section) -> tuple[dict[str, Schema | None], dict[str, Schema]]:
    """`bodySchema`, `responseSchema` and `schema` of a route: the parts of a request that have one, and the responses."""
    sources = _request_sources(section)
    response = sources.pop("response", None)
    found = {part: read_schema(value, section.report, field) for part, (value, field) in sources.items()}
    return found, {} if response is None else read_response_schemas(response[0], section.report, response[1])


def read_query_params(section: Section) -> tuple[Mapping[str, Any], ...]:
    """`queryParams`: a list of names or of `{name, description?, required?, schema?}` (CFG-23)."""
    value = section.value("CFG-23", "queryParams")
    if value is None:
        return ()
    field = section.field("queryParams")
    if not is_list(value):
        section.report.error("CFG-23", f"{field} must be a list, not {shown(value)}", field)
        return ()
    return tuple(each for index, item in enumerate(value) if (each := _query_param(item, section, f"{field}[{index}]")))


def described_query(params: tuple[Mapping[str, Any], ...]) -> Schema | None:
    """What the described query parameters ask for; None when all may be anything or missing."""
    properties = {each["name"]: each["schema"] for each in params if each.get("schema") is not None}
    required = [each["name"] for each in params if each.get("required")]
    if not properties and not required:
        return None
    return Schema({"type": "object", "properties": properties, "required": required})


def without_markers(value: Any) -> Any:
    """A config as it may be shown and stored: schemas as their JSON Schema, functions left out (CFG-48)."""
    if isinstance(value, Mapping):
        if value.get(MARKER) == "schema":
            return value.get("json")
        return {key: without_markers(each) for key, each in value.items() if not is_function(each)}
    if is_list(value):
        return [without_markers(each) for each in value if not is_function(each)]
    return value


def _request_sources(section: Section) -> dict[str, tuple[Any, str]]:
    """Part → value and the field it stands in; a part given twice with different values is an author error."""
    sources: dict[str, tuple[Any, str]] = {}

    def add(part: str, value: Any, field: str) -> None:
        if value is None:
            return
        before = sources.setdefault(part, (value, field))
        if before[0] != value:
            section.report.error("GEN-1", f"{before[1]} and {field} mean the same and have different values", field)

    add("body", section.value("CFG-20", "bodySchema"), section.field("bodySchema"))
    add("response", section.value("CFG-22", "responseSchema"), section.field("responseSchema"))
    schema = section.value("CFG-20", "schema")
    if isinstance(schema, Mapping) and schema.keys() <= PARTS:
        for part, value in schema.items():
            add(part, value, f"{section.field('schema')}.{part}")
    else:
        add("body", schema, section.field("schema"))
    return sources


def _query_param(item: Any, section: Section, field: str) -> dict[str, Any] | None:
    if isinstance(item, str) and item:
        return {"name": item}
    if not isinstance(item, Mapping):
        section.report.error("CFG-23", f"{field} must be a name or an object with a name, not {shown(item)}", field)
        return None
    inner = Section(item, section.report, field)
    name = inner.text("CFG-23", "name")
    if name is None:
        section.report.error("CFG-23", f"{field} has no name", field)
        return None
    param: dict[str, Any] = {"name": name}
    if (description := inner.value("CFG-23", "description")) is not None:
        param["description"] = str(description)
    if (required := inner.flag("CFG-23", "required")) is not None:
        param["required"] = required
    if (value := inner.value("CFG-23", "schema")) is not None:
        schema = read_schema(value, section.report, inner.field("schema"))
        param["schema"] = None if schema is None else schema.json
    inner.finish()
    return param


def _schema(value: Any) -> tuple[Schema | None, str | None]:
    """The schema, or why it is none; neither for null."""
    if value is None:
        return None, None
    if isinstance(value, Mapping) and value.get(MARKER) == "schema":
        if value.get("live"):
            return Schema(value.get("json"), live=True), None
        value = value.get("json")
    problem = _problem(value)
    if problem is not None:
        return None, problem
    return Schema(value if isinstance(value, bool) else dict(value)), None


def _problem(value: Any) -> str | None:
    """Why a plain value is no JSON Schema, None when it is one."""
    if isinstance(value, bool):
        return None
    if value is None:
        return "it is nothing that can be read as one"
    if not isinstance(value, Mapping) or is_function(value):
        return f"it is {shown(value)}"
    if value and not any(_KEYWORD.fullmatch(str(key)) for key in value):
        return f"{shown(value)} has no JSON Schema keyword"
    return _compile_problem(value)


def _compile_problem(schema: Mapping[str, Any]) -> str | None:
    try:
        jsonschema_rs.validator_for(dict(schema), retriever=_refuse)
    except ValueError as problem:
        return str(getattr(problem, "message", problem)).partition("\n")[0]
    return None


def _refuse(uri: str) -> NoReturn:
    message = f"schemas are not fetched from the network ({uri})"
    raise ValueError(message)
