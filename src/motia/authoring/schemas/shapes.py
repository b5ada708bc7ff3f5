"""Shapes of values: what a type annotation asks for, as something that can check and describe itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from motia.authoring.errors import InvalidInput, Issue
from motia.authoring.records import Record

MISSING: Any = object()
_TRUTH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_NO_ITEM = "must be an array"


@dataclass
class Check:
    """One run of a check.

    Args:
        texts: numbers and booleans may be written as text.
    """

    texts: bool = False
    issues: list[Issue] = field(default_factory=list)

    def refuse(self, path: str, message: str, kind: str = "type") -> None:
        """Notes an issue."""
        self.issues.append(Issue(path, message, kind))


@dataclass
class Description:
    """One JSON Schema being written.

    Args:
        definitions: what references refer to.
        open: the names of the classes being described, outermost first.
        recursive: those among them that were met again inside themselves.
    """

    definitions: dict[str, Any] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    recursive: set[str] = field(default_factory=set)


class Shape(Protocol):
    """What is asked of a value."""

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The value in the type asked for. What does not fit is noted in `run` and given back as it is."""

    def describe(self, into: Description) -> dict[str, Any]:
        """The JSON Schema."""


class Anything:
    """Any value."""

    def check(self, value: Any, _path: str, _run: Check) -> Any:
        """Always fits."""
        return value

    def describe(self, _into: Description) -> dict[str, Any]:
        """No constraint."""
        return {}


@dataclass(frozen=True)
class Scalar:
    """A JSON scalar. A `bool` is no number; an integer fits where a number is asked for."""

    name: str

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The value, converted from text where that is allowed."""
        if run.texts and isinstance(value, str) and self.name != "string":
            value = _from_text(self.name, value)
        if self._fits(value):
            return value
        run.refuse(path, f"must be {_article(self.name)}")
        return value

    def describe(self, _into: Description) -> dict[str, Any]:
        """Its type."""
        return {"type": self.name}

    def _fits(self, value: Any) -> bool:
        if self.name == "string":
            return isinstance(value, str)
        if self.name == "null":
            return value is None
        if self.name == "boolean":
            return isinstance(value, bool)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return self.name == "number" or isinstance(value, int) or value.is_integer()


@dataclass(frozen=True)
class Converted:
    """A text that stands for something else: a date, a UUID, a number of exact digits."""

    kind: type
    convert: Callable[[str], Any]
    json: Mapping[str, Any]
    accepts_numbers: bool = False

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The thing the text stands for."""
        if isinstance(value, self.kind):
            return value
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if isinstance(value, str) or (self.accepts_numbers and is_number):
            try:
                return self.convert(str(value))
            except (ValueError, ArithmeticError):
                pass
        run.refuse(path, f"must be a {self.json.get('format', self.kind.__name__.lower())}")
        return value

    def describe(self, _into: Description) -> dict[str, Any]:
        """A text with a format."""
        return dict(self.json)


@dataclass(frozen=True)
class Chosen:
    """One of several values: a `Literal` or an `Enum`. `options` maps the JSON value to what it stands for."""

    options: tuple[tuple[Any, Any], ...]

    def check(self, value: Any, path: str, run: Check) -> Any:
        """What the value stands for."""
        for written, meant in self.options:
            same_type = isinstance(value, bool) == isinstance(written, bool)
            if (value == written and same_type) or value is meant or (run.texts and str(written) == value):
                return meant
        run.refuse(path, f"must be one of {', '.join(repr(written) for written, _ in self.options)}")
        return value

    def describe(self, _into: Description) -> dict[str, Any]:
        """The values."""
        return {"enum": [written for written, _ in self.options]}


@dataclass(frozen=True)
class Listed:
    """An array of items of one shape, as a list, a set or a tuple."""

    item: Shape
    container: Callable[[list[Any]], Any] = list
    unique: bool = False

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The container of checked items."""
        if run.texts and isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple, set, frozenset)):
            run.refuse(path, _NO_ITEM)
            return value
        items = [self.item.check(item, _join(path, index), run) for index, item in enumerate(value)]
        try:
            return self.container(items)
        except TypeError:  # unhashable members of a set, already reported
            return items

    def describe(self, into: Description) -> dict[str, Any]:
        """An array."""
        items = self.item.describe(into)
        unique = {"uniqueItems": True} if self.unique else {}
        return {"type": "array", **({"items": items} if items else {}), **unique}


@dataclass(frozen=True)
class Sequenced:
    """An array of given length, each place with its own shape."""

    items: tuple[Shape, ...]

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The tuple of checked items."""
        if not isinstance(value, (list, tuple)):
            run.refuse(path, _NO_ITEM)
            return value
        if len(value) != len(self.items):
            run.refuse(path, f"must have {len(self.items)} items")
            return value
        places = enumerate(zip(self.items, value, strict=True))
        return tuple(shape.check(item, _join(path, index), run) for index, (shape, item) in places)

    def describe(self, into: Description) -> dict[str, Any]:
        """A tuple."""
        count = len(self.items)
        described = [item.describe(into) for item in self.items]
        return {"type": "array", "prefixItems": described, "minItems": count, "maxItems": count}


