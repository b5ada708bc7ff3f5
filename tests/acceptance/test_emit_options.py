"""What an emit may ask for, through a real core, which is killed wherever something is promised to survive that."""

from __future__ import annotations

import json
import time
from typing import Any

from support.running_project import Project, until

SENDER = """
    config = {"type": "api", "name": "Send", "path": "/send", "method": "POST"}
    async def handler(req, ctx):
        await ctx.emit({"topic": "work", **req.body})
        return {"status": 202}
    """
CANCELLER = """
    config = {"type": "api", "name": "Cancel", "path": "/cancel", "method": "POST"}
    async def handler(req, ctx):
        return {"cancelled": await ctx.cancel_emit({"topic": "work", **req.body})}
    """
WORKER = """
    config = {"type": "event", "name": "Work", "subscribes": ["work"]}
    async def handler(input, ctx):
        await ctx.state.increment("done", str(input))
    """


def send(project: Project, **event: Any) -> None:
    assert project.http.post("/send", json=event).status_code == 202


def cancel(project: Project, **event: Any) -> int:
    cancelled: int = project.http.post("/cancel", json=event).raise_for_status().json()["cancelled"]
    return cancelled


def books(project: Project) -> dict[str, Any]:
    """The line of the Step `Work`."""
    answer = project.http.get("/__motia/queue").json()
    assert answer["balanced"]
    lines: dict[str, Any] = next(row for row in answer["ledger"] if row["step"] == "Work")
    return lines


def restart(project: Project) -> None:
    project.kill()
    project.start("start")


def test_evt_2_cli_15_ctx_23_a_reminder_is_listed_taken_back_and_set_again(project: Project) -> None:
    """By its key in a handler, by id and by filter from the command line; all of it survives a kill."""
    for name, source in (("send", SENDER), ("cancel", CANCELLER), ("work", WORKER)):
        project.write(f"steps/{name}_step.py", source)
    project.start("start")
    for number in range(4):
        send(project, data=number, delay="1h", idempotencyKey=f"order {number}")
    send(project, data="again", delay="1h", idempotencyKey="order 0")
    restart(project)
    scheduled = json.loads(project.motia("queue", "scheduled", "--json"))
    assert [(each["payload"], each["idempotencyKey"]) for each in scheduled] == [(n, f"order {n}") for n in range(4)]
    assert json.loads(project.motia("queue", "scheduled", "--step", "Other", "--json")) == []
    place = f"{scheduled[1]['dueAt']},{scheduled[1]['id']}"
    page = project.http.get("/__motia/queue/scheduled", params={"after": place, "limit": 1}).json()
    assert page == [scheduled[2]]
    refused = project.http.get("/__motia/queue/scheduled", params={"after": "yesterday"})
    assert (refused.status_code, "DUEAT,ID" in refused.text) == (400, True)
    assert cancel(project, idempotencyKey="order 0") == 1
    restart(project)
    assert cancel(project, idempotencyKey="order 0") == 0
    send(project, data="set again", idempotencyKey="order 0")
    assert until(lambda: project.state("done")) == {"set again": 1}
    assert "Would cancel: 3" in project.motia("queue", "cancel", "--topic", "work", "--dry-run")
    assert "Cancelled: 1" in project.motia("queue", "cancel", scheduled[1]["id"], "unknown")
    assert "Cancelled: 2" in project.motia("queue", "cancel", "--step", "Work")
    restart(project)
    assert "Nothing." in project.motia("queue", "scheduled")
    assert (books(project)["accepted"], books(project)["done"], books(project)["discarded"]) == (5, 1, 4)
    assert "'motia queue scheduled' lists them" in project.motia("queue", "cancel", status=2)


def test_evt_2_ctx_23_what_an_attempt_emits_with_a_key_of_its_run_is_handled_once(project: Project) -> None:
    """The attempt ends in a kill after its emit; the next one emits again, with whatever key."""
    project.write(
        "steps/batch_step.py",
        """
        import asyncio
        config = {"type": "event", "name": "Batch", "subscribes": ["batch"]}
        async def handler(input, ctx):
            await ctx.emit("work", "part", idempotency_key="part", idempotency_scope="run")
            rounds = await ctx.state.increment("rounds", str(input))
            if rounds == 1 and input == "killed":
                await asyncio.Event().wait()
            if rounds == 1:
                raise RuntimeError("once more")
        """,
    )
    project.write("motia.config.toml", '[queue]\nbackoff = "none"\n')
    project.write("steps/work_step.py", WORKER)
    project.start("start")
    project.http.post("/emit", json={"topic": "batch", "data": "killed"}).raise_for_status()
    until(lambda: project.state("done") and project.state("rounds"))
    restart(project)
    until(lambda: project.state("rounds") == {"killed": 2})
    project.http.post("/emit", json={"topic": "batch", "data": "thrown"}).raise_for_status()
    until(lambda: project.state("rounds") == {"killed": 2, "thrown": 2})
    until(lambda: books(project)["pending"] + books(project)["leased"] == 0)
    assert books(project)["accepted"] == 2  # one for each of the two deliveries


