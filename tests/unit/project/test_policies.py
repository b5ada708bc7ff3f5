"""Delivery policies and infrastructure limits (CFG-28 to CFG-32, EVT-12 to EVT-17)."""

from __future__ import annotations

from typing import Any

import pytest

from motia.model.policy import DeliveryPolicy
from motia.model.step import EventTrigger
from motia.project.dialects import Normalised, StepDefaults, normalise

HANDLER = {"params": 2, "names": None, "async": True}


def read(project: dict[str, Any] | None = None, **config: Any) -> Normalised:
    found = {"entry": "a", "form": "type", "config": {"type": "event", "topic": "t", **config}, "handler": HANDLER}
    return normalise(found, "steps/a.step.ts", "node", StepDefaults(queue=project or {}))


def policy(project: dict[str, Any] | None = None, **config: Any) -> DeliveryPolicy:
    result = read(project, **config)
    assert result.step is not None, result.notices
    trigger = result.step.triggers[0]
    assert isinstance(trigger, EventTrigger)
    return trigger.policy


def error(**config: Any) -> str:
    result = read(**config)
    assert result.step is None
    return result.notices[0].message


def queue(**values: Any) -> dict[str, Any]:
    return {"queue": values}


def test_evt_14_built_in() -> None:
    assert policy() == DeliveryPolicy(
        max_attempts=4, backoff="exponential", delay_ms=1000, max_delay_ms=60_000, jitter="full", lease_ms=30_000
    )


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        ({"maxAttempts": 3}, {"max_attempts": 3}),
        (
            {"backoff": "linear", "delay": 500, "maxDelay": 9000},
            {"backoff": "linear", "delay_ms": 500, "max_delay_ms": 9000},
        ),
        ({"jitter": "none"}, {"jitter": "none"}),
        ({"jitter": False}, {"jitter": "none"}),
        ({"timeout": 30000}, {"timeout_ms": 30_000}),
        ({"max_attempts": 3, "max_delay": 1}, {"max_attempts": 3, "max_delay_ms": 1}),
    ],
)
def test_evt_12_retry(retry: dict[str, Any], expected: dict[str, Any]) -> None:
    assert policy(retry=retry) == DeliveryPolicy(**expected)


@pytest.mark.parametrize(
    ("infrastructure", "expected"),
    [
        (queue(maxRetries=0), {"max_attempts": 1}),
        (queue(maxRetries=5), {"max_attempts": 6}),
        (queue(type="fifo"), {"fifo": True}),
        (queue(type="standard"), {"fifo": False}),
        (queue(visibilityTimeout=90), {"lease_ms": 90_000}),
        (queue(delaySeconds=900), {"first_delay_ms": 900_000}),
        (queue(backoffType="fixed", backoffDelayMs=50), {"backoff": "fixed", "delay_ms": 50}),
        ({"handler": {"timeout": 20}}, {"timeout_ms": 20_000}),
    ],
)
def test_evt_13_infrastructure(infrastructure: dict[str, Any], expected: dict[str, Any]) -> None:
    assert policy(infrastructure=infrastructure) == DeliveryPolicy(**expected)


def test_evt_12_to_14_value_by_value() -> None:
    project = {"max_attempts": 9, "backoff": "fixed", "delay_ms": 7, "lease_ms": 1000}
    result = policy(
        project, retry={"maxAttempts": 2}, infrastructure=queue(maxRetries=5, backoffType="linear", visibilityTimeout=2)
    )
    assert result == DeliveryPolicy(max_attempts=2, backoff="linear", delay_ms=7, lease_ms=2000)


