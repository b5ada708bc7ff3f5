"""The ports of a core (CONF-21, ENV-4)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from motia.app.listeners import Listeners, listen
from motia.model.errors import StartupFailed
from motia.project.network_config import Workbench
from support.running_project import free_ports


@pytest.fixture
def opened() -> Iterator[list[Listeners]]:
    made: list[Listeners] = []
    yield made
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("workbench", "path"),
    [(Workbench(), ""), (Workbench(base="/desk"), "/desk"), (Workbench(base="/desk/"), "/desk")],
)
def test_conf_21_without_a_port_the_workbench_is_where_the_steps_are(
    opened: list[Listeners], workbench: Workbench, path: str
) -> None:
    opened.append(listeners := listen("127.0.0.1", 0, workbench, tries=1))
    assert listeners.sockets == [listeners.steps]
    assert listeners.workbench_port is None
    assert listeners.workbench_url == listeners.url + path


def test_conf_21_the_port_of_the_steps_is_no_other_port(opened: list[Listeners]) -> None:
    (port,) = free_ports(1)
    opened.append(listeners := listen("127.0.0.1", port, Workbench(port=port), tries=1))
    assert listeners.workbench is None


def test_conf_21_its_own_port(opened: list[Listeners]) -> None:
    steps, own = free_ports(2)
    opened.append(listeners := listen("127.0.0.1", steps, Workbench(port=own, base="/desk"), tries=1))
    assert listeners.url == f"http://localhost:{steps}"
    assert listeners.workbench_url == f"http://localhost:{own}/desk"


def test_conf_21_off_it_has_no_port(opened: list[Listeners]) -> None:
    steps, own = free_ports(2)
    opened.append(listeners := listen("127.0.0.1", steps, Workbench(enabled=False, port=own), tries=1))
    assert listeners.workbench_url is None
    assert len(listeners.sockets) == 1


def test_conf_21_any_port_for_the_steps_is_any_port_for_the_workbench(opened: list[Listeners]) -> None:
    opened.extend(listen("127.0.0.1", 0, Workbench(port=3000), tries=1) for _ in range(2))
    assert len({each.workbench_port for each in opened}) == 2


def test_conf_21_both_may_move_and_never_meet(opened: list[Listeners]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        opened.append(listeners := listen("127.0.0.1", port, Workbench(port=port + 1), tries=20))
        for each in listeners.sockets:
            each.listen()
        assert listeners.workbench_port not in {None, port, listeners.steps.getsockname()[1]}


def test_conf_21_a_taken_port_is_said_and_nothing_stays_open() -> None:
    steps, own = free_ports(2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", own))
        taken.listen()
        with pytest.raises(StartupFailed, match=f"port {own} is in use.*workbench.port"):
            listen("127.0.0.1", steps, Workbench(port=own), tries=1)
    with socket.socket() as again:
        again.bind(("127.0.0.1", steps))
