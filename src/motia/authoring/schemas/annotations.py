"""From Python's own types to shapes."""

from __future__ import annotations

import collections.abc as abstract
import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

from motia.authoring.errors import InvalidInput
from motia.authoring.schemas.models import MsgspecSchema, PydanticSchema, is_msgspec, is_pydantic
from motia.authoring.schemas.shapes import (
    Anything,
    Check,
    Chosen,
    Converted,
    Description,
    Either,
    Fields,
    Foreign,
    Listed,
    Mapped,
    Member,
    Scalar,
    Sequenced,
    Shape,
    Unchecked,
)

_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", None: "null"}
_LISTS: dict[Any, tuple[Callable[[list[Any]], Any], bool]] = {
    list: (list, False),
    abstract.Sequence: (list, False),
    abstract.MutableSequence: (list, False),
    abstract.Iterable: (list, False),
    abstract.Collection: (list, False),
    set: (set, True),
    abstract.Set: (set, True),
    abstract.MutableSet: (set, True),
    frozenset: (frozenset, True),
}
_MAPS = (dict, abstract.Mapping, abstract.MutableMapping)
_TRANSPARENT = {typing.Final, typing.ClassVar, getattr(typing, "Required", None), getattr(typing, "NotRequired", None)}
_ISO = {"format": "date-time", "type": "string"}


def is_typing_form(value: Any) -> bool:
    """Whether it is a type that is no class: `list[str]`, `str | None`, `Literal["a"]`, `Any`, `Annotated[…]`."""
    return value is Any or get_origin(value) is not None or isinstance(value, (TypeVar, types.UnionType))


