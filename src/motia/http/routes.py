"""Which Step answers a method and path. Static paths are one look-up; matching does not grow with the number of routes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from motia.model.step_table import Route

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
_PARAMETER: Final = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)$")
# What only a regular expression can express: optional or constrained parameters, wildcards, groups.
_SPECIAL: Final = re.compile(r"[*()?+]")
_TOKEN: Final = re.compile(
    r"(?P<slash>/)?(?::(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:\((?P<inner>(?:\\.|[^\\()])+)\))?|\((?P<group>(?:\\.|[^\\()])+)\)|(?P<star>\*))"
    r"(?P<optional>\?)?"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Match:
    """The route and its decoded path parameters."""

    route: Route
    parameters: dict[str, str]


@dataclasses.dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = dataclasses.field(default_factory=dict)
    parameter: _Node | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class _Pattern:
    expression: re.Pattern[str]
    names: tuple[str, ...]
    rank: tuple[int, ...]
    route: Route


class RouteTable:
    """All routes at one moment; immutable. Literal segments go before parameters, those before wildcards (HTTP-2).

    Paths are matched without regard to case, and with or without a trailing slash (HTTP-1).
    """

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        """Of two routes of one shape and method the first serves."""
        self._static: dict[str, dict[str, Route]] = {}
        self._root = _Node()
        self._patterns: list[_Pattern] = []
        self.routes: list[Route] = []
        for route in routes:
            self.routes.append(route)
            self._add(route)
        self._patterns.sort(key=lambda pattern: pattern.rank)

    def match(self, method: str, path: str) -> Match | None:
        """The route for `method` at `path` (still percent-encoded)."""
        static = self._static.get(_canonical(path))
        if static is not None and method in static:
            return Match(static[method], {})
        found = self._walk(self._root, _segments(path), 0, method, [])
        if found is not None:
            return found
        return next(self._by_pattern(method, path), None)

    def allowed(self, path: str) -> list[str]:
        """The methods that some Step serves at `path`, sorted."""
        return sorted({method for method in METHODS if self.match(method, path) is not None})

    def _add(self, route: Route) -> None:
        path, method = route.trigger.path, route.trigger.method
        if _SPECIAL.search(path):
            self._patterns.append(_compiled(route))
        elif ":" not in path:
            self._static.setdefault(_canonical(path), {}).setdefault(method, route)
        else:
            self._add_to_tree(route, path, method)

    def _add_to_tree(self, route: Route, path: str, method: str) -> None:
        node, names = self._root, []
        for segment in _segments(path):
            parameter = _PARAMETER.match(segment)
            if parameter is None and ":" in segment:  # `:a.:b` and the like
                self._patterns.append(_compiled(route))
                return
            if parameter is None:
                node = node.literals.setdefault(segment.lower(), _Node())
            else:
                names.append(parameter[1])
                node.parameter = node = node.parameter or _Node()
        node.routes.setdefault(method, (route, tuple(names)))

    def _walk(self, node: _Node, segments: list[str], at: int, method: str, values: list[str]) -> Match | None:
        if at == len(segments):
            found = node.routes.get(method)
            return None if found is None else Match(found[0], dict(zip(found[1], values, strict=True)))
        segment = segments[at]
        literal = node.literals.get(segment.lower())
        if literal is not None:
            match = self._walk(literal, segments, at + 1, method, values)
            if match is not None:
                return match
        if node.parameter is None or not segment:
            return None
        return self._walk(node.parameter, segments, at + 1, method, [*values, unquote(segment)])

    def _by_pattern(self, method: str, path: str) -> Iterator[Match]:
        for pattern in self._patterns:
            if pattern.route.trigger.method != method:
                continue
            match = pattern.expression.fullmatch(path)
            if match is not None:
                pairs = zip(pattern.names, match.groups(), strict=True)
                yield Match(pattern.route, {name: unquote(value) for name, value in pairs if value is not None})


def _canonical(path: str) -> str:
    return (path[:-1] if len(path) > 1 and path.endswith("/") else path).lower()


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []


def _compiled(route: Route) -> _Pattern:
    """An Express 4 path as a regular expression."""
    path = route.trigger.path
    out: list[str] = []
    names: list[str] = []
    at = unnamed = 0
    for token in _TOKEN.finditer(path):
        out.append(re.escape(path[at : token.start()]))
        at = token.end()
        if token["name"]:
            names.append(token["name"])
            inner = token["inner"] or "[^/]+?"
        else:
            names.append(str(unnamed))
            unnamed += 1
            inner = token["group"] or ".*"
        slash = "/" if token["slash"] else ""
        out.append(
            f"(?:{slash}({_without_groups(inner)}))?" if token["optional"] else f"{slash}({_without_groups(inner)})"
        )
    out.append(re.escape(path[at:].rstrip("/")))
    rank = tuple(_segment_rank(segment) for segment in _segments(path))
    return _Pattern(re.compile("".join(out) + "/?", re.IGNORECASE), tuple(names), rank, route)


def _without_groups(inner: str) -> str:
    """The author's expression with its groups not counting, so that ours keep their numbers."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", inner)


def _segment_rank(segment: str) -> int:
    if "*" in segment:
        return 2
    return 1 if ":" in segment or "(" in segment else 0