def test_evt_2_ctx_23_what_has_not_begun_is_joined_by_its_key(project: Project) -> None:
    """While it waits, across a kill; not once it has begun."""
    project.write("steps/send_step.py", SENDER)
    project.write("steps/cancel_step.py", CANCELLER)
    project.write("steps/work_step.py", WORKER)
    project.start("start")
    send(project, data="later", delay="1h", dedupKey="index")
    send(project, data="joined", dedupKey="index")
    send(project, data="other", dedupKey="other")
    restart(project)
    send(project, data="joined", dedupKey="index")
    assert until(lambda: set(project.state("done"))) == {"other"}
    assert cancel(project, dedupKey="index") == 1
    send(project, data="now", dedupKey="index")
    assert until(lambda: project.state("done").get("now")) == 1
    until(lambda: books(project)["done"] == 2 and books(project)["pending"] == 0)
    send(project, data="now", dedupKey="index")
    assert until(lambda: project.state("done").get("now") == 2)
    assert books(project)["accepted"] == 4


def test_evt_21_ctx_23_what_cannot_begin_in_time_becomes_a_dead_letter(project: Project) -> None:
    """The Step is busy until the time is over, and then the core is killed."""
    project.write("steps/send_step.py", SENDER)
    project.write(
        "steps/work_step.py",
        """
        import asyncio, pathlib
        config = {"type": "event", "name": "Work", "subscribes": ["work"], "concurrency": 1}
        async def handler(input, ctx):
            await ctx.state.increment("begun", input)
            while input == "busy" and not pathlib.Path("free").exists():
                await asyncio.sleep(0.01)
        """,
    )
    project.start("start")
    send(project, data="busy")
    until(lambda: project.state("begun"))
    send(project, data="fresh", ttl=1)
    send(project, data="patient", ttl="1h")
    [expires_at] = [
        each["expiresAt"] for each in project.http.get("/__motia/queue/pending").json() if each["payload"] == "fresh"
    ]
    until(lambda: time.time() * 1000 > expires_at)
    project.write("free", "")
    restart(project)
    until(lambda: project.state("begun") == {"busy": 2, "patient": 1})
    [dead] = until(lambda: project.http.get("/__motia/queue/dead").json())
    assert (dead["reason"], dead["payload"], dead["attempt"], dead["error"]["name"]) == (
        "expired",
        "fresh",
        0,
        "Expired",
    )
    assert "Redriven: 1" in project.motia("queue", "redrive", dead["id"])
    until(lambda: project.state("begun").get("fresh") == 1)


def test_evt_30_the_error_step_starts_however_the_core_ends(project: Project) -> None:
    """Each round kills the core as soon as the dead letter is known: what follows from it is known too."""
    project.write("motia.config.toml", 'errorStep = "Rescue"\n')
    project.write(
        "steps/fail_step.py",
        """
        from motia import NonRetryable
        config = {"type": "event", "name": "Fail", "subscribes": ["work"]}
        async def handler(input, ctx):
            raise NonRetryable(f"no {input}")
        """,
    )
    project.write(
        "steps/rescue_step.py",
        """
        config = {"type": "noop", "name": "Rescue"}
        async def handler(input, ctx):
            await ctx.state.set("rescued", str(input["context"]), [input["stepId"], input["error"]["message"], input["retryCount"]])
        """,
    )
    rounds = 5
    for number in range(rounds):
        project.start("start")
        project.http.post("/emit", json={"topic": "work", "data": number}).raise_for_status()
        project.expect_log("dead letter")
        project.kill()
    project.start("start")
    expected = {str(number): ["Fail", f"no {number}", 1] for number in range(rounds)}
    assert until(lambda: len(found := project.state("rescued")) == rounds and found) == expected


def test_ctx_23_an_option_out_of_range_is_an_error_in_the_handler(project: Project) -> None:
    project.write(
        "steps/send_step.py",
        """
        config = {"type": "api", "name": "Send", "path": "/send", "method": "POST"}
        async def handler(req, ctx):
            try:
                await ctx.emit({"topic": "work", **req.body})
            except Exception as problem:
                return {"status": 400, "body": {"error": str(problem)}}
        """,
    )
    project.start("start")
    for event, named in (
        ({"idempotencyKey": "k", "idempotencyTtl": "31d"}, "'idempotencyTtl' must be between 1 ms and 30 days"),
        ({"idempotencyKey": "k", "idempotencyScope": "trace"}, "'idempotencyScope' is 'global' or 'run'"),
        ({"idempotencyTtl": "1d"}, "'idempotencyTtl' needs an 'idempotencyKey'"),
        ({"ttl": 0}, "'ttl' must be at least 1 ms"),
        ({"delay": 1, "at": 1}, "'delay' and 'at' both"),
    ):
        assert named in project.http.post("/send", json=event).json()["error"]
    refused = project.http.post("/emit", json={"topic": "work", "data": 1, "delay": -1})
    assert (refused.status_code, "'delay' must be 0 ms or more" in refused.text) == (400, True)
