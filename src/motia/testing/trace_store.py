"""The exam of TraceStore adapters. A test module derives from the class and provides the fixture `traces`: an empty store."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

import itertools
from typing import Any, Final

import pytest

from motia.model.records import LogRecord, Span
from motia.ports.trace_store import LogFilter, TraceFilter, TraceStore
from motia.testing.runs import RunContract

_numbers: Final = itertools.count(1)
_NS_PER_MS: Final = 1_000_000
ALL = TraceFilter()


def a_span(**changes: Any) -> Span:
    """A span that took from 1000 to 2000 ns, with `changes`."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "parent_id": None,
        "name": "POST /orders",
        "kind": "http",
        "step": "create-order",
        "started": 1_000,
        "ended": 2_000,
        "status": "ok",
    }
    return Span(**{**values, **changes})


def a_log(**changes: Any) -> LogRecord:
    """A log record, with `changes`."""
    values: dict[str, Any] = {
        "id": f"{next(_numbers):032x}",
        "time": 1_000,
        "level": "info",
        "message": "order came in",
    }
    return LogRecord(**{**values, **changes})


def fields(record: Span | LogRecord) -> dict[str, Any]:
    """All of its values."""
    return {name: getattr(record, name) for name in record.__slots__}


class SpanContract:
    """Spans and traces."""

    async def test_a_span_comes_back_as_it_was(self, traces: TraceStore) -> None:
        """With everything JSON can say in its attributes."""
        span = a_span(
            parent_id="b" * 16,
            status="error",
            attributes={"http.status": 500, "f": 1.5, "l": [1, {"x": None}], "t": "ä\x00"},
        )
        await traces.record([span], [])
        assert [fields(found) for found in await traces.spans(span.trace_id)] == [fields(span)]

    async def test_an_unknown_trace_is_empty(self, traces: TraceStore) -> None:
        """No error."""
        assert await traces.spans("f" * 32) == []
        assert await traces.traces(ALL) == []

    async def test_the_end_of_a_span_replaces_its_start(self, traces: TraceStore) -> None:
        """In one batch or in two; changes made after recording are not seen."""
        span = a_span(ended=None, status="running")
        await traces.record([span], [])
        span.ended, span.status, span.attributes = 5_000, "error", {"why": "late"}
        [before] = await traces.spans(span.trace_id)
        assert (before.ended, before.status, before.attributes) == (None, "running", {})
        await traces.record([span, span], [])
        assert [fields(found) for found in await traces.spans(span.trace_id)] == [fields(span)]
        [summary] = await traces.traces(ALL)
        assert (summary.spans, summary.errors, summary.status, summary.ended) == (1, 1, "error", 5_000)

    async def test_the_late_news_of_a_start_reopens_nothing(self, traces: TraceStore) -> None:
        """Order does not matter, in one batch or in two."""
        ended = a_span(trace_id="a" * 32)
        start = a_span(trace_id="a" * 32, span_id=ended.span_id, ended=None, status="running")
        await traces.record([ended, start], [])
        await traces.record([start], [])
        assert [fields(found) for found in await traces.spans("a" * 32)] == [fields(ended)]
        [summary] = await traces.traces(ALL)
        assert (summary.spans, summary.status, summary.ended) == (1, "ok", 2_000)

    async def test_a_trace_is_summed_up(self, traces: TraceStore) -> None:
        """Named after its first span, also when that arrives last; running until all have ended."""
        later = [
            a_span(
                trace_id="a" * 32,
                name="charge",
                kind="event",
                step="charge",
                started=1_500,
                ended=9_000,
                status="error",
            ),
            a_span(
                trace_id="a" * 32, name="mail", kind="event", step="mail", started=1_600, ended=None, status="running"
            ),
        ]
        await traces.record(later, [])
        first = a_span(trace_id="a" * 32, name="POST /orders", step="charge")
        await traces.record([first], [])
        [summary] = await traces.traces(ALL)
        assert (summary.trace_id, summary.name, summary.kind, summary.started) == (
            "a" * 32,
            "POST /orders",
            "http",
            1_000,
        )
        assert (summary.ended, summary.status, summary.spans, summary.steps, summary.errors) == (
            None,
            "running",
            3,
            2,
            1,
        )
        later[1].ended, later[1].status = 4_000, "ok"
        await traces.record([later[1]], [])
        [summary] = await traces.traces(ALL)
        assert (summary.ended, summary.status) == (9_000, "error")
        assert [span.name for span in await traces.spans("a" * 32)] == ["POST /orders", "charge", "mail"]

    async def test_traces_are_listed_newest_first_in_pages(self, traces: TraceStore) -> None:
        """`before` goes on behind a page's last."""
        spans = [a_span(started=started) for started in (3_000, 1_000, 5_000, 2_000, 4_000)]
        await traces.record(spans[:2], [])
        await traces.record(spans[2:], [])
        page = await traces.traces(ALL, limit=2)
        assert [summary.started for summary in page] == [5_000, 4_000]
        rest = await traces.traces(TraceFilter(before=page[-1].started))
        assert [summary.started for summary in rest] == [3_000, 2_000, 1_000]

    async def test_traces_are_found_by_what_they_touched(self, traces: TraceStore) -> None:
        """Step, status, time; all conditions hold."""
        ok = a_span(started=1_000, step="a")
        failed = a_span(started=2_000, step="b", status="error")
        running = a_span(started=3_000, step="a", ended=None, status="running")
        beside = a_span(trace_id=failed.trace_id, started=2_500, step="a")
        await traces.record([ok, failed, running, beside], [])
        for where, expected in (
            (TraceFilter(step="a"), [running, failed, ok]),
            (TraceFilter(step="b"), [failed]),
            (TraceFilter(step="none"), []),
            (TraceFilter(status="error"), [failed]),
            (TraceFilter(status="ok"), [ok]),
            (TraceFilter(since=2_000), [running, failed]),
            (TraceFilter(step="a", before=3_000, since=2_000), [failed]),
            (TraceFilter(step="a", status="running"), [running]),
        ):
            found = [summary.trace_id for summary in await traces.traces(where)]
            assert found == [span.trace_id for span in expected], where

    async def test_a_first_span_that_comes_late_moves_its_trace(self, traces: TraceStore) -> None:
        """In the list by Step too."""
        await traces.record([a_span(trace_id="a" * 32, started=5_000, step="s"), a_span(started=3_000, step="s")], [])
        await traces.record([a_span(trace_id="a" * 32, started=1_000, step="root")], [])
        found = await traces.traces(TraceFilter(step="s"))
        assert [summary.started for summary in found] == [3_000, 1_000]

    @pytest.mark.parametrize(
        "value",
        [object(), float("inf"), {1, 2}, "half \ud800", 2**70, {1: 2}, b"bytes", {"deep": [[["x"]]] * 3}],
        ids=lambda value: type(value).__name__,
    )
    async def test_no_value_is_a_reason_to_fail(self, traces: TraceStore, value: Any) -> None:
        """What JSON cannot say is shown as text; the rest of the batch is not harmed."""
        odd = a_span(attributes={"odd": value}, name="n\ud800")
        await traces.record([odd, a_span()], [a_log(args={"odd": value}, message="m\ud800")])
        assert len(await traces.traces(ALL)) == 2
        assert "odd" in (await traces.spans(odd.trace_id))[0].attributes
        assert "odd" in (await traces.logs(LogFilter()))[0].args


