"""All Steps of a project, found by whatever one asks for: name, id, topic. Immutable; a reload makes a new one."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from motia.model.errors import UnknownStep
from motia.model.step import EventTrigger, HttpTrigger, StateTrigger, Step

_NEAR_MATCHES: Final = 3


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
class StateWatch:
    """A Step that is started by changes of state; `index` is that of the trigger in the Step."""

    step: Step
    index: int
    trigger: StateTrigger


@dataclasses.dataclass(frozen=True, slots=True)
class StepTable:
    """The Steps in path order, and indexes over them. Made by `of`."""

    steps: tuple[Step, ...] = ()
    routes: tuple[Route, ...] = ()
    state_watches: tuple[StateWatch, ...] = ()
    _by_name: Mapping[str, Step] = dataclasses.field(default_factory=dict, repr=False)
    _by_alias: Mapping[str, Step] = dataclasses.field(default_factory=dict, repr=False)
    _by_id: Mapping[str, Step] = dataclasses.field(default_factory=dict, repr=False)
    _by_topic: Mapping[str, tuple[Subscription, ...]] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, steps: Iterable[Step], routes: Iterable[Route] = ()) -> StepTable:
        """The table of `steps`, whose names are unique, in that order; of two equal aliases the first counts."""
        ordered = tuple(steps)
        topics: dict[str, list[Subscription]] = {}
        for step in ordered:
            for index, trigger in enumerate(step.triggers):
                if isinstance(trigger, EventTrigger):
                    topics.setdefault(trigger.topic, []).append(Subscription(step, index, trigger))
        return cls(
            steps=ordered,
            routes=tuple(routes),
            state_watches=tuple(
                StateWatch(step, index, trigger)
                for step in ordered
                for index, trigger in enumerate(step.triggers)
                if isinstance(trigger, StateTrigger)
            ),
            _by_name=MappingProxyType({step.name: step for step in ordered}),
            _by_alias=MappingProxyType({step.alias: step for step in reversed(ordered) if step.alias is not None}),
            _by_id=MappingProxyType({step.id: step for step in ordered}),
            _by_topic=MappingProxyType({topic: tuple(subscriptions) for topic, subscriptions in topics.items()}),
        )

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
