"""Runs on a real core: their status as the queue knows it, replay, cancel, pauses, figures, and who did what."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from support.running_project import Project, until

PLACE = """
    config = {"type": "api", "name": "Place", "method": "POST", "path": "/orders", "emits": ["placed"], "flows": ["shop"]}

    async def handler(req, context):
        await context.emit({"topic": "placed", "data": req["body"]})
        return {"status": 201, "body": {"placed": req["body"]["n"]}}
"""
PAY = """
    config = {
        "type": "event", "name": "Pay", "subscribes": ["placed"], "emits": [], "flows": ["shop", "bank"],
        "retry": {"maxAttempts": 2, "backoff": "fixed", "delay": 3_600_000, "maxDelay": 3_600_000, "jitter": "none"},
    }

    async def handler(input, context):
        if await context.state.get("bank", "closed"):
            raise RuntimeError(f"the bank refuses {input['n']}")
        await context.state.set("paid", str(input["n"]), context.trace_id)
        return {"paid": input["n"]}
"""
SLOW = """
    import asyncio

    config = {"type": "event", "name": "Slow", "subscribes": ["slow"], "emits": []}

    async def handler(input, context):
        context.logger.info("slow began")
        await asyncio.sleep(3600)
"""
NIGHTLY = """
    config = {"type": "cron", "name": "Nightly", "cron": "0 3 * * *"}

    def handler(context):
        return {"swept": True}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    for name, text in (("place", PLACE), ("pay", PAY), ("slow", SLOW), ("nightly", NIGHTLY)):
        project.write(f"steps/{name}_step.py", text)
    return project


def run_of(project: Project, trace_id: str, *statuses: str) -> dict[str, Any]:
    """The run, once it is in one of `statuses`."""

    def there() -> Any:
        answer = project.http.get(f"/__motia/runs/{trace_id}")
        run = answer.json() if answer.status_code == 200 else {}
        return run if run.get("status") in statuses else None

    return dict(until(there))


def emit(project: Project, topic: str, data: Any, **options: Any) -> str:
    answer = project.http.post("/__motia/emit", json={"topic": topic, "data": data, **options}).raise_for_status()
    return str(answer.json()["traceId"])


def test_a_run_tells_its_story_from_request_to_result(shop: Project) -> None:
    shop.start()
    answer = shop.http.post("/orders", json={"n": 1, "password": "hush"})
    run = run_of(shop, answer.headers["x-trace-id"], "completed")
    assert (run["trigger"], run["step"], run["steps"]) == ("http", "Place", ["Pay", "Place"])
    assert run["flows"] == ["bank", "shop"]
    assert run["input"]["body"] == {"n": 1, "password": "***"}
    assert run["output"] == {"status": 201, "body": {"placed": 1}}
    assert (run["attempts"], run["open"], run["owed"], run["error"]) == (2, 0, [], None)
    assert run["attributes"]["http.status"] == "201"
    assert run["version"].startswith("sha256:")
    assert run["durationMs"] > 0
    assert run["start"] < run["end"]
    assert "hush" not in shop.http.get(f"/__motia/traces/{run['id']}").text


def test_the_status_follows_what_the_queue_knows(shop: Project) -> None:
    shop.start()
    shop.http.post("/__motia/state", json={"groupId": "bank", "key": "closed", "value": True})
    waiting = emit(shop, "placed", {"n": 1}, delay=3_600_000)
    retrying = emit(shop, "placed", {"n": 2})
    assert run_of(shop, waiting, "waiting")["owed"][0]["place"] == "waiting"
    run = run_of(shop, retrying, "retrying")
    assert (run["attempts"], run["owed"][0]["attempt"], run["end"]) == (1, 1, None)
    assert run["error"] == "RuntimeError: the bank refuses 2"
    assert run["backoffMs"] > 3_000_000
    assert shop.http.get("/__motia/runs/counts").json() == {"waiting": 1, "retrying": 1}
    # What the queue owes is owed after a crash too.
    shop.kill()
    shop.start()
    assert run_of(shop, waiting, "waiting")["open"] == 0
    assert run_of(shop, retrying, "retrying")["open"] == 0
    assert shop.http.post("/__motia/queue/cancel", json={"step": "Pay"}).json() == {"cancelled": 2}
    assert run_of(shop, waiting, "cancelled")["owed"][0]["place"] == "cancelled"
    assert run_of(shop, retrying, "completed")["attempts"] == 1


def test_a_run_that_was_cut_short_is_seen_by_the_next_life(shop: Project) -> None:
    shop.start()
    slow = emit(shop, "slow", None)
    shop.expect_log("slow began")
    assert run_of(shop, slow, "running")["open"] == 1
    shop.kill()
    shop.start()
    shop.expect_log("slow began")
    again = until(lambda: (run := run_of(shop, slow, "running"))["attempts"] == 2 and run)
    assert again["open"] == 1
    spans = [span for span in shop.trace(slow)["spans"] if span["name"] == "Slow"]
    assert [span["attributes"].get("error", {}).get("name") for span in spans] == ["Interrupted", None]


