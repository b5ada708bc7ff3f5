"""What one attempt of an atomic Step leaves behind, and what came of storing it: all of it becomes visible, or nothing."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping

from motia.model.delivery import Cause, Delivery

# What was read or changed: (group, key), (group,) for its list, () for the names of all groups.
Place = tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class StateSet:
    """`key` gets `value` (JSON text)."""

    group: str
    key: str
    value: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class StateDelete:
    """`key` goes, if it is there."""

    group: str
    key: str


@dataclasses.dataclass(frozen=True, slots=True)
class StateClear:
    """All keys of `group` go."""

    group: str


StateWrite = StateSet | StateDelete | StateClear


@dataclasses.dataclass(frozen=True, slots=True)
class StateReads:
    """What an attempt saw of state, and so what must still be there when its work is stored.

    `values`: (group, key) → the value seen, None for none. `lists`: group → `digest_of_items` of what it held.
    `names`: `digest_of_names` of all groups, None when they were not asked for.
    """

    values: Mapping[tuple[str, str], bytes | None] = dataclasses.field(default_factory=dict)
    lists: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    names: bytes | None = None

    def __bool__(self) -> bool:
        """Whether anything was read."""
        return bool(self.values or self.lists or self.names is not None)


@dataclasses.dataclass(frozen=True, slots=True)
class AtomicWork:
    """One commit: `reads` must still hold, then `writes` (in this order) and `deliveries` are stored and `delivery` is done.

    `delivery` is the one whose attempt this is, with the epoch of its claim; None for work that no delivery started.
    `step` and `cause` say on whose behalf and in which trace, for whoever watches.
    """

    step: str
    cause: Cause
    delivery: Delivery | None = None
    reads: StateReads = dataclasses.field(default_factory=StateReads)
    writes: tuple[StateWrite, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to check and nothing to store but that the delivery is done."""
        return not (self.reads or self.writes or self.deliveries)


@dataclasses.dataclass(frozen=True, slots=True)
class Committed:
    """All of it is durable and visible."""


@dataclasses.dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed `places` after they were read. Nothing was changed; the work may be done anew."""

    places: tuple[Place, ...]

    def __str__(self) -> str:
        """The places as a person reads them."""
        return ", ".join("/".join(place) or "the names of all groups" for place in self.places)


@dataclasses.dataclass(frozen=True, slots=True)
class Superseded:
    """The delivery is no longer this attempt's: its lease was lost. Nothing was changed."""


CommitOutcome = Committed | Conflict | Superseded


def digest_of_items(items: Iterable[tuple[str, bytes]]) -> bytes:
    """A fingerprint (BLAKE2b, 128 bit) of a group's keys and values in their order."""
    digest = hashlib.blake2b(digest_size=16)
    for key, value in items:
        name = key.encode("utf-8", "surrogatepass")
        digest.update(b"%d %d " % (len(name), len(value)))
        digest.update(name)
        digest.update(value)
    return digest.digest()


def digest_of_names(names: Iterable[str]) -> bytes:
    """A fingerprint of the names of all groups."""
    return digest_of_items((name, b"") for name in names)
