"""State as one attempt sees it: what is stored, with the attempt's own writes on top, which nobody else sees yet."""

from __future__ import annotations

from motia.model.atomic_work import StateClear, StateDelete, StateSet, StateWrite
from motia.ports.state_store import StateStore
from motia.runtime.groups_overlay import GroupsOverlay


class StateOverlay(GroupsOverlay):
    """Reads through to a `StateStore`, and keeps writes to itself. One call at a time."""

    def __init__(self, store: StateStore) -> None:
        """Nothing is read or written yet."""
        super().__init__(store)
        self.writes: list[StateWrite] = []

    def set(self, group: str, key: str, value: bytes) -> None:
        """Store it in the end."""
        self.put(group, key, value)
        self.writes.append(StateSet(group, key, value))

    def delete(self, group: str, key: str) -> None:
        """Remove it in the end."""
        self.put(group, key, None)
        self.writes.append(StateDelete(group, key))

    def clear(self, group: str) -> None:
        """Remove the group in the end; what it holds then need not be known."""
        self.empty(group)
        self.writes.append(StateClear(group))