def test_failed_runs_are_replayed_from_the_start_or_from_a_step(shop: Project) -> None:
    shop.start()
    first = shop.http.post("/orders", json={"n": 7}).headers["x-trace-id"]
    run_of(shop, first, "completed")
    again = shop.http.post(f"/__motia/runs/{first}/replay", json={}).raise_for_status()
    assert again.status_code == 202
    whole = run_of(shop, again.json()["id"], "completed")
    assert (whole["step"], whole["replayOf"], whole["replayStep"]) == ("Place", first, None)
    assert whole["output"] == {"status": 201, "body": {"placed": 7}}
    part = shop.http.post(f"/__motia/runs/{first}/replay", json={"step": "Pay", "input": {"n": 8}}).json()
    paid = run_of(shop, part["id"], "completed")
    assert (paid["step"], paid["trigger"], paid["input"], paid["output"]) == ("Pay", "event", {"n": 8}, {"paid": 8})
    assert (paid["replayOf"], paid["replayStep"]) == (first, "Pay")
    assert sorted(run_of(shop, first, "completed")["replays"]) == sorted([whole["id"], paid["id"]])
    assert shop.state("paid")["8"] == paid["id"]
    found = shop.http.get("/__motia/runs", params={"attribute": f"replay.of:{first}", "step": "Pay"}).json()
    assert {run["id"] for run in found["runs"]} == {whole["id"], paid["id"]}


def test_a_replay_never_sends_what_was_masked(shop: Project) -> None:
    shop.start()
    first = shop.http.post("/orders", json={"n": 1, "password": "hush"}).headers["x-trace-id"]
    run_of(shop, first, "completed")
    refused = shop.http.post(f"/__motia/runs/{first}/replay", json={})
    assert refused.status_code == 409
    assert "give it as 'input'" in refused.json()["error"]
    given = shop.http.post(f"/__motia/runs/{first}/replay", json={"input": {"n": 2}}).json()
    assert run_of(shop, given["id"], "completed")["output"]["body"] == {"placed": 2}
    missing = shop.http.post(f"/__motia/runs/{first}/replay", json={"step": "Nobody", "input": 1})
    assert (missing.status_code, "Pay, Place" in missing.json()["error"]) == (404, True)
    assert shop.http.post(f"/__motia/runs/{'f' * 32}/replay", json={}).status_code == 404


def test_cancelling_ends_what_runs_and_what_waits(shop: Project) -> None:
    shop.start()
    slow = emit(shop, "slow", None)
    shop.expect_log("slow began")
    assert shop.http.post(f"/__motia/runs/{slow}/cancel", json={"dryRun": True}).json() == {
        "cancelled": 0,
        "stopped": 1,
    }
    assert shop.http.post(f"/__motia/runs/{slow}/cancel", json={}).json() == {"cancelled": 0, "stopped": 1}
    assert run_of(shop, slow, "cancelled")["owed"] == []
    late = emit(shop, "placed", {"n": 1}, delay=3_600_000)
    assert shop.http.post("/__motia/runs/cancel", json={"ids": [slow, late]}).json() == {"cancelled": 1, "stopped": 0}
    run_of(shop, late, "cancelled")
    over = shop.http.post(f"/__motia/runs/{slow}/cancel", json={})
    assert (over.status_code, over.json()["error"]) == (409, "the run is cancelled: there is nothing left to cancel")
    assert shop.http.get("/__motia/queue").json()["balanced"] is True


def test_runs_are_followed_live(shop: Project) -> None:
    shop.start()
    seen: list[dict[str, Any]] = []
    ready = threading.Event()

    def follow() -> None:
        with shop.http.stream("GET", "/__motia/runs/live", params={"step": "Pay"}) as answer:
            for line in answer.iter_lines():
                ready.set()
                if line.startswith("data: "):
                    seen.append(json.loads(line[6:]))
                    if seen[-1]["status"] == "completed":
                        return

    thread = threading.Thread(target=follow)
    thread.start()
    ready.wait(60)
    emit(shop, "slow", None)
    paid = emit(shop, "placed", {"n": 1})
    thread.join(60)
    assert {run["id"] for run in seen} == {paid}
    assert seen[-1]["status"] == "completed"


