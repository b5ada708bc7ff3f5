"""A payload that kills its worker is named, tried alone and dead-lettered; what ran beside it goes on unharmed."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from support.running_project import Project, until

GOOD = 200
POLICY = '[queue]\nmaxAttempts = 3\nbackoff = "fixed"\ndelay = 10\n'
PYTHON = """
    import asyncio, ctypes, os, signal
    config = {"type": "event", "name": "Work", "subscribes": ["work"]}
    async def handler(input, ctx):
        if input["poison"]:
            await asyncio.sleep(0.2)
            %s
        await asyncio.sleep(0.3)
        await ctx.state.set("done", str(input["n"]), {"attempt": ctx.attempt})
"""
NODE = """
    export const config = { type: 'event', name: 'Work', subscribes: ['work'] }
    export const handler = async (input, ctx) => {
        if (input.poison) {
            await new Promise((resolve) => setTimeout(resolve, 200))
            %s
        }
        await new Promise((resolve) => setTimeout(resolve, 300))
        await ctx.state.set('done', String(input.n), { attempt: ctx.attempt })
    }
"""
RUBY = """
    def config
      { type: 'event', name: 'Work', subscribes: ['work'] }
    end
    def handler(input, ctx)
      if input[:poison]
        sleep 0.2
        %s
      end
      sleep 0.3
      ctx.state.set('done', input[:n].to_s, { attempt: ctx.attempt })
    end
"""
DEATHS = {
    "python, os._exit": ("work_step.py", PYTHON, "os._exit(3)", "ended with exit status 3"),
    "python, segmentation fault": (
        "work_step.py", PYTHON, "ctypes.string_at(0)", "was killed by signal 11 (SIGSEGV)",
    ),
    "python, SIGKILL": (
        "work_step.py", PYTHON, "os.kill(os.getpid(), signal.SIGKILL)",
        "was killed by signal 9 (SIGKILL), possibly because memory ran out",
    ),
    "node, abort": ("work.step.ts", NODE, "process.abort()", "was killed by signal 6 (SIGABRT)"),
    "ruby, exit!": ("work_step.rb", RUBY, "exit!(4)", "ended with exit status 4"),
    "ruby, SIGKILL": (
        "work_step.rb", RUBY, "Process.kill(:KILL, $$); sleep 5",
        "was killed by signal 9 (SIGKILL), possibly because memory ran out",
    ),
}  # fmt: skip


def books(project: Project) -> dict[str, Any]:
    """The line of `Work` in the ledger."""
    answer = project.http.get("/__motia/queue").raise_for_status().json()
    return next((line for line in answer["ledger"] if line["step"] == "Work"), {"done": 0, "dead": 0})


@pytest.mark.parametrize("death", DEATHS)
def test_one_poison_among_200_good_deliveries(project: Project, death: str) -> None:
    file, handler, kill, how = DEATHS[death]
    project.write("motia.config.toml", POLICY)
    project.write(f"steps/{file}", handler % kill)
    project.start()
    emit_all(project, GOOD + 1, poison=77)
    until(lambda: books(project)["done"] == GOOD and books(project)["dead"] == 1)
    ledger = books(project)
    assert (ledger["accepted"], ledger["pending"], ledger["leased"], ledger["balanced"]) == (GOOD + 1, 0, 0, True)
    done = project.state("done")
    assert {value["attempt"] for value in done.values()} == {1}
    assert set(done) == {str(n) for n in range(GOOD + 1) if n != 77}
    [dead] = project.http.get("/__motia/queue/dead").json()
    assert dead["payload"] == {"n": 77, "poison": True}
    assert (dead["attempt"], dead["reason"], dead["error"]["name"]) == (3, "exhausted", "WorkerLost")
    assert dead["error"]["message"].endswith(f" {how} while nothing ran in it but 'Work' (delivery {dead['id']})")


def emit_all(project: Project, count: int, *, poison: int) -> None:
    """Through the admin API, so that no worker is needed for it."""
    with httpx.Client(base_url=project.url, timeout=60) as client:
        for n in range(count):
            body = {"topic": "work", "data": {"n": n, "poison": n == poison}}
            client.post("/__motia/emit", json=body).raise_for_status()


def test_other_requests_and_deliveries_go_on_while_the_poison_is_sought(project: Project) -> None:
    """A request to the same language is answered all the time, but for those in the lost worker: they get 503 as JSON."""
    project.write("motia.config.toml", POLICY)
    project.write("steps/work_step.py", PYTHON % "os._exit(3)")
    project.write(
        "steps/hello_step.py",
        """
        config = {"type": "api", "name": "Hello", "path": "/hello"}
        async def handler(req):
            return {"status": 200, "body": "hello"}
    """,
    )
    project.start()
    answers: list[httpx.Response] = []
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=project.url, timeout=60) as client:
            while not over.is_set():
                answers.append(client.get("/hello"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for poison in (3, 33, 63):
            emit_all(project, 70, poison=poison)
        until(lambda: books(project)["done"] == 207 and books(project)["dead"] == 3)
    finally:
        over.set()
        asking.join()
    refused = [answer for answer in answers if answer.status_code != 200]
    # Each poison met ordinary calls at most once.
    assert len(refused) <= 3
    assert all(answer.status_code == 503 and "error" in answer.json() for answer in refused)
    [worker] = [each for each in project.workers() if each["language"] == "python"]
    assert worker["restarts"] <= 3


def test_a_fifo_group_waits_for_its_poison_and_goes_on(project: Project) -> None:
    project.write("motia.config.toml", POLICY)
    project.write(
        "steps/ordered_step.py",
        """
        import asyncio, os
        config = {"type": "event", "name": "Ordered", "subscribes": ["ordered"],
                  "infrastructure": {"queue": {"type": "fifo", "maxRetries": 1, "backoffType": "fixed", "backoffDelayMs": 1}}}
        async def handler(input, ctx):
            await asyncio.sleep(0.05)
            if input["n"] == 2:
                os._exit(3)
            ctx.logger.info("handled", {"group": input["group"], "n": input["n"], "attempt": ctx.attempt})
    """,
    )
    project.write(
        "steps/send_step.py",
        """
        config = {"type": "api", "name": "Send", "path": "/send", "method": "POST"}
        async def handler(req, ctx):
            for n in range(5):
                for group in ("a", "b"):
                    await ctx.emit({"topic": "ordered", "data": {"group": group, "n": n}, "messageGroupId": group})
            return {"status": 200, "body": {}}
    """,
    )
    project.start()
    project.http.post("/send").raise_for_status()
    ends = [project.expect_log("handled") for _ in range(8)]
    for group in ("a", "b"):
        handled = [(end["n"], end["attempt"]) for end in ends if end["group"] == group]
        assert handled == [(0, 1), (1, 1), (3, 1), (4, 1)]
    dead = project.http.get("/__motia/queue/dead").json()
    assert sorted((each["messageGroupId"], each["payload"]["n"], each["attempt"]) for each in dead) == [
        ("a", 2, 2),
        ("b", 2, 2),
    ]
