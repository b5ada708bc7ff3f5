"""Source text without its comments and strings, so that a pattern finds code and nothing else.

The result has the length of the original: an offset found in one is valid in the other. This is no parser. It knows
comments, strings, template and regular-expression literals of JavaScript and TypeScript, comments and strings of Python,
and comments, strings, here-documents and `=begin` blocks of Ruby; that is enough to recognise what stands at module level.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Language = Literal["node", "python", "ruby"]

_QUOTED: Final = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
_NODE: Final = re.compile(
    r"//[^\n]*|/\*.*?\*/|"
    + _QUOTED
    + r"|`(?:\\.|[^`\\])*`"
    # A slash after an operator, an opening bracket or `return` begins a regular expression. What stands before it is
    # looked at last: every alternative begins with a fixed character, which makes the search fast.
    + r"|/(?![*/])(?:(?<=[=(,:\[!&|?{;\n]/)|(?<=[=(,:] /)|(?<=return /))(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/",
    re.DOTALL,
)
_PYTHON: Final = re.compile(
    r"#[^\n]*|"
    r'"""(?:\\.|[^\\])*?"""|' + r"'''(?:\\.|[^\\])*?'''|" + _QUOTED,
    re.DOTALL,
)
_RUBY: Final = re.compile(
    r"^=begin\b.*?^=end\b[^\n]*|#[^\n]*|<<[~-]?(['\"]?)([A-Z_][A-Z0-9_]*)\1[^\n]*\n.*?^[ \t]*\2\b|"
    r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"",
    re.DOTALL | re.MULTILINE,
)
_PATTERNS: Final = {"node": _NODE, "python": _PYTHON, "ruby": _RUBY}
_NOT_NEWLINE: Final = re.compile(r"[^\n]")


def code_only(text: str, language: Language) -> str:
    """`text` with the insides of comments and literals replaced by spaces; quotes and newlines stay."""
    return _PATTERNS[language].sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    text = match[0]
    inside = " " * (len(text) - 2) if "\n" not in text else _NOT_NEWLINE.sub(" ", text[1:-1])
    if text[0] in "'\"`":
        return f"{text[0]}{inside}{text[-1]}"
    return f" {inside} " if len(text) > 1 else " "


def braces(code: str, start: int) -> int:
    """The offset behind the bracket that closes the one at `start`; the end of the text when none does."""
    depth = 0
    for match in _BRACKET.finditer(code, start):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return match.end()
    return len(code)


_BRACKET: Final = re.compile(r"[(\[{}\])]")
_KEY: Final = re.compile(
    r"""(?:^|[,{(])\s*(?:(["']?)([A-Za-z_$][\w$]*)\1\s*(?:=>|[:=](?!=))|([A-Za-z_$][\w$]*)\s*(?=[,})]))"""
)
_RUBY_SYMBOL: Final = re.compile(r"""(?:^|[,{(])\s*:([A-Za-z_]\w*)\s*=>""")


def top_keys(text: str, code: str, start: int) -> frozenset[str]:
    """The keys written in the object, dict, hash or call whose bracket opens at `start`, not those of nested ones."""
    end = braces(code, start)
    flat = []
    index = start + 1
    while index < end - 1:
        if code[index] in "([{":
            inner = braces(code, index)
            flat.append("_" * (inner - index))
            index = inner
        elif code[index] in "\"'":
            closing = code.find(code[index], index + 1)
            inner = (closing if closing != -1 else index) + 1
            flat.append(text[index:inner])
            index = inner
        else:
            flat.append(code[index])
            index += 1
    body = "{" + "".join(flat) + "}"
    keys = {match[2] or match[3] for match in _KEY.finditer(body)}
    return frozenset(keys | set(_RUBY_SYMBOL.findall(body)))
