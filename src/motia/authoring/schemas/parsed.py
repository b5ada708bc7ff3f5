"""What handlers see of a parsed value: mappings, whatever the schema made of them, with the unknown keys kept."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from motia.authoring.records import Record


def mapping_of(parsed: Any, raw: Any) -> Any:
    """The parsed value with every instance turned into a record.

    Keys of `raw` that the schema does not know are kept at every level: schemas that forbid them have refused the value
    before it comes here.
    """
    if isinstance(parsed, Mapping):
        known = {key: mapping_of(value, _at(raw, key)) for key, value in parsed.items()}
        return _with_unknown(known, raw, known) if all(isinstance(key, str) for key in known) else Record(known)
    if isinstance(parsed, (list, tuple)) and not hasattr(parsed, "_fields"):
        same = isinstance(raw, (list, tuple)) and len(raw) == len(parsed)
        items = [mapping_of(item, raw[index] if same else None) for index, item in enumerate(parsed)]
        return items if isinstance(parsed, list) else tuple(items)
    return parsed if isinstance(parsed, type) else _of_instance(parsed, raw)


def _of_instance(parsed: Any, raw: Any) -> Any:
    if hasattr(parsed, "__pydantic_fields_set__") or hasattr(parsed, "__fields_set__"):
        return _of_model(parsed, raw)
    if hasattr(parsed, "__struct_fields__"):
        names = zip(parsed.__struct_fields__, parsed.__struct_encode_fields__, strict=True)
        return _of_fields(parsed, raw, ((name, (written,)) for name, written in names))
    if dataclasses.is_dataclass(parsed):
        return _of_fields(parsed, raw, ((field.name, (field.name,)) for field in dataclasses.fields(parsed)))
    return parsed


def _of_model(model: Any, raw: Any) -> Any:
    kind = type(model)
    fields = getattr(kind, "model_fields", None) or getattr(kind, "__fields__", {})
    if list(fields) in (["root"], ["__root__"]) and "root" in next(iter(fields)):
        return mapping_of(getattr(model, next(iter(fields))), raw)
    record = _of_fields(model, raw, ((name, _aliases(field, name)) for name, field in fields.items()))
    extra = getattr(model, "__pydantic_extra__", None) or {}
    return Record({**record, **extra})


def _of_fields(instance: Any, raw: Any, fields: Iterable[tuple[str, tuple[str, ...]]]) -> Record:
    known: dict[str, Any] = {}
    names: set[str] = set()
    for attribute, written in fields:
        key = next((name for name in written if isinstance(raw, Mapping) and name in raw), written[0])
        known[key] = mapping_of(getattr(instance, attribute), _at(raw, key))
        names.update(written)
    return _with_unknown(known, raw, names)


def _with_unknown(known: dict[str, Any], raw: Any, names: Any) -> Record:
    record = Record(known)
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            if key not in names and key not in record:
                record[key] = value
    return record


def _aliases(field: Any, name: str) -> tuple[str, ...]:
    found = [getattr(field, kind, None) for kind in ("validation_alias", "alias", "serialization_alias")]
    written = [alias for alias in found if isinstance(alias, str)]
    choices = getattr(found[0], "choices", None) or ()
    return (*dict.fromkeys([*written, *(choice for choice in choices if isinstance(choice, str))]), name)


def _at(raw: Any, key: Any) -> Any:
    return raw.get(key) if isinstance(raw, Mapping) else None
