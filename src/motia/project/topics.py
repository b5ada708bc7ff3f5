"""What the Steps of a project say about each topic: who receives it, and whether one payload can suit all (TYP-7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from motia.model.step import EventTrigger, JSONSchema, Step
from motia.project.json_schema_to_ts import disjoint
from motia.project.notice import Notice

Subscribers = Mapping[str, list[tuple[Step, EventTrigger]]]


def subscribers_of(steps: Iterable[Step]) -> dict[str, list[tuple[Step, EventTrigger]]]:
    """Topic → the Steps that receive it, in the order of the Steps."""
    topics: dict[str, list[tuple[Step, EventTrigger]]] = {}
    for step in steps:
        for trigger in step.triggers:
            if isinstance(trigger, EventTrigger):
                topics.setdefault(trigger.topic, []).append((step, trigger))
    return topics


def described(subscriptions: Iterable[tuple[Step, EventTrigger]]) -> list[tuple[Step, JSONSchema]]:
    """Those subscriptions that have a JSON Schema, with it."""
    return [
        (step, trigger.input.json)
        for step, trigger in subscriptions
        if trigger.input and trigger.input.json is not None
    ]


def contradictions(subscribers: Subscribers) -> dict[str, Notice]:
    """Topics of which no payload suits all subscribers, each with an error that names two of them."""
    found = {}
    for topic, subscriptions in subscribers.items():
        pair = _contradiction(described(subscriptions))
        if pair is not None:
            first, second = pair
            message = f'no payload of "{topic}" suits both "{first.name}" ({first.file}) and "{second.name}"'
            found[topic] = Notice("error", "TYP-7", message, second.file, second.name, "input", second.line)
    return found


def _contradiction(schemas: list[tuple[Step, JSONSchema]]) -> tuple[Step, Step] | None:
    for index, (step, schema) in enumerate(schemas):
        for other, other_schema in schemas[:index]:
            if disjoint(other_schema, schema):
                return other, step
    return None