def test_pauses_last_and_are_seen(shop: Project) -> None:
    shop.start()
    assert shop.motia("queue", "pause", "Pay") == "Pay is paused\n"
    assert "has no schedule" in shop.motia("cron", "pause", "Pay", status=1)
    assert shop.motia("cron", "pause", "Nightly") == "Nightly is paused\n"
    held = emit(shop, "placed", {"n": 1})
    shop.stop()
    shop.start()
    assert run_of(shop, held, "queued")["attempts"] == 0
    [row] = [row for row in shop.http.get("/__motia/queue").json()["ledger"] if row["step"] == "Pay"]
    assert (row["paused"], row["pending"]) == (True, 1)
    [schedule] = shop.http.get("/__motia/cron").json()
    assert schedule["pausedBy"] == "admin token"
    assert len(schedule["upcoming"]) == 5
    assert "paused since" in shop.motia("cron", "list")
    assert shop.motia("queue", "resume", "Pay") == "Pay goes on\n"
    run_of(shop, held, "completed")
    assert shop.motia("cron", "resume", "Nightly") == "Nightly goes on\n"
    assert shop.http.get("/__motia/pauses").json() == []
    entries = shop.http.get("/__motia/audit").json()["entries"]
    assert [(each["action"], each["actor"], each["target"]) for each in entries][:3] == [
        ("resumeSchedule", "admin token", "Nightly"),
        ("resumeQueue", "admin token", "Pay"),
        ("emit", "local", "placed"),
    ]
    shop.http.post("/__motia/state", json={"groupId": "bank", "key": "apiKey", "value": "hush"})
    shop.http.post("/__motia/state", json={"groupId": "bank", "key": "user", "value": {"password": "hush"}})
    assert "hush" not in shop.http.get("/__motia/audit").text
    refused = next(each for each in entries if each["status"] == 400)
    assert (refused["action"], refused["target"]) == ("pauseSchedule", "Pay")
    assert "pauseSchedule" in shop.motia("audit", "--target", "Nightly")


def test_figures_of_steps_and_queue(shop: Project) -> None:
    shop.start()
    shop.http.post("/__motia/state", json={"groupId": "bank", "key": "closed", "value": True})
    run_of(shop, emit(shop, "placed", {"n": 2}), "retrying")
    shop.http.delete("/nothing")
    shop.http.post("/__motia/state/delete", json={"items": [{"groupId": "bank", "key": "closed"}]})
    run_of(shop, shop.http.post("/orders", json={"n": 1}).headers["x-trace-id"], "completed")
    shop.stop()
    shop.start()
    figures = shop.http.get("/__motia/metrics", params={"window": "1h"}).json()
    rows = {row["step"]: row for row in figures["steps"]}
    assert (rows["Pay"]["attempts"], rows["Pay"]["errors"], rows["Pay"]["errorRate"]) == (2, 1, 0.5)
    assert rows["Place"]["lag"]["p50"] is None
    assert 0 < rows["Pay"]["duration"]["p50"] <= rows["Pay"]["duration"]["p99"]
    assert sum(each["steps"].get("Pay", {}).get("attempts", 0) for each in figures["stretches"]) == 2
    assert figures["runs"] == {"retrying": 1, "completed": 1}
    assert {"topic": "placed", "step": "Pay", "pending": 1, "leased": 0, "dead": 0} in figures["queue"]
    run_of(shop, shop.http.post("/orders", json={"n": 3}).headers["x-trace-id"], "completed")
    text = shop.http.get("/__motia/metrics/prometheus").text
    assert 'motia_step_attempts_total{step="Pay"} 1' in text
    assert 'motia_step_duration_seconds_bucket{step="Pay",le="+Inf"} 1' in text
    assert 'motia_queue_deliveries{topic="placed",step="Pay",state="pending"} 1' in text
    assert shop.http.get("/metrics").text.startswith("# HELP motia_step_attempts_total")
    assert shop.http.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401


def test_commands_about_runs(shop: Project) -> None:
    shop.start()
    first = shop.http.post("/orders", json={"n": 7}).headers["x-trace-id"]
    run_of(shop, first, "completed")
    listed = shop.motia("runs", "ls", "--status", "completed", "--step", "Pay")
    assert first in listed
    assert "● completed" in listed
    assert shop.motia("runs", "ls", "--status", "failed") == "No runs.\n"
    assert "Place" in shop.motia("runs", "show", first)
    assert json.loads(shop.motia("runs", "show", "--json", first))["id"] == first
    answer = json.loads(shop.motia("runs", "replay", first, "--step", "Pay", "-i", '{"n": 9}', "--json"))
    assert f"Replay of    {first}" in shop.motia("runs", "show", run_of(shop, answer["id"], "completed")["id"])
    late = emit(shop, "placed", {"n": 1}, delay=3_600_000)
    assert shop.motia("runs", "cancel", late) == "Cancelled: 1 waiting, 0 running\n"
    assert "nothing left to cancel" in shop.motia("runs", "cancel", late, status=1)
    page = shop.http.get("/__motia/runs", params={"limit": 2}).json()
    rest = shop.http.get("/__motia/runs", params={"limit": 2, "before": page["next"]}).json()
    assert [run["id"] for run in page["runs"] + rest["runs"]] == [late, answer["id"], first]
    assert rest["next"] is None
    for query, message in (
        ("status=odd", "no status 'odd'"),
        ("before=x", "'before' must"),
        ("attribute=x", "NAME:VALUE"),
    ):
        refused = shop.http.get(f"/__motia/runs?{query}")
        assert (refused.status_code, message in refused.json()["error"]) == (400, True)