class LogContract:
    """Log records."""

    async def test_a_record_comes_back_as_it_was(self, traces: TraceStore) -> None:
        """Also the one that came twice."""
        record = a_log(
            level="error",
            step="s",
            trace_id="a" * 32,
            span_id="b" * 16,
            flows=("f", "g"),
            args={"n": 1, "t": "ä", "l": [None]},
        )
        await traces.record([], [record])
        await traces.record([], [record, a_log(time=0)])
        found = await traces.logs(LogFilter())
        assert len(found) == 2
        assert fields(found[0]) == fields(record)

    async def test_the_newest_come_first(self, traces: TraceStore) -> None:
        """By time, whatever order they arrived in."""
        await traces.record([], [a_log(time=3), a_log(time=1)])
        await traces.record([], [a_log(time=2)])
        assert [record.time for record in await traces.logs(LogFilter())] == [3, 2, 1]
        assert [record.time for record in await traces.logs(LogFilter(), limit=2)] == [3, 2]

    async def test_a_follower_misses_nothing(self, traces: TraceStore) -> None:
        """Behind what it has seen, oldest first, page by page."""
        first = a_log(time=10)
        await traces.record([], [first])
        await traces.record([], [a_log(time=12, message="c"), a_log(time=11, message="b")])
        await traces.record([], [a_log(time=13, message="d")])
        page = await traces.logs(LogFilter(after=first.id), limit=2)
        assert [record.message for record in page] == ["b", "c"]
        page = await traces.logs(LogFilter(after=page[-1].id))
        assert [record.message for record in page] == ["d"]
        assert await traces.logs(LogFilter(after=page[-1].id)) == []

    async def test_older_records_come_page_by_page(self, traces: TraceStore) -> None:
        """Behind the last of a page, also where several came at once."""
        await traces.record([], [a_log(time=time, message="m") for time in (5, 3, 3, 3, 1)])
        everything = await traces.logs(LogFilter())
        found, before = [], None
        while page := await traces.logs(LogFilter(before=before, text="m"), limit=2):
            found += page
            before = page[-1].id
        assert [record.id for record in found] == [record.id for record in everything]
        assert [record.time for record in await traces.logs(LogFilter(until=3))] == [1]
        assert [record.time for record in await traces.logs(LogFilter(since=3, until=5))] == [3, 3, 3]

    async def test_a_text_is_found_however_old_it_is(self, traces: TraceStore) -> None:
        """And the newest that have it come first."""
        old = [a_log(time=time, message="The Needle") for time in (1, 2)]
        hay = [a_log(time=time, message="hay") for time in range(3, 30_003)]
        await traces.record([], [*old, *hay])
        assert [record.time for record in await traces.logs(LogFilter(text="needle"))] == [2, 1]
        assert [record.time for record in await traces.logs(LogFilter(text="HAY"), limit=2)] == [30_002, 30_001]

    async def test_records_are_found_by_what_they_say(self, traces: TraceStore) -> None:
        """All conditions hold."""
        debug = a_log(time=1, level="debug", message="Cart 100% _x_")
        info = a_log(time=2, level="info", step="s", message="paid")
        warn = a_log(time=3, level="warn", trace_id="a" * 32, message="PAID twice")
        error = a_log(time=4, level="error", step="s", trace_id="a" * 32)
        await traces.record([], [debug, info, warn, error])
        for where, expected in (
            (LogFilter(step="s"), [error, info]),
            (LogFilter(trace_id="a" * 32), [error, warn]),
            (LogFilter(level="debug"), [error, warn, info, debug]),
            (LogFilter(level="warn"), [error, warn]),
            (LogFilter(text="paid"), [warn, info]),
            (LogFilter(text="100% _"), [debug]),
            (LogFilter(text="%"), [debug]),
            (LogFilter(text="a_t"), []),
            (LogFilter(text="paid", level="error"), []),
            (LogFilter(since=3), [error, warn]),
            (LogFilter(step="s", level="error", trace_id="a" * 32), [error]),
            (LogFilter(step="s", after=debug.id), [info, error]),
        ):
            found = [record.id for record in await traces.logs(where)]
            assert found == [record.id for record in expected], where


