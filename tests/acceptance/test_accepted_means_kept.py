"""What was acknowledged survives `kill -9` of the core."""

from __future__ import annotations

import concurrent.futures
from typing import Any

import httpx

from support.running_project import Project, until

ROUNDS = 100
PER_ROUND = 5


def test_an_event_emitted_before_a_2xx_is_handled_after_the_core_was_killed(project: Project) -> None:
    """Each round kills the core right after the answers; at the end every acknowledged event must have taken effect."""
    project.write(
        "steps/accept_step.py",
        """
        config = {"type": "api", "name": "Accept", "path": "/accept/:id", "method": "POST"}
        async def handler(req, ctx):
            await ctx.emit({"topic": "accepted", "data": {"id": req.params["id"]}})
            return {"status": 202, "body": {"id": req.params["id"]}}
    """,
    )
    project.write(
        "steps/handle_step.py",
        """
        config = {"type": "event", "name": "Handle", "subscribes": ["accepted"]}
        async def handler(input, ctx):
            await ctx.state.set("handled", input["id"], True)
    """,
    )
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        project.start("start")
        acknowledged += accept(project, number)
        project.kill()
    project.start("start")
    books = until(lambda: settled(project))
    handled = set(project.state("handled"))
    lost = [each for each in acknowledged if each not in handled]
    assert len(acknowledged) >= ROUNDS
    assert lost == []
    assert books["balanced"]
    print(f"{ROUNDS} kills, {len(acknowledged)} acknowledged, {len(lost)} lost")  # noqa: T201


def accept(project: Project, number: int) -> list[str]:
    """Send a few requests at once; the ids of those that were answered."""

    def send(index: int) -> str | None:
        answer = httpx.post(f"{project.url}/accept/{number}-{index}")
        return answer.json()["id"] if answer.status_code == 202 else None

    with concurrent.futures.ThreadPoolExecutor(PER_ROUND) as pool:
        return [answered for answered in pool.map(send, range(PER_ROUND)) if answered]


def settled(project: Project) -> dict[str, Any] | None:
    books = project.http.get("/__motia/queue").json()
    return None if any(row["pending"] or row["leased"] for row in books["ledger"]) else books
