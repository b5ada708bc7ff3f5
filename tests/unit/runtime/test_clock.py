"""The core's clock over a wall clock that jumps."""

from __future__ import annotations

import dataclasses

import pytest

from motia.runtime.clock import SystemClock

SECOND = 1_000_000_000
HOUR_MS = 3_600_000


@dataclasses.dataclass
class Machine:
    """Two clocks: the wall's may be set, the other one only goes on."""

    wall_ns: int = 1_700_000_000 * SECOND
    steady_ns: int = 5 * SECOND

    def pass_seconds(self, seconds: float) -> None:
        self.wall_ns += int(seconds * SECOND)
        self.steady_ns += int(seconds * SECOND)

    def set_wall(self, by_seconds: float) -> None:
        self.wall_ns += int(by_seconds * SECOND)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> SystemClock:
    return SystemClock(lambda: machine.wall_ns, lambda: machine.steady_ns)


def test_it_tells_the_wall_clock(clock: SystemClock, machine: Machine) -> None:
    for _ in range(3):
        assert clock.now_ms() == machine.wall_ns // 1_000_000
        machine.pass_seconds(0.7)


def test_it_follows_a_jump_forward_at_once(clock: SystemClock, machine: Machine) -> None:
    before = clock.now_ms()
    machine.set_wall(3600)
    assert clock.now_ms() == before + HOUR_MS


def test_it_never_goes_back_and_loses_the_difference_at_half_speed(clock: SystemClock, machine: Machine) -> None:
    before = clock.now_ms()
    machine.set_wall(-3600)
    assert clock.now_ms() == before
    machine.pass_seconds(10)
    assert clock.now_ms() == before + 5_000
    machine.pass_seconds(7200)
    assert clock.now_ms() == machine.wall_ns // 1_000_000
    machine.pass_seconds(1)
    assert clock.now_ms() == machine.wall_ns // 1_000_000