class TypedSchema:
    """A schema written with Python's own types: a class, a type, or a mapping of names to types."""

    def __init__(self, annotation: Any) -> None:
        self._shape = _Reader().read(annotation)

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema."""
        into = Description()
        schema = self._shape.describe(into)
        return {**schema, "$defs": into.definitions} if into.definitions else schema

    def parse(self, value: Any, *, texts: bool = False) -> Any:
        """The value in the type asked for. Raises InvalidInput."""
        run = Check(texts)
        checked = self._shape.check(value, "", run)
        if run.issues:
            raise InvalidInput(run.issues)
        return checked


class _Reader:
    """Reads one annotation; remembers the classes on the way, which may contain themselves."""

    def __init__(self) -> None:
        self._classes: dict[type, Fields] = {}

    def read(self, annotation: Any) -> Shape:
        """The shape an annotation asks for. Raises TypeError for what is no type."""
        if isinstance(annotation, Mapping):
            return self._mapping(annotation)
        annotation = _unwrapped(annotation)
        if annotation in _SCALARS or annotation is type(None):
            return Scalar(_SCALARS.get(annotation, "null"))
        origin = get_origin(annotation)
        if origin is not None or isinstance(annotation, types.UnionType):
            return self._generic(origin, get_args(annotation))
        if isinstance(annotation, type):
            return self._class(annotation)
        if annotation is Any or isinstance(annotation, (TypeVar, str)):
            return Anything()
        if is_pydantic(annotation):
            return Foreign(PydanticSchema(annotation))
        raise TypeError(f"{annotation!r} is no type that a schema can be made of")

    def _mapping(self, names: Mapping[Any, Any]) -> Shape:
        fields = Fields()
        for name, annotation in names.items():
            if isinstance(annotation, Mapping) and not _has_types(annotation):
                shape: Shape = Unchecked(annotation)
            elif isinstance(annotation, list) and len(annotation) == 1:  # {"tags": [str]}
                shape = Listed(self.read(annotation[0]))
            else:
                shape = self.read(annotation)
            optional = isinstance(shape, Either) and shape.allows_none
            fields.members[str(name)] = Member(shape, required=not optional)
        return fields

    def _generic(self, origin: Any, args: tuple[Any, ...]) -> Shape:
        if origin in {Union, types.UnionType}:
            return Either(tuple(self.read(arg) for arg in args))
        if origin is Literal:
            return Chosen(tuple((_json_of(arg), arg) for arg in args))
        if origin is tuple:
            return self._tuple(args)
        if origin in _LISTS:
            container, unique = _LISTS[origin]
            return Listed(self.read(args[0]) if args else Anything(), container, unique)
        if origin in _MAPS:
            key, value = args or (Any, Any)
            return Mapped(self.read(key), self.read(value))
        return self.read(origin)

    def _tuple(self, args: tuple[Any, ...]) -> Shape:
        if not args:
            return Listed(Anything(), tuple)
        if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004 - tuple[T, ...]
            return Listed(self.read(args[0]), tuple)
        return Sequenced(tuple(self.read(arg) for arg in args if arg != ()))

    def _class(self, kind: type) -> Shape:
        if is_pydantic(kind):
            return Foreign(PydanticSchema(kind))
        if is_msgspec(kind):
            return Foreign(MsgspecSchema(kind))
        for known, shape in _CONVERTED.items():
            if issubclass(kind, known):
                return shape
        if issubclass(kind, enum.Enum):
            return Chosen(tuple((member.value, member) for member in kind))
        if dataclasses.is_dataclass(kind) or typing.is_typeddict(kind):
            return self._fields(kind)
        return self._plain_class(kind)

    def _plain_class(self, kind: type) -> Shape:
        if kind is object:
            return Anything()
        if kind is tuple:
            return Listed(Anything(), tuple)
        if kind in _LISTS:
            container, unique = _LISTS[kind]
            return Listed(Anything(), container, unique)
        if issubclass(kind, _MAPS):
            return Mapped(Scalar("string"), Anything())
        for scalar in (bool, int, float, str):
            if issubclass(kind, scalar):
                return Scalar(_SCALARS[scalar])
        raise TypeError(f"{kind.__name__} is no type that a schema can be made of")

    def _fields(self, kind: type) -> Fields:
        if kind in self._classes:
            return self._classes[kind]
        typed = typing.is_typeddict(kind)
        shape = self._classes[kind] = Fields(kind.__name__, None if typed else kind)
        annotations = typing.get_type_hints(kind, include_extras=True)
        if typed:
            required = _required_keys(kind, annotations)
            for name, annotation in annotations.items():
                shape.members[name] = Member(self.read(annotation), required=name in required)
            return shape
        for field in dataclasses.fields(kind):
            if field.init:
                has_default = (
                    field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
                )
                member = Member(self.read(annotations[field.name]), required=not has_default, default=field.default)
                shape.members[field.name] = member
        return shape


def _required_keys(kind: Any, annotations: Mapping[str, Any]) -> set[str]:
    required = set(kind.__required_keys__)
    for name, annotation in annotations.items():  # not noticed by TypedDict when annotations are texts
        if get_origin(annotation) is getattr(typing, "NotRequired", ...):
            required.discard(name)
    return required


def _unwrapped(annotation: Any) -> Any:
    while True:
        origin = get_origin(annotation)
        if origin is typing.Annotated or (origin is not None and origin in _TRANSPARENT):
            annotation = get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation


def _has_types(mapping: Mapping[Any, Any]) -> bool:
    return any(
        isinstance(value, type) or is_typing_form(value) or (isinstance(value, Mapping) and _has_types(value))
        for value in mapping.values()
    )


def _json_of(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))


def _day(text: str) -> date:
    return date.fromisoformat(text)


_CONVERTED: dict[type, Converted] = {
    datetime: Converted(datetime, _moment, _ISO),
    date: Converted(date, _day, {"type": "string", "format": "date"}),
    time: Converted(time, time.fromisoformat, {"type": "string", "format": "time"}),
    timedelta: Converted(
        timedelta, lambda text: timedelta(seconds=float(text)), {"type": "number"}, accepts_numbers=True
    ),
    UUID: Converted(UUID, UUID, {"type": "string", "format": "uuid"}),
    Decimal: Converted(Decimal, Decimal, {"type": ["number", "string"]}, accepts_numbers=True),
    PurePath: Converted(PurePath, Path, {"type": "string"}),
    bytes: Converted(bytes, str.encode, {"type": "string"}),
}
