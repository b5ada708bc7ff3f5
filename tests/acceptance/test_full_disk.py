"""A full disk: new work is refused with a reason, nothing hangs or is lost, and it goes on by itself when there is room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.full_disk import Disk, SizeLimit, can_mount, small_volume
from support.running_project import Project, until

DISKS = ["size limit", *(["small volume"] if can_mount() else [])]


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, project: Project) -> Iterator[Disk]:
    if request.param == "size limit":
        yield SizeLimit(project)
        return
    with small_volume(project.root / ".motia") as volume:
        yield volume
        project.stop()


def ledger(project: Project, step: str) -> dict[str, Any]:
    answer = project.http.get("/__motia/queue").raise_for_status().json()
    assert answer["balanced"]
    return next(line for line in answer["ledger"] if line["step"] == step)


def test_a_full_disk_and_what_comes_after(project: Project, disk: Disk) -> None:
    project.write("motia.config.toml", '[queue]\nmaxAttempts = 2\nbackoff = "fixed"\ndelay = 10\n')
    project.write(
        "steps/order_step.py",
        """
        config = {"type": "api", "name": "Order", "path": "/order", "method": "POST"}
        async def handler(req, ctx):
            try:
                await ctx.emit({"topic": "ordered", "data": {"fail": False}})
            except Exception as problem:
                ctx.logger.error("emit refused", {"error": str(problem), "type": type(problem).__name__})
                raise
            return {"status": 200, "body": {}}
    """,
    )
    project.write(
        "steps/read_step.py",
        """
        config = {"type": "api", "name": "Read", "path": "/read"}
        async def handler(req, ctx):
            return {"status": 200, "body": {"value": await ctx.state.get("g", "k")}}
    """,
    )
    project.write(
        "steps/work_step.py",
        """
        import asyncio, os
        config = {"type": "event", "name": "Work", "subscribes": ["ordered"]}
        async def handler(input, ctx):
            if input["fail"]:
                while not os.path.exists("go"):
                    await asyncio.sleep(0.01)
                ctx.logger.info("fails now", {"attempt": ctx.attempt})
                raise ValueError("no such order")
    """,
    )
    project.start()
    project.http.post("/order").raise_for_status()
    project.http.post("/__motia/state", json={"groupId": "g", "key": "k", "value": 7}).raise_for_status()
    project.http.post("/__motia/emit", json={"topic": "ordered", "data": {"fail": True}}).raise_for_status()
    until(lambda: ledger(project, "Work")["done"] == 1 and ledger(project, "Work")["leased"] == 1)

    disk.fill()
    refused = project.http.post("/__motia/emit", json={"topic": "ordered", "data": {"fail": False}})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["error"].startswith("data.db ")
    refused = project.http.post("/order")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json() == {"error": "The server cannot take more work right now"}
    assert project.expect_log("emit refused")["error"].startswith("data.db ")
    # What needs no room works.
    assert project.http.get("/read").json() == {"value": 7}
    # A settlement that cannot be stored waits; the delivery is not run again meanwhile.
    (project.root / "go").touch()
    until(lambda: "what came of deliveries cannot be stored" in project.said())
    until(lambda: "traces and logs cannot be stored" in project.said())
    assert project.http.get("/read").json() == {"value": 7}

    disk.make_room()
    dead = until(lambda: project.http.get("/__motia/queue/dead").json())
    assert [(each["attempt"], each["reason"], each["error"]["message"]) for each in dead] == [
        (2, "exhausted", "no such order")
    ]
    project.http.post("/order").raise_for_status()
    until(lambda: ledger(project, "Work")["done"] == 2)
    books = ledger(project, "Work")
    assert (books["accepted"], books["done"], books["dead"], books["pending"], books["leased"]) == (3, 2, 1, 0, 0)
    until(lambda: "traces and logs are stored again" in project.said())
    said = project.said()
    assert said.count("traces and logs cannot be stored") == 1
    assert said.count("what came of deliveries cannot be stored") == 1
    assert [line["attempt"] for line in project.output if line.get("msg") == "fails now"] == [1, 2]
    # What was accepted is there after a restart.
    project.kill()
    project.start()
    assert ledger(project, "Work") == books


def test_many_requests_at_a_full_disk_are_all_answered(project: Project, disk: Disk) -> None:
    """And the room that comes back is found although the log of the database is as long as it may be."""
    project.write(
        "steps/keep_step.py",
        """
        config = {"type": "api", "name": "Keep", "path": "/keep/:n", "method": "POST"}
        async def handler(req, ctx):
            await ctx.state.set("kept", req.path_params["n"], "x" * 20_000)
            return {"status": 200, "body": {}}
    """,
    )
    project.start()
    project.http.post("/keep/0").raise_for_status()
    disk.fill()
    statuses = [project.http.post(f"/keep/{n}").status_code for n in range(1, 40)]
    assert set(statuses) == {503}
    disk.make_room()
    assert [project.http.post(f"/keep/{n}").status_code for n in range(40, 60)] == [200] * 20
    assert set(project.state("kept")) == {"0", *(str(n) for n in range(40, 60))}
