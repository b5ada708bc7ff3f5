"""JSON Schema → the types of type checkers: `TypedDict` classes, unions and literals (TYP-9)."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from motia.project.schema_references import referenced

_PRIMITIVES: Final = {"string": "str", "number": "float", "integer": "int", "boolean": "bool", "null": "None"}
# A schema with the document that its `$ref`s point into.
_Part = tuple[Any, Any]


class PythonTypes:
    """The definitions that a stub needs, in `definitions`, made while types are asked for. Names are unique."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """`taken` are names that definitions must not have."""
        self.definitions: list[str] = []
        self._taken = set(taken)
        self._references: dict[tuple[int, str], str] = {}

    def define(self, name: str, schemas: Sequence[Any]) -> str:
        """Define `name`, or `name2` …, as the type of the values that all `schemas` accept; the name it got."""
        chosen = self.unused(name)
        if len(schemas) == 1:
            self._references[id(schemas[0]), "#"] = chosen
        text = self._type(chosen, [(schema, schema) for schema in schemas], at_top=True)
        if text != chosen:
            self.definitions.append(f"{chosen}: TypeAlias = {text}")
        return chosen

    def unused(self, name: str) -> str:
        """`name`, or the first of `name2`, `name3` … that is not taken; it is from now on."""
        chosen, number = name, 1
        while chosen in self._taken or keyword.iskeyword(chosen):
            number += 1
            chosen = f"{name}{number}"
        self._taken.add(chosen)
        return chosen

    def _type(self, name: str, parts: Sequence[_Part], *, at_top: bool = False) -> str:
        """The type of what meets all `parts`. A class that it needs is called `name` where that is `at_top`."""
        if len(parts) == 1 and _is_reference(parts[0][0]):
            return self._reference(name, *parts[0])
        flat = _flattened(parts)
        if any(schema is False for schema, _ in flat):
            return "Never"
        said = [(schema, document) for schema, document in flat if isinstance(schema, Mapping)]
        for index, (schema, document) in enumerate(said):
            for word in ("oneOf", "anyOf"):
                if schema.get(word):
                    rest = [*said[:index], ({**schema, word: None}, document), *said[index + 1 :]]
                    choices = enumerate(schema[word], 1)
                    return _union(self._type(f"{name}{n}", [*rest, (each, document)]) for n, each in choices)
        literals = [_literals(schema) for schema, _ in said]
        if any(each is not None for each in literals):
            return _literal_type([each for each in literals if each is not None])
        kinds = _kinds([schema for schema, _ in said])
        if kinds is None:
            return "Any"
        types = [self._kind(kind, name, said, at_top=at_top) for kind in kinds]
        if any(schema.get("nullable") is True for schema, _ in said):
            types.append("None")
        return _union(types) if types else "Never"

    def _kind(self, kind: str, name: str, parts: Sequence[_Part], *, at_top: bool) -> str:
        if kind == "object":
            return self._object(name, parts, at_top=at_top)
        if kind == "array":
            items = [(each, document) for schema, document in parts for each in _items(schema)]
            tuples = any(schema.get("prefixItems") or isinstance(schema.get("items"), list) for schema, _ in parts)
            if tuples:
                return f"list[{_union(self._type(f'{name}Item', [each]) for each in items)}]"
            return f"list[{self._type(f'{name}Item', items)}]" if items else "list[Any]"
        return _PRIMITIVES.get(kind, "Any")

    def _object(self, name: str, parts: Sequence[_Part], *, at_top: bool) -> str:
        properties: dict[str, list[_Part]] = {}
        required: set[str] = set()
        for schema, document in parts:
            required |= set(schema.get("required") or ())
            for key, each in (schema.get("properties") or {}).items():
                properties.setdefault(key, []).append((each, document))
        if not properties:
            values = [(schema["additionalProperties"], document) for schema, document in parts if _has_values(schema)]
            return f"dict[str, {self._type(f'{name}Value', values)}]" if values else "dict[str, Any]"
        chosen = name if at_top else self.unused(name)
        place = len(self.definitions)
        members = {}
        for key, each in properties.items():
            text = self._type(f"{chosen}{pascal(key)}", each)
            members[key] = text if key in required else f"NotRequired[{text}]"
        self.definitions.insert(place, typed_dict(chosen, members))
        return chosen

    def _reference(self, name: str, schema: Mapping[str, Any], document: Any) -> str:
        reference = schema["$ref"]
        key = (id(document), reference)
        if key in self._references:
            return self._references[key]
        target = referenced(document, reference)
        if target is None:
            return "Any"
        chosen = self._references[key] = self.unused(pascal(reference.rpartition("/")[2]) if reference != "#" else name)
        text = self._type(chosen, [(target, document)], at_top=True)
        if text != chosen:
            self.definitions.append(f"{chosen}: TypeAlias = {text}")
        return chosen


def pascal(name: str) -> str:
    """`quote.added` → `QuoteAdded`: a name that may stand for a class."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"T{joined}"


