"""All Steps of a project at one moment: immutable, swapped whole when code changes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from motia.model.errors import UnknownStep
from motia.model.step import EventTrigger, Step


class StepTable:
    """Look-ups over Steps whose names are unique."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        """The names must be unique; `project` sees to that."""
        self.steps: tuple[Step, ...] = tuple(steps)
        self._by_name = {step.name: step for step in self.steps}
        self._by_alias = {step.alias: step for step in reversed(self.steps) if step.alias is not None}
        self._by_id = {step.id: step for step in self.steps}
        self._subscribers: dict[str, list[tuple[Step, int]]] = {}
        for step in self.steps:
            for index, trigger in enumerate(step.triggers):
                if isinstance(trigger, EventTrigger) and step.has_handler:
                    self._subscribers.setdefault(trigger.topic, []).append((step, index))

    @property
    def by_name(self) -> Mapping[str, Step]:
        """Steps by the name deliveries are addressed to."""
        return self._by_name

    def subscribers(self, topic: str) -> Sequence[tuple[Step, int]]:
        """Who gets a delivery of an event on `topic`: the Step and the index of its trigger, each Step once."""
        return self._subscribers.get(topic, ())

    def find(self, wanted: str) -> Step:
        """The Step whose config `id`, else name, else Step id is `wanted` (EVT-25).

        Raises `UnknownStep` listing up to three near matches among names, ids and files (EVT-27).
        """
        step = self._by_alias.get(wanted) or self._by_name.get(wanted) or self._by_id.get(wanted)
        if step is not None:
            return step
        known = [name for step in self.steps for name in (step.alias, step.name, step.file) if name is not None]
        near = difflib.get_close_matches(wanted, dict.fromkeys(known), n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
        raise UnknownStep(f"there is no Step {wanted!r}{hint}")
