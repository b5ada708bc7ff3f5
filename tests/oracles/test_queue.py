"""Every queue against the model of what it owes; `python scripts/run_oracle.py queue` runs many more operations."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from motia.model.delivery import Delivery, Release, Settlement
from motia.ports.event_queue import EventQueue
from oracles.queue_driver import (
    DELAYS_MS,
    ENDINGS,
    GROUPS,
    KEYS,
    PAYLOADS,
    SPANS_MS,
    STEPS,
    Divergence,
    Driver,
    Ending,
    Engine,
    driven,
    run,
)

PROFILE: Final = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
SOME: Final = st.lists(st.integers(0, 1_000), min_size=1, max_size=3)
UNWILLING: Final = st.lists(st.sampled_from(STEPS), max_size=1)
DELIVERY: Final = st.tuples(
    st.sampled_from(STEPS),
    st.sampled_from(GROUPS),
    st.sampled_from(KEYS),
    st.sampled_from(DELAYS_MS),
    st.sampled_from(PAYLOADS),
)


class QueueMachine(RuleBasedStateMachine):
    """The driver's operations as rules; after each one nothing may differ."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._driven = driven(self.engine)
        self.driver: Driver

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.driver = self._do(self._driven.__aenter__())

    @rule(made=st.lists(DELIVERY, min_size=1, max_size=4))
    def publish(self, made: list[tuple[str, str | None, str | None, int, bytes]]) -> None:
        self._do(self.driver.publish([self.driver.delivery(*each) for each in made]))

    @rule(limit=st.integers(1, 6), unwilling=UNWILLING)
    def claim(self, limit: int, unwilling: list[str]) -> None:
        self._do(self.driver.claim(limit, unwilling))

    @rule(which=st.integers(-12, -1), ending=st.sampled_from(ENDINGS))
    def settle(self, which: int, ending: Ending) -> None:
        self._do(self.driver.settle(which, ending))

    @rule(which=SOME)
    def renew(self, which: list[int]) -> None:
        self._do(self.driver.renew(which))

    @rule(ms=st.sampled_from(SPANS_MS))
    def advance(self, ms: int) -> None:
        self._do(self.driver.advance(ms))

    @rule(which=SOME)
    def redrive(self, which: list[int]) -> None:
        self._do(self.driver.redrive(which))

    @rule(which=SOME)
    def discard(self, which: list[int]) -> None:
        self._do(self.driver.discard(which))

    @rule()
    def reopen(self) -> None:
        self._do(self.driver.reopen())

    @rule()
    def crash(self) -> None:
        self._do(self.driver.crash())

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "driver"):
            self._do(self.driver.check())

    def teardown(self) -> None:
        if hasattr(self, "driver"):
            self._do(self._driven.__aexit__(None, None, None))
        self._loop.close()


class MemoryMachine(QueueMachine):
    engine: Engine = "memory"


class SqliteMachine(QueueMachine):
    engine: Engine = "sqlite"


@pytest.mark.parametrize("machine", [MemoryMachine, SqliteMachine])
def test_a_queue_does_what_it_owes(machine: type[QueueMachine]) -> None:
    run_state_machine_as_test(machine, settings=PROFILE)


@pytest.mark.parametrize("engine", ["memory", "sqlite"])
async def test_a_thousand_operations_without_a_look_in_between(engine: Engine) -> None:
    """Unlike above, bookkeeping may be under way when the queue dies."""
    assert await run(engine, 1_000, seed=1) == []


async def test_the_model_notices_a_queue_that_counts_a_released_attempt(tmp_path: Path) -> None:
    """The check can fail."""
    async with driven("memory", tmp_path) as driver:
        driver.queue = Forgetful(driver.queue)
        await driver.publish([driver.delivery("a", None, None, 0, b"1")])
        await driver.claim(1, [])
        await driver.settle(0, "release")
        with pytest.raises(Divergence, match="ledger"):
            await driver.check()


class Forgetful:
    """A queue that takes no delivery back."""

    def __init__(self, inner: EventQueue) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        return True if isinstance(settlement, Release) else await self._inner.settle(delivery, settlement)
