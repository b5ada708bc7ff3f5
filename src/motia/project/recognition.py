"""What a file without a Step suffix is, told from its text without running it (PRJ-4, PRJ-5, PRJ-8)."""

from __future__ import annotations

import re
from typing import Final, Literal

from motia.project.source_text import Language, code_only, top_keys

Kind = Literal["function-form", "type-form", "stream", "helper"]

_KINDS: Final = ("api", "http", "event", "queue", "cron", "noop", "state", "stream", "step", "multiTriggerStep")
_RUBY_KINDS: Final = (*_KINDS, "multi_trigger_step")
_NODE_MODULES: Final = frozenset({"@motia/core", "motia", "@motiadev/core"})
# Told from the raw text, so that the many helper files of a project cost one search each.
_SUSPECT: Final = {
    "node": re.compile(r"""["'](?:@motia/core|motia|@motiadev/core)["']"""),
    "python": re.compile(r"^[ \t]*(?:from|import)\s+motia\b", re.MULTILINE),
    "ruby": re.compile(r"\bMotia\."),
}
_STEP_TYPES: Final = re.compile(
    r"""["']?type["']?\s*(?::|=>|=)\s*:?["']?(?:api|http|event|queue|cron|noop)\b""", re.IGNORECASE
)


def recognise(text: str, language: Language, *, in_streams_folder: bool) -> Kind:
    """What the text of a file without a suffix looks like."""
    suspect_function = _SUSPECT[language].search(text) is not None
    names_config = "config" in text or "CONFIG" in text
    suspect_config = names_config or (in_streams_folder and "schema" in text)
    if not suspect_function and not suspect_config:
        return "helper"
    code = code_only(text, language)
    if suspect_function and _FUNCTION_FORM[language](text, code):
        return "function-form"
    keys = _config_keys(text, code, language) if suspect_config else None
    if keys is None:
        return "helper"
    if in_streams_folder and "name" in keys and not keys & {"type", "triggers"} and (names_config or "schema" in keys):
        return "stream"
    handled = re.search(r"\bhandler\b", code) is not None
    typed = "type" in keys and _STEP_TYPES.search(text) is not None
    return "type-form" if handled and (typed or "triggers" in keys) else "helper"


# --- function form ------------------------------------------------------------------------------------------------------

_NODE_IMPORT: Final = re.compile(r"""^[ \t]*import\s+(?!type\b)([\w$*{][^;'"]*?)\s*from\s*(["'])""", re.MULTILINE)
_NODE_REQUIRE: Final = re.compile(r"""\b(?:const|let|var)\s+([\w$]+|\{[^}]*\})\s*=\s*require\s*\(\s*(["'])""")
_NODE_EXPORTED: Final = r"\s*(?:\[\s*)?([\w$]+)(?:\s*\.\s*([\w$]+))?\s*(<[^;()]*>)?\s*(\()?"
# Each begins with fixed text, which makes the search fast.
_NODE_EXPORTS: Final = (
    re.compile(r"export(?:\s+default\b|s\s*\.\s*default\s*=)" + _NODE_EXPORTED),
    re.compile(r"module\s*\.\s*exports(?:\s*\.\s*default)?\s*=" + _NODE_EXPORTED),
)
_NODE_EXPORT_AS: Final = re.compile(r"""\bexport\s*\{[^}]*?\b([\w$]+)\s+as\s+default\b""")
_NODE_CONSTANT: Final = (
    r"""(?:^|[;\n])\s*(?:export\s+)?(?:const|let|var)\s+{name}\b[^=;]*=\s*"""
    r"""([\w$]+)(?:\s*\.\s*([\w$]+))?\s*(?:<[^;()]*>)?\s*\("""
)


def _node_function_form(text: str, code: str) -> bool:
    names, spaces = _node_imports(text, code)
    if not names and not spaces:
        return False

    def is_kind(first: str, member: str | None) -> bool:
        return (member in _KINDS and first in spaces) if member and first in spaces else first in names

    exported = []
    for match in (match for pattern in _NODE_EXPORTS for match in pattern.finditer(code)):
        if match[4]:
            if is_kind(match[1], match[2]):
                return True
        else:
            exported.append(match[1])
    exported += _NODE_EXPORT_AS.findall(code)
    constants = (re.search(_NODE_CONSTANT.format(name=re.escape(name)), code) for name in exported)
    return any(found is not None and is_kind(found[1], found[2]) for found in constants)


