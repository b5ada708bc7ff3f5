"""The configs written in a file: in which form, of which kind, with which keys and triggers (CFG-1 to CFG-10, CFG-40 to 44)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from motia.project.doctor.imports import Import, our_names
from motia.project.doctor.source import Entry, Source, Span

TYPE, FUNCTION, DECORATOR, TRIGGERS, STREAM = "type form", "function form", "decorators", "triggers form", "stream"
KINDS: Final = {"api": "api", "http": "api", "event": "event", "queue": "event", "cron": "cron", "noop": "noop"}
TRIGGER_KINDS: Final = {
    "http": "http",
    "api": "http",
    "queue": "queue",
    "event": "queue",
    "durable:subscriber": "queue",
    "cron": "cron",
    "state": "state",
    "stream": "stream",
}
_MOST_CONFIGS: Final = 100  # a file with more is made by a program
_STEP_CALLS: Final = frozenset({"step", "multiTriggerStep", "multi_trigger_step"})
_CLASSES: Final = {"ApiRouteConfig": "api", "EventConfig": "event", "CronConfig": "cron", "NoopConfig": "noop"}
_LITERALS: Final = {
    "node": (
        re.compile(r"\bexport\s+const\s+config\b[^=;]{0,500}=\s*(?=\{)"),
        re.compile(r"\bexports\s*\.\s*config\s*=\s*(?=\{)"),
        re.compile(r"^[ \t]*(?:const|let|var)\s+config\b[^=;]{0,500}=\s*(?=\{)", re.MULTILINE),
        re.compile(r"\bnew\s+Stream\s*(?:<[^;()]{0,200}>)?\s*\(\s*(?=\{)"),
        re.compile(r"\bexport\s+default\s*(?=\{)"),
        re.compile(r"\bmodule\s*\.\s*exports\s*=\s*(?=\{)"),
    ),
    "python": (
        re.compile(r"^config\b[^=\n]*=\s*(?:(?:\w+\.)*(\w+)\s*(?=\()|(?=\{))", re.MULTILINE),
        re.compile(r"^\w+\s*=\s*Stream\(\s*(StreamConfig)\s*(?=\()", re.MULTILINE),
    ),
    "ruby": (
        re.compile(r"^[ \t]*def\s+(?:self\.)?config\b(?:\(\))?\s*=?\s*(?:;\s*)?(?=\{)", re.MULTILINE),
        re.compile(r"^CONFIG\s*=\s*(?=\{)", re.MULTILINE),
    ),
}
_DECORATOR: Final = re.compile(r"^@[ \t]*(?:(\w+)[ \t]*\.[ \t]*)?(\w+)[ \t]*(?=\()", re.MULTILINE)
_PYTHON_DEF: Final = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*(?=\()", re.MULTILINE)
_RUBY_CALL: Final = re.compile(r"^(?:\w+\s*=\s*)?Motia\.(\w+)[ \t]*(?=\()|^Motia\.(\w+)[ \t]+(?=\w+:)", re.MULTILINE)
_RUBY_REST: Final = re.compile(r"\bdo\b|[ \t]\{[ \t]*\||(?<!,)\n")
_HELPER: Final = re.compile(r"\s*(?:[\w$]+\s*\.\s*)?([\w$]+)\s*(?=\()")


@dataclasses.dataclass(frozen=True, slots=True)
class WrittenTrigger:
    """A trigger in a `triggers` list; `target` is its topic, path, expression or stream, None when it is not constant."""

    kind: str
    at: int
    target: str | None
    entries: Mapping[str, Entry]


@dataclasses.dataclass(frozen=True, slots=True)
class WrittenConfig:
    """A config. `handler` is the function that stands beside it in the same call, None where it has to be looked for.

    `step` is the same offset for configs that belong to one Step. `rule` says how it was written.
    """

    form: str
    rule: str
    kind: str | None
    at: int
    step: int
    entries: Mapping[str, Entry]
    handler: Span | None = None
    function: str | None = None
    triggers: tuple[WrittenTrigger, ...] = ()


def configs_of(source: Source, imports: tuple[Import, ...], *, stream: bool = False) -> tuple[WrittenConfig, ...]:
    """The configs of a Step or stream file, in order. What is computed at run time cannot be seen."""
    found = list({"node": _node, "python": _python, "ruby": _ruby}[source.language](source, imports))
    if not found:
        literal = _literal(source)
        found = [] if literal is None else [literal]
    ordered = sorted(found, key=lambda each: each.at)[:_MOST_CONFIGS]
    return tuple(_as_stream(each) if stream else each for each in ordered)


def _as_stream(config: WrittenConfig) -> WrittenConfig:
    return dataclasses.replace(config, form=STREAM, rule="STR-6", kind=None)


def _literal(source: Source) -> WrittenConfig | None:
    """`config` as a constant of the module."""
    for pattern in _LITERALS[source.language]:
        match = pattern.search(source.code)
        if match is None:
            continue
        entries = source.entries(source.inside(match.end()))
        nested = entries.get("config")
        if nested is not None and source.language == "node":
            opening = source.skip_space(nested.value.start)
            if source.code[opening : opening + 1] != "{":
                continue
            entries = source.entries(source.inside(opening))
        if not entries.keys() & {"type", "triggers", "name", "schema"} and match.re.groups == 0:
            continue
        name = match[1] if match.re.groups else None
        return _config(source, TYPE, "CFG-2" if name else "CFG-1", _CLASSES.get(name or ""), match.start(), entries)
    return None


def _config(
    source: Source,
    form: str,
    rule: str,
    kind: str | None,
    at: int,
    entries: Mapping[str, Entry],
    **rest: Span | str | None,
) -> WrittenConfig:
    at = source.skip_space(at)
    written = entries.get("type")
    if kind is None and written is not None and form != FUNCTION:
        kind = KINDS.get((source.string(written.value) or "").lower())
    triggers: tuple[WrittenTrigger, ...] = ()
    if "triggers" in entries:
        form, rule = TRIGGERS, "CFG-5"
        triggers = tuple(_triggers(source, entries["triggers"].value))
    handler, function = rest.get("handler"), rest.get("function")
    return WrittenConfig(
        form,
        rule,
        kind,
        at,
        at,
        entries,
        handler if isinstance(handler, Span) else None,
        function if isinstance(function, str) else None,
        triggers,
    )


def _triggers(source: Source, value: Span) -> Iterator[WrittenTrigger]:
    opening = source.skip_space(value.start)
    if source.code[opening : opening + 1] != "[":
        return
    for piece in source.pieces(source.inside(opening)):
        at = source.skip_space(piece.start)
        if source.code[at : at + 1] == "{":
            entries = source.entries(source.inside(at))
            kind = source.string(entries["type"].value) if "type" in entries else None
            targets = ("topic", "path", "expression", "cron", "schedule", "streamName")
            target = next((source.string(entries[key].value) for key in targets if key in entries), None)
        elif (call := _HELPER.match(source.code, at, piece.end)) is not None:
            kind, entries, target = call[1], *_helper(source, call)
        else:
            continue
        if kind in TRIGGER_KINDS:
            yield WrittenTrigger(TRIGGER_KINDS[kind], at, target, entries)


def _helper(source: Source, call: re.Match[str]) -> tuple[dict[str, Entry], str | None]:
    """The options of `queue("t", {...})` and the like, and its last string."""
    inside = source.inside(call.end())
    entries, target = source.entries(inside), None
    for piece in source.pieces(inside):
        at = source.skip_space(piece.start)
        if source.code[at : at + 1] == "{":
            entries.update(source.entries(source.inside(at)))
        elif (text := source.string(piece)) is not None:
            target = text
    return entries, target


def _node(source: Source, imports: tuple[Import, ...]) -> Iterator[WrittenConfig]:
    names, spaces = our_names(imports, source)
    calls = {local: name for local, name in names.items() if name in KINDS or name in _STEP_CALLS}
    choices = [re.escape(local) for local in calls]
    choices += [rf"(?:{'|'.join(map(re.escape, spaces))})\s*\.\s*\w+"] if spaces else []
    if not choices:
        return
    pattern = re.compile(rf"(?<![\w$.])({'|'.join(choices)})\s*(?:<[^;()]{{0,200}}>)?\s*(?=\()")
    for match in pattern.finditer(source.code):
        local = re.sub(r"\s", "", match[1])
        name = calls.get(local, local.rpartition(".")[2])
        arguments = list(source.pieces(source.inside(match.end())))
        opening = _object(source, arguments[0]) if arguments else None
        if opening is None or not (name in _STEP_CALLS or (name in KINDS and len(arguments) > 1)):
            continue
        entries = source.entries(source.inside(opening))
        handler = arguments[1] if len(arguments) > 1 else None
        form, rule = (TRIGGERS, "CFG-5") if name in _STEP_CALLS else (FUNCTION, "CFG-4")
        yield _config(source, form, rule, KINDS.get(name), match.start(), entries, handler=handler)


def _object(source: Source, argument: Span) -> int | None:
    """Where the object begins that an argument is, or that a constant holds which it names."""
    at = source.skip_space(argument.start)
    word = source.code[at : argument.end].strip()
    if source.code[at : at + 1] != "{" and re.fullmatch(r"[\w$]+", word):
        constant = source.constant(word)
        if constant is None:
            return None
        at = source.skip_space(constant)
        if source.language == "python" and (call := _HELPER.match(source.code, at)) is not None:
            return call.end()
    return at if source.code[at : at + 1] == "{" else None


def _python(source: Source, imports: tuple[Import, ...]) -> Iterator[WrittenConfig]:
    names, spaces = our_names(imports, source)
    for match in _DECORATOR.finditer(source.code):
        name = names.get(match[2]) if match[1] is None else (match[2] if match[1] in spaces else None)
        if name in KINDS or name in {"state", "stream"}:
            definition = _PYTHON_DEF.search(source.code, match.end())
            entries = source.entries(source.inside(match.end()))
            function = definition[1] if definition else None
            made = _config(source, DECORATOR, "CFG-4", KINDS.get(name), match.start(), entries, function=function)
            yield dataclasses.replace(made, step=definition.start() if definition else made.step)
    for local, name in names.items():
        if name not in _STEP_CALLS:
            continue
        for match in re.finditer(rf"(?<![\w.@]){re.escape(local)}\s*(?=\()", source.code):
            arguments = list(source.pieces(source.inside(match.end())))
            opening = _object(source, arguments[0]) if arguments else None
            entries = source.entries(source.inside(match.end() if opening is None else opening))
            handler = source.code[arguments[1].start : arguments[1].end].strip() if len(arguments) > 1 else None
            yield _config(source, TRIGGERS, "CFG-5", None, match.start(), entries, function=handler)


def _ruby(source: Source, _imports: tuple[Import, ...]) -> Iterator[WrittenConfig]:
    for match in _RUBY_CALL.finditer(source.code):
        name = match[1] or match[2]
        if name not in KINDS and name not in _STEP_CALLS:
            continue
        if match[1]:
            span = source.inside(match.end())
        else:
            rest = _RUBY_REST.search(source.code, match.end())
            span = Span(match.end(), rest.start() if rest else len(source.code))
        at = source.skip_space(span.start)
        if source.code[at : at + 1] == "{":
            span = source.inside(at)
        form, rule = (TRIGGERS, "CFG-5") if name in _STEP_CALLS else (FUNCTION, "CFG-4")
        yield _config(source, form, rule, KINDS.get(name), match.start(), source.entries(span))
