"""The part of the TraceStore exam that is about runs."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import itertools
from typing import Any, Final

from motia.model.records import Span
from motia.model.run import RunChange, RunDelivery, RunEntry, StepEnd
from motia.ports.trace_store import RunFilter, TraceStore

_numbers: Final = itertools.count(1)
_MS: Final = 1_000_000
EVERY_RUN = RunFilter()


def a_change(**changes: Any) -> RunChange:
    """The whole of a short run of `create-order` that started at 1 ms and took 1 ms, with `changes`."""
    values: dict[str, Any] = {
        "trace_id": f"{next(_numbers):032x}",
        "entry": RunEntry(_MS, "event", "create-order", "order.placed", {"n": 1}),
        "attempts": 1,
        "last": 2 * _MS,
        "steps": {"create-order"},
    }
    return RunChange(**{**values, **changes})


def a_delivery(**changes: Any) -> RunDelivery:
    """A delivery that waits for its turn, with `changes`."""
    values: dict[str, Any] = {
        "id": f"{next(_numbers):032x}",
        "trace_id": "a" * 32,
        "step": "create-order",
        "place": "queued",
        "due_at": 1,
        "attempt": 0,
        "max_attempts": 3,
    }
    return RunDelivery(**{**values, **changes})


class RunContract:
    """Runs: how they add up, how they are found, and what a new life makes of them."""

    async def test_a_run_is_what_its_changes_add_up_to(self, traces: TraceStore) -> None:
        """Over several batches; what `record` returns is what is stored."""
        delivery = a_delivery()
        begun = a_change(trace_id="a" * 32, attempts=0, last=None, deliveries={delivery.id: delivery}, flows={"shop"})
        [queued] = await traces.record([], [], [begun])
        leased = a_delivery(id=delivery.id, place="leased", attempt=1)
        running = RunChange(
            "a" * 32, attempts=1, open=1, queued=5, version="v1", deliveries={leased.id: leased}, attributes={"k": "v"}
        )
        await traces.record([], [], [running])
        over = RunChange(
            "a" * 32,
            open=-1,
            running=7,
            last=9 * _MS,
            ends={"create-order": StepEnd({"ok": True})},
            deliveries={delivery.id: a_delivery(id=delivery.id, place="over")},
        )
        [done] = await traces.record([], [], [over])
        assert (queued.status, queued.ended) == ("queued", None)
        assert (done.status, done.started, done.ended, done.duration) == ("completed", _MS, 9 * _MS, 8 * _MS)
        assert (done.attempts, done.queued, done.running, done.version) == (1, 5, 7, "v1")
        assert (done.trigger, done.step, done.topic, done.flows) == ("event", "create-order", "order.placed", ("shop",))
        whole = await traces.run("a" * 32)
        assert whole is not None
        assert (whole.run, whole.input, whole.output, whole.deliveries) == (done, {"n": 1}, {"ok": True}, ())
        assert await traces.runs(EVERY_RUN) == [done]

    async def test_the_status_follows_the_deliveries(self, traces: TraceStore) -> None:
        """What is owed decides before what has ended; each delivery can be found while it is not over."""
        seen = []
        for place, attempt in (
            ("waiting", 0), ("queued", 0), ("leased", 1), ("retrying", 1), ("leased", 2), ("dead", 2), ("queued", 0),
            ("over", 1),
        ):  # fmt: skip
            delivery = a_delivery(id="d" * 32, place=place, attempt=attempt)
            begins = place == "leased"
            change = a_change(trace_id="a" * 32, attempts=int(begins), deliveries={delivery.id: delivery})
            [run] = await traces.record([], [], [change])
            seen.append(run.status)
            held = [] if place == "over" else [delivery]
            assert await traces.run_deliveries([delivery.id, "f" * 32]) == held
        assert seen == ["waiting", "queued", "running", "retrying", "running", "failed", "running", "completed"]

    async def test_a_cancelled_run_says_so_when_nothing_runs_any_more(self, traces: TraceStore) -> None:
        """Also one that was cancelled before anything of it ran, by whoever cancelled its deliveries."""
        asked = RunChange("a" * 32, cancelled=True)
        [run] = await traces.record([], [], [a_change(trace_id="a" * 32, open=1)])
        assert run.status == "running"
        [run] = await traces.record([], [], [asked])
        assert run.status == "running"
        [run] = await traces.record([], [], [RunChange("a" * 32, open=-1)])
        assert run.status == "cancelled"
        gone = a_delivery(trace_id="b" * 32, place="cancelled")
        [run] = await traces.record([], [], [a_change(trace_id="b" * 32, attempts=0, deliveries={gone.id: gone})])
        assert run.status == "cancelled"

    async def test_a_run_begins_with_the_earliest_that_is_known(self, traces: TraceStore) -> None:
        """Whatever arrived first; it is found by its new start only."""
        later = a_change(trace_id="a" * 32, entry=RunEntry(9 * _MS, "event", "charge"), steps={"charge"})
        await traces.record([], [], [later])
        first = RunChange("a" * 32, RunEntry(3 * _MS, "http", "create-order", input={"x": 1}), steps={"create-order"})
        [run] = await traces.record([], [], [first])
        assert (run.started, run.trigger, run.step) == (3 * _MS, "http", "create-order")
        assert await traces.runs(RunFilter(step="charge")) == [run]
        assert await traces.runs(RunFilter(step="charge", since=4 * _MS)) == []

    async def test_runs_are_listed_newest_first_in_pages(self, traces: TraceStore) -> None:
        """A page goes on behind the last of the one before, also where several started at once."""
        changes = [a_change(entry=RunEntry(at * _MS, "event", "s")) for at in (3, 1, 2, 2, 2)]
        stored = await traces.record([], [], changes)
        expected = sorted(stored, key=lambda run: (run.started, run.id), reverse=True)
        found, before = [], None
        while page := await traces.runs(RunFilter(before=before), limit=2):
            found += page
            before = (page[-1].started, page[-1].id)
        assert found == expected

    async def test_runs_are_found_by_what_they_are(self, traces: TraceStore) -> None:
        """All conditions hold."""
        dead = a_delivery(trace_id="a" * 32, place="dead")
        failed = a_change(
            trace_id="a" * 32,
            entry=RunEntry(2 * _MS, "http", "pay", input={"card": "Visa 42"}),
            steps={"pay"},
            flows={"shop", "bank"},
            last=12 * _MS,
            ends={"pay": StepEnd(error="Declined: no MONEY")},
            deliveries={dead.id: dead},
            attributes={"http.method": "POST", "topic": "t"},
        )
        long = a_change(entry=RunEntry(3 * _MS, "cron", "report"), steps={"report", "pay"}, last=33 * _MS)
        active = a_change(
            entry=RunEntry(4 * _MS, "event", "pay"), steps={"pay"}, open=1, attributes={"topic": "t"}, flows={"shop"}
        )
        stored = await traces.record([], [], [failed, long, active])
        names = dict(zip([run.id for run in stored], ("failed", "long", "active"), strict=True))
        for where, expected in (
            (RunFilter(statuses=("failed",)), ["failed"]),
            (RunFilter(statuses=("running", "failed")), ["active", "failed"]),
            (RunFilter(step="pay"), ["active", "long", "failed"]),
            (RunFilter(step="pay", flow="shop"), ["active", "failed"]),
            (RunFilter(step="pay", statuses=("failed", "completed")), ["long", "failed"]),
            (RunFilter(trigger="cron"), ["long"]),
            (RunFilter(since=3 * _MS), ["active", "long"]),
            (RunFilter(since=2 * _MS, until=4 * _MS), ["long", "failed"]),
            (RunFilter(text="no money"), ["failed"]),
            (RunFilter(text="visa 42"), ["failed"]),
            (RunFilter(text="a" * 32), ["failed"]),
            (RunFilter(text="%"), []),
            (RunFilter(attributes=(("topic", "t"),)), ["active", "failed"]),
            (RunFilter(attributes=(("topic", "t"), ("http.method", "POST"))), ["failed"]),
            (RunFilter(shortest=11 * _MS), ["long"]),
            (RunFilter(longest=11 * _MS), ["failed"]),
        ):
            assert [names[run.id] for run in await traces.runs(where)] == expected, where
        assert await traces.run_counts() == {"failed": 1, "completed": 1, "running": 1}
        assert await traces.run_counts(since=3 * _MS) == {"completed": 1, "running": 1}

    async def test_a_new_life_settles_what_the_old_one_left_open(self, traces: TraceStore) -> None:
        """Nothing runs; what the queue no longer owes is over, what it owes waits for its turn."""
        owed = a_delivery(trace_id="a" * 32, place="leased", attempt=1)
        gone = a_delivery(trace_id="b" * 32, place="retrying", attempt=1)
        dead = a_delivery(trace_id="c" * 32, place="dead", attempt=3)
        span = Span("a" * 32, "1" * 16, None, "s", "event", "s", _MS)
        changes = [
            a_change(trace_id="a" * 32, open=1, deliveries={owed.id: owed}),
            a_change(trace_id="b" * 32, deliveries={gone.id: gone}),
            a_change(trace_id="c" * 32, deliveries={dead.id: dead}),
            a_change(trace_id="d" * 32, entry=RunEntry(_MS, "http", "s"), open=1),
        ]
        await traces.record([span], [], changes)
        assert await traces.begin_life({owed.id}, now=5 * _MS) == 3
        found = {run.id[0]: run for run in await traces.runs(EVERY_RUN)}
        assert {name: run.status for name, run in found.items()} == {
            "a": "running", "b": "completed", "c": "failed", "d": "failed",
        }  # fmt: skip
        [delivery] = await traces.run_deliveries([owed.id, gone.id])
        assert (delivery.id, delivery.place) == (owed.id, "queued")
        [ended] = await traces.spans("a" * 32)
        assert (ended.ended, ended.status, ended.attributes["error"]["name"]) == (5 * _MS, "error", "Interrupted")
        assert (found["d"].error or "").startswith("Interrupted")
        assert await traces.begin_life({owed.id}, now=6 * _MS) == 0

    async def test_runs_are_forgotten_with_their_traces(self, traces: TraceStore) -> None:
        """By age, and all at once."""
        old, new = a_change(trace_id="a" * 32), a_change(trace_id="b" * 32, entry=RunEntry(9 * _MS, "event", "s"))
        span = Span("a" * 32, "1" * 16, None, "s", "event", "s", _MS, 2 * _MS, "ok")
        await traces.record([span], [], [old, new])
        await traces.prune(older_than=5, keep_bytes=1 << 40)
        assert [run.id for run in await traces.runs(EVERY_RUN)] == ["b" * 32]
        assert [run.id for run in await traces.runs(RunFilter(step="create-order"))] == ["b" * 32]
        assert await traces.run("a" * 32) is None
        assert await traces.prune(older_than=10, keep_bytes=1 << 40) == 1
        assert await traces.runs(EVERY_RUN) == []
        await traces.record([], [], [new])
        await traces.clear()
        assert (await traces.runs(EVERY_RUN), await traces.runs(RunFilter(step="create-order"))) == ([], [])
