"""Writes to state that start the Steps which watch it (state triggers)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from motia.model.atomic_work import (
    AtomicWork,
    Committed,
    StateClear,
    StateDelete,
    StateReads,
    StateSet,
    digest_of_items,
)
from motia.model.delivery import Cause
from motia.model.stored_json import incremented, updated
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.state_store import StateStore
from motia.runtime.key_turns import KeyTurns
from motia.runtime.publisher import Publisher, StateChange

After = TypeVar("After", bound="bytes | None")


class StateWrites:
    """The writing half of `StateStore`, with a cause. A write returns when it and the deliveries it started are durable.

    With `commits`, a write and the deliveries it starts are one commit; without, a crash between the two leaves a change
    that no Step hears of.
    """

    def __init__(self, state: StateStore, publisher: Publisher, commits: AtomicCommits | None = None) -> None:
        """Writes to `state`, publishes through `publisher`; `commits` belongs to the engine of both, where it is one."""
        self._state = state
        self._publisher = publisher
        self._commits = commits
        self._turns = KeyTurns()

    async def set(self, group: str, key: str, value: bytes, cause: Cause) -> bytes | None:
        """As `StateStore.set`."""
        if commits := self._commits_of(group, key):
            return (await self._change(commits, group, key, lambda _: value, cause))[0]
        before = await self._state.set(group, key, value)
        await self._publisher.state_changed([StateChange(group, key, before, value)], cause)
        return before

    async def delete(self, group: str, key: str, cause: Cause) -> bytes | None:
        """As `StateStore.delete`; nothing starts when there was nothing."""
        if commits := self._commits_of(group, key):
            return (await self._change(commits, group, key, lambda _: None, cause))[0]
        before = await self._state.delete(group, key)
        if before is not None:
            await self._publisher.state_changed([StateChange(group, key, before, None)], cause)
        return before

    async def clear(self, group: str, cause: Cause) -> None:
        """As `StateStore.clear`; every key is a deletion."""
        if commits := self._commits_of(group):
            await self._clear(commits, group, cause)
            return
        items = await self._state.items(group) if self._publisher.watches_state(group) else []
        await self._state.clear(group)
        await self._publisher.state_changed([StateChange(group, key, value, None) for key, value in items], cause)

    async def update(
        self, group: str, key: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> tuple[bytes | None, bytes]:
        """As `StateStore.update`."""
        if commits := self._commits_of(group, key):
            return await self._change(commits, group, key, lambda value: updated(value, ops), cause)
        before, after = await self._state.update(group, key, ops)
        await self._publisher.state_changed([StateChange(group, key, before, after)], cause)
        return before, after

    async def increment(self, group: str, key: str, by: float, cause: Cause) -> bytes:
        """As `StateStore.increment`."""
        if commits := self._commits_of(group, key):
            return (await self._change(commits, group, key, lambda value: incremented(value, by), cause))[1]
        if not self._publisher.watches_state(group, key):
            return await self._state.increment(group, key, by)
        # The store does not tell the value before, which the change needs.
        _, after = await self.update(group, key, [{"type": "increment", "path": "", "by": by}], cause)
        return after

    def _commits_of(self, group: str, key: str | None = None) -> AtomicCommits | None:
        """What to commit with, if anybody watches; a write that starts nothing is one commit anyway."""
        return self._commits if self._commits is not None and self._publisher.watches_state(group, key) else None

    async def _change(
        self,
        commits: AtomicCommits,
        group: str,
        key: str,
        change: Callable[[bytes | None], After],
        cause: Cause,
    ) -> tuple[bytes | None, After]:
        """Read, change and commit with what it starts; again if somebody else came in between, who then got on."""
        async with self._turns.of([(group, key)]):
            while True:
                before = await self._state.get(group, key)
                after = change(before)
                if before is None and after is None:
                    return before, after
                work = AtomicWork(
                    "",
                    cause,
                    reads=StateReads({(group, key): before}),
                    writes=(StateDelete(group, key) if after is None else StateSet(group, key, after),),
                    deliveries=tuple(self._publisher.of_changes([StateChange(group, key, before, after)], cause)),
                )
                if isinstance(await commits.commit(work), Committed):
                    return before, after

    async def _clear(self, commits: AtomicCommits, group: str, cause: Cause) -> None:
        async with self._turns.of([(group,)]):
            while True:
                items = await self._state.items(group)
                changes = [StateChange(group, key, value, None) for key, value in items]
                work = AtomicWork(
                    "",
                    cause,
                    reads=StateReads(lists={group: digest_of_items(items)}),
                    writes=(StateClear(group),),
                    deliveries=tuple(self._publisher.of_changes(changes, cause)),
                )
                if isinstance(await commits.commit(work), Committed):
                    return
