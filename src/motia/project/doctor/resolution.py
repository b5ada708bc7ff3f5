"""Where an import leads: to files of the project, to a package, or to what is always there."""

from __future__ import annotations

import dataclasses
import json
import posixpath
import re
import sys
from pathlib import Path
from typing import Any, Final

from motia.project.doctor.imports import Import
from motia.project.doctor.reading import is_file, is_folder, read_text
from motia.project.doctor.source import Source
from motia.project.source_text import Language, code_only

_NODE_BUILT_IN: Final = re.compile(
    "assert|async_hooks|buffer|child_process|cluster|console|constants|crypto|dgram|diagnostics_channel|dns|domain|events|"
    "fs|http|http2|https|inspector|module|net|os|path|perf_hooks|process|punycode|querystring|readline|repl|stream|"
    "string_decoder|sys|timers|tls|trace_events|tty|url|util|v8|vm|wasi|worker_threads|zlib"
)
_NODE_ENDINGS: Final = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".json")
_WRITTEN_FOR: Final = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
_LITERAL: Final = re.compile(r"""(["'`])\s*\1""")
_TRAILING_COMMA: Final = re.compile(r",(\s*[}\]])")


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """`files` are relative to the root; `package` is what has to be installed, None when nothing has to be."""

    files: tuple[str, ...] = ()
    package: str | None = None


class Resolver:
    """Resolves imports as the workers do (PRJ-13 to PRJ-17), by looking at file names only."""

    def __init__(self, root: Path) -> None:
        """Reads `tsconfig.json` once, for its `paths`."""
        self._root = root
        self._aliases = _aliases(root)

    def resolve(self, source: Source, found: Import) -> Target:
        """Where `found`, written in `source`, leads."""
        folder = posixpath.dirname(source.path)
        if source.language == "python":
            return self._python(folder, found)
        if source.language == "ruby":
            return Target(self._existing((_joined(folder, found.module), f"{_joined(folder, found.module)}.rb")))
        return self._node(folder, found)

    def _node(self, folder: str, found: Import) -> Target:
        module = found.module.partition("?")[0]
        if found.ours or not module or module.startswith(("node:", "#", "/", "data:", "http:", "https:", "bun:")):
            return Target()
        if module.startswith("."):
            return Target(self._module(_joined(folder, module)))
        aliased, files = self._aliased(module)
        if aliased or files:
            return Target(files)
        parts = module.split("/")
        package = "/".join(parts[:2]) if module.startswith("@") else parts[0]
        return Target() if _NODE_BUILT_IN.fullmatch(package) else Target(package=package)

    def _aliased(self, module: str) -> tuple[bool, tuple[str, ...]]:
        """Whether a `paths` pattern other than `*` means `module`, and the files it leads to."""
        for pattern, targets in self._aliases:
            before, star, after = pattern.partition("*")
            if module != pattern and not (star and module.startswith(before) and module.endswith(after)):
                continue
            middle = module[len(before) : len(module) - len(after)] if star else ""
            files = [file for target in targets for file in self._module(target.replace("*", middle, 1))]
            if files or before:
                return True, tuple(files[:1])
        return False, ()

    def _module(self, path: str) -> tuple[str, ...]:
        stem, ending = posixpath.splitext(path)
        candidates = [
            path,
            *(path + each for each in _NODE_ENDINGS),
            *(stem + each for each in _WRITTEN_FOR.get(ending, ())),
        ]
        return self._existing((*candidates, *(f"{path}/index{each}" for each in _NODE_ENDINGS)))

    def _python(self, folder: str, found: Import) -> Target:
        dots = len(found.module) - len(found.module.lstrip("."))
        parts = [part for part in found.module.split(".") if part]
        if dots:
            base = _joined(folder, "/".join([".."] * (dots - 1)) or ".")
            return Target(self._modules(base, parts, found))
        if parts and parts[0] == self._root.name and not self._has("", parts[0]):
            parts = parts[1:]
        if not parts:
            return Target()
        if parts[0] == "motia" and not (len(parts) > 1 and self._has("motia", parts[1])):
            return Target()
        for base in ("", folder):
            if self._has(base, parts[0]):
                return Target(self._modules(base, parts, found))
        return Target() if parts[0] in sys.stdlib_module_names else Target(package=parts[0])

    def _has(self, base: str, name: str) -> bool:
        return is_folder(self._root / base / name) or is_file(self._root / base / f"{name}.py")

    def _modules(self, base: str, parts: list[str], found: Import) -> tuple[str, ...]:
        """The file of a module, and those that its imported names are."""
        path = _joined(base, "/".join(parts)) if parts else base
        names = [f"{path}/{name}.py" for name in found.names.values() if name.isidentifier()]
        own = self._existing((f"{path}.py", f"{path}/__init__.py"))
        return (*own, *(name for each in names for name in self._existing((each,))))

    def _existing(self, candidates: tuple[str, ...]) -> tuple[str, ...]:
        """The first that is a file inside the project."""
        for each in candidates:
            path = posixpath.normpath(each)
            if not path.startswith("../") and "node_modules" not in path.split("/") and is_file(self._root / path):
                return (path,)
        return ()


def language_of_helper(path: str) -> Language | None:
    """The language of a file that is imported."""
    ending = posixpath.splitext(path)[1]
    if ending in {".py", ".rb"}:
        return "python" if ending == ".py" else "ruby"
    return "node" if ending in _NODE_ENDINGS and ending != ".json" else None


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def _aliases(root: Path) -> list[tuple[str, list[str]]]:
    """`compilerOptions.paths` of `tsconfig.json`, the most specific first, targets relative to the root."""
    options = read_json_with_comments(root / "tsconfig.json").get("compilerOptions")
    if not isinstance(options, dict):
        return []
    base = options.get("baseUrl")
    paths = options.get("paths")
    found = []
    for pattern, targets in paths.items() if isinstance(paths, dict) else ():
        if isinstance(targets, list):
            found.append((pattern, [_joined(str(base or "."), str(target)) for target in targets]))
    if isinstance(base, str):
        found.append(("*", [_joined(base, "*")]))
    return sorted(found, key=lambda each: -len(each[0].partition("*")[0]))


def read_json_with_comments(path: Path) -> dict[str, Any]:
    """A JSON object as `tsconfig.json` may be written; empty when there is none."""
    text, _ = read_text(path)
    if text is None:
        return {}
    original = text
    bare = _LITERAL.sub(lambda match: original[match.start() : match.end()], code_only(text, "node"))
    try:
        value = json.loads(_TRAILING_COMMA.sub(r"\1", bare))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
