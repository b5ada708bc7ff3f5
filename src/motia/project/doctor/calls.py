"""Calls of state, streams, emit and trigger: which form they have, and what they name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from motia.project.doctor.findings import Use
from motia.project.doctor.imports import Import, our_names
from motia.project.doctor.source import Source, Span

# Method → its rule and how many arguments its long form has; with fewer it is the short form (group `default`).
STATE: Final[Mapping[str, tuple[str, int]]] = {
    "get": ("STA-1", 2),
    "set": ("STA-2", 3),
    "delete": ("STA-3", 2),
    "has": ("STA-4", 2),
    "getGroup": ("STA-5", 1),
    "get_group": ("STA-5", 1),
    "list": ("STA-5", 1),
    "getAll": ("STA-6", 1),
    "get_all": ("STA-6", 1),
    "keys": ("STA-7", 1),
    "listGroups": ("STA-8", 0),
    "list_groups": ("STA-8", 0),
    "clear": ("STA-9", 1),
    "update": ("STA-10", 3),
    "increment": ("STA-11", 2),
}
STREAMS: Final[Mapping[str, tuple[str, int]]] = {
    "set": ("STR-10", 3),
    "get": ("STR-11", 2),
    "delete": ("STR-12", 2),
    "getGroup": ("STR-13", 1),
    "get_group": ("STR-13", 1),
    "list": ("STR-13", 1),
    "update": ("STR-14", 3),
    "send": ("STR-15", 2),
    "listGroups": ("STR-16", 0),
    "list_groups": ("STR-16", 0),
    "clear": ("STR-16", 1),
}
_CALL: Final = r"[ \t]*(?:\?\.|\.)[ \t]*(\w+)[ \t]*(?:<[^;()\n]{0,200}>)?[ \t]*(?=\()"
_STATE: Final = re.compile(r"(?<![\w$])(?:state|stateManager|state_manager)" + _CALL)
_STREAM: Final = re.compile(r"""(?<![\w$])streams\s*(?:\.\s*(\w+)|\[\s*(?=["':]))""")
_STREAM_CALL: Final = re.compile(_CALL)
_TAKEN_APART: Final = re.compile(
    r"(?:const|let|var)\s*\{([^}]*)\}\s*=\s*(?:\w+\s*\.\s*)?streams\b|\bstreams\s*:\s*\{([^}]*)\}|"
    r"(?:const|let|var)\s+(\w+)\s*=\s*(?:\w+\s*\.\s*)?streams\s*\.\s*(\w+)\s*(?:[;\n]|\Z)"
)
_OWNER: Final = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)(?=[ \t]*\n?[ \t]*\.)")
_KEYWORD: Final = re.compile(r"\s*(?:group|group_id|scope|key|value)\s*[=:](?![=:])")
_NUMBER: Final = re.compile(r"\s*-?\d")
_EMIT: Final = re.compile(r"(?<![\w$])(?:([\w$]+)\s*\.\s*)?(?:emit|enqueue)[ \t]*(?:<[^;()\n]{0,200}>)?[ \t]*(?=\()")
_EMITTERS: Final = frozenset({"ctx", "_ctx", "context", "c", "motia", "Motia", "args"})
_DEFINITION: Final = re.compile(r"(?:\bdef|\bfunction)[ \t]+\Z")
_TRIGGER: Final = re.compile(r"(?<![\w$.])((?:[\w$]+\s*\.\s*)?[\w$]+)\s*(?=\()")


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A topic, a Step or a stream that code names, None where the name is computed."""

    name: str | None
    at: int


def call_uses(source: Source) -> Iterator[Use]:
    """Which state and stream methods are used, and in which form."""
    for match in _STATE.finditer(source.code):
        if match[1] in STATE:
            yield _form("state", match[1], STATE[match[1]], source, match.end())
    for name, at in _stream_objects(source):
        call = _STREAM_CALL.match(source.code, at)
        if call is not None and call[1] in STREAMS and name != "create":
            yield _form("streams.x", call[1], STREAMS[call[1]], source, call.end())


def _form(owner: str, method: str, entry: tuple[str, int], source: Source, opening: int) -> Use:
    rule, full = entry
    pieces = list(source.pieces(source.inside(opening)))
    line = source.line(opening)
    if any(_KEYWORD.match(source.code, piece.start, piece.end) for piece in pieces):
        return Use("STA-16" if owner == "state" else rule, line, f"{owner}.{method} with keywords")
    numbers = method == "increment" and len(pieces) == full and _NUMBER.match(source.code, pieces[1].start)
    spread = any(source.code.startswith(("*", "..."), source.skip_space(piece.start)) for piece in pieces)
    if (len(pieces) < full or numbers) and not spread:
        return Use(rule, line, f"{owner}.{method} key-only" if owner == "state" else f"{owner}.{method} short form")
    return Use(rule, line, f"{owner}.{method}")


def streams_named(source: Source) -> Iterator[Named]:
    """The streams that code reads from `streams`."""
    for name, at in _stream_objects(source):
        if name != "create":
            yield Named(name, at)


def _stream_objects(source: Source) -> Iterator[tuple[str | None, int]]:
    """Each place where a stream object stands: its name and the offset behind it."""
    for match in _STREAM.finditer(source.code):
        if match[1] is not None:
            yield match[1], match.end()
        else:
            inside = source.inside(source.code.index("[", match.start()))
            yield source.string(inside) or source.text[inside.start : inside.end].lstrip(":") or None, inside.end + 1
    if source.language == "node":
        local = _taken_apart(source)
        for match in _OWNER.finditer(source.code) if local else ():
            if match[1] in local:
                yield local[match[1]], match.end()


def _taken_apart(source: Source) -> dict[str, str]:
    """Local name → stream, for `const { a, b: c } = streams` and `const a = streams.a`."""
    found: dict[str, str] = {}
    for braced, nested, single, name in _TAKEN_APART.findall(source.code):
        if single:
            found[single] = name
        for each in re.split(r"\s*,\s*", (braced or nested).strip()):
            stream, _, local = (part.strip() for part in each.partition(":"))
            if re.fullmatch(r"\w+", stream):
                found[local or stream] = stream
    return found


def topics_emitted(source: Source) -> Iterator[Named]:
    """The topics that code emits to."""
    for match in _EMIT.finditer(source.code):
        foreign = match[1] is not None and match[1] not in _EMITTERS
        before = source.code[max(0, match.start() - 12) : match.start()]
        if foreign or _DEFINITION.search(before) or (match[1] is None and before.rstrip().endswith((".", "?."))):
            continue
        inside = source.inside(match.end())
        pieces = list(source.pieces(inside))
        if pieces:
            yield from _topics(source, inside, pieces[0])


def _topics(source: Source, inside: Span, first: Span) -> Iterator[Named]:
    at = source.skip_space(first.start)
    opening = source.code[at : at + 1]
    if opening == "[":
        for piece in source.pieces(source.inside(at)):
            yield from _topics(source, piece, piece)
        return
    entries = source.entries(source.inside(at) if opening == "{" else inside)
    topic = entries.get("topic") or entries.get("type")
    if topic is not None:
        yield Named(source.string(topic.value), at)
    elif opening != "{":
        yield Named(source.string(first), at)


def steps_triggered(source: Source, imports: tuple[Import, ...]) -> Iterator[Named]:
    """The Steps that code starts by id."""
    names, spaces = our_names(imports, source)
    local = {own for own, name in names.items() if name == "trigger"}
    objects = {own for own, name in names.items() if name == "motia"} | set(spaces) | {"motia"}
    for match in _TRIGGER.finditer(source.code):
        word = re.sub(r"\s", "", match[1])
        owner, _, method = word.rpartition(".")
        if word not in local and not (method == "trigger" and owner in objects):
            continue
        pieces = list(source.pieces(source.inside(match.end())))
        if pieces:
            yield Named(source.string(pieces[0]), match.start())
