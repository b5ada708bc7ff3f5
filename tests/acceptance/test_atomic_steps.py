"""Atomic Steps on a real core, in three languages: whatever is killed whenever, an attempt has happened once or not at all."""

from __future__ import annotations

import concurrent.futures
import os
import random
import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.running_project import Project, until

PATIENT = {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}
EVENTS = 200

# Each event adds 1 to the counter by hand (get and set), leaves a line of its own, and tells `told`, who adds 1, too.
COUNT = {
    "python": (
        "count_step.py",
        """
        import asyncio
        config = {"type": "event", "name": "Count", "subscribes": ["count"], "atomic": True,
                  "retry": {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}}
        async def handler(input, ctx):
            n = await ctx.state.get("books", "n") or 0
            await ctx.emit({"topic": "counted", "data": input})
            await ctx.state.set("books", "n", n + 1)
            await ctx.state.increment("each", input["id"], 1)
            await asyncio.sleep(0.002)
        """,
    ),
    "typescript": (
        "count.step.ts",
        """
        export const config = { type: 'event', name: 'Count', subscribes: ['count'], atomic: true,
                                retry: { maxAttempts: 1000, delay: 20, maxDelay: 100 } }
        export const handler = async (input: { id: string }, { state, emit }: any) => {
          const n: number = (await state.get('books', 'n')) ?? 0
          await emit({ topic: 'counted', data: input })
          await state.set('books', 'n', n + 1)
          await state.increment('each', input.id, 1)
          await new Promise((resolve) => setTimeout(resolve, 2))
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
          n = ctx.state.get('books', 'n') || 0
          ctx.emit(topic: 'counted', data: input)
          ctx.state.set('books', 'n', n + 1)
          ctx.state.increment('each', input[:id], 1)
          sleep 0.002
        end
        """,
    ),
}
TOLD = """
    config = {"type": "event", "name": "Told", "subscribes": ["counted"], "atomic": True,
              "retry": {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}}
    async def handler(input, ctx):
        await ctx.state.increment("told", input["id"], 1)
"""


@pytest.fixture(params=sorted(COUNT))
def counting(project: Project, request: pytest.FixtureRequest) -> Project:
    name, source = COUNT[request.param]
    project.write(f"steps/{name}", source)
    project.write("steps/told_step.py", TOLD)
    return project


def emit(project: Project, numbers: range) -> None:
    for number in numbers:
        answer = project.http.post("/__motia/emit", json={"topic": "count", "data": {"id": f"{number}"}})
        assert answer.status_code == 200, answer.text


def settled(project: Project) -> dict[str, Any] | None:
    books: dict[str, Any] = project.http.get("/__motia/queue").json()
    return None if any(row["pending"] or row["leased"] for row in books["ledger"]) else books


def wait_for(project: Project, told: int) -> None:
    until(lambda: len(project.state("told")) >= told)


def assert_exactly_once(project: Project, books: dict[str, Any], events: int) -> None:
    once = {f"{number}": 1 for number in range(events)}
    assert project.state("books") == {"n": events}
    assert project.state("each") == once
    assert project.state("told") == once
    assert books["balanced"]
    assert {row["step"]: (row["accepted"], row["done"]) for row in books["ledger"]} == {
        "Count": (events, events),
        "Told": (events, events),
    }


def test_cfg_49_two_hundred_events_at_once_lose_no_update(counting: Project) -> None:
    """`get` and `set` on one key, as many at a time as the core runs."""
    counting.start("start")
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda number: emit(counting, range(number, number + 1)), range(EVENTS)))
    assert_exactly_once(counting, until(lambda: settled(counting), 120), EVENTS)


