"""What a handler's calls change: at once for most Steps, in one commit for atomic ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from motia.model.delivery import Cause, Delivery
from motia.model.step import Step
from motia.model.streams import ItemChange
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.state_store import StateStore
from motia.runtime.publisher import Emission, EmittedEvent, Publisher
from motia.runtime.state_writes import StateWrites


class Effects(Protocol):
    """State, events and direct starts, as the context calls of one run find them.

    The state methods are those of `StateStore`, the others those of `Publisher`; writes name their cause, because Steps
    may watch what they change. All raise what those raise.
    """

    async def get(self, group: str, key: str) -> bytes | None:
        """The value, None where there is none."""
        ...

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """All (key, value) of a group."""
        ...

    async def groups(self) -> list[str]:
        """Names of groups with keys, sorted."""
        ...

    async def set(self, group: str, key: str, value: bytes, cause: Cause) -> bytes | None:
        """Store it; the value before."""
        ...

    async def delete(self, group: str, key: str, cause: Cause) -> bytes | None:
        """Remove it; the value before."""
        ...

    async def clear(self, group: str, cause: Cause) -> None:
        """Remove a group."""
        ...

    async def update(
        self, group: str, key: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> tuple[bytes | None, bytes]:
        """Apply `ops`; the value before and after."""
        ...

    async def increment(self, group: str, key: str, by: float, cause: Cause) -> bytes:
        """Add `by`; the new number."""
        ...

    async def emit(self, events: Sequence[EmittedEvent], cause: Cause) -> Emission:
        """Deliver events; to how many subscribers each one goes, and the ids of the deliveries."""
        ...

    async def cancel(self, topic: str, *, key: str | None = None, dedup_key: str | None = None) -> int:
        """Cancel pending deliveries of `topic` that were emitted with these keys; how many there were."""
        ...

    async def start(self, step: Step, payload: bytes, cause: Cause) -> Delivery:
        """Start a Step directly."""
        ...


class StreamEffects(Protocol):
    """Live streams, as the context calls of one run find them. Names are exact ones, from `named`.

    The methods are those of `StreamStore`; writes name their cause, because Steps may watch what they change. All raise
    what those raise, and `AuthorError` for data that a schema refuses.
    """

    def named(self, wanted: str) -> str:
        """The exact name of the stream an author means. Raises `AuthorError`."""
        ...

    async def get(self, stream: str, group: str, item: str) -> bytes | None:
        """The item, None where there is none."""
        ...

    async def items(self, stream: str, group: str) -> list[tuple[str, bytes]]:
        """All (id, item) of a group, oldest first."""
        ...

    async def groups(self, stream: str) -> list[str]:
        """Names of groups with items, sorted."""
        ...

    async def set(self, stream: str, group: str, item: str, data: bytes, cause: Cause) -> ItemChange:
        """Store it."""
        ...

    async def update(
        self, stream: str, group: str, item: str, ops: Sequence[dict[str, Any]], cause: Cause
    ) -> ItemChange:
        """Apply `ops`."""
        ...

    async def delete(self, stream: str, group: str, item: str, cause: Cause) -> ItemChange | None:
        """Remove it; None when there was none."""
        ...

    async def clear(self, stream: str, group: str, cause: Cause) -> None:
        """Remove a group."""
        ...

    async def send(self, stream: str, group: str, item: str | None, event: bytes) -> None:
        """Push an event, JSON text of `{type, data}`, to whoever is there."""
        ...


class ImmediateEffects(StateWrites):
    """Every call has happened, durably, when it returns."""

    def __init__(self, state: StateStore, publisher: Publisher, commits: AtomicCommits | None = None) -> None:
        """Reads from and writes to `state`, publishes through `publisher`; `commits` as in `StateWrites`."""
        super().__init__(state, publisher, commits)
        self.get = state.get
        self.items = state.items
        self.groups = state.groups
        self.emit = publisher.emit
        self.cancel = publisher.cancel
        self.start = publisher.start
