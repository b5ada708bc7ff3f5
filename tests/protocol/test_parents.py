"""A Python worker on Linux does not outlive the core, even one that is too busy to notice that the socket ended."""

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[2] / "src/motia/worker/bootstrap.py"
CORE = """
import os, subprocess, sys
environment = {**os.environ, "MOTIA_WORKER_PARENT": str(os.getpid())}
worker = subprocess.Popen([sys.executable, sys.argv[1]], env=environment, pass_fds=[int(sys.argv[2])])
print(worker.pid, flush=True)
worker.wait()
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's signal is Linux's own")


def test_the_death_of_the_core_is_the_death_of_the_worker(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:  # the test holds both ends: the socket does not tell the worker anything
        environment = {**os.environ, **_environment(tmp_path, theirs)}
        core = subprocess.Popen(
            [sys.executable, "-c", CORE, BOOTSTRAP, str(theirs.fileno())],
            env=environment,
            pass_fds=[theirs.fileno()],
            stdout=subprocess.PIPE,
        )
        with core:
            assert core.stdout is not None
            worker = os.pidfd_open(int(core.stdout.readline()))
            assert ours.recv(8), "the worker is running"
            core.kill()
        ended, _, _ = select.select([worker], [], [], 30)
        os.close(worker)
        assert ended


def test_a_worker_whose_core_is_dead_already_does_not_start(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        environment = {**os.environ, **_environment(tmp_path, theirs), "MOTIA_WORKER_PARENT": "1"}
        command = [sys.executable, str(BOOTSTRAP)]
        subprocess.run(command, env=environment, pass_fds=[theirs.fileno()], check=True, timeout=30)
        theirs.close()
        assert ours.recv(8) == b"", "it said nothing"


def _environment(root: Path, sock: socket.socket) -> dict[str, str]:
    return {"MOTIA_WORKER_SOCKET": f"fd:{sock.fileno()}", "MOTIA_PROJECT_ROOT": str(root)}
