"""Atomic Steps that write live streams, on a real core, in three languages: a subscriber sees each effect exactly once."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from support.live_feed import live_feed
from support.running_project import Project, until

EVENTS = 90

# Each event leaves an item of its own, adds 1 to the item `total` by hand (get and set), and sends an event.
COUNT = {
    "python": (
        "count_step.py",
        """
        import asyncio
        config = {"type": "event", "name": "Count", "subscribes": ["count"], "atomic": True,
                  "retry": {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}}
        async def handler(input, ctx):
            board = ctx.streams.board
            total = await board.get("g", "total") or {"n": 0}
            await board.set("g", input["id"], {"by": "nobody"})
            await board.set("g", "total", {"n": total["n"] + 1})
            await board.update("g", input["id"], [{"type": "set", "path": "by", "value": input["id"]}])
            await board.send({"groupId": "g"}, {"type": "counted", "data": input["id"]})
            await board.set("drafts", input["id"], {})
            await board.delete("drafts", input["id"])
            assert all(each["id"] != input["id"] for each in await board.get_group("drafts"))
            await ctx.state.increment("each", input["id"], 1)
            await asyncio.sleep(0.005)
        """,
    ),
    "typescript": (
        "count.step.ts",
        """
        export const config = { type: 'event', name: 'Count', subscribes: ['count'], atomic: true,
                                retry: { maxAttempts: 1000, delay: 20, maxDelay: 100 } }
        export const handler = async ({ id }: { id: string }, { state, streams }: any) => {
          const { board } = streams
          const total = (await board.get('g', 'total')) ?? { n: 0 }
          await board.set('g', id, { by: 'nobody' })
          await board.set('g', 'total', { n: total.n + 1 })
          await board.update('g', id, [{ type: 'set', path: 'by', value: id }])
          await board.send({ groupId: 'g' }, { type: 'counted', data: id })
          await board.set('drafts', id, {})
          await board.delete('drafts', id)
          if ((await board.getGroup('drafts')).some((each: any) => each.id === id)) throw new Error('still there')
          await state.increment('each', id, 1)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        """,
    ),
    "ruby": (
        "count_step.rb",
        """
        def config
          { type: 'event', name: 'Count', subscribes: ['count'], atomic: true,
            retry: { max_attempts: 1000, delay: 20, max_delay: 100 } }
        end

        def handler(input, ctx)
          board = ctx.streams.board
          total = board.get('g', 'total') || { n: 0 }
          board.set('g', input[:id], { by: 'nobody' })
          board.set('g', 'total', { n: total[:n] + 1 })
          board.update('g', input[:id], [{ type: 'set', path: 'by', value: input[:id] }])
          board.send({ groupId: 'g' }, { type: 'counted', data: input[:id] })
          board.set('drafts', input[:id], {})
          board.delete('drafts', input[:id])
          raise 'still there' if board.get_group('drafts').any? { |each| each[:id] == input[:id] }
          ctx.state.increment('each', input[:id], 1)
          sleep 0.005
        end
        """,
    ),
}
STREAM = 'config = {"name": "board"}\n'
WATCH = """
    config = {"name": "Watch", "triggers": [{"type": "stream", "streamName": "board", "groupId": "g", "itemId": "total"}],
              "atomic": True, "retry": {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}}
    async def handler(input, ctx):
        await ctx.state.set("watched", str(input["event"]["data"]["n"]), input["timestamp"])
"""


@pytest.fixture(params=sorted(COUNT))
def counting(project: Project, request: pytest.FixtureRequest) -> Project:
    name, source = COUNT[request.param]
    project.write(f"steps/{name}", source)
    project.write("steps/watch_step.py", WATCH)
    project.write("streams/board_stream.py", STREAM)
    return project


def emit(project: Project, numbers: range) -> None:
    for number in numbers:
        answer = project.http.post("/__motia/emit", json={"topic": "count", "data": {"id": f"{number}"}})
        assert answer.status_code == 200, answer.text


def send(project: Project, group: str, kind: str) -> None:
    body = {"streamName": "board", "groupId": group, "type": kind, "data": None}
    project.http.post("/__motia/streams/send", json=body).raise_for_status()


def wait_for(project: Project, done: int) -> None:
    until(lambda: len(project.state("each")) >= done)


def settled(project: Project) -> bool:
    books: dict[str, Any] = project.http.get("/__motia/queue").json()
    return not any(row["pending"] or row["leased"] for row in books["ledger"])


def test_cfg_49_str_10_workers_killed_in_the_middle_leave_a_subscriber_each_effect_exactly_once(
    counting: Project,
) -> None:
    seed = int(os.environ.get("MOTIA_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"MOTIA_TEST_SEED={seed}")  # noqa: T201 - says how to repeat it
    chance = random.Random(seed)
    counting.start("start")
    with live_feed(counting.url, "board", "g") as feed, live_feed(counting.url, "board", "drafts") as drafts:
        assert feed.event() == ("sync", [])
        assert drafts.event() == ("sync", [])
        for first in range(0, EVENTS, 30):
            emit(counting, range(first, first + 30))
            wait_for(counting, chance.randrange(first, first + 20))
            for worker in counting.workers():
                os.kill(worker["pid"], signal.SIGKILL)
        until(lambda: settled(counting), 120)
        send(counting, "g", "the end")
        send(counting, "drafts", "the end")
        heard, drafted = feed.until("the end"), drafts.until("the end")
    ids = [f"{number}" for number in range(EVENTS)]
    assert counting.state("each") == dict.fromkeys(ids, 1)
    stamps = [message["timestamp"] for message in heard]
    assert stamps == sorted({*stamps})
    totals = [message for message in heard if message.get("id") == "total"]
    assert [message["event"]["data"]["n"] for message in totals] == list(range(1, EVENTS + 1))
    assert sorted(message["event"]["event"]["data"] for message in heard if "id" not in message) == sorted(ids)
    for number in ids:
        own = [message["event"] for message in heard if message.get("id") == number]
        assert [(event["type"], event["data"]["by"]) for event in own] == [("create", "nobody"), ("update", number)]
    assert sorted((message["event"]["type"], message["id"]) for message in drafted) == sorted(
        (kind, number) for kind in ("create", "delete") for number in ids
    )
    # The Step that watches was told of each total once, with the timestamp subscribers got.
    assert counting.state("watched") == {f"{n}": message["timestamp"] for n, message in enumerate(totals, 1)}


HELD = """
    import asyncio, pathlib
    config = {"type": "event", "name": "Held", "subscribes": ["held"], "atomic": True,
              "retry": {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}}
    async def handler(input, ctx):
        await ctx.streams.board.set("g", "i", {"n": 1})
        await ctx.streams.board.send({"groupId": "g"}, {"type": "typing", "data": 1})
        await ctx.streams.newcomer.set("g", "i", {"n": 1})
        ctx.logger.info("in the middle")
        while not pathlib.Path(input["go"]).exists():
            await asyncio.sleep(0.005)
"""


@pytest.mark.parametrize("killed", ["worker", "core"])
def test_cfg_49_str_25_before_the_commit_nobody_hears_anything(project: Project, tmp_path: Path, killed: str) -> None:
    project.write("steps/held_step.py", HELD)
    project.write("streams/board_stream.py", STREAM)
    project.start("start")
    go = tmp_path / "go"
    project.http.post("/__motia/emit", json={"topic": "held", "data": {"go": str(go)}})
    project.expect_log("in the middle")
    with live_feed(project.url, "board", "g") as feed:
        assert feed.event() == ("sync", [])
        send(project, "g", "nothing yet")
        assert feed.until("nothing yet") == []
    if killed == "core":
        project.kill()
        project.start("start")
    else:
        [worker] = project.workers()
        os.kill(worker["pid"], signal.SIGKILL)
    project.expect_log("in the middle")
    with live_feed(project.url, "board", "g") as feed:
        assert feed.event() == ("sync", [])
        names = {each["name"] for each in project.http.get("/__motia/streams").json()["streams"]}
        assert names == {"board"}
        go.touch()
        kind, item = feed.event()
        assert (kind, item["id"], item["n"]) == ("create", "i", 1)
        assert feed.event() == ("event", {"type": "typing", "data": 1})
        until(lambda: settled(project))
        send(project, "g", "the end")
        assert feed.until("the end") == []
    names = {each["name"] for each in project.http.get("/__motia/streams").json()["streams"]}
    assert names == {"board", "newcomer"}


def test_cfg_49_several_lost_with_one_worker_begin_from_nothing(project: Project, tmp_path: Path) -> None:
    """They are run again apart, within the same attempts, and what they had done before is gone."""
    project.write(
        "steps/held_step.py",
        """
        import asyncio, pathlib
        config = {"type": "event", "name": "Held", "subscribes": ["held"], "atomic": True}
        async def handler(input, ctx):
            await ctx.state.increment("held", input["id"], 1)
            await ctx.streams.board.update("g", input["id"], [{"type": "increment", "path": "n", "by": 1}])
            await ctx.streams.board.send({"groupId": "g"}, {"type": "held", "data": input["id"]})
            ctx.logger.info("in the middle")
            while not pathlib.Path(input["go"]).exists():
                await asyncio.sleep(0.005)
        """,
    )
    project.write("streams/board_stream.py", STREAM)
    project.start("start")
    ids = ["a", "b", "c"]
    with live_feed(project.url, "board", "g") as feed:
        assert feed.event() == ("sync", [])
        for each in ids:
            data = {"id": each, "go": str(tmp_path / "go")}
            project.http.post("/__motia/emit", json={"topic": "held", "data": data}).raise_for_status()
        for _ in ids:
            project.expect_log("in the middle")
        [worker] = project.workers()
        os.kill(worker["pid"], signal.SIGKILL)
        (tmp_path / "go").touch()
        until(lambda: settled(project))
        send(project, "g", "the end")
        heard = [message["event"] for message in feed.until("the end")]
    assert project.state("held") == dict.fromkeys(ids, 1)
    assert sorted((each["type"], each["data"]["id"], each["data"]["n"]) for each in heard if "data" in each) == [
        ("create", each, 1) for each in ids
    ]
    assert sorted(each["event"]["data"] for each in heard if "event" in each) == ids
    [books] = project.http.get("/__motia/queue").json()["ledger"]
    assert (books["accepted"], books["done"]) == (3, 3)


def test_cfg_49_a_request_that_fails_tells_nobody(project: Project) -> None:
    project.write(
        "steps/order_step.py",
        """
        config = {"type": "api", "name": "Order", "path": "/order/:id", "method": "POST", "atomic": True}
        async def handler(req, ctx):
            await ctx.streams.board.set("g", req.path_params["id"], {})
            return {"status": 409 if req.path_params["id"] == "bad" else 200}
        """,
    )
    project.write("streams/board_stream.py", STREAM)
    project.start()
    with live_feed(project.url, "board", "g") as feed:
        assert feed.event() == ("sync", [])
        assert project.http.post("/order/bad").status_code == 409
        good = project.http.post("/order/good")
        assert good.status_code == 200
        kind, item = feed.event()
        assert (kind, item["id"]) == ("create", "good")
    spans = until(lambda: spans_of(project, good.headers["x-trace-id"]))
    [commit] = [span for span in spans if span["kind"] == "commit"]
    assert {name: commit["attributes"][name] for name in ("writes", "streamWrites", "deliveries")} == {
        "writes": 0,
        "streamWrites": 1,
        "deliveries": 0,
    }


def spans_of(project: Project, trace_id: str) -> list[dict[str, Any]] | None:
    spans: list[dict[str, Any]] = project.trace(trace_id)["spans"]
    return spans if "commit" in {span["kind"] for span in spans} else None
