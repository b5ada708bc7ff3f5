"""The one Step model: what every dialect is normalised to. Nothing behind `project/` knows dialects."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, Literal

from motia.model.policy import DeliveryPolicy

TriggerKind = Literal["http", "event", "cron", "manual", "state", "stream"]
Validation = Literal["enforce", "warn", "off"]
Overlap = Literal["skip", "queue", "allow", "cancel"]
CatchUp = Literal["none", "last", "all"]
JSONSchema = dict[str, Any] | bool

_BUILT_IN_POLICY: Final = DeliveryPolicy()


@dataclasses.dataclass(frozen=True, slots=True)
class Schema:
    """A schema as the core knows it.

    `json`: its JSON Schema, None where it has none. `live`: the worker validates with the author's own object, the
    core does not.
    """

    json: JSONSchema | None
    live: bool = False


_ANYTHING: Final = Schema(json=True)


@dataclasses.dataclass(frozen=True, slots=True)
class HttpTrigger:
    """A route. `path` starts with `/`; `method` is upper case.

    `described_query`: an object schema for those `query_params` that are to be checked (CFG-23); its values are read from
    the query's texts. `guarded`: middleware or a condition runs before validation, so that the worker has to ask for it (HTTP-30).
    """

    path: str
    method: str
    body: Schema | None = None
    query: Schema | None = None
    params: Schema | None = None
    headers: Schema | None = None
    responses: Mapping[str, Schema] = dataclasses.field(default_factory=dict)
    query_params: tuple[Mapping[str, Any], ...] = ()
    described_query: Schema | None = None
    validation: Validation = "enforce"
    guarded: bool = False
    kind: Final[TriggerKind] = "http"

    def plain_schemas(self) -> dict[str, Schema]:
        """The parts of a request that the core checks: `body`, `query`, `params`, `headers`, those with a plain JSON Schema."""
        parts = {"body": self.body, "query": self.query, "params": self.params, "headers": self.headers}
        plain = {part: schema for part, schema in parts.items() if schema is not None and not schema.live}
        if self.described_query is not None:
            plain.setdefault("query", _ANYTHING)
        return plain


@dataclasses.dataclass(frozen=True, slots=True)
class EventTrigger:
    """A subscription to `topic`; each (topic, Step) gets its own delivery of every event.

    `concurrency` bounds the running attempts of this subscription alone, in addition to the Step's own bound.
    """

    topic: str
    policy: DeliveryPolicy
    input: Schema | None = None
    validation: Validation = "warn"
    concurrency: int | None = None
    kind: Final[TriggerKind] = "event"


@dataclasses.dataclass(frozen=True, slots=True)
class CronTrigger:
    """A schedule: `expression` has 5 fields, or 6 with leading seconds, or 7 with seconds and a year.

    `timezone` is an IANA name, None is server time. `catch_up` says what happens to ticks missed while nothing ran.
    """

    expression: str
    policy: DeliveryPolicy
    timezone: str | None = None
    overlap: Overlap = "skip"
    catch_up: CatchUp = "none"
    kind: Final[TriggerKind] = "cron"


@dataclasses.dataclass(frozen=True, slots=True)
class ManualTrigger:
    """Started by hand or by `motia.trigger`. Every Step can be; a noop Step with a handler has only this."""

    policy: DeliveryPolicy
    input: Schema | None = None
    validation: Validation = "warn"
    kind: Final[TriggerKind] = "manual"


@dataclasses.dataclass(frozen=True, slots=True)
class StateTrigger:
    """Changes of state values; None for `group` or `key` means any."""

    policy: DeliveryPolicy
    group: str | None = None
    key: str | None = None
    kind: Final[TriggerKind] = "state"


@dataclasses.dataclass(frozen=True, slots=True)
class StreamTrigger:
    """Changes of items in `stream`; None for `group` or `item` means any."""

    stream: str
    policy: DeliveryPolicy
    group: str | None = None
    item: str | None = None
    kind: Final[TriggerKind] = "stream"


Trigger = HttpTrigger | EventTrigger | CronTrigger | ManualTrigger | StateTrigger | StreamTrigger


@dataclasses.dataclass(frozen=True, slots=True)
class EmittedTopic:
    """A declared output."""

    topic: str
    label: str | None = None
    conditional: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """A config and a handler in one file.

    `name` is unique in a project and what deliveries are addressed to. `entry` is the worker's word for the handler.
    `timeout_ms` bounds a run whatever started it; None leaves it to the project. `policy` is for direct starts of a Step
    whose triggers carry none. `declared_kind` is the 0.17 kind its author wrote, None in triggers form. `config` is the
    author's config with schemas as JSON Schema and without functions, for display. `include_files`, `ram_mb` and `cpu`
    are for builds and deployments. `atomic`: what a run does becomes visible in one commit with its end, or not at all.
    """

    name: str
    id: str
    file: str
    language: str
    entry: str
    form: Literal["type", "function", "triggers"]
    triggers: tuple[Trigger, ...]
    alias: str | None = None
    description: str | None = None
    flows: tuple[str, ...] = ()
    emits: tuple[EmittedTopic, ...] | None = None
    virtual_emits: tuple[EmittedTopic, ...] = ()
    virtual_subscribes: tuple[str, ...] = ()
    has_handler: bool = True
    concurrency: int | None = None
    timeout_ms: int | None = None
    strict_emits: bool = False
    atomic: bool = False
    validation: Validation | None = None
    line: int | None = None
    policy: DeliveryPolicy = _BUILT_IN_POLICY
    declared_kind: Literal["api", "event", "cron", "noop"] | None = None
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    include_files: tuple[str, ...] = ()
    ram_mb: int | None = None
    cpu: float | None = None

    @property
    def kind(self) -> str:
        """The 0.17 kind that describes it best: `api`, `event`, `cron` or `noop`."""
        if self.declared_kind is not None:
            return self.declared_kind
        first = self.triggers[0].kind if self.triggers else "manual"
        return {"http": "api", "event": "event", "cron": "cron"}.get(first, "noop")

    @property
    def manual_policy(self) -> DeliveryPolicy:
        """The policy of a direct start: that of its first trigger that has one."""
        for trigger in self.triggers:
            if not isinstance(trigger, HttpTrigger):
                return trigger.policy
        return self.policy


@dataclasses.dataclass(frozen=True, slots=True)
class StreamDefinition:
    """A declared stream. `storage` is `default` or `custom` (an object in the author's worker holds the items).

    `hooks` names the functions the worker runs for it: `canAccess`, `onJoin`, `onLeave`.
    """

    name: str
    file: str
    language: str
    entry: str
    schema: Schema | None = None
    description: str | None = None
    storage: Literal["default", "custom"] = "default"
    hooks: tuple[str, ...] = ()
    validation: Validation = "warn"
    line: int | None = None