def test_cfg_49_killed_workers_and_cores_leave_every_effect_exactly_once(
    counting: Project, request: pytest.FixtureRequest
) -> None:
    """kill -9 at random moments while events run: of a worker, or of the core, which starts again."""
    seed = int(os.environ.get("MOTIA_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"MOTIA_TEST_SEED={seed}")  # noqa: T201 - says how to repeat it
    chance = random.Random(seed)
    counting.start("start")
    kills = [
        "worker",
        "worker",
        "core",
    ] * 4  # a worker that dies a third time at once is started again only after seconds
    for first, target in zip(range(0, EVENTS, 20), kills, strict=False):
        emit(counting, range(first, first + 20))
        wait_for(counting, chance.randrange(first, first + 20))
        if target == "core":
            counting.kill()
            counting.start("start")
            continue
        for worker in counting.workers():
            if chance.random() < 0.7:
                os.kill(worker["pid"], signal.SIGKILL)
    assert_exactly_once(counting, until(lambda: settled(counting), 120), EVENTS)


HELD = """
    import asyncio, pathlib
    config = {"type": "event", "name": "Held", "subscribes": ["held"], "atomic": True,
              "retry": {"maxAttempts": 1000, "delay": 20, "maxDelay": 100}}
    async def handler(input, ctx):
        attempts = pathlib.Path(input["attempts"])
        attempts.write_text(attempts.read_text() + "x" if attempts.exists() else "x")
        await ctx.state.set("held", "begun", True)
        await ctx.state.increment("held", "n", 1)
        await ctx.emit({"topic": "heard", "data": {}})
        ctx.logger.info("in the middle")
        while not pathlib.Path(input["go"]).exists():
            await asyncio.sleep(0.005)
"""
HEARD = """
    config = {"type": "event", "name": "Heard", "subscribes": ["heard"], "atomic": True}
    async def handler(input, ctx):
        await ctx.state.increment("heard", "n", 1)
"""


@pytest.mark.parametrize("killed", ["worker", "core"])
def test_cfg_49_before_the_commit_nothing_is_seen_and_after_it_all(
    project: Project, tmp_path: Path, killed: str
) -> None:
    project.write("steps/held_step.py", HELD)
    project.write("steps/heard_step.py", HEARD)
    project.start("start")
    go, attempts = tmp_path / "go", tmp_path / "attempts"
    project.http.post("/__motia/emit", json={"topic": "held", "data": {"go": str(go), "attempts": str(attempts)}})
    project.expect_log("in the middle")
    assert project.state("held") == {}
    assert project.state("heard") == {}
    if killed == "core":
        project.kill()
        project.start("start")
    else:
        [worker] = project.workers()
        os.kill(worker["pid"], signal.SIGKILL)
    project.expect_log("in the middle")
    assert project.state("held") == {}
    go.write_text("")
    books = until(lambda: settled(project))
    assert project.state("held") == {"begun": True, "n": 1}
    assert project.state("heard") == {"n": 1}
    assert len(attempts.read_text()) == 2
    assert {row["step"]: row["done"] for row in books["ledger"]} == {"Held": 1, "Heard": 1}
    project.kill()
    project.start("start")
    assert project.state("held") == {"begun": True, "n": 1}
    assert settled(project) is not None


TRANSFER = """
    from motia import HttpError
    config = {"type": "api", "name": "Transfer", "path": "/transfer", "method": "POST", "atomic": True}
    async def handler(req, ctx):
        source, target, amount = req.body["from"], req.body["to"], req.body["amount"]
        have = await ctx.state.get("accounts", source) or 0
        await ctx.state.set("accounts", source, have - amount)
        await ctx.state.set("accounts", target, (await ctx.state.get("accounts", target) or 0) + amount)
        if have < amount:
            raise HttpError(409, "not enough")
        await ctx.emit({"topic": "transferred", "data": req.body})
        return {"status": 200, "body": {"left": have - amount}}
"""
TRANSFERRED = """
    config = {"type": "event", "name": "Transferred", "subscribes": ["transferred"]}
    async def handler(input, ctx):
        await ctx.state.increment("transfers", "n", 1)
"""


@pytest.fixture
def bank(project: Project) -> Project:
    project.write("steps/transfer_step.py", TRANSFER)
    project.write("steps/transferred_step.py", TRANSFERRED)
    project.start("start")
    for account, balance in (("a", 100), ("b", 0)):
        project.http.post("/__motia/state", json={"groupId": "accounts", "key": account, "value": balance})
    return project


def transfer(project: Project, amount: int) -> httpx.Response:
    return httpx.post(f"{project.url}/transfer", json={"from": "a", "to": "b", "amount": amount}, timeout=60)


def test_cfg_49_a_request_is_one_commit_and_says_when_it_lost(bank: Project) -> None:
    assert transfer(bank, 10).json() == {"left": 90}
    assert bank.state("accounts") == {"a": 90, "b": 10}
    assert transfer(bank, 1000).status_code == 409
    assert bank.state("accounts") == {"a": 90, "b": 10}
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: transfer(bank, 1), range(60)))
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert won
    assert {answer.status_code for answer in lost} <= {503}
    for answer in lost:
        assert answer.headers["retry-after"] == "1"
        assert "Nothing was changed" in answer.json()["error"]
    assert bank.state("accounts") == {"a": 90 - len(won), "b": 10 + len(won)}
    assert until(lambda: bank.state("transfers").get("n") == 1 + len(won))


