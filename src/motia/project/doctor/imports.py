"""The import statements of a file, and which of the names come from us (PRJ-13)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from motia.project.doctor.source import Source

_OURS: Final = frozenset({"motia", "@motia/core", "@motiadev/core", "motia/workbench", "@motiadev/test"})
_OURS_BEGIN: Final = ("@motiadev/plugin-", "@motiadev/adapter-", "@motiadev/stream-client", "@motia/react")

_NODE_FROM: Final = re.compile(
    r"""(?:^|(?<=[;}\n]))[ \t]*(import|export)\s+(type\s+(?!from\b|,))?([\w$*{][^;'"()=]{0,2000}?)\s*\bfrom\s*(?=["'])""",
    re.MULTILINE,
)
_NODE_BARE: Final = re.compile(r"""^[ \t]*import\s*(?=["'])""", re.MULTILINE)
_NODE_CALL: Final = re.compile(r"""(?<![\w$.])(?:require|import)\s*\(\s*(?=["'])""")
_NODE_BOUND: Final = re.compile(
    r"""\b(?:const|let|var)\s+([\w$]+|\{[^}]*\})\s*=\s*(?:await\s+)?(?:require|import)\s*\(\s*(?=["'])"""
)
_NODE_NAME: Final = re.compile(r"(type\s+)?([\w$]+)(?:(?:\s+as\s+|\s*:\s*)([\w$]+))?")
_PYTHON_FROM: Final = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n;]*)", re.MULTILINE)
_PYTHON_IMPORT: Final = re.compile(r"^[ \t]*import[ \t]+([^\n;]+)", re.MULTILINE)
_PYTHON_NAME: Final = re.compile(r"([\w.]+)(?:\s+as\s+(\w+))?")
_MAY_FAIL: Final = re.compile(r"try\s*:|if\s+(?:\w+\.)?TYPE_CHECKING\b|with\s+(?:\w+\.)?suppress\b")
_RUBY: Final = re.compile(r"""^[ \t]*(require_relative|require)[ \t]*\(?[ \t]*(?=["'])""", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """One import. `names`: local name → imported name; `spaces`: local names of the whole module.

    `optional`: the file goes on without it (inside `try`, or for a type checker only).
    """

    module: str
    at: int
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    spaces: frozenset[str] = frozenset()
    optional: bool = False

    @property
    def ours(self) -> bool:
        """Whether it always means our runtime, whatever is installed."""
        return self.module in _OURS or self.module.startswith(_OURS_BEGIN)


def imports_of(source: Source) -> tuple[Import, ...]:
    """All imports of a file, in order; those of types alone, which do not exist at run time, are left out."""
    read = {"node": _node, "python": _python, "ruby": _ruby}[source.language]
    return tuple(sorted(read(source), key=lambda each: each.at))


def our_names(imports: tuple[Import, ...], source: Source) -> tuple[dict[str, str], frozenset[str]]:
    """Local name → our name, and the local names of our whole module."""
    if source.language == "ruby":
        return {}, frozenset({"Motia"})
    names: dict[str, str] = {}
    spaces: set[str] = set()
    for each in imports:
        if each.ours:
            names.update(each.names)
            spaces.update(each.spaces)
    return names, frozenset(spaces)


def _node(source: Source) -> Iterator[Import]:
    code = source.code
    for match in _NODE_FROM.finditer(code):
        names, types, spaces = _clause(match[3])
        if match[2] or (types and not names and not spaces):
            continue
        yield Import(_quoted(source, match.end()), match.start(1), names, spaces)
    for match in _NODE_BARE.finditer(code):
        yield Import(_quoted(source, match.end()), source.skip_space(match.start()))
    bound = {match.end(): match[1] for match in _NODE_BOUND.finditer(code)}
    for match in _NODE_CALL.finditer(code):
        names, _, spaces = _clause(bound.get(match.end(), ""))
        yield Import(_quoted(source, match.end()), match.start(), names, spaces)


def _clause(clause: str) -> tuple[dict[str, str], bool, frozenset[str]]:
    """Local names of an import clause, whether it names types, and local names of whole modules."""
    inside = re.search(r"\{([^}]*)\}", clause)
    names: dict[str, str] = {}
    types = False
    for keyword, name, alias in _NODE_NAME.findall(inside[1]) if inside else ():
        if keyword:
            types = True
        else:
            names[alias or name] = name
    outside = re.sub(r"\{[^}]*\}", " ", clause).replace("*", " ").replace(",", " ").split()
    return names, types, frozenset(word for word in outside if word != "as")


def _quoted(source: Source, at: int) -> str:
    end = source.code.find(source.code[at], at + 1)
    return source.text[at + 1 : end if end != -1 else None]


def _python(source: Source) -> Iterator[Import]:
    for match in _PYTHON_FROM.finditer(source.code):
        names = {alias or name: name for name, alias in _PYTHON_NAME.findall(match[2].replace("\\\n", " "))}
        yield Import(match[1], source.skip_space(match.start()), names, optional=_may_fail(source, match.start()))
    for match in _PYTHON_IMPORT.finditer(source.code):
        optional = _may_fail(source, match.start())
        for name, alias in _PYTHON_NAME.findall(match[1]):
            local = frozenset({alias or name.partition(".")[0]})
            yield Import(name, source.skip_space(match.start()), spaces=local, optional=optional)


def _may_fail(source: Source, at: int) -> bool:
    """Whether the line at `at` stands right below `try:` or a check that is only true for type checkers."""
    indent = source.skip_space(at) - (source.code.rfind("\n", 0, source.skip_space(at)) + 1)
    for line in reversed(source.code[:at].splitlines()):
        text = line.strip()
        if text and len(line) - len(line.lstrip()) < indent:
            return _MAY_FAIL.match(text) is not None
        if not indent:
            return False
    return False


def _ruby(source: Source) -> Iterator[Import]:
    for match in _RUBY.finditer(source.code):
        module = _quoted(source, match.end())
        yield Import(f"./{module}" if match[1] == "require_relative" else module, match.start(1))
