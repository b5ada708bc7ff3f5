"""Concurrency: one worker, many invocations; what blocks does not block its neighbours."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx

from support.running_project import LIMIT_S, Project, alive, until

LOOP_TURNS = Path(__file__).parents[1] / "support" / "loop_turns.py"


def test_1000_requests_that_await_50_ms_in_one_python_worker(project: Project) -> None:
    """All are answered by one worker, and the core's loop is never busy for 100 ms without a turn."""
    project.write(
        "steps/wait_step.py",
        """
        import asyncio, os
        config = {"type": "api", "name": "Wait", "path": "/wait"}
        async def handler(req):
            await asyncio.sleep(0.05)
            return {"status": 200, "body": {"pid": os.getpid()}}
    """,
    )
    done = subprocess.run(
        [sys.executable, str(LOOP_TURNS), str(project.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    print(measured)  # noqa: T201
    assert (measured["answered"], measured["different"]) == (1000, 1)
    assert measured["longest_ms"] < 100


def test_a_sync_handler_that_sleeps_does_not_delay_an_async_one(project: Project) -> None:
    project.write(
        "steps/slow_step.py",
        """
        import time
        config = {"type": "api", "name": "Slow", "path": "/slow"}
        def handler(req, ctx):
            ctx.logger.info("asleep")
            time.sleep(1)
            return {"status": 200, "body": "slept"}
    """,
    )
    project.write(
        "steps/quick_step.py",
        """
        config = {"type": "api", "name": "Quick", "path": "/quick"}
        async def handler(req):
            return {"status": 200, "body": "quick"}
    """,
    )
    project.start()
    with httpx.Client(base_url=project.url) as other:
        other.get("/quick")
        answers: list[Any] = []
        slow = threading.Thread(target=lambda: answers.append(project.http.get("/slow").text))
        slow.start()
        project.expect_log("asleep")
        for _ in range(20):
            assert other.get("/quick").text == "quick"
        assert answers == [], "the quick ones were answered while the slow one slept"
        slow.join()
    assert answers == ["slept"]


def test_a_crashed_worker_is_replaced_its_calls_end_and_others_are_untouched(project: Project) -> None:
    project.write("motia.config.toml", '[queue]\nbackoff = "fixed"\ndelay = 5\n')
    project.write(
        "steps/crash_step.py",
        """
        import os
        config = {"type": "api", "name": "Crash", "path": "/crash"}
        async def handler(req):
            os._exit(3)
    """,
    )
    project.write(
        "steps/once_step.py",
        """
        import os
        config = {"type": "event", "name": "CrashOnce", "subscribes": ["crash"]}
        async def handler(input, ctx):
            if await ctx.state.increment("tries", "n") == 1:
                os._exit(3)
            ctx.logger.info("second attempt", {"attempt": ctx.attempt})
    """,
    )
    project.write(
        "steps/hold.step.ts",
        """
        export const config = { type: 'api', name: 'Pid', path: '/pid' }
        export const handler = async () => ({ status: 200, body: { pid: process.pid } })
    """,
    )
    project.start()
    before = project.http.get("/pid").json()
    assert project.http.get("/crash").status_code == 503
    project.motia("emit", "crash", "--data", "1")
    assert project.expect_log("second attempt")["attempt"] == 2
    assert project.http.get("/pid").json() == before
    # The second attempt ran alone in a worker of its own, perhaps before the crew had its replacement.
    restarts = until(lambda: restarts_by_language(project) if len(project.workers()) == 2 else None)
    assert restarts == {"python": 2, "node": 0}


def restarts_by_language(project: Project) -> dict[str, int]:
    """How often the worker of each language was replaced."""
    return {worker["language"]: worker["restarts"] for worker in project.workers()}


def test_a_handler_that_hangs_is_stopped_at_its_timeout_and_its_neighbours_go_on(project: Project) -> None:
    project.write(
        "steps/hang_step.py",
        """
        config = {"type": "api", "name": "Hang", "path": "/hang", "timeout": 300}
        async def handler(req):
            while True:
                pass
    """,
    )
    project.write(
        "steps/hang.step.ts",
        """
        export const config = { type: 'api', name: 'HangNode', path: '/hang-node', timeout: 300 }
        export const handler = async () => { for (;;) {} }
    """,
    )
    project.write(
        "steps/wait_step.py",
        """
        import asyncio
        config = {"type": "api", "name": "Wait", "path": "/wait", "timeout": 200}
        async def handler(req, ctx):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                ctx.logger.info("was cancelled")
                raise
    """,
    )
    project.write(
        "steps/ok_step.py", "config = {'type': 'api', 'path': '/ok'}\nasync def handler(): return {'ok': 1}\n"
    )
    project.start()
    answer = project.http.get("/wait")
    assert (answer.status_code, answer.json()) == (504, {"error": "Step timed out"})
    project.expect_log("was cancelled")
    pids = {worker["pid"] for worker in project.workers()}
    assert project.http.get("/hang").status_code == 504
    assert project.http.get("/hang-node").status_code == 504
    until(lambda: not any(alive(pid) for pid in pids))
    assert project.http.get("/ok").json() == {"ok": 1}
