"""Plain JSON Schema, checked in the core; live schemas are the workers' work."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any, Final

import jsonschema_rs
import orjson

from motia.model.delivery import Delivery, Failure
from motia.model.invocation import Failed
from motia.model.step import EventTrigger, HttpTrigger, ManualTrigger, Schema, Step

_INTEGER: Final = re.compile(r"-?[0-9]{1,400}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


@dataclasses.dataclass(frozen=True, slots=True)
class Issue:
    """One violation: the dotted path of the value, what is wrong with it, and the JSON Schema keyword that says so."""

    path: str
    message: str
    keyword: str


class SchemaChecker:
    """Checks values against schemas; each schema is compiled once."""

    def __init__(self) -> None:
        """No schema compiled yet."""
        # The schema is kept with its validator: an id alone could be reused by another object.
        self._compiled: dict[int, tuple[Schema, Any]] = {}

    def issues(self, schema: Schema, value: Any) -> list[Issue]:
        """All violations by `value` (parsed JSON), none for a live schema or one without JSON."""
        if schema.live or schema.json is None:
            return []
        known = self._compiled.get(id(schema))
        if known is None:
            known = self._compiled[id(schema)] = (
                schema,
                jsonschema_rs.validator_for(schema.json, validate_formats=True),
            )
        validator = known[1]
        if validator.is_valid(value):
            return []
        return [_issue(error) for error in validator.iter_errors(value)]

    def query_issues(self, trigger: HttpTrigger, query: Any) -> list[Issue]:
        """What is wrong with a request's query: by its schema, and by its described parameters (CFG-23)."""
        found = [] if trigger.query is None else self.issues(trigger.query, query)
        described = trigger.described_query
        if described is not None and isinstance(described.json, dict) and isinstance(query, dict):
            schemas = described.json["properties"]
            found += self.issues(described, {name: _read(schemas.get(name), value) for name, value in query.items()})
        return found


def _read(schema: Any, value: Any) -> Any:
    """A value of a query, which is text, as its described type; what cannot be read so stays text and is judged as that."""
    declared = schema.get("type") if isinstance(schema, dict) else None
    kinds = {declared} if isinstance(declared, str) else set(declared or ())
    if "array" in kinds and not isinstance(value, dict):
        items = schema.get("items")
        return [_read(items, each) for each in (value if isinstance(value, list) else [value])]
    if not isinstance(value, str) or "string" in kinds:
        return value
    if "boolean" in kinds and value in {"true", "false"}:
        return value == "true"
    if kinds & {"integer", "number"}:
        if _INTEGER.fullmatch(value):
            return int(value)
        if _NUMBER.fullmatch(value):
            return float(value)
    return value


def _issue(error: Any) -> Issue:
    path = [str(part) for part in error.instance_path]
    keyword: str = error.kind.name
    if keyword == "required":
        path.append(error.kind.property)
    elif keyword == "additionalProperties" and len(error.kind.unexpected) == 1:
        path.append(error.kind.unexpected[0])
    return Issue(".".join(path), error.message, keyword)


class PayloadCheck:
    """Judges the payload of a delivery before its Step runs (SCH-8)."""

    def __init__(self, warn: Callable[[Step, Delivery, str], None] = lambda *_: None) -> None:
        """`warn(step, delivery, text)` gets the lines for a payload that is wrong but runs all the same."""
        self._schemas = SchemaChecker()
        self._warn = warn

    def __call__(self, step: Step, delivery: Delivery) -> Failed | None:
        """None when the Step may run, else why it may not."""
        trigger = step.triggers[delivery.trigger] if delivery.trigger < len(step.triggers) else None
        if not isinstance(trigger, EventTrigger | ManualTrigger) or trigger.input is None or trigger.input.live:
            return None
        mode = step.validation or trigger.validation
        if mode == "off":
            return None
        issues = self._schemas.issues(trigger.input, orjson.loads(delivery.payload or b"null"))
        if not issues:
            return None
        if mode == "enforce":
            text = "; ".join(f"{issue.path or 'payload'}: {issue.message}" for issue in issues)
            return Failed(Failure("InvalidInput", f"the payload does not match the schema: {text}"), "invalid-input")
        self._warn(step, delivery, warning_text(delivery.topic, issues))
        return None


def warning_text(topic: str, issues: list[Issue]) -> str:
    """The warning of SCH-8, several lines."""
    missing = [issue.path for issue in issues if issue.keyword == "required"]
    extra = [issue.path for issue in issues if issue.keyword == "additionalProperties"]
    others = [issue for issue in issues if issue.keyword not in {"required", "additionalProperties"}]
    lines = [f"⚠ [WARNING] Emit {topic} validation issues:"]
    if missing:
        lines.append(f"│ ⚠ Missing fields: {', '.join(missing)}")
    if extra:
        lines.append(f"│ ⚠ Extra fields: {', '.join(extra)}")
    if others:
        lines.append("│ ⚠ Type mismatches: " + ", ".join(f'Field "{issue.path}": {issue.message}' for issue in others))
    lines.append("└─ Payload does not match schema.")
    return "\n".join(lines)
