"""Values to JSON and back, exactly.

orjson does the work where the project has it. It is not trusted with three things, which the standard library does
right: integers beyond 64 bits (orjson reads them as floats), `NaN` (it writes `null`), and saying where a value that is
no JSON sits. All three are noticed cheaply afterwards and the slow path is taken.
"""

import inspect
import json
import math
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from motia.authoring.errors import PayloadError
from motia.authoring.failures import describe
from motia.authoring.records import Payload, Record

try:
    import orjson
except ImportError:  # the project need not have it
    orjson = None  # type: ignore[assignment,unused-ignore]

_INEXACT_FROM = float(2**63)
_FINITE = frozenset({int, bool, type(None)})


def decode(text: bytes) -> Any:
    """The value of a JSON text; objects become records, an empty text `None`."""
    if not text:
        return None
    if orjson is None:
        return json.loads(text, object_hook=Record)
    try:
        return _with_records(orjson.loads(text))
    except (ValueError, _Inexact, RecursionError):
        return json.loads(text, object_hook=Record)


def decode_payload(text: bytes) -> Any:
    """`decode`, with the `data` alias on an object."""
    value = decode(text)
    return Payload(value) if type(value) is Record else value


def encode(value: Any, what: str = "payload") -> bytes:
    """The JSON text of a value.

    Args:
        value: JSON, or what is converted: dates, UUID, Decimal, Path, Enum, sets, tuples, dataclasses, models, exceptions.
        what: the word that stands for the value itself in an error's path.

    Raises:
        PayloadError: the value, or one inside it, cannot be JSON.
    """
    if orjson is not None:
        try:
            text = orjson.dumps(value, _simplified, orjson.OPT_PASSTHROUGH_DATACLASS)
        except (TypeError, ValueError, RecursionError):
            return _encode_slowly(value, what)
        if b"null" not in text or _surely_finite(value):
            return text
    return _encode_slowly(value, what)


def records(value: Any) -> Any:
    """A copy of plain JSON in which every object is a record."""
    if isinstance(value, dict):
        return Record({key: records(item) for key, item in value.items()})
    if isinstance(value, list):
        return [records(item) for item in value]
    return value


def read_header(text: bytes) -> Any:
    """A frame's header. Raises ValueError when it is not JSON."""
    return orjson.loads(text) if orjson is not None else json.loads(text)


def write_header(header: dict[str, Any]) -> bytes:
    """A frame's header. Raises TypeError when a part of it is not JSON."""
    if orjson is not None:
        try:
            return orjson.dumps(header)
        except TypeError:
            pass  # a lone surrogate or a huge number: the standard library knows how to escape both
    return json.dumps(header, separators=(",", ":"), allow_nan=False).encode()


class _Inexact(Exception):
    """A number may have lost digits."""


def _with_records(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return _record(value)
    if kind is list:
        _records_inside(value)
    elif kind is float and not -_INEXACT_FROM < value < _INEXACT_FROM:
        raise _Inexact
    return value


def _record(value: dict[str, Any]) -> Record:
    for key, item in value.items():
        kind = type(item)
        if kind is dict:
            value[key] = _record(item)
        elif kind is list:
            _records_inside(item)
        elif kind is float and not -_INEXACT_FROM < item < _INEXACT_FROM:
            raise _Inexact
    return Record(value)


def _records_inside(values: list[Any]) -> None:
    for index, item in enumerate(values):
        kind = type(item)
        if kind is dict:
            values[index] = _record(item)
        elif kind is list:
            _records_inside(item)
        elif kind is float and not -_INEXACT_FROM < item < _INEXACT_FROM:
            raise _Inexact


def _surely_finite(value: Any) -> bool:
    """Whether no `null` in the JSON of this value can have been a `NaN`. Answers no for what it does not know."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind in _FINITE or isinstance(value, str):
        return True
    if isinstance(value, dict):
        return all(map(_surely_finite, value.values()))
    return isinstance(value, (list, tuple)) and all(map(_surely_finite, value))


def _encode_slowly(value: Any, what: str) -> bytes:
    try:
        return json.dumps(_plain(value, what), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:  # a lone surrogate travels as its escape
        return json.dumps(_plain(value, what), separators=(",", ":"), allow_nan=False).encode()
    except RecursionError:
        raise PayloadError(f"{what} is nested too deeply or contains itself") from None


def _plain(value: Any, path: str) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return str(value.value) if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return _plain(value.value, path)
    if isinstance(value, float) and not math.isfinite(value):
        raise PayloadError(f"{path} is {value}, which JSON cannot hold")
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, dict):
        return {_key(key, path): _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{index}]") for index, item in enumerate(value)]
    try:
        simpler = _simplified(value)
    except TypeError as refused:
        raise PayloadError(f"{path} is {refused}") from None
    return _plain(simpler, path)


def _key(key: Any, path: str) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)
    if isinstance(key, (UUID, date, datetime)):
        return str(_simplified(key))
    raise PayloadError(f"{path} has the key {key!r}, and JSON keys are text")


def _simplified(value: Any) -> Any:
    """One step nearer to JSON. Raises TypeError, saying what the value is, when there is no step."""
    for kind, simpler in _SIMPLER.items():
        if isinstance(value, kind):
            return simpler(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if not isinstance(value, type):
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json")
        if hasattr(value, "__pydantic_fields_set__") or hasattr(value, "__fields_set__"):
            return value.dict()
        if hasattr(value, "__struct_fields__"):
            return sys.modules["msgspec"].to_builtins(value)
    raise TypeError(_described(value))


def _described(value: Any) -> str:
    if inspect.isawaitable(value):
        return "a call that was not awaited; write 'await' before it"
    if isinstance(value, type) or inspect.isroutine(value):
        return f"the {'class' if isinstance(value, type) else 'function'} {value.__name__}, which JSON cannot hold"
    return f"of type {type(value).__name__}, which JSON cannot hold"


_SIMPLER: dict[type | tuple[type, ...], Callable[[Any], Any]] = {
    (tuple, set, frozenset): list,
    (datetime, date, time): lambda value: value.isoformat(),
    (UUID, Decimal, PurePath): str,
    Enum: lambda value: value.value,
    BaseException: describe,
}