def test_cfg_49_the_commit_is_in_the_trace_under_its_run(bank: Project) -> None:
    answer = transfer(bank, 10)
    trace_id = answer.headers["x-trace-id"]
    kinds = {"http", "state", "emit", "commit", "event"}
    spans = until(
        lambda: kinds <= {span["kind"] for span in bank.trace(trace_id)["spans"]} and bank.trace(trace_id)["spans"]
    )
    [run] = [span for span in spans if span["kind"] == "http"]
    [commit] = [span for span in spans if span["kind"] == "commit"]
    assert commit["parentId"] == run["id"]
    assert (commit["attributes"]["writes"], commit["attributes"]["deliveries"]) == (2, 1)


STREAMED = {
    "python": (
        "stream_step.py",
        """
        config = {"type": "api", "name": "Stream", "path": "/stream", "atomic": True}
        async def chunks(ctx):
            yield "begun,"
            try:
                await ctx.state.set("streamed", "late", True)
            except Exception as problem:
                yield str(problem)
        async def handler(req, ctx):
            await ctx.state.set("streamed", "early", True)
            return {"status": 200, "body": chunks(ctx)}
        """,
    ),
    "typescript": (
        "stream.step.ts",
        """
        export const config = { type: 'api', name: 'Stream', path: '/stream', atomic: true }
        async function* chunks(state: any) {
          yield 'begun,'
          try {
            await state.set('streamed', 'late', true)
          } catch (problem: any) {
            yield problem.message
          }
        }
        export const handler = async (req: any, { state }: any) => {
          await state.set('streamed', 'early', true)
          return { status: 200, body: chunks(state) }
        }
        """,
    ),
    "ruby": (
        "stream_step.rb",
        """
        def config = { type: 'api', name: 'Stream', path: '/stream', atomic: true }
        def handler(req, ctx)
          ctx.state.set('streamed', 'early', true)
          chunks = Enumerator.new do |out|
            out << 'begun,'
            ctx.state.set('streamed', 'late', true)
          rescue StandardError => e
            out << e.message
          end
          { status: 200, body: chunks }
        end
        """,
    ),
}


@pytest.mark.parametrize("language", sorted(STREAMED))
def test_cfg_49_a_streamed_answer_is_committed_before_it_begins(project: Project, language: str) -> None:
    name, source = STREAMED[language]
    project.write(f"steps/{name}", source)
    project.start()
    with project.http.stream("GET", "/stream") as answer:
        chunks = answer.iter_text()
        first = next(chunks)
        assert project.state("streamed") == {"early": True}
        whole = first + "".join(chunks)
    assert re.search("begun,.*atomic.* has ended.*before the first chunk of a streamed response", whole)
    assert project.state("streamed") == {"early": True}


LATE = {
    "python": (
        "late_step.py",
        """
        import asyncio
        config = {"type": "event", "name": "Late", "subscribes": ["late"], "atomic": True}
        async def later(ctx):
            await asyncio.sleep(0.05)
            try:
                await ctx.state.set("late", "k", 1)
            except Exception as problem:
                print(f"refused: {problem}")
        async def handler(input, ctx):
            global task
            task = asyncio.create_task(later(ctx))
        """,
    ),
    "typescript": (
        "late.step.ts",
        """
        export const config = { type: 'event', name: 'Late', subscribes: ['late'], atomic: true }
        export const handler = async (input: any, { state }: any) => {
          setTimeout(() => state.set('late', 'k', 1).catch((e: Error) => console.log(`refused: ${e.message}`)), 50)
        }
        """,
    ),
    "ruby": (
        "late_step.rb",
        """
        def config = { type: 'event', name: 'Late', subscribes: ['late'], atomic: true }
        def handler(input, ctx)
          Thread.new do
            sleep 0.05
            ctx.state.set('late', 'k', 1)
          rescue StandardError => e
            puts "refused: #{e.message}"
          end
          nil
        end
        """,
    ),
}


@pytest.mark.parametrize("language", sorted(LATE))
def test_cfg_49_what_comes_after_the_end_is_refused(project: Project, language: str) -> None:
    name, source = LATE[language]
    project.write(f"steps/{name}", source)
    project.start()
    project.http.post("/__motia/emit", json={"topic": "late", "data": {}})
    said = project.expect(lambda line: "refused:" in str(line))
    assert re.search("atomic.* has ended.*Wait for every call", str(said))
    assert project.state("late") == {}
