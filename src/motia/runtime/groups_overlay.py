"""Values in groups as one attempt sees them: what is stored, with the attempt's own writes on top."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from motia.model.atomic_work import StateReads, digest_of_items, digest_of_names


class GroupedValues(Protocol):
    """What is stored; the reading half of a `StateStore`."""

    async def get(self, group: str, key: str) -> bytes | None:
        """The value, None where there is none."""
        ...

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """All (key, value) of a group."""
        ...

    async def groups(self) -> list[str]:
        """Names of groups with keys, sorted."""
        ...


@dataclasses.dataclass(slots=True)
class _Group:
    """One group. `whole` are all its keys in order, once they are known; until then `known` has single ones.

    `written` are the writes made before `whole` was known: key and value, None for a deletion.
    """

    whole: dict[str, bytes] | None = None
    known: dict[str, bytes | None] = dataclasses.field(default_factory=dict)
    written: list[tuple[str, bytes | None]] = dataclasses.field(default_factory=list)

    def write(self, key: str, value: bytes | None) -> None:
        """As the store would: an overwritten key keeps its place, a deleted one that comes again is the last."""
        if self.whole is None:
            self.known[key] = value
            self.written.append((key, value))
        elif value is None:
            self.whole.pop(key, None)
        else:
            self.whole[key] = value


class GroupsOverlay:
    """Reads through to `store` once per value, remembers what it saw there, and shows writes as if they were stored.

    One call at a time.
    """

    def __init__(self, store: GroupedValues) -> None:
        """Nothing is read or written yet."""
        self._store = store
        self._groups: dict[str, _Group] = {}
        self._values: dict[tuple[str, str], bytes | None] = {}
        self._lists: dict[str, bytes] = {}
        self._names: list[str] | None = None

    @property
    def reads(self) -> StateReads:
        """What was seen in the store and has to be there still."""
        names = None if self._names is None else digest_of_names(self._names)
        return StateReads(self._values, self._lists, names)

    async def get(self, group: str, key: str, *, matters: bool = True) -> bytes | None:
        """The value. With `matters` False nothing depends on it, so that it may change before the commit."""
        view = self._groups.setdefault(group, _Group())
        if view.whole is not None:
            return view.whole.get(key)
        if key in view.known:
            return view.known[key]
        value = await self._store.get(group, key)
        if matters:
            view.known[key] = self._values[group, key] = value
        return value

    async def items(self, group: str) -> list[tuple[str, bytes]]:
        """All (key, value) of a group."""
        view = self._groups.setdefault(group, _Group())
        if view.whole is None:
            stored = await self._store.items(group)
            self._lists[group] = digest_of_items(stored)
            view.whole = dict(stored)
            for key, value in view.written:
                view.write(key, value)
        return list(view.whole.items())

    async def groups(self) -> list[str]:
        """Names of groups with at least one key, sorted."""
        if self._names is None:
            self._names = await self._store.groups()
        names = set(self._names)
        for group, view in list(self._groups.items()):
            if await self._has_keys(group, view, is_stored=group in names):
                names.add(group)
            else:
                names.discard(group)
        return sorted(names)

    def put(self, group: str, key: str, value: bytes | None) -> None:
        """Show this value from now on; None for no such key."""
        self._groups.setdefault(group, _Group()).write(key, value)

    def empty(self, group: str) -> None:
        """Show the group as empty; what it holds need not be known."""
        self._groups[group] = _Group(whole={})

    async def _has_keys(self, group: str, view: _Group, *, is_stored: bool) -> bool:
        if view.whole is None:
            if any(value is not None for value in view.known.values()):
                return True
            if not view.written or not is_stored:
                return is_stored
            await self.items(group)  # keys were deleted that may have been the last
        return bool(view.whole)
