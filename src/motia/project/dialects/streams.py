"""What a worker found in a stream file → a stream definition (STR-1 to STR-6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from motia.model.step import StreamDefinition
from motia.project.dialects.common import check_functions, read_validation
from motia.project.dialects.defaults import StepDefaults
from motia.project.dialects.schemas import read_schema
from motia.project.notice import Notice
from motia.project.report import Report
from motia.project.section import Section, is_function

HOOKS: Final = ("canAccess", "onJoin", "onLeave")


def normalise_stream(
    found: Mapping[str, Any], file: str, language: str, defaults: StepDefaults | None = None
) -> tuple[StreamDefinition | None, tuple[Notice, ...]]:
    """The stream that `found` describes, None when a notice is an error."""
    report = Report(file, found.get("line"))
    config = found.get("config")
    if not isinstance(config, Mapping):
        report.error("STR-6", "there is no config")
        return None, report.notices
    section = Section(config, report)
    name = section.needed_text("STR-1", "name")
    value = section.value("STR-2", "schema")
    schema = None if value is None else read_schema(value, report, "schema")
    description = section.text("STR-2", "description")
    storage = _storage(section)
    for hook in HOOKS:
        check_functions(section, "STR-4" if hook == "canAccess" else "STR-5", hook, many=False)
    hooks = tuple(hook for hook in HOOKS if is_function(section.value("STR-4", hook)))
    mode = read_validation(section) or (defaults.validation if defaults else None) or "warn"
    section.finish()
    if report.failed or name is None:
        return None, report.notices
    stream = StreamDefinition(
        name=name,
        file=file,
        language=language,
        entry=str(found.get("entry", file)),
        schema=schema,
        description=description,
        storage=storage,
        hooks=hooks,
        validation=mode,
        line=found.get("line"),
    )
    return stream, report.notices


def unique_streams(definitions: Iterable[StreamDefinition]) -> tuple[dict[str, StreamDefinition], tuple[Notice, ...]]:
    """Streams by name; of two with one name, the first file in path order wins (STR-1)."""
    streams: dict[str, StreamDefinition] = {}
    notices = []
    for each in sorted(definitions, key=lambda stream: (stream.file, stream.entry)):
        first = streams.setdefault(each.name, each)
        if first is not each:
            message = f'the stream "{each.name}" is already defined in {first.file}'
            notices.append(Notice("error", "STR-1", message, each.file, field="name", line=each.line))
    return streams, tuple(notices)


def _storage(section: Section) -> Literal["default", "custom"]:
    base = section.section("STR-3", "baseConfig")
    if base is None:
        return "default"
    storage: Literal["default", "custom"] = base.choice("STR-3", "storageType", ("default", "custom")) or "default"
    check_functions(base, "STR-3", "factory", many=False)
    if storage == "custom" and base.value("STR-3", "factory") is None:
        section.report.error("STR-3", "baseConfig.factory is missing", "baseConfig.factory")
    base.finish()
    return storage
