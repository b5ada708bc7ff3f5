"""What only the whole project shows: topics and Step ids that lead nowhere, streams that nobody declares."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from motia.model.step_table import StepTable
from motia.project.discovery import base_name
from motia.project.doctor.calls import Named, steps_triggered, streams_named, topics_emitted
from motia.project.doctor.configs import STREAM, WrittenConfig
from motia.project.doctor.findings import Difference
from motia.project.doctor.imports import Import
from motia.project.doctor.source import Source

_NEAR: Final = 3
_TYPING_ERROR: Final = 0.85
_TOPIC_KEYS: Final = ("subscribes", "topic", "topics")
_EMIT_KEYS: Final = ("emits", "enqueues")


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """A file as read: its source, its imports, its configs (none for a helper)."""

    source: Source
    imports: tuple[Import, ...]
    configs: tuple[WrittenConfig, ...] = ()
    suffixed: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What the project has: topics with a subscriber, names and ids of Steps, streams.

    The flags tell whether that is all; where a name is computed, text alone cannot say.
    """

    topics: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    all_topics: bool = True
    all_steps: bool = True
    all_streams: bool = True


def known_of(files: Iterable[Written], table: StepTable | None) -> Known:
    """What the texts say, and the Steps that were really loaded, which settle what text leaves open."""
    topics: set[str] = set()
    steps: set[str] = set()
    paths: set[str] = set()
    streams: set[str] = set()
    whole = {"topics": True, "steps": True, "streams": True}
    for file in files:
        for config in file.configs:
            if config.form == STREAM:
                name = _text(file.source, config, "name")
                whole["streams"] &= name is not None
                streams |= set() if name is None else {name}
                continue
            paths.add(file.source.path)
            named, complete = _names(file.source, config)
            steps |= named
            whole["steps"] &= complete
            subscribed, complete = _subscribed(file.source, config)
            topics |= subscribed
            whole["topics"] &= complete
    if table is not None:
        topics.update(table.topics)
        steps.update(word for step in table.steps for word in (step.name, step.alias) if word)
        whole["topics"] = whole["steps"] = True
    return Known(
        frozenset(topics),
        frozenset(steps),
        frozenset(paths),
        frozenset(streams),
        whole["topics"],
        whole["steps"],
        whole["streams"],
    )


def wiring_differences(files: Iterable[Written], known: Known, *, strict_triggers: bool = True) -> Iterator[Difference]:
    """Undeclared emits, topics without subscribers, unknown Steps, undeclared streams."""
    for file in files:
        yield from _emits(file, known)
        yield from _triggers(file, known, strict=strict_triggers)
        yield from _streams(file, known)


def near(word: str, words: Iterable[str], cutoff: float = 0.6) -> tuple[str, ...]:
    """Up to three of `words` that look like `word`."""
    by_lower = {each.lower(): each for each in words}
    close = difflib.get_close_matches(word.lower(), by_lower, n=_NEAR, cutoff=cutoff)
    return tuple(by_lower[each] for each in close)


def _names(source: Source, config: WrittenConfig) -> tuple[set[str], bool]:
    """Name and id of a Step; and whether they are constants."""
    texts = [_text(source, config, key) for key in ("name", "id") if key in config.entries]
    if not texts:
        return {config.function or base_name(source.path)}, True
    return {text for text in texts if text is not None}, None not in texts


def _subscribed(source: Source, config: WrittenConfig) -> tuple[set[str], bool]:
    topics: set[str] = set()
    complete = True
    for key in _TOPIC_KEYS:
        if key in config.entries:
            found, whole = source.strings(config.entries[key].value)
            topics.update(topic for topic, _ in found)
            complete = complete and whole
    for trigger in config.triggers:
        if trigger.kind == "queue":
            topics |= {trigger.target} if trigger.target is not None else set()
            complete = complete and trigger.target is not None
    return topics, complete


def _declared(file: Written) -> tuple[set[str], bool]:
    """The topics that the Steps of a file declare; and whether emitting another one can be called undeclared."""
    topics: set[str] = set()
    for config in file.configs:
        entry = next((config.entries[key] for key in _EMIT_KEYS if key in config.entries), None)
        found, whole = ([], False) if entry is None else file.source.strings(entry.value)
        topics.update(topic for topic, _ in found)
        if not found or not whole:
            return topics, False
    return topics, bool(file.configs)


def _emits(file: Written, known: Known) -> Iterator[Difference]:
    source = file.source
    declared, closed = _declared(file)
    seen: set[str] = set()
    for name, at in _constant(topics_emitted(source)):
        if name in seen:
            continue
        seen.add(name)
        if closed and name not in declared:
            what = (
                f'"{name}" is not among the declared emits: it is delivered, with one warning; 0.17 dropped it silently'
            )
            yield Difference("EVT-5", what, source.path, source.line(at))
        if known.all_topics and name not in known.topics:
            close = near(name, known.topics, _TYPING_ERROR)
            hint = f"; did you mean {_quoted(close[:1])}?" if close else ""
            what = f'nobody subscribes to "{name}": the emit is recorded, with one warning{hint}'
            yield Difference("EVT-6", what, source.path, source.line(at))


def _triggers(file: Written, known: Known, *, strict: bool) -> Iterator[Difference]:
    source = file.source
    if not known.all_steps:
        return
    seen: set[str] = set()
    for name, at in _constant(steps_triggered(source, file.imports)):
        if name in seen or name in known.steps:
            continue
        seen.add(name)
        close = near(name, known.steps | known.files)
        hint = f"; near matches: {_quoted(close)}" if close else ""
        result = "the call fails" if strict else "the call is noted and has no effect"
        yield Difference("EVT-27", f'there is no Step "{name}": {result}{hint}', source.path, source.line(at))


def _streams(file: Written, known: Known) -> Iterator[Difference]:
    source = file.source
    if not known.all_streams:
        return
    plain = {_bare(name) for name in known.streams}
    seen: set[str] = set()
    for name, at in _constant(streams_named(source)):
        if name in seen or _bare(name) in plain:
            continue
        seen.add(name)
        what = f'no file declares the stream "{name}": it is made on first use, and everybody may join it'
        yield Difference("STR-23", what, source.path, source.line(at))


def _constant(found: Iterable[Named]) -> Iterator[tuple[str, int]]:
    for each in found:
        if each.name:
            yield each.name, each.at


def _bare(name: str) -> str:
    """A stream's name as look-ups compare it (STR-22)."""
    return re.sub(r"[-_]", "", name).lower()


def _text(source: Source, config: WrittenConfig, key: str) -> str | None:
    entry = config.entries.get(key)
    return None if entry is None else source.string(entry.value)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
