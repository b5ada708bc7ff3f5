from __future__ import annotations

import asyncio

import pytest

from motia.adapters.memory.traces import MemoryTraces
from motia.admin.change_feed import ChangeFeed, ChangeReader
from motia.model.records import Span
from motia.observe.recorder import Recorder


async def test_readers_hear_of_traces_once_they_can_be_read() -> None:
    recorder = Recorder(MemoryTraces())
    feed = ChangeFeed(recorder)
    with feed.reader() as reader:
        span = Span("trace-2", "span", None, "Step", "http", "Step", recorder.now_ns())
        recorder.begin(span)
        recorder.log("info", "of a trace", trace_id="trace-1")
        recorder.log("info", "of the core")
        await recorder.flush()
        feed.code_changed()
        assert [await reader.next(), await reader.next()] == [("traces", ["trace-1", "trace-2"]), ("code", {})]


async def test_what_is_about_no_trace_is_told_to_nobody() -> None:
    recorder = Recorder(MemoryTraces())
    feed = ChangeFeed(recorder)
    with feed.reader() as reader:
        recorder.log("info", "of the core")
        await recorder.flush()
        feed.code_changed()
        assert await reader.next() == ("code", {})


async def test_a_reader_that_left_is_owed_nothing() -> None:
    feed = ChangeFeed(Recorder(MemoryTraces()))
    with feed.reader() as reader:
        pass
    feed.code_changed()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await reader.next()


async def test_a_reader_too_far_behind_is_told_to_look_for_itself() -> None:
    reader = ChangeReader()
    for number in range(20_000):
        reader.tell("traces", [str(number)])
    heard = [await reader.next() for _ in range(10_001)]
    assert heard[9_999] == ("traces", ["9999"])
    assert heard[10_000] == ("missed", {})
    reader.tell("code", {})
    assert await reader.next() == ("code", {})
