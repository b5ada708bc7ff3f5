"""From the Steps of all files to one table: names made unique, routes that conflict reported (PRJ-19, HTTP-2)."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterable
from typing import Final

from motia.model.step import HttpTrigger, Step
from motia.model.step_table import Route, StepTable
from motia.project.notice import Notice

_PARAMETER: Final = re.compile(r":\w+")
_REGEX: Final = re.compile(r"(\((?:[^()\\]|\\.)*\))")


def arrange(steps: Iterable[Step]) -> tuple[StepTable, tuple[Notice, ...]]:
    """The table of `steps`, sorted and, where two share a name, renamed; and what their authors should know."""
    ordered = sorted(steps, key=lambda step: (step.file, step.line or 0, step.entry))
    named, notices = _with_unique_names(ordered)
    routes, route_notices = _routes(named)
    return StepTable.of(named, routes), (*notices, *_shared_aliases(named), *route_notices)


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


def _shared_aliases(steps: tuple[Step, ...]) -> list[Notice]:
    aliases: dict[str, Step] = {}
    notices = []
    for step in steps:
        if step.alias is None:
            continue
        first = aliases.setdefault(step.alias, step)
        if first is not step:
            message = f'the id "{step.alias}" already belongs to the Step "{first.name}" in {first.file}'
            notices.append(Notice("warning", "PRJ-19", message, step.file, step.name, "id", step.line))
    return notices


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
