"""Streams as an attempt sees them: like a store that has taken its writes; committed, the real one is that store."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from motia.adapters.memory import MemoryStores, MemoryStreams
from motia.model.atomic_work import AtomicWork, Committed, StateReads, digest_of_items, digest_of_names
from motia.model.delivery import Cause
from motia.model.streams import created_at_of, item_of
from motia.runtime.stream_overlay import StreamOverlay

NAMES = st.sampled_from(["a", "b"])
CALLS = st.one_of(
    st.tuples(st.just("get"), NAMES, NAMES, NAMES),
    st.tuples(st.just("items"), NAMES, NAMES),
    st.tuples(st.just("groups"), NAMES),
    st.tuples(st.just("set"), NAMES, NAMES, NAMES),
    st.tuples(st.just("delete"), NAMES, NAMES, NAMES),
    st.tuples(st.just("clear"), NAMES, NAMES),
)


async def _apply(overlay: StreamOverlay, model: MemoryStreams, call: tuple[Any, ...], now: int) -> None:
    name, *address = call
    match name:
        case "set":
            before = await overlay.get(address[0], address[1], address[2], matters=False)
            created = now if before is None else created_at_of(before)
            overlay.set(address[0], address[1], address[2], item_of(b'{"n":%d}' % now, address[2], created))
            await model.set(address[0], address[1], address[2], b'{"n":%d}' % now, now=now)
        case "delete" | "clear":
            getattr(overlay, name)(*address)
            await getattr(model, name)(*address, now=now)
        case _:
            assert await getattr(overlay, name)(*address) == await getattr(model, name)(*address), call


@settings(deadline=None, max_examples=300)
@given(before=st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=5), calls=st.lists(CALLS, max_size=14))
def test_it_answers_as_a_store_that_has_its_writes(
    before: list[tuple[str, str, str]], calls: list[tuple[Any, ...]]
) -> None:
    """Whatever is called in whatever order."""

    async def compare() -> None:
        async with MemoryStores.open() as stores:
            model = MemoryStreams()
            for address in before:
                await stores.streams.set(*address, b"{}", now=1)
                await model.set(*address, b"{}", now=1)
            overlay = StreamOverlay(stores.streams)
            for now, call in enumerate(calls, 10):
                await _apply(overlay, model, call, now)
            work = AtomicWork("s", Cause("t"), stream_reads=overlay.reads, stream_writes=tuple(overlay.writes), now=100)
            assert isinstance(await stores.commits.commit(work), Committed)
            for stream in "ab":
                for group in "ab":
                    assert await stores.streams.items(stream, group) == await model.items(stream, group)

    asyncio.run(compare())


async def test_what_was_read_is_remembered_by_stream_and_blind_writes_read_nothing() -> None:
    store = MemoryStreams()
    await store.set("s", "g", "a", b"{}", now=1)
    overlay = StreamOverlay(store)
    item = await overlay.get("s", "g", "a")
    await overlay.items("s", "h")
    await overlay.groups("t")
    overlay.set("blind", "g", "a", item_of(b"{}", "a", 1))
    overlay.delete("blind", "g", "b")
    overlay.clear("blind", "h")
    overlay.send("blind", "g", None, b"{}")
    assert await overlay.get("blind", "g", "b") is None
    assert overlay.reads == {
        "s": StateReads({("g", "a"): item}, {"h": digest_of_items([])}),
        "t": StateReads(names=digest_of_names([])),
    }
