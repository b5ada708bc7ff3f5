"""A crew with real Python workers: what it does when one is lost or stuck."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia.model.invocation import Completed, Failed, Invocation, Outcome
from motia.model.step import Step
from motia.pool import crew as crew_module
from motia.pool.crew import Crew, CrewSettings
from motia.pool.launch import python_launch
from motia.pool.worker import Worker

NEVER_S = 3_600.0


class NoCalls:
    """Handlers that ask the core for nothing."""

    async def ask(self, *_: Any) -> Any:
        raise AssertionError("nothing is asked here")

    def log(self, *_: Any) -> None:
        pass


class Bench:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: list[str] = []
        settings = CrewSettings(root / "cache", cancel_grace_s=0.05, retire_grace_s=NEVER_S)
        launch = python_launch(sys.executable, root, {})
        self.crew = Crew(launch, NoCalls(), settings, lambda _, text: self.said.append(text))
        self.entry = ""

    async def start(self, handler: str) -> None:
        text = 'import asyncio, pathlib, time\n\nconfig = {"type": "event", "name": "One", "subscribes": ["one"]}\n\n'
        (self.root / "one_step.py").write_text(text + textwrap.dedent(handler))
        [loaded] = await self.crew.start(["one_step.py"])
        assert loaded.problem is None
        self.entry = loaded.found[0]["entry"]

    async def call(self, payload: bytes = b"null", timeout_ms: int | None = None) -> Outcome:
        step = Step("One", "id", "one_step.py", "python", self.entry, "type", ())
        return await self.crew.invoke(
            Invocation(
                step,
                "event",
                0,
                {"deliveryId": "d", "topic": "one"},
                payload,
                "t" * 32,
                "s" * 16,
                None,
                timeout_ms=timeout_ms,
            )
        )

    async def replaced(self, worker: Worker) -> None:
        while not self.crew.workers or worker in self.crew.workers:  # noqa: ASYNC110 - the crew tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.crew.kill()
    await made.crew.close(0)


async def test_a_worker_that_served_is_replaced_at_once_however_often_it_is_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "_RESPAWN_DELAYS_S", (0.0, NEVER_S))
    await bench.start("async def handler(input): return 1\n")
    for _ in range(3):
        assert isinstance(await bench.call(), Completed)
        [worker] = bench.crew.workers
        os.kill(worker.pid, signal.SIGKILL)
        await bench.replaced(worker)
    assert bench.crew.restarts == 3


async def test_a_second_stuck_handler_does_not_end_the_sound_ones_beside_it(bench: Bench) -> None:
    await bench.start("""
        async def handler(input):
            while input == "wait":
                if pathlib.Path("go").exists():
                    return 1
                await asyncio.sleep(0.01)
            while not pathlib.Path("end").exists():
                try:
                    await asyncio.sleep(0.01)
                except asyncio.CancelledError:
                    pass
    """)
    [old] = bench.crew.workers
    sound = asyncio.ensure_future(bench.call(b'"wait"'))
    stuck = [asyncio.ensure_future(bench.call(b'"hang"', timeout_ms=20)) for _ in range(2)]
    await bench.replaced(old)
    (bench.root / "go").touch()
    assert isinstance(await sound, Completed)
    (bench.root / "end").touch()
    assert [type(each) for each in await asyncio.gather(*stuck)] == [Failed, Failed]
