"""Model classes of libraries a project may have. They are only ever looked for among what it has imported already."""

import re
import sys
from typing import Any

from motia.authoring.errors import InvalidInput, Issue

_AT = re.compile(r" - at `(?:key in )?(.*)`$", re.DOTALL)
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def is_pydantic(value: Any) -> bool:
    """Whether it is a Pydantic model class (version 1 or 2), a Pydantic dataclass or a `TypeAdapter`."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None:
        return False
    if isinstance(value, type):
        return issubclass(value, pydantic.BaseModel) or hasattr(value, "__pydantic_validator__")
    return isinstance(value, getattr(pydantic, "TypeAdapter", ()))


def is_msgspec(value: Any) -> bool:
    """Whether it is a `msgspec.Struct` class."""
    return isinstance(value, type) and hasattr(value, "__struct_fields__") and "msgspec" in sys.modules


class PydanticSchema:
    """A schema that Pydantic checks."""

    def __init__(self, model: Any) -> None:
        self._model = model
        pydantic = sys.modules["pydantic"]
        adapter = getattr(pydantic, "TypeAdapter", None)
        self._adapter = None if adapter is None else model if isinstance(model, adapter) else adapter(model)
        self._refused = pydantic.ValidationError

    def json_schema(self) -> dict[str, Any] | None:
        """The JSON Schema of what is accepted; `None` when a part of the model has none."""
        try:
            schema = self._adapter.json_schema() if self._adapter else self._model.schema()
        except Exception:  # noqa: BLE001 - the model's own hooks may raise anything
            return None
        return dict(schema)

    def parse(self, value: Any, *, texts: bool = False) -> Any:  # noqa: ARG002 - Pydantic converts texts anyhow
        """An instance. Raises InvalidInput."""
        try:
            return self._adapter.validate_python(value) if self._adapter else self._model.parse_obj(value)
        except self._refused as refused:
            raise InvalidInput([_pydantic_issue(error) for error in refused.errors()]) from None


class MsgspecSchema:
    """A schema that msgspec checks."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._msgspec: Any = sys.modules["msgspec"]

    def json_schema(self) -> dict[str, Any] | None:
        """The JSON Schema; `None` when a part of the model has none."""
        try:
            return dict(self._msgspec.json.schema(self._model))
        except Exception:  # noqa: BLE001 - the model's own hooks may raise anything
            return None

    def parse(self, value: Any, *, texts: bool = False) -> Any:
        """An instance. Raises InvalidInput."""
        try:
            return self._msgspec.convert(value, self._model, strict=not texts)
        except self._msgspec.ValidationError as refused:
            raise InvalidInput([_msgspec_issue(str(refused))]) from None


def _pydantic_issue(error: Any) -> Issue:
    kind = {"missing": "missing", "value_error.missing": "missing"}.get(error["type"], "type")
    if error["type"] in {"extra_forbidden", "value_error.extra"}:
        kind = "extra"
    return Issue(".".join(str(part) for part in error["loc"] if part != "__root__"), error["msg"], kind)


def _msgspec_issue(message: str) -> Issue:
    at = _AT.search(message)
    path = ".".join(name or index for name, index in _PART.findall(at[1].lstrip("$"))) if at else ""
    text = message[: at.start()] if at else message
    named = re.search(r"field `(.+)`$", text)
    if named:
        path = f"{path}.{named[1]}" if path else named[1]
    missing, extra = "missing required field" in text, "contains unknown field" in text
    return Issue(path, text, "missing" if missing else "extra" if extra else "type")