def test_evt_12_a_trigger_says_more_than_its_step() -> None:
    config = {
        "name": "T",
        "retry": {"maxAttempts": 5, "delay": 10},
        "infrastructure": queue(maxRetries=1, backoffType="linear"),
        "triggers": [
            {"type": "queue", "topic": "a"},
            {"type": "queue", "topic": "b", "config": {"maxRetries": 7, "backoffType": "fixed"}},
            {"type": "queue", "topic": "c", "config": {"maxAttempts": 7}},
            {"type": "queue", "topic": "d", "config": {"retry": {"maxAttempts": 8}}},
            {"type": "queue", "topic": "e", "retry": {"maxAttempts": 9}},
        ],
    }
    result = normalise({"entry": "a", "form": "triggers", "config": config, "handler": HANDLER}, "a.step.ts", "node")
    assert result.notices == ()
    assert result.step is not None
    policies = [trigger.policy for trigger in result.step.triggers if isinstance(trigger, EventTrigger)]
    assert [each.max_attempts for each in policies] == [5, 5, 7, 8, 9]
    assert [each.backoff for each in policies] == ["linear", "fixed", "linear", "linear", "linear"]
    assert {each.delay_ms for each in policies} == {10}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"infrastructure": {"handler": {"ram": 127}}}, "RAM must be at least 128 MB"),
        ({"infrastructure": {"handler": {"ram": 10241}}}, "RAM cannot exceed 10240 MB"),
        ({"infrastructure": {"handler": {"timeout": 0}}}, "Timeout must be at least 1s"),
        ({"infrastructure": {"handler": {"timeout": 901}}}, "Timeout cannot exceed 900s"),
        ({"infrastructure": queue(maxRetries=-1)}, "maxRetries cannot be negative"),
        ({"infrastructure": queue(delaySeconds=-1)}, "delaySeconds cannot be negative"),
        ({"infrastructure": queue(delaySeconds=901)}, "delaySeconds cannot exceed 900 seconds (15 minutes)"),
    ],
)
def test_cfg_30_messages_to_the_letter(config: dict[str, Any], message: str) -> None:
    assert error(**config) == message


@pytest.mark.parametrize(
    ("ram", "cpu", "warned"),
    [
        (128, 0.0625, False),
        (2048, 1, False),
        (10240, 5, False),
        (2048, 1.1, False),
        (2048, 1.11, True),
        (1024, 2, True),
    ],
)
def test_cfg_30_cpu_off_its_share_is_a_warning(ram: int, cpu: float, *, warned: bool) -> None:
    result = read(infrastructure={"handler": {"ram": ram, "cpu": cpu}})
    assert result.step is not None
    assert (result.step.ram_mb, result.step.cpu) == (ram, cpu)
    assert [notice.level for notice in result.notices] == (["warning"] if warned else [])


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"retry": {"maxAttempts": 0}}, "retry.maxAttempts"),
        ({"retry": {"maxAttempts": "3"}}, "retry.maxAttempts"),
        ({"retry": {"backoff": "expo"}}, "retry.backoff"),
        ({"retry": {"delay": -1}}, "retry.delay"),
        ({"retry": 3}, "retry"),
        ({"infrastructure": queue(type="lifo")}, "infrastructure.queue.type"),
        ({"infrastructure": {"queue": []}}, "infrastructure.queue"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_cfg_28_29_wrong_values(config: dict[str, Any], field: str) -> None:
    (notice,) = read(**config).notices
    assert (notice.level, notice.field) == ("error", field)


def test_cfg_29_is_accepted_on_every_kind() -> None:
    config = {"type": "api", "path": "/x", "infrastructure": {"queue": {"maxRetries": 1}, "handler": {"timeout": 3}}}
    result = normalise({"entry": "a", "form": "type", "config": config, "handler": HANDLER}, "a.step.ts", "node")
    assert result.notices == ()
    assert result.step is not None
    assert (result.step.manual_policy.max_attempts, result.step.timeout_ms) == (2, 3000)


@pytest.mark.parametrize(
    ("config", "timeout_ms"),
    [
        ({"timeout": 5}, 5),
        ({"retry": {"timeout": 6}}, 6),
        ({"timeout": 6, "retry": {"timeout": 6}}, 6),
        ({"timeout": 5, "infrastructure": {"handler": {"timeout": 3}}}, 5),
        ({"infrastructure": {"handler": {"timeout": 3}}}, 3000),
        ({}, None),
    ],
)
def test_cfg_32_timeout(config: dict[str, Any], timeout_ms: int | None) -> None:
    result = read(**config)
    assert result.step is not None
    assert result.step.timeout_ms == timeout_ms
    assert result.step.manual_policy.timeout_ms == timeout_ms


def test_cfg_32_two_different_timeouts_are_an_error() -> None:
    assert "same" in error(timeout=5, retry={"timeout": 6})


def test_evt_16_concurrency_of_the_queue() -> None:
    result = read(infrastructure=queue(concurrency=3))
    assert result.step is not None
    assert result.step.concurrency == 3
    assert error(infrastructure=queue(concurrency=0)) == "infrastructure.queue.concurrency must be at least 1, not 0"


@pytest.mark.parametrize(("lease", "timeout", "fine"), [(31, 30, True), (30, 30, False), (5, 30, False)])
def test_evt_17_the_lease_is_longer_than_the_time_out(lease: int, timeout: int, *, fine: bool) -> None:
    result = read(infrastructure={"queue": {"visibilityTimeout": lease}, "handler": {"timeout": timeout}})
    assert [notice.rule for notice in result.notices] == ([] if fine else ["EVT-17"])
