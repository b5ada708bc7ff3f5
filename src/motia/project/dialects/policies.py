"""`retry`, `infrastructure` and trigger `config` → delivery policies (EVT-12 to EVT-17, CFG-28 to CFG-32).

A layer is a dict of the `DeliveryPolicy` fields that one source sets. Later layers win, value by value:
built in, project `queue`, `infrastructure`, trigger `config`, `retry`, the trigger's own `retry`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from motia.model.policy import ONE_ATTEMPT, DeliveryPolicy
from motia.project.dialects.defaults import StepDefaults
from motia.project.section import Section

Layer = Mapping[str, Any]

_BACKOFFS: Final = ("exponential", "fixed", "linear", "none")
_JITTERS: Final = {"full": "full", "none": "none", "true": "full", "false": "none"}
_QUEUE_TYPES: Final = {"standard": False, "fifo": True}
# A layer with one of these asks for retries; a cron Step without them has one attempt per tick (CRON-7).
_ABOUT_RETRIES: Final = frozenset({"max_attempts", "backoff", "delay_ms", "max_delay_ms", "jitter"})
_VCPU_PER_MB: Final = 1 / 2048
_CPU_TOLERANCE: Final = 0.1


@dataclasses.dataclass(frozen=True, slots=True)
class Infrastructure:
    """What `infrastructure`, `retry`, `timeout` and `concurrency` of a Step say together."""

    queue: Layer = dataclasses.field(default_factory=dict)
    retry: Layer = dataclasses.field(default_factory=dict)
    concurrency: int | None = None
    timeout_ms: int | None = None
    ram_mb: int | None = None
    cpu: float | None = None


def read_infrastructure(section: Section) -> Infrastructure:
    """The delivery keys at the top level of a Step's config."""
    retry = read_retry(section.section("CFG-28", "retry"))
    timeout = _ms(section.number("CFG-32", "timeout", least=1))
    if timeout is not None and retry.get("timeout_ms", timeout) != timeout:
        section.report.error("CFG-32", "timeout and retry.timeout mean the same and have different values", "timeout")
    if timeout is not None:
        retry["timeout_ms"] = timeout
    concurrency = section.integer("CFG-31", "concurrency", least=1)
    infrastructure = section.section("CFG-29", "infrastructure")
    if infrastructure is None:
        return Infrastructure({}, retry, concurrency, retry.get("timeout_ms"))
    queue, queue_concurrency = read_queue(infrastructure.section("CFG-29", "queue"))
    handler = _read_handler(infrastructure.section("CFG-30", "handler"))
    infrastructure.finish()
    handler_timeout: int | None = handler.get("timeout_ms")
    _check_lease(section, queue.get("lease_ms"), handler_timeout)
    if handler_timeout is not None:
        queue["timeout_ms"] = handler_timeout
    return Infrastructure(
        queue,
        retry,
        concurrency if concurrency is not None else queue_concurrency,
        retry.get("timeout_ms", handler_timeout),
        handler.get("ram_mb"),
        handler.get("cpu"),
    )


def read_retry(section: Section | None) -> dict[str, Any]:
    """A `retry` object: attempts are counted in total, durations are milliseconds (EVT-12)."""
    if section is None:
        return {}
    layer = _retry_keys(section)
    section.finish()
    return layer


def read_queue(section: Section | None) -> tuple[dict[str, Any], int | None]:
    """An `infrastructure.queue` or project `queue` object, which may also hold the keys of `retry`: layer, concurrency."""
    if section is None:
        return {}, None
    layer = _queue_keys(section) | _retry_keys(section) | read_retry(section.section("CFG-28", "retry"))
    concurrency = section.integer("CFG-29", "concurrency", least=1)
    section.finish()
    return layer, concurrency


def read_trigger_config(trigger: Section) -> tuple[Layer, Layer, int | None]:
    """A queue trigger's `config` and its own `retry`: the layers of both, and a concurrency."""
    own = read_retry(trigger.section("CFG-41", "retry"))
    queue, retry, concurrency = read_config(trigger)
    return queue, {**retry, **own}, concurrency


def read_config(trigger: Section) -> tuple[Layer, Layer, int | None]:
    """The `config` of a queue trigger: queue keys, retry keys or both."""
    config = trigger.section("CFG-41", "config")
    if config is None:
        return {}, {}, None
    queue = _queue_keys(config)
    retry = _retry_keys(config) | read_retry(config.section("CFG-41", "retry"))
    concurrency = config.integer("CFG-41", "concurrency", least=1)
    config.finish()
    return queue, retry, concurrency


