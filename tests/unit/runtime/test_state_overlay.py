"""State as an attempt sees it: like a store that has taken its writes, and what it saw of the real one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia.adapters.memory import MemoryState, MemoryStores
from motia.model.atomic_work import AtomicWork, Committed, StateReads, digest_of_items, digest_of_names
from motia.model.delivery import Cause
from motia.runtime.state_overlay import StateOverlay

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from([b"1", b"2", b"null"])
CALLS = st.one_of(
    st.tuples(st.just("get"), NAMES, NAMES),
    st.tuples(st.just("items"), NAMES),
    st.tuples(st.just("groups")),
    st.tuples(st.just("set"), NAMES, NAMES, VALUES),
    st.tuples(st.just("delete"), NAMES, NAMES),
    st.tuples(st.just("clear"), NAMES),
)


async def overlay_of(*items: tuple[str, str, bytes]) -> tuple[StateOverlay, MemoryState]:
    store = MemoryState()
    for group, key, value in items:
        await store.set(group, key, value)
    return StateOverlay(store), store


@settings(deadline=None, max_examples=300)
@given(before=st.lists(st.tuples(NAMES, NAMES, VALUES), max_size=5), calls=st.lists(CALLS, max_size=14))
def test_it_answers_as_a_store_that_has_its_writes(
    before: list[tuple[str, str, bytes]], calls: list[tuple[Any, ...]]
) -> None:
    """Whatever is called in whatever order; and committed, the real store is that store."""

    async def compare() -> None:
        async with MemoryStores.open() as stores:
            model = MemoryState()
            for item in before:
                await stores.state.set(*item)
                await model.set(*item)
            overlay = StateOverlay(stores.state)
            for name, *arguments in calls:
                expected = await getattr(model, name)(*arguments)
                answered = getattr(overlay, name)(*arguments)
                if name in {"get", "items", "groups"}:
                    assert await answered == expected, (name, arguments)
            work = AtomicWork("s", Cause("t"), reads=overlay.reads, writes=tuple(overlay.writes))
            assert await stores.commits.commit(work) == Committed()
            for group in "abc":
                assert await stores.state.items(group) == await model.items(group)

    asyncio.run(compare())


async def test_what_was_read_is_remembered() -> None:
    overlay, _ = await overlay_of(("g", "a", b"1"))
    await overlay.get("g", "a")
    await overlay.get("g", "b")
    await overlay.items("h")
    await overlay.groups()
    assert overlay.reads == StateReads(
        {("g", "a"): b"1", ("g", "b"): None}, {"h": digest_of_items([])}, digest_of_names(["g"])
    )


async def test_blind_writes_read_nothing() -> None:
    overlay, _ = await overlay_of(("g", "a", b"1"))
    assert await overlay.get("g", "a", matters=False) == b"1"
    overlay.set("g", "a", b"2")
    overlay.delete("g", "b")
    overlay.clear("h")
    assert await overlay.get("g", "a") == b"2"
    assert await overlay.get("g", "b") is None
    assert await overlay.items("h") == []
    assert not overlay.reads


async def test_a_value_is_read_once() -> None:
    """Another look gives the same, though somebody else changed it: the commit will find out."""
    overlay, store = await overlay_of(("g", "a", b"1"))
    assert await overlay.get("g", "a") == b"1"
    await store.set("g", "a", b"2")
    assert await overlay.get("g", "a") == b"1"
    assert await overlay.items("h") == []
    assert await overlay.groups() == ["g"]
    await store.set("h", "x", b"1")
    assert await overlay.items("h") == []
    assert await overlay.groups() == ["g"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