class ForgettingContract:
    """Clear and prune."""

    async def test_clear_forgets_everything(self, traces: TraceStore) -> None:
        """And goes on."""
        span = a_span()
        await traces.record([span], [a_log()])
        await traces.clear()
        assert (await traces.traces(ALL), await traces.spans(span.trace_id), await traces.logs(LogFilter())) == (
            [],
            [],
            [],
        )
        await traces.record([span], [a_log()])
        assert (len(await traces.traces(ALL)), len(await traces.logs(LogFilter()))) == (1, 1)

    async def test_prune_drops_what_is_old(self, traces: TraceStore) -> None:
        """By start; what is left stays whole."""
        old = a_span(started=5 * _NS_PER_MS - 1, ended=9 * _NS_PER_MS)
        new = a_span(started=5 * _NS_PER_MS, ended=9 * _NS_PER_MS)
        part = a_span(trace_id=new.trace_id, started=6 * _NS_PER_MS, ended=7 * _NS_PER_MS)
        await traces.record([old, new, part], [a_log(time=4), a_log(time=5)])
        assert await traces.prune(older_than=5, keep_bytes=1 << 40) == 2
        assert [summary.trace_id for summary in await traces.traces(ALL)] == [new.trace_id]
        assert (len(await traces.spans(old.trace_id)), len(await traces.spans(new.trace_id))) == (0, 2)
        assert [record.time for record in await traces.logs(LogFilter())] == [5]

    async def test_prune_keeps_the_newest_that_fit(self, traces: TraceStore) -> None:
        """Oldest first, traces and logs alike, until the store is small enough."""
        for start in range(0, 3_000, 500):
            times = range(start, start + 500)
            spans = [a_span(started=time * _NS_PER_MS, attributes={"x": "y" * 500}) for time in times]
            await traces.record(spans, [a_log(time=time, args={"x": "y" * 500}) for time in times])
        dropped = await traces.prune(older_than=0, keep_bytes=1_000_000)
        left = await traces.traces(ALL, limit=10_000)
        logs = await traces.logs(LogFilter(), limit=10_000)
        assert dropped + len(left) + len(logs) == 6_000
        assert dropped > 0
        if left:
            assert [summary.started for summary in left] == [
                time * _NS_PER_MS for time in range(2_999, 2_999 - len(left), -1)
            ]
        assert await traces.prune(older_than=0, keep_bytes=1_000_000) == 0
        assert await traces.prune(older_than=0, keep_bytes=0) == len(left) + len(logs)
        assert await traces.traces(ALL) == []


class TraceStoreContract(SpanContract, LogContract, RunContract, ForgettingContract):
    """The whole exam."""