def policy_of(
    defaults: StepDefaults, step: Infrastructure, trigger: tuple[Layer, Layer] = ({}, {}), *, cron: bool = False
) -> DeliveryPolicy:
    """The policy of one trigger. A cron tick has one attempt unless its Step says something about retries."""
    queue, retry = trigger
    layers = (step.queue, queue, step.retry, retry)
    values: dict[str, Any] = dict(defaults.queue)
    for layer in layers:
        values.update(layer)
    if cron and not any(_ABOUT_RETRIES & layer.keys() for layer in layers):
        values["max_attempts"] = ONE_ATTEMPT.max_attempts
    return DeliveryPolicy(**values)


def _retry_keys(section: Section) -> dict[str, Any]:
    jitter = section.choice("CFG-28", "jitter", _JITTERS)
    return _present(
        max_attempts=section.integer("CFG-28", "maxAttempts", least=1),
        backoff=section.choice("CFG-28", "backoff", _BACKOFFS),
        delay_ms=_ms(section.number("CFG-28", "delay", least=0)),
        max_delay_ms=_ms(section.number("CFG-28", "maxDelay", least=0)),
        jitter=jitter,
        timeout_ms=_ms(section.number("CFG-28", "timeout", least=1)),
    )


def _queue_keys(section: Section) -> dict[str, Any]:
    retries = section.integer("CFG-29", "maxRetries")
    if retries is not None and retries < 0:
        section.report.error("CFG-30", "maxRetries cannot be negative", section.field("maxRetries"))
        retries = None
    return _present(
        fifo=section.choice("CFG-29", "type", _QUEUE_TYPES),
        max_attempts=None if retries is None else retries + 1,
        lease_ms=_ms(section.number("CFG-29", "visibilityTimeout", least=1), 1000),
        first_delay_ms=_ms(_delay_seconds(section), 1000),
        backoff=section.choice("CFG-29", "backoffType", _BACKOFFS),
        delay_ms=_ms(section.number("CFG-29", "backoffDelayMs", least=0)),
    )


def _delay_seconds(section: Section) -> float | None:
    return _bounded(
        section,
        "delaySeconds",
        (0, "delaySeconds cannot be negative"),
        (900, "delaySeconds cannot exceed 900 seconds (15 minutes)"),
    )


def _read_handler(section: Section | None) -> dict[str, Any]:
    if section is None:
        return {}
    ram = _bounded(section, "ram", (128, "RAM must be at least 128 MB"), (10240, "RAM cannot exceed 10240 MB"))
    cpu = section.number("CFG-30", "cpu", least=0)
    timeout = _bounded(section, "timeout", (1, "Timeout must be at least 1s"), (900, "Timeout cannot exceed 900s"))
    if ram is not None and cpu is not None and abs(cpu - ram * _VCPU_PER_MB) > _CPU_TOLERANCE + 1e-9:
        section.report.warning(
            "CFG-30",
            f"{section.field('cpu')} is {cpu:g}, but {ram:g} MB come with {ram * _VCPU_PER_MB:.4g} vCPU",
            section.field("cpu"),
        )
    section.finish()
    return _present(timeout_ms=_ms(timeout, 1000), ram_mb=None if ram is None else int(ram), cpu=cpu)


def _bounded(section: Section, name: str, least: tuple[float, str], most: tuple[float, str]) -> float | None:
    """A number between two bounds, each with the sentence that reports its violation."""
    value = section.number("CFG-30", name)
    if value is None:
        return None
    for wrong, message in ((value < least[0], least[1]), (value > most[0], most[1])):
        if wrong:
            section.report.error("CFG-30", message, section.field(name))
            return None
    return value


def _check_lease(section: Section, lease_ms: int | None, handler_timeout_ms: int | None) -> None:
    if lease_ms is not None and handler_timeout_ms is not None and lease_ms <= handler_timeout_ms:
        section.report.error(
            "EVT-17",
            f"infrastructure.queue.visibilityTimeout ({lease_ms / 1000:g} s) must be greater than "
            f"infrastructure.handler.timeout ({handler_timeout_ms / 1000:g} s)",
            "infrastructure.queue.visibilityTimeout",
        )


def _ms(value: float | None, unit_ms: int = 1) -> int | None:
    return None if value is None else round(value * unit_ms)


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