def typed_dict(name: str, members: Mapping[str, str]) -> str:
    """A `TypedDict` called `name`: `members` are types by key."""
    if all(key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("__") for key in members):
        return "\n".join([f"class {name}(TypedDict):", *(f"    {key}: {text}" for key, text in members.items())])
    listed = ", ".join(f"{quoted(key)}: {text}" for key, text in members.items())
    return f'{name} = TypedDict("{name}", {{{listed}}})'


def quoted(text: str) -> str:
    """`text` as a Python literal, in double quotes."""
    return json.dumps(text)


def _flattened(parts: Iterable[_Part]) -> list[_Part]:
    """The parts with what their `$ref` and `allOf` add; a reference back to what is being looked at adds nothing."""
    flat: list[_Part] = []
    seen: set[tuple[int, str]] = set()
    waiting = list(parts)
    while waiting:
        schema, document = waiting.pop(0)
        flat.append((schema, document))
        if not isinstance(schema, Mapping):
            continue
        waiting += [(each, document) for each in schema.get("allOf") or ()]
        reference = schema.get("$ref")
        if isinstance(reference, str) and (id(document), reference) not in seen:
            seen.add((id(document), reference))
            waiting.append((referenced(document, reference), document))
    return flat


def _is_reference(schema: Any) -> bool:
    describing = {"title", "description", "default", "examples", "deprecated"}
    return (
        isinstance(schema, Mapping)
        and isinstance(schema.get("$ref"), str)
        and not schema.keys() - describing - {"$ref"}
    )


def _literals(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return list(values) if isinstance(values, Sequence) and not isinstance(values, str) else None


def _literal_type(groups: Sequence[list[Any]]) -> str:
    values = [value for value in groups[0] if all(value in group for group in groups[1:])]
    if not values:
        return "Never"
    if not all(isinstance(value, str | int | None) for value in values):
        return _union(dict.fromkeys(_type_name(value) for value in values))
    return f"Literal[{', '.join(_literal(value) for value in values)}]"


def _literal(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


def _type_name(value: Any) -> str:
    if isinstance(value, list | dict):
        return "list[Any]" if isinstance(value, list) else "dict[str, Any]"
    return "None" if value is None else type(value).__name__


def _kinds(schemas: Iterable[Mapping[str, Any]]) -> list[str] | None:
    """The types that all `schemas` allow; None when none of them says any."""
    allowed: list[str] | None = None
    for schema in schemas:
        own = _declared(schema)
        if own is None:
            continue
        if allowed is None:
            allowed = own
        else:
            both = [kind for kind in allowed if kind in own or (kind == "integer" and "number" in own)]
            allowed = both + ["integer" for kind in own if kind == "integer" and "number" in allowed]
            allowed = list(dict.fromkeys(allowed))
    return allowed


def _declared(schema: Mapping[str, Any]) -> list[str] | None:
    declared = schema.get("type")
    if declared is None:
        if schema.get("properties") or "additionalProperties" in schema:
            return ["object"]
        return ["array"] if "items" in schema or "prefixItems" in schema else None
    return [declared] if isinstance(declared, str) else list(declared)


def _items(schema: Mapping[str, Any]) -> list[Any]:
    items = schema.get("items")
    rest = [] if items is None or items is False else items if isinstance(items, list) else [items]
    return [*(schema.get("prefixItems") or ()), *rest]


def _has_values(schema: Mapping[str, Any]) -> bool:
    return schema.get("additionalProperties") not in (None, True)


def _union(types: Iterable[str]) -> str:
    distinct = [text for text in dict.fromkeys(types) if text != "Never"]
    if "Any" in distinct:
        return "Any"
    return " | ".join(distinct) if distinct else "Never"