@dataclass(frozen=True)
class Mapped:
    """An object whose values have one shape."""

    key: Shape
    value: Shape

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The object with checked keys and values."""
        if not isinstance(value, Mapping):
            run.refuse(path, "must be an object")
            return value
        keys = Check(texts=True)
        checked = Record()
        for name, item in value.items():
            key = self.key.check(name, _join(path, name), keys)
            checked[key] = self.value.check(item, _join(path, name), run)
        run.issues += keys.issues
        return checked

    def describe(self, into: Description) -> dict[str, Any]:
        """An object."""
        values = self.value.describe(into)
        return {"type": "object", **({"additionalProperties": values} if values else {})}


@dataclass(frozen=True)
class Either:
    """One of several shapes; the first that fits counts, exact matches before converted ones."""

    options: tuple[Shape, ...]

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The value as the first option that fits has it."""
        tries = [(Check(texts), option) for texts in ({False, run.texts}) for option in self.options]
        for attempt, option in tries:
            checked = option.check(value, path, attempt)
            if not attempt.issues:
                return checked
        closest = max((attempt for attempt, _ in tries), key=lambda attempt: _depth(attempt.issues))
        if _depth(closest.issues) > path.count("."):
            run.issues += closest.issues
        else:
            run.refuse(path, " or ".join(dict.fromkeys(attempt.issues[0].message for attempt, _ in tries)))
        return value

    def describe(self, into: Description) -> dict[str, Any]:
        """Any of the options."""
        options = [option.describe(into) for option in self.options]
        if all(set(option) == {"type"} for option in options):
            return {"type": [option["type"] for option in options]}
        return {"anyOf": options}

    @property
    def allows_none(self) -> bool:
        """Whether `None` is an option."""
        return Scalar("null") in self.options


@dataclass(frozen=True)
class Member:
    """One field of an object. Without a default, and unless optional, it is required."""

    shape: Shape
    required: bool = True
    default: Any = MISSING


@dataclass(eq=False)
class Fields:
    """An object with named fields. Further fields are kept where the result is an object, not an instance.

    Args:
        name: of the class; empty for a mapping form.
        build: makes an instance of the checked fields.
        members: filled after construction, so that a class may contain itself.
    """

    name: str = ""
    build: Callable[..., Any] | None = None
    members: dict[str, Member] = field(default_factory=dict)

    def check(self, value: Any, path: str, run: Check) -> Any:
        """The instance, else the object with its checked fields."""
        if self.build is not None and isinstance(self.build, type) and isinstance(value, self.build):
            return value
        if not isinstance(value, Mapping):
            run.refuse(path, "must be an object")
            return value
        before = len(run.issues)
        checked = Record() if self.build else Record(value)
        for name, member in self.members.items():
            if name in value:
                checked[name] = member.shape.check(value[name], _join(path, name), run)
            elif member.required:
                run.refuse(_join(path, name), "is required", "missing")
        if self.build is None or len(run.issues) > before:
            return checked
        return self._built(checked, path, run)

    def describe(self, into: Description) -> dict[str, Any]:
        """An object; inside itself a reference."""
        if self.name and self.name in into.open:
            into.recursive.add(self.name)
            return {"$ref": f"#/$defs/{self.name}"}
        into.open.append(self.name)
        required = [name for name, member in self.members.items() if member.required]
        described: dict[str, Any] = {"title": self.name} if self.name else {}
        described |= {
            "type": "object",
            "properties": {name: _described(member, into) for name, member in self.members.items()},
            **({"required": required} if required else {}),
        }
        into.open.pop()
        if self.name in into.recursive:
            into.definitions[self.name] = described
            return {"$ref": f"#/$defs/{self.name}"}
        return described

    def _built(self, checked: Record, path: str, run: Check) -> Any:
        assert self.build is not None  # noqa: S101 - the caller looked
        try:
            return self.build(**checked)
        except (ValueError, TypeError) as refused:  # __post_init__
            run.refuse(path, str(refused))
            return checked


@dataclass(frozen=True)
class Foreign:
    """A shape that another schema checks: a Pydantic model inside a mapping form."""

    schema: Any

    def check(self, value: Any, path: str, run: Check) -> Any:
        """What the schema makes of the value."""
        try:
            return self.schema.parse(value, texts=run.texts)
        except InvalidInput as refused:
            run.issues += [issue.under(path) if path else issue for issue in refused.issues]
            return value

    def describe(self, into: Description) -> dict[str, Any]:
        """The schema's own description; its definitions move to the root, where its references look for them."""
        schema = dict(self.schema.json_schema() or {})
        into.definitions.update(schema.pop("$defs", {}))
        return schema


@dataclass(frozen=True)
class Unchecked:
    """A JSON Schema inside a mapping form: described, not checked here."""

    json: Mapping[str, Any]

    def check(self, value: Any, _path: str, _run: Check) -> Any:
        """Always fits."""
        return value

    def describe(self, _into: Description) -> dict[str, Any]:
        """As it is."""
        return dict(self.json)


def _described(member: Member, into: Description) -> dict[str, Any]:
    described = member.shape.describe(into)
    default = member.default
    if isinstance(default, (str, int, float, bool)) and default == default and default not in (math.inf, -math.inf):  # noqa: PLR0124 - NaN
        described = {**described, "default": default}
    return described


def _from_text(kind: str, text: str) -> Any:
    if kind == "boolean":
        return _TRUTH.get(text.lower(), text)
    if kind == "null":
        return None if text in {"", "null"} else text
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _article(kind: str) -> str:
    return {"integer": "an integer", "null": "null"}.get(kind, f"a {kind}" if kind != "string" else "string")


def _join(path: str, part: Any) -> str:
    return f"{path}.{part}" if path else str(part)


def _depth(issues: list[Issue]) -> int:
    return max((issue.path.count(".") + bool(issue.path) for issue in issues), default=0)
