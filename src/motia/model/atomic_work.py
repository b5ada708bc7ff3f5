"""What one attempt of an atomic Step leaves behind, and what came of storing it: all of it becomes visible, or nothing."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from motia.model.delivery import Cause, Delivery
from motia.model.streams import Published, stamped_payload

# What was read or changed in state: (group, key), (group,) for its list, () for the names of all groups; in a stream the
# same after its name, which `stream_place` marks.
Place = tuple[str, ...]
# No group of state is called so.
_STREAM_MARK: Final = ""


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
class StreamSet:
    """Item `id` gets `value`, JSON text as `item_of` makes it; the time of creation in it holds if the item is new."""

    stream: str
    group: str
    id: str
    value: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class StreamDelete:
    """Item `id` goes, if it is there."""

    stream: str
    group: str
    id: str


@dataclasses.dataclass(frozen=True, slots=True)
class StreamClear:
    """All items of `group` go."""

    stream: str
    group: str


@dataclasses.dataclass(frozen=True, slots=True)
class StreamSend:
    """`event` (JSON text of `{type, data}`) is pushed to the subscribers of a group, or of its item `id`; it is not stored."""

    stream: str
    group: str
    id: str | None
    event: bytes


StreamWrite = StreamSet | StreamDelete | StreamClear | StreamSend


@dataclasses.dataclass(frozen=True, slots=True)
class StateReads:
    """What an attempt saw of state, or of one stream (items for values), and so what must be there when its work is stored.

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
    """One commit: all reads must still hold, then all writes (each kind in its order) and `deliveries` are stored and
    `delivery` is done.

    `delivery` is the one whose attempt this is, with the epoch of its claim; None for work that no delivery started.
    `step` and `cause` say on whose behalf and in which trace, for whoever watches. `stream_reads` are by stream.
    `stamped`: id of a delivery that tells of a stream write → the index of that write, whose timestamp it is to carry.
    `now`: epoch milliseconds, as for the writes of `StreamStore`; needed where streams are written.
    """

    step: str
    cause: Cause
    delivery: Delivery | None = None
    reads: StateReads = dataclasses.field(default_factory=StateReads)
    writes: tuple[StateWrite, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    stream_reads: Mapping[str, StateReads] = dataclasses.field(default_factory=dict)
    stream_writes: tuple[StreamWrite, ...] = ()
    stamped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    now: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to check and nothing to store but that the delivery is done."""
        return not (self.reads or self.writes or self.deliveries or self.stream_reads or self.stream_writes)

    def deliveries_at(self, stamps: Mapping[int, int]) -> tuple[Delivery, ...]:
        """The deliveries with the timestamps of what they tell of: `stamps` are those of the stream writes, by index."""
        if not self.stamped:
            return self.deliveries
        return tuple(
            dataclasses.replace(each, payload=stamped_payload(each.payload, stamps[self.stamped[each.id]]))
            if each.id in self.stamped
            else each
            for each in self.deliveries
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Committed:
    """All of it is durable and visible.

    `told` is what subscribers of live streams are to hear, in this order. Nobody has told them yet.
    """

    told: tuple[Published, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed `places` after they were read. Nothing was changed; the work may be done anew."""

    places: tuple[Place, ...]

    def __str__(self) -> str:
        """The places as a person reads them."""
        return ", ".join(map(_shown, self.places))


@dataclasses.dataclass(frozen=True, slots=True)
class Superseded:
    """The delivery is no longer this attempt's: its lease was lost. Nothing was changed."""


CommitOutcome = Committed | Conflict | Superseded


def stream_place(stream: str, *place: str) -> Place:
    """A place in a stream: its name, then as in state."""
    return (_STREAM_MARK, stream, *place)


def _shown(place: Place) -> str:
    if place[:1] != (_STREAM_MARK,):
        return "/".join(place) or "the names of all groups"
    _, stream, *rest = place
    return f"{'/'.join(rest) or 'the names of all groups'} of the stream {stream!r}"


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
