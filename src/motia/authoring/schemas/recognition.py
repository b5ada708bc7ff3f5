"""Which schema a value in a config is, if it is one."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol, get_origin

from motia.authoring.schemas.annotations import TypedSchema, is_typing_form
from motia.authoring.schemas.models import MsgspecSchema, PydanticSchema, is_msgspec, is_pydantic


class Schema(Protocol):
    """Checks values in this process, and describes itself."""

    def json_schema(self) -> dict[str, Any] | None:
        """The JSON Schema, `None` where there is none."""

    def parse(self, value: Any, *, texts: bool = False) -> Any:
        """The value as the schema's own type: defaults filled in, texts converted where the type says so.

        Args:
            value: JSON.
            texts: numbers and booleans may be written as text, as in a query string.

        Raises:
            InvalidInput: it does not fit.
        """


def schema_of(value: Any) -> Schema | None:
    """The schema, or `None` for a JSON Schema (the core checks it) and for everything that is no schema."""
    if isinstance(value, Mapping):
        return TypedSchema(value) if _names_types(value) else None
    if not (isinstance(value, type) or is_pydantic(value) or is_typing_form(value)):
        return None
    try:
        return _schema_of_type(value)
    except TypeError:  # unhashable: Annotated[str, []], Literal[[]]
        return _new_schema(value)


def is_model(annotation: Any) -> bool:
    """Whether a parameter so annotated asks for an instance of a model class."""
    if not isinstance(annotation, type) or get_origin(annotation) is not None:
        return False
    return is_pydantic(annotation) or is_msgspec(annotation) or hasattr(annotation, "__dataclass_fields__")


def schema_to_json_schema(schema: Any) -> Any:
    """The JSON Schema of any schema that a config may hold; a JSON Schema is given back as it is.

    Raises:
        TypeError: it is no schema.
    """
    found = schema_of(schema)
    if found is not None:
        return found.json_schema()
    if isinstance(schema, (Mapping, bool)):
        return schema
    raise TypeError(f"{schema!r} is no schema")


@lru_cache(maxsize=512)
def _schema_of_type(value: Any) -> Schema:
    return _new_schema(value)


def _new_schema(value: Any) -> Schema:
    if is_pydantic(value):
        return PydanticSchema(value)
    if is_msgspec(value):
        return MsgspecSchema(value)
    return TypedSchema(value)


def _names_types(mapping: Mapping[Any, Any]) -> bool:
    return any(
        isinstance(value, type)
        or is_typing_form(value)
        or is_pydantic(value)
        or (isinstance(value, Mapping) and _names_types(value))
        for value in mapping.values()
    )