def _node_imports(text: str, code: str) -> tuple[set[str], set[str]]:
    """The local names of the kinds, and of whole modules, that come from our packages."""
    names: set[str] = set()
    spaces: set[str] = set()
    for pattern in (_NODE_IMPORT, _NODE_REQUIRE) if "require" in code else (_NODE_IMPORT,):
        for match in pattern.finditer(code):
            quote = match.end() - 1
            if text[quote + 1 : text.find(text[quote], quote + 1)] not in _NODE_MODULES:
                continue
            clause = match[1]
            for name, alias in re.findall(r"([\w$]+)(?:\s+as\s+|\s*:\s*)?([\w$]+)?", _inside(clause)):
                if name in _KINDS:
                    names.add(alias or name)
            outside = re.sub(r"\{[^}]*\}", "", clause).replace("*", " ").replace(",", " ")
            spaces.update(word for word in outside.split() if word != "as")
    return names, spaces


def _inside(clause: str) -> str:
    braced = re.search(r"\{([^}]*)\}", clause)
    return re.sub(r"\btype\s+[\w$]+(?:\s+as\s+[\w$]+)?", "", braced[1]) if braced else ""


_PYTHON_FROM: Final = re.compile(r"^[ \t]*from\s+motia\s+import\s+(\([^)]*\)|[^\n;]*)", re.MULTILINE)
_PYTHON_IMPORT: Final = re.compile(r"^[ \t]*import\s+motia(?:\s+as\s+(\w+))?[ \t]*(?:$|[,;])", re.MULTILINE)
_PYTHON_DECORATOR: Final = re.compile(r"^@[ \t]*(\w+)(?:[ \t]*\.[ \t]*(\w+))?[ \t]*(?:\(|$)", re.MULTILINE)


def _python_function_form(text: str, code: str) -> bool:
    del text
    names = {
        alias or name
        for clause in _PYTHON_FROM.findall(code)
        for name, alias in re.findall(r"(\w+)(?:\s+as\s+(\w+))?", clause.replace("\\\n", " "))
        if name in _KINDS
    }
    spaces = {alias or "motia" for alias in _PYTHON_IMPORT.findall(code)}
    return any(
        (first in spaces and member in _KINDS) if member else first in names
        for first, member in _PYTHON_DECORATOR.findall(code)
    )


_RUBY_CALL: Final = re.compile(
    rf"^(?:\w+\s*=\s*)?Motia\.(?:{'|'.join(_RUBY_KINDS)})[ \t]*(?:\(|[:\w{{]|do\b)", re.MULTILINE
)


def _ruby_function_form(text: str, code: str) -> bool:
    del text
    return _RUBY_CALL.search(code) is not None


_FUNCTION_FORM: Final = {
    "node": _node_function_form,
    "python": _python_function_form,
    "ruby": _ruby_function_form,
}

# --- config literals ----------------------------------------------------------------------------------------------------

_CONFIGS: Final = {
    "node": (
        re.compile(r"\bexport\s+const\s+config\b[^=;]*=\s*(?:[\w$.]+\s*\(\s*)?(?=\{)"),
        re.compile(r"\bexports\s*\.\s*config\s*=\s*(?=\{)"),
        re.compile(r"(?:^|\n)\s*(?:const|let|var)\s+config\b[^=;]*=\s*(?=\{)"),
        re.compile(r"\bnew\s+Stream\s*(?:<[^;()]*>)?\s*\(\s*(?=\{)"),
        re.compile(r"\bexport\s+default\s*(?=\{)"),
        re.compile(r"\bmodule\s*\.\s*exports\s*=\s*(?=\{)"),
    ),
    "python": (
        re.compile(r"^config\b[^=\n]*=\s*(?:[\w.]+\s*(?=\()|(?=\{))", re.MULTILINE),
        re.compile(r"^\w+\s*=\s*Stream\(\s*StreamConfig(?=\()", re.MULTILINE),
    ),
    "ruby": (
        re.compile(r"^\s*def\s+(?:self\.)?config\b(?:\(\))?\s*=?\s*(?:;\s*)?(?=\{)", re.MULTILINE),
        re.compile(r"^CONFIG\s*=\s*(?=\{)", re.MULTILINE),
    ),
}


def _config_keys(text: str, code: str, language: Language) -> frozenset[str] | None:
    for pattern in _CONFIGS[language]:
        if match := pattern.search(code):
            keys = top_keys(text, code, match.end())
            if "config" in keys and language == "node":  # export default { config: {…}, handler }
                nested = re.search(r"\bconfig\s*:\s*(?=\{)", code[match.end() :])
                return top_keys(text, code, match.end() + nested.end()) if nested else None
            return keys
    return None
