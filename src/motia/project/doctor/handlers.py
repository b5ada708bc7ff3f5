"""The parameters that a handler declares (HND-1 to HND-4)."""

from __future__ import annotations

import re
from typing import Final

from motia.project.doctor.configs import WrittenConfig
from motia.project.doctor.source import Source, Span

_NODE: Final = (
    re.compile(
        r"\bhandler\b[^=;(){}]*[=:]\s*(?:async\b\s*)?(?:function\b[^(]*)?(?:<[^;()]{0,200}>\s*)?(\(|[\w$]+\s*=>)"
    ),
    re.compile(r"\bfunction\s+handler\b[^(]*(\()"),
    re.compile(r"(?<![\w.])(?:async\s+)?handler\s*(\()[^)]*\)\s*(?::[^{};]*)?\{"),
)
_NODE_FUNCTION: Final = re.compile(r"\s*(?:async\b\s*)?(?:function\b[^(]*)?(?:<[^;()]{0,200}>\s*)?(\(|[\w$]+\s*=>)")
_PYTHON_MARKED: Final = re.compile(
    r"^@[ \t]*(?:motia\.)?handler\b[^\n]*\n(?:async[ \t]+)?def[ \t]+\w+\s*(\()", re.MULTILINE
)
_PYTHON_DEF: Final = r"^(?:async[ \t]+)?def[ \t]+{name}\s*(\()"
_RUBY_DEF: Final = re.compile(r"^[ \t]*def\s+(?:self\.)?handler\b[ \t]*(\(|[^\n;=]*)", re.MULTILINE)
_RUBY_BLOCK: Final = re.compile(r"(?:\bdo\b|\{)\s*\|([^|\n]*)\|")
_SYNC: Final = r"^def[ \t]+{name}\b"
_NAME: Final = re.compile(r"[*&]*\s*([\w$]+)")


def parameters_of(source: Source, config: WrittenConfig) -> tuple[str, ...] | None:
    """The parameters of the handler of `config`, as written; None when it cannot be seen."""
    return {"node": _node, "python": _python, "ruby": _ruby}[source.language](source, config)


def parameter_name(parameter: str) -> str:
    """The name of a parameter, empty for a pattern that takes one apart."""
    match = _NAME.match(parameter.strip())
    return match[1] if match else ""


def is_sync_python(source: Source, config: WrittenConfig) -> bool:
    """Whether the handler is a plain `def` (HND-5)."""
    name = re.escape(config.function or "handler")
    return source.language == "python" and re.search(_SYNC.format(name=name), source.code, re.MULTILINE) is not None


def _node(source: Source, config: WrittenConfig) -> tuple[str, ...] | None:
    if config.handler is not None:
        word = source.code[config.handler.start : config.handler.end].strip()
        match = _NODE_FUNCTION.match(source.code, config.handler.start, config.handler.end)
        if match is None and re.fullmatch(r"[\w$]+", word):
            match = re.search(rf"\bfunction\s+{re.escape(word)}\b[^(]*(\()", source.code)
            at = source.constant(word)
            match = match if at is None else _NODE_FUNCTION.match(source.code, at)
    else:
        match = next((found for each in _NODE if (found := each.search(source.code)) is not None), None)
    if match is None:
        return None
    if match[1] != "(":
        return (match[1].removesuffix("=>").strip(),)
    return _listed(source, source.inside(match.start(1)))


def _python(source: Source, config: WrittenConfig) -> tuple[str, ...] | None:
    match = None if config.function else _PYTHON_MARKED.search(source.code)
    if match is None:
        name = re.escape(config.function or "handler")
        match = re.search(_PYTHON_DEF.format(name=name), source.code, re.MULTILINE)
    return None if match is None else _listed(source, source.inside(match.start(1)))


def _ruby(source: Source, config: WrittenConfig) -> tuple[str, ...] | None:
    if config.rule == "CFG-4":
        block = _RUBY_BLOCK.search(source.code, config.at)
        return tuple(part.strip() for part in block[1].split(",") if part.strip()) if block else ()
    match = _RUBY_DEF.search(source.code)
    if match is None:
        return None
    if match[1] == "(":
        return _listed(source, source.inside(match.start(1)))
    return tuple(part.strip() for part in match[1].split(",") if part.strip())


def _listed(source: Source, span: Span) -> tuple[str, ...]:
    pieces = (source.code[piece.start : piece.end].strip() for piece in source.pieces(span))
    return tuple(piece for piece in pieces if piece and piece not in {"*", "/"})
