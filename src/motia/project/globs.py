"""Globs as projects write them: `**`, `*`, `?`, `[a-z]`, `{a,b}`, on `/`-separated paths relative to the root."""

from __future__ import annotations

import functools
import re


@functools.lru_cache(maxsize=256)
def compiled(glob: str) -> re.Pattern[str]:
    """The pattern that matches what `glob` means. A glob that names a folder means everything below it."""
    body = _translated(glob.removeprefix("./").rstrip("/"))
    return re.compile(f"{body}(?:/.*)?", re.DOTALL)


def matches(path: str, globs: tuple[str, ...]) -> bool:
    """Whether one of the globs means `path`. One without `/` means a name at any depth."""
    return any(compiled(glob if "/" in glob.rstrip("/") else f"**/{glob}").fullmatch(path) for glob in globs)


def fixed_part(glob: str) -> str:
    """The leading folders of `glob` that hold no wildcard: where a search has to begin."""
    parts = glob.removeprefix("./").split("/")
    fixed = []
    for part in parts[:-1]:
        if re.search(r"[*?\[{]", part):
            break
        fixed.append(part)
    return "/".join(fixed)


def _translated(glob: str) -> str:
    pattern, depth, index = "", 0, 0
    while index < len(glob):
        token = _TOKEN.match(glob, index)
        text = token[0] if token else glob[index]
        index += len(text)
        if text == "{":
            depth, pattern = depth + 1, f"{pattern}(?:"
        elif text == "}" and depth:
            depth, pattern = depth - 1, f"{pattern})"
        elif text == "," and depth:
            pattern += "|"
        else:
            pattern += _one(text)
    return pattern + ")" * depth


_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]")


def _one(text: str) -> str:
    simple = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if text in simple:
        return simple[text]
    if text.startswith("[") and text.endswith("]"):
        inner = text[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(text)
