"""A source file as patterns look at it: its text, its code without comments and strings, and the literals in it."""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from motia.project.section import camel_case
from motia.project.source_text import Language, code_only

LANGUAGE_NAMES: Final = {"ts": "typescript", "mts": "typescript", "cts": "typescript", "py": "python", "rb": "ruby"}
_LITERAL: Final = re.compile(r"""([A-Za-z]{0,2})(["'`])\s*\2""")
_EXPRESSIONS: Final[dict[tuple[str, str], re.Pattern[str]]] = {
    ("node", "`"): re.compile(r"\$\{([^{}`]*)\}"),
    ("ruby", '"'): re.compile(r"#\{([^{}\"]*)\}"),
}
_F_STRING: Final = re.compile(r"(?<!\{)\{([^{}]*)\}")
_BREAK: Final = re.compile(r"[(\[{}\]),]")
_BRACKET: Final = re.compile(r"[(\[{}\])]")
_SPACE: Final = re.compile(r"\s*")
_KEY: Final = re.compile(
    r"""\s*(?:(["'])\s*\1\s*(?::|=>)|:([A-Za-z_]\w*)\s*=>|(?:async\s+)?([A-Za-z_$][\w$]*)\s*(:(?!:)|=>|=(?![=~])|\(|$))"""
)
_PREFIXED: Final = re.compile(r"""\s*([rRbBuUfF]{0,2})(["'`])""")
_GOES_ON: Final = re.compile(r"""\s*(?:[+.%\[]|["'`])""")
_IDENTIFIER: Final = re.compile(r"\s*([A-Za-z_$][\w$]*)\s*\Z")
_CONSTANT: Final = {
    "node": r"(?:^|;)[ \t]*(?:export\s+)?(?:const|let|var)\s+{name}\b[^=;]{{0,500}}=\s*",
    "python": r"^{name}\b[^=\n]*=\s*",
    "ruby": r"^[ \t]*{name}\s*=\s*",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A piece of a source, by offsets."""

    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A key of an object, dict, hash or call, in camelCase; `written` as it stands there. `value` is where its value is."""

    name: str
    written: str
    at: int
    value: Span


class Source:
    """One file. `code` has the length of `text`; what interpolations in strings contain counts as code."""

    def __init__(self, path: str, text: str, language: Language) -> None:
        """`path` is relative to the project's root."""
        self.path = path
        self.text = text
        self.language = language
        self.code = _with_expressions(text, code_only(text, language), language)
        self._brackets: dict[int, int] | None = None
        self._newlines = [match.start() for match in re.finditer("\n", text)]

    def _closing(self) -> dict[int, int]:
        """The offset of each opening bracket and of the one that closes it; found once, since files may nest deeply."""
        if self._brackets is None:
            self._brackets = {}
            opened: list[int] = []
            for match in _BRACKET.finditer(self.code):
                if match[0] in "([{":
                    opened.append(match.start())
                elif opened:
                    self._brackets[opened.pop()] = match.start()
        return self._brackets

    @property
    def language_name(self) -> str:
        """`typescript`, `javascript`, `python` or `ruby`."""
        return LANGUAGE_NAMES.get(self.path.rpartition(".")[2], "javascript")

    def line(self, at: int) -> int:
        """The line of an offset, from 1."""
        return bisect.bisect_left(self._newlines, at) + 1

    def is_code(self, start: int, end: int) -> bool:
        """Whether nothing in there is part of a comment or a string."""
        return self.code[start:end] == self.text[start:end]

    def inside(self, opening: int) -> Span:
        """What stands between the bracket at `opening` and the one that closes it."""
        return Span(opening + 1, self._closing().get(opening, len(self.code)))

    def pieces(self, span: Span) -> Iterator[Span]:
        """The parts that top-level commas separate; a trailing comma adds none."""
        start = at = span.start
        while (match := _BREAK.search(self.code, at, span.end)) is not None:
            if match[0] == ",":
                yield Span(start, match.start())
                start = at = match.end()
            else:
                closing = self._closing().get(match.start(), span.end) if match[0] in "([{" else match.start()
                at = min(closing + 1, span.end)
        if self.code[start : span.end].strip():
            yield Span(start, span.end)

    def entries(self, span: Span) -> dict[str, Entry]:
        """The keys written in there, not those of nested objects; of two alike the first."""
        found: dict[str, Entry] = {}
        for piece in self.pieces(span):
            entry = self._entry(piece)
            if entry is not None:
                found.setdefault(entry.name, entry)
        return found

    def skip_space(self, at: int) -> int:
        """The next offset that is no space."""
        match = _SPACE.match(self.code, at)
        return match.end() if match else at

    def string(self, span: Span) -> str | None:
        """The constant string that stands in `span` alone, or that a constant of this file named there holds."""
        match = _PREFIXED.match(self.code, span.start, span.end)
        if match is not None:
            return self._literal(match, span.end)
        named = _IDENTIFIER.match(self.code[span.start : span.end])
        if named is None:
            return None
        at = self.constant(named[1])
        match = None if at is None else _PREFIXED.match(self.code, at)
        return None if match is None else self._literal(match, len(self.code))

    def constant(self, name: str) -> int | None:
        """Where the value begins that the module-level constant `name` is given; None when there is none."""
        pattern = _CONSTANT[self.language].format(name=re.escape(name))
        match = re.search(pattern, self.code, re.MULTILINE)
        return match.end() if match else None

    def strings(self, span: Span) -> tuple[list[tuple[str, int]], bool]:
        """The constant strings of a list, or the one, each with its offset; and whether that is all there is.

        An element may be an object with a `topic`.
        """
        start = self.skip_space(span.start)
        if self.text.startswith(("%w[", "%w("), start):
            inner = self.inside(start + 2)
            return [(word, start) for word in self.text[inner.start : inner.end].split()], True
        if self.code[start : start + 1] not in {"[", "("}:
            one = self._topic(Span(start, span.end))
            return ([], False) if one is None else ([(one, start)], True)
        found, whole = [], True
        for piece in self.pieces(self.inside(start)):
            text = self._topic(piece)
            if text is None:
                whole = False
            else:
                found.append((text, self.skip_space(piece.start)))
        return found, whole

    def _topic(self, piece: Span) -> str | None:
        start = self.skip_space(piece.start)
        if self.code[start : start + 1] == "{":
            topic = self.entries(self.inside(start)).get("topic")
            return None if topic is None else self.string(topic.value)
        return self.string(piece)

    def _entry(self, piece: Span) -> Entry | None:
        match = _KEY.match(self.code, piece.start, piece.end)
        if match is None:
            return None
        at = self.skip_space(piece.start)
        value = Span(match.end(), piece.end)
        if match[1]:
            written = self.text[at + 1 : self.code.index(match[1], at + 1)]
        else:
            written = match[2] or match[3]
            if match[4] in {"", "("}:  # shorthand: the name is the value; or a method
                value = Span(at, piece.end)
        return Entry(camel_case(written), written, at, value) if written else None

    def _literal(self, match: re.Match[str], limit: int) -> str | None:
        quote, at = match[2], match.start(2)
        end = self.code.find(quote, at + 1)
        if end == -1 or end >= limit or _GOES_ON.match(self.code, end + 1, limit):
            return None
        text = self.text[at + 1 : end]
        if text.startswith(quote * 2) and text.endswith(quote * 2):
            text = text[2:-2]
        dynamic = (
            (quote == "`" and "${" in text)
            or ("f" in match[1].lower() and "{" in text)
            or (self.language == "ruby" and quote == '"' and "#{" in text)
        )
        return None if dynamic else text


def _with_expressions(text: str, code: str, language: Language) -> str:
    """`code` with the expressions inside template literals, f-strings and interpolated strings shown again."""
    parts: list[str] = []
    last = 0
    for match in _LITERAL.finditer(code):
        formatted = _F_STRING if "f" in match[1].lower() else None
        pattern = formatted if language == "python" else _EXPRESSIONS.get((language, match[2]))
        for found in () if pattern is None else pattern.finditer(text, match.start(), match.end()):
            parts += (code[last : found.start(1)], code_only(found[1], language))
            last = found.end(1)
    parts.append(code[last:])
    return "".join(parts)
