"""motia.testing as an author uses it: tests of a project's own, run by pytest (TST-2, TST-3, HND-14)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.running_project import LIMIT_S, Project

STEPS = {
    "steps/place_step.py": """
        config = {"type": "api", "name": "Place", "path": "/orders", "method": "POST", "emits": ["order.placed"]}
        async def handler(req, ctx):
            await ctx.emit({"topic": "order.placed", "data": req["body"], "delay": req["body"].get("delay")})
            return {"status": 201, "body": {"id": req["body"]["id"]}, "headers": {"X-Kind": req["headers"].get("x-kind", "")}}
        """,
    "steps/ship_step.py": """
        RETRY = {"maxAttempts": 3, "delay": 60_000, "backoff": "fixed"}
        config = {"type": "event", "name": "Ship", "subscribes": ["order.placed"], "retry": RETRY}
        async def handler(input, ctx):
            await ctx.state.increment("attempts", input["id"])
            if input["id"] == "stubborn" and ctx.attempt < 3:
                raise ValueError("not yet")
            await ctx.state.set("shipped", input["id"], ctx.attempt)
            ctx.logger.info("shipped", {"id": input["id"]})
        """,
    "steps/sweep_step.py": """
        config = {"type": "cron", "name": "Sweep", "cron": "0 * * * *"}
        async def handler(ctx):
            await ctx.state.increment("ticks", "n")
        """,
    "steps/sync_step.py": """
        from motia import emit, step, queue
        def run(input, ctx):
            old = ctx.state.set("sync", input["id"], 1)["old_value"]
            emit("synced", {"old": old})
            ctx.streams.feed.set("lobby", "i", {"n": 1})
            return ctx.match({"queue": lambda data: data["id"], "default": lambda: None})
        sync = step({"name": "Sync", "triggers": [queue("sync")]}, run)
        """,
}

UNIT_TESTS = """
    import asyncio
    import importlib.util
    import pathlib
    import pytest
    from motia.testing import mock_context

    def load(name):
        spec = importlib.util.spec_from_file_location(name, pathlib.Path("steps") / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_an_async_handler():
        ctx = mock_context(attempt=3)
        asyncio.run(load("ship_step").handler({"id": "stubborn"}, ctx))
        assert ctx.stored == {"attempts": {"stubborn": 1}, "shipped": {"stubborn": 3}}
        assert ctx.logs == [("info", "shipped", {"id": "stubborn"})]

    def test_a_failure():
        with pytest.raises(ValueError, match="not yet"):
            asyncio.run(load("ship_step").handler({"id": "stubborn"}, mock_context()))

    def test_events_and_their_options():
        ctx = mock_context()
        answer = asyncio.run(load("place_step").handler({"body": {"id": "a", "delay": "5s"}, "headers": {}}, ctx))
        assert answer["status"] == 201
        assert ctx.emitted == [{"topic": "order.placed", "data": {"id": "a", "delay": "5s"}, "delay": 5000}]

    def test_a_plain_function_and_module_level_names(motia_mock_context):
        ctx = motia_mock_context(state={"sync": {"a": 7}}, input={"id": "a"}, paired=True)
        assert load("sync_step").sync({"id": "a"}, ctx) == "a"
        assert ctx.emitted == [{"topic": "synced", "data": {"old": 7}}]
        assert ctx.items == {"feed": {"lobby": {"i": {"n": 1, "id": "i"}}}}

    def test_wrong_calls_fail_as_in_a_project():
        ctx = mock_context()
        with pytest.raises(TypeError, match="'key' is a non-empty text"):
            ctx.state.get("g", None)
        with pytest.raises(TypeError, match="needs a 'topic'"):
            ctx.emit({"data": 1})
    """

TESTER_TESTS = """
    import datetime as dt
    import pytest
    from motia.testing import MotiaTester, CoreFailed

    def test_requests_events_and_state(motia_tester):
        placed = motia_tester.watch("order.placed")
        answer = motia_tester.post("/orders", {"id": "a"}, headers={"X-Kind": "test"})
        assert (answer.status, answer.body, answer.headers["x-kind"]) == (201, {"id": "a"}, "test")
        motia_tester.wait_events()
        assert placed.get_last_captured_event()["data"] == {"id": "a"}
        assert [event["topic"] for event in placed.get_captured_events()] == ["order.placed"]
        assert placed.get_captured_event(0) == placed.get_captured_event(-1)
        assert motia_tester.state("shipped") == {"a": 1}
        assert motia_tester.get("/nowhere").status == 404
        assert "shipped" in motia_tester.said()

    def test_stores_are_of_this_test_alone(motia_tester):
        assert motia_tester.state("shipped") == {}

    def test_delays_pass_only_when_told(motia_tester):
        motia_tester.post("/orders", {"id": "a", "delay": "1h"})
        motia_tester.wait_events()
        assert motia_tester.state("shipped") == {}
        motia_tester.advance(3599)
        assert motia_tester.state("shipped") == {}
        motia_tester.advance(1)
        assert motia_tester.state("shipped") == {"a": 1}

    def test_retries_pass_only_when_told(motia_tester):
        motia_tester.emit("order.placed", {"id": "stubborn"})
        motia_tester.wait_events()
        assert motia_tester.state("attempts") == {"stubborn": 1}
        motia_tester.advance(dt.timedelta(minutes=1))
        assert motia_tester.state("attempts") == {"stubborn": 2}
        motia_tester.advance(dt.timedelta(minutes=1))
        assert motia_tester.state("shipped") == {"stubborn": 3}

    def test_every_tick_of_a_day(motia_tester):
        motia_tester.wait_events()
        assert motia_tester.state("ticks") == {}
        motia_tester.advance(dt.timedelta(days=1))
        assert motia_tester.state("ticks") == {"n": 24}

    def test_direct_starts_and_refusals(motia_tester):
        assert set(motia_tester.trigger("Ship", {"id": "b"})) == {"id", "traceId"}
        motia_tester.wait_events()
        assert motia_tester.state("shipped") == {"b": 1}
        with pytest.raises(CoreFailed, match="Ship"):
            motia_tester.trigger("Shop")

    def test_the_machines_clock_cannot_be_moved():
        with MotiaTester(clock="machine") as tester:
            with pytest.raises(CoreFailed, match="--clock manual"):
                tester.advance(1)

    def test_what_cannot_start_says_why(tmp_path):
        with pytest.raises(CoreFailed, match="could not be served"):
            MotiaTester(tmp_path / "nothing")
    """


def passed(project: Project, file: str, text: str, *options: str) -> str:
    for path, source in STEPS.items():
        project.write(path, source)
    project.write(f"tests/{file}", text)
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *options, f"tests/{file}"],
        cwd=project.root, capture_output=True, text=True, check=False, timeout=4 * LIMIT_S, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_tst_2_tst_3_hnd_14_python_steps_are_tested_with_mock_context(project: Project) -> None:
    assert "5 passed" in passed(project, "test_units.py", UNIT_TESTS)


def test_tst_2_python_steps_are_tested_on_a_core_whose_clock_the_test_moves(project: Project) -> None:
    assert "8 passed" in passed(project, "test_served.py", TESTER_TESTS)


@pytest.mark.parametrize(("scope", "status"), [("module", "2 passed"), ("session", "2 passed")])
def test_tst_2_a_python_tester_may_serve_several_tests(project: Project, scope: str, status: str) -> None:
    text = """
        def test_one(motia_tester):
            motia_tester.emit("order.placed", {"id": "a"})
            motia_tester.wait_events()

        def test_two(motia_tester):
            assert motia_tester.state("shipped") == {"a": 1}
        """
    assert status in passed(project, "test_shared.py", text, "-o", f"motia_tester_scope={scope}")
