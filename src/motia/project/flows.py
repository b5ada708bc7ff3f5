"""Flows as graphs: the records of ADM-21, which Workbench and the Mermaid files draw."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final

from motia.model.step import CronTrigger, EmittedTopic, EventTrigger, HttpTrigger, Step
from motia.project.discovery import base_name

DEFAULT_FLOW: Final = "default"
_LANGUAGE_NAMES: Final = {
    "ts": "typescript",
    "mts": "typescript",
    "cts": "typescript",
    "js": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "py": "python",
    "rb": "ruby",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """Something a Step did that it does not declare: it emitted `topic`, or started the Step `target` directly."""

    source: str
    topic: str = ""
    target: str | None = None


def flow_names(step: Step) -> tuple[str, ...]:
    """The flows a Step is drawn in (PRJ-21)."""
    return step.flows or (DEFAULT_FLOW,)


def flow_records(
    steps: Iterable[Step], components: Iterable[str] = (), seen: Iterable[Seen] = ()
) -> dict[str, dict[str, Any]]:
    """Flow name → its record, in order of name. `components` are the custom nodes that discovery found."""
    flows: dict[str, list[Step]] = {}
    for step in steps:
        for name in flow_names(step):
            flows.setdefault(name, []).append(step)
    nodes = _nodes_by_step(components)
    observed = tuple(seen)
    return {
        name: {
            "id": name,
            "name": name,
            "steps": [_node(step, nodes.get(_key(step.file))) for step in members],
            "edges": _edges(members, observed),
        }
        for name, members in sorted(flows.items())
    }


def _key(path: str) -> tuple[str, str]:
    return path.rpartition("/")[0], base_name(path)


def _nodes_by_step(components: Iterable[str]) -> dict[tuple[str, str], str]:
    return {_key(path): path for path in components}


def _node(step: Step, component: str | None) -> dict[str, Any]:
    node: dict[str, Any] = {"id": step.id, "name": step.name, "type": step.kind}
    if step.description:
        node["description"] = step.description
    node["filePath"] = step.file
    node["language"] = _LANGUAGE_NAMES.get(step.file.rpartition(".")[2], step.language)
    if component is not None:
        node["nodeComponentPath"] = component
    node["emits"] = [_topic(each) for each in step.emits or ()]
    if step.virtual_emits:
        node["virtualEmits"] = [_topic(each) for each in step.virtual_emits]
    if topics := _subscribes(step):
        node["subscribes"] = list(topics)
    if step.virtual_subscribes:
        node["virtualSubscribes"] = list(step.virtual_subscribes)
    return node | _trigger_keys(step)


def _trigger_keys(step: Step) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for trigger in step.triggers:
        if isinstance(trigger, HttpTrigger) and "action" not in keys:
            keys |= {"action": "webhook", "webhookUrl": f"{trigger.method} {trigger.path}"}
            if trigger.body is not None:
                keys["bodySchema"] = trigger.body.json
        elif isinstance(trigger, CronTrigger):
            keys.setdefault("cronExpression", trigger.expression)
    return keys


def _topic(emitted: EmittedTopic) -> Any:
    if emitted.label is None and not emitted.conditional:
        return emitted.topic
    label = {} if emitted.label is None else {"label": emitted.label}
    return {"topic": emitted.topic, **label, **({"conditional": True} if emitted.conditional else {})}


def _subscribes(step: Step) -> tuple[str, ...]:
    return tuple(dict.fromkeys(trigger.topic for trigger in step.triggers if isinstance(trigger, EventTrigger)))


def _edges(steps: list[Step], seen: Iterable[Seen]) -> list[dict[str, Any]]:
    edges: dict[str, dict[str, Any]] = {}

    def add(source: Step, target: Step, emitted: EmittedTopic, variant: str) -> None:
        edge = _edge(source, target, emitted, variant)
        edges.setdefault(edge["id"], edge)

    for source in steps:
        for variant, topics in (("event", source.emits or ()), ("virtual", source.virtual_emits)):
            for emitted in topics:
                for target in steps:
                    if emitted.topic in _subscribes(target):
                        add(source, target, emitted, variant)
                    elif emitted.topic in target.virtual_subscribes:
                        add(source, target, emitted, "virtual")
    by_name = {step.name: step for step in steps}
    for each in seen:
        for target in _seen_targets(each, steps, by_name):
            add(by_name[each.source], target, EmittedTopic(each.topic), "undeclared")
    return list(edges.values())


def _seen_targets(seen: Seen, steps: list[Step], by_name: Mapping[str, Step]) -> list[Step]:
    if seen.source not in by_name:
        return []
    if seen.target is not None:
        return [by_name[seen.target]] if seen.target in by_name else []
    return [step for step in steps if seen.topic in _subscribes(step)]


def _edge(source: Step, target: Step, emitted: EmittedTopic, variant: str) -> dict[str, Any]:
    data: dict[str, Any] = {"variant": variant, "topic": emitted.topic}
    if emitted.label is not None:
        data["label"] = emitted.label
    data["labelVariant"] = "conditional" if emitted.conditional else "default"
    return {"id": f"{source.id}-{target.id}-{emitted.topic}", "source": source.id, "target": target.id, "data": data}
