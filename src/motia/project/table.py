"""All Steps of a project, found by whatever one asks for: name, id, topic, route. Immutable; a reload makes a new one."""

from __future__ import annotations

import collections
import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from motia.model.errors import UnknownStep
from motia.model.step import EventTrigger, HttpTrigger, Step
from motia.project.notice import Notice

_NEAR_MATCHES: Final = 3
_PARAMETER: Final = re.compile(r":\w+")
_REGEX: Final = re.compile(r"(\((?:[^()\\]|\\.)*\))")


@dataclasses.dataclass(frozen=True, slots=True)
class Subscription:
    """A Step that gets a delivery of every event on a topic; `index` is that of the trigger in the Step."""

    step: Step
    index: int
    trigger: EventTrigger


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """A Step that serves a method and path; `index` is that of the trigger in the Step."""

    step: Step
    index: int
    trigger: HttpTrigger


@dataclasses.dataclass(frozen=True, slots=True)
class StepTable:
    """The Steps in path order, and indexes over them. Made by `build`."""

    steps: tuple[Step, ...] = ()
    routes: tuple[Route, ...] = ()
    _by_name: Mapping[str, Step] = dataclasses.field(default_factory=dict, repr=False)
    _by_alias: Mapping[str, Step] = dataclasses.field(default_factory=dict, repr=False)
    _by_id: Mapping[str, Step] = dataclasses.field(default_factory=dict, repr=False)
    _by_topic: Mapping[str, tuple[Subscription, ...]] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, steps: Iterable[Step]) -> tuple[StepTable, tuple[Notice, ...]]:
        """The table of `steps`, which it sorts and, where two share a name, renames; and what their authors should know."""
        ordered = sorted(steps, key=lambda step: (step.file, step.line or 0, step.entry))
        named, notices = _with_unique_names(ordered)
        aliases, alias_notices = _aliases(named)
        routes, route_notices = _routes(named)
        table = cls(
            steps=named,
            routes=routes,
            _by_name=MappingProxyType({step.name: step for step in named}),
            _by_alias=MappingProxyType(aliases),
            _by_id=MappingProxyType({step.id: step for step in named}),
            _by_topic=MappingProxyType(_subscriptions(named)),
        )
        return table, (*notices, *alias_notices, *route_notices)

    def get(self, name: str) -> Step | None:
        """The Step with that name, which is what deliveries carry."""
        return self._by_name.get(name)

    def find(self, reference: str) -> Step | None:
        """The Step meant by an author's id or name, or by its HTTP look-up id; an author's id comes first (EVT-25)."""
        return self._by_alias.get(reference) or self._by_name.get(reference) or self._by_id.get(reference)

    def resolve(self, reference: str) -> Step:
        """As `find`. Raises `UnknownStep`, whose message lists near matches (EVT-27)."""
        step = self.find(reference)
        if step is None:
            raise UnknownStep(self.unknown(reference))
        return step

    def unknown(self, reference: str) -> str:
        """A sentence that says that `reference` is no Step and what may have been meant."""
        near = self.near(reference)
        if not near:
            return f'there is no Step "{reference}"'
        names = ", ".join(f'"{name}"' for name in near)
        return f'there is no Step "{reference}"; near matches: {names}'

    def near(self, reference: str) -> tuple[str, ...]:
        """Up to three names, ids and files of Steps that look like `reference`."""
        words: dict[str, str] = {}
        for step in self.steps:
            for word in (step.name, step.alias, step.file):
                if word:
                    words.setdefault(word.lower(), word)
        wanted = reference.lower()
        close = difflib.get_close_matches(wanted, words, n=_NEAR_MATCHES, cutoff=0.6)
        inside = [word for word in words if wanted and wanted in word and word not in close]
        return tuple(words[word] for word in (close + inside)[:_NEAR_MATCHES])

    def subscriptions(self, topic: str) -> tuple[Subscription, ...]:
        """Who gets a delivery of an event on `topic` (EVT-4)."""
        return self._by_topic.get(topic, ())

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that somebody subscribes to, in order."""
        return tuple(sorted(self._by_topic))


def _with_unique_names(steps: list[Step]) -> tuple[tuple[Step, ...], list[Notice]]:
    """Each of several Steps with one name becomes `NAME (path)`, so that none gets the other's deliveries (PRJ-19)."""
    count = collections.Counter(step.name for step in steps)
    taken = {name for name, times in count.items() if times == 1}
    notices = []
    named = []
    for step in steps:
        if count[step.name] == 1:
            named.append(step)
            continue
        name = _free(f"{step.name} ({step.file})", taken)
        taken.add(name)
        named.append(dataclasses.replace(step, name=name))
        message = f'Duplicate step names: {step.name}. This one is now known as "{name}"'
        notices.append(
            Notice(
                "warning", "PRJ-19", message, step.file, step.name, "name", step.line, "Give each Step its own name."
            )
        )
    return tuple(named), notices


def _free(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate = f"{name} {number}"
        number += 1
    return candidate


def _aliases(steps: tuple[Step, ...]) -> tuple[dict[str, Step], list[Notice]]:
    aliases: dict[str, Step] = {}
    notices = []
    for step in steps:
        if step.alias is None:
            continue
        first = aliases.setdefault(step.alias, step)
        if first is not step:
            message = f'the id "{step.alias}" already belongs to the Step "{first.name}" in {first.file}'
            notices.append(Notice("warning", "PRJ-19", message, step.file, step.name, "id", step.line))
    return aliases, notices


def _subscriptions(steps: tuple[Step, ...]) -> dict[str, tuple[Subscription, ...]]:
    """Topic → its subscriptions. Two triggers of one Step on one topic are two: each may have its own condition (CFG-46)."""
    topics: dict[str, list[Subscription]] = {}
    for step in steps:
        for index, trigger in enumerate(step.triggers):
            if isinstance(trigger, EventTrigger):
                topics.setdefault(trigger.topic, []).append(Subscription(step, index, trigger))
    return {topic: tuple(subscriptions) for topic, subscriptions in topics.items()}


def _routes(steps: tuple[Step, ...]) -> tuple[tuple[Route, ...], list[Notice]]:
    """All routes in path order; of two with one method and shape the first serves (HTTP-2)."""
    routes: dict[tuple[str, str], Route] = {}
    notices = []
    for step in steps:
        for index, trigger in enumerate(step.triggers):
            if not isinstance(trigger, HttpTrigger):
                continue
            route = Route(step, index, trigger)
            first = routes.setdefault((trigger.method, route_shape(trigger.path)), route)
            if first is not route:
                notices.append(_conflict(route, first))
    return tuple(routes.values()), notices


def _conflict(route: Route, first: Route) -> Notice:
    step, trigger = route.step, route.trigger
    message = f'Endpoint conflict: {trigger.method} {trigger.path} is already served by "{first.step.name}" in {first.step.file}'
    return Notice("error", "HTTP-2", message, step.file, step.name, "path", step.line, "Change one of the two paths.")


def route_shape(path: str) -> str:
    """What two paths have in common when they mean the same requests: parameter names, case and a final slash gone."""
    parts = _REGEX.split(path.rstrip("/") or "/")
    return "".join(part if index % 2 else _PARAMETER.sub(":", part).lower() for index, part in enumerate(parts))
