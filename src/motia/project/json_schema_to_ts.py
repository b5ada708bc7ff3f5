"""JSON Schema → TypeScript types (TYP-8), and whether two schemas can be met by one value (TYP-7)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from motia.project.schema_references import referenced

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_PRIMITIVES: Final = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def typescript(schema: Any) -> str:
    """The type of the values that `schema` accepts; what it cannot say is `unknown`."""
    return _Writer(schema).type_of(schema)


def property_name(name: str) -> str:
    """A key of an object type, quoted where it has to be."""
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def disjoint(one: Any, other: Any) -> bool:
    """Whether no value can meet both schemas, as far as their types, constants and required properties tell."""
    if one is False or other is False:
        return True
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return False
    mine, theirs = _literals(one), _literals(other)
    if mine is not None and theirs is not None:
        return not any(value in theirs for value in mine)
    kinds, other_kinds = _kinds(one), _kinds(other)
    if kinds and other_kinds and not kinds & other_kinds:
        return True
    if kinds != {"object"} or other_kinds != {"object"}:
        return False
    required = set(one.get("required", ())) | set(other.get("required", ()))
    properties, other_properties = one.get("properties", {}), other.get("properties", {})
    return any(
        disjoint(properties[key], other_properties[key])
        for key in required & properties.keys() & other_properties.keys()
    )


def _literals(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return list(values) if isinstance(values, Sequence) and not isinstance(values, str) else None


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    declared = schema.get("type", "object" if "properties" in schema else None)
    kinds = {declared} if isinstance(declared, str) else set(declared or ())
    return {"number" if kind == "integer" else kind for kind in kinds}


class _Writer:
    """Writes one schema; knows the document that `$ref` points into."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._within: list[str] = []

    def type_of(self, schema: Any) -> str:
        if schema is False:
            return "never"
        if not isinstance(schema, Mapping):
            return "unknown"
        parts = list(dict.fromkeys(part for part in self._parts(schema) if part != "unknown"))
        if len(parts) > 1:
            parts = [_grouped(part, "|") for part in parts]
        text = " & ".join(parts) or "unknown"
        if schema.get("nullable") is True and text != "unknown":
            text = _union([text, "null"])
        return text

    def _parts(self, schema: Mapping[str, Any]) -> list[str]:
        """One type for each thing the schema says; a value has to meet all."""
        parts = []
        if isinstance(reference := schema.get("$ref"), str):
            parts.append(self._reference(reference))
        if (literals := _literals(schema)) is not None:
            parts.append(_union([_literal(value) for value in literals]) if literals else "never")
        else:
            parts.append(self._typed(schema))
        choices = [schema[keyword] for keyword in ("oneOf", "anyOf") if schema.get(keyword)]
        parts.extend(_union([self.type_of(each) for each in group]) for group in choices)
        parts.extend(self.type_of(each) for each in schema.get("allOf", ()))
        return parts

    def _typed(self, schema: Mapping[str, Any]) -> str:
        declared = schema.get("type")
        if declared is None:
            if "properties" in schema or "additionalProperties" in schema:
                declared = "object"
            elif "items" in schema or "prefixItems" in schema:
                declared = "array"
            else:
                return "unknown"
        kinds = [declared] if isinstance(declared, str) else list(declared)
        return _union([self._kind(kind, schema) for kind in kinds])

    def _kind(self, kind: str, schema: Mapping[str, Any]) -> str:
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema)
        return _PRIMITIVES.get(kind, "unknown")

    def _object(self, schema: Mapping[str, Any]) -> str:
        properties: Mapping[str, Any] = schema.get("properties") or {}
        more = schema.get("additionalProperties")
        if not properties:
            if more is False:
                return "Record<string, never>"
            return f"Record<string, {'unknown' if more in (None, True) else self.type_of(more)}>"
        required = set(schema.get("required", ()))
        members = [
            f"{property_name(name)}{'' if name in required else '?'}: {self.type_of(each)}"
            for name, each in properties.items()
        ]
        if more is True or isinstance(more, Mapping):
            # An index signature has to cover the named properties too.
            members.append("[key: string]: unknown")
        return f"{{ {'; '.join(members)} }}"

    def _array(self, schema: Mapping[str, Any]) -> str:
        items = schema.get("items")
        first = schema.get("prefixItems")
        rest: Any = items
        if first is None and isinstance(items, Sequence):  # tuples before draft 2020-12
            first, rest = items, schema.get("additionalItems")
        if first is None:
            return f"Array<{self.type_of(items)}>" if items is not None else "unknown[]"
        least = schema.get("minItems", 0)
        members = [f"{_grouped(self.type_of(each), '|&')}{'' if i < least else '?'}" for i, each in enumerate(first)]
        if rest is not False:
            members.append("...unknown[]" if rest in (None, True) else f"...Array<{self.type_of(rest)}>")
        return f"[{', '.join(members)}]"

    def _reference(self, reference: str) -> str:
        if reference in self._within:  # a schema that contains itself; inline types cannot
            return "unknown"
        target = referenced(self._document, reference)
        self._within.append(reference)
        try:
            return self.type_of(target)
        finally:
            self._within.pop()


def _literal(value: Any) -> str:
    if isinstance(value, str | int | float | bool) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return "unknown"


def _union(types: list[str]) -> str:
    distinct = list(dict.fromkeys(each for each in types if each != "never"))
    if "unknown" in distinct:
        return "unknown"
    return " | ".join(_grouped(each, "&") for each in distinct) if distinct else "never"


def _grouped(text: str, operators: str) -> str:
    """`text` in parentheses when one of the operators stands outside of its own brackets."""
    depth = 0
    for character in re.sub(r'"(?:\\.|[^"\\])*"', "", text):
        depth += (character in "{[(<") - (character in "}])>")
        if depth == 0 and character in operators:
            return f"({text})"
    return text
