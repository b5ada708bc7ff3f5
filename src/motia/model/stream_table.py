"""The streams of a project, found by whatever spelling an author uses. Immutable; a reload makes a new one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from motia.model.errors import AuthorError
from motia.model.step import Step, StreamDefinition, StreamTrigger
from motia.model.streams import folded

# Streams of the Workbench (WS-24); no project's own may be called so.
_INTERNAL_PREFIXES: Final = ("__motia.", "motia-trace")


@dataclasses.dataclass(frozen=True, slots=True)
class StreamWatch:
    """A Step that is started by changes of a stream's items; `index` is that of the trigger in the Step."""

    step: Step
    index: int
    trigger: StreamTrigger

    def concerns(self, group: str, item: str | None = None) -> bool:
        """Whether changes of this item start the Step; without `item`, whether changes of some item of the group do."""
        return self.trigger.group in {None, group} and (item is None or self.trigger.item in {None, item})


@dataclasses.dataclass(frozen=True, slots=True)
class StreamTable:
    """Declared streams by name, and the Steps that watch streams, by the stream's name as the trigger spells it."""

    declared: Mapping[str, StreamDefinition] = dataclasses.field(default_factory=dict)
    watches: Mapping[str, tuple[StreamWatch, ...]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Iterable[StreamDefinition], steps: Iterable[Step]) -> StreamTable:
        """The table of `definitions`, whose names are unique, and of the stream triggers of `steps`."""
        watches: dict[str, list[StreamWatch]] = {}
        for step in steps:
            for index, trigger in enumerate(step.triggers):
                if isinstance(trigger, StreamTrigger):
                    watches.setdefault(folded(trigger.stream), []).append(StreamWatch(step, index, trigger))
        return cls(
            MappingProxyType({each.name: each for each in definitions}),
            MappingProxyType({name: tuple(found) for name, found in watches.items()}),
        )

    def compared_with(
        self, before: StreamTable
    ) -> tuple[tuple[StreamDefinition, ...], tuple[StreamDefinition, ...], tuple[StreamDefinition, ...]]:
        """The declared streams that were added, that are defined otherwise, and that went."""
        now, then = self.declared, before.declared
        return (
            tuple(each for name, each in now.items() if name not in then),
            tuple(each for name, each in now.items() if name in then and each != then[name]),
            tuple(each for name, each in then.items() if name not in now),
        )

    def keeps_itself(self, stream: str) -> bool:
        """Whether the author's own storage has the items (STR-3)."""
        definition = self.declared.get(stream)
        return definition is not None and definition.storage == "custom"

    def watching(self, stream: str) -> tuple[StreamWatch, ...]:
        """Who is started by changes of `stream`."""
        return tuple(
            watch
            for watch in self.watches.get(folded(stream), ())
            if watch.trigger.stream == stream or watch.trigger.stream not in self.declared
        )

    def resolve(self, wanted: str, undeclared: Iterable[str] = ()) -> str | None:
        """The stream an author means by `wanted` (STR-22), None when there is none.

        `undeclared` are the names of streams that came into being by use. Raises `AuthorError` when two fit.
        """
        names = {*self.declared, *undeclared}
        if wanted in names:
            return wanted
        alike = sorted(name for name in names if folded(name) == folded(wanted))
        if len(alike) > 1:
            candidates = " or ".join(f'"{name}"' for name in alike)
            raise AuthorError(f'the stream "{wanted}" may be {candidates}: write the exact name')
        return alike[0] if alike else None


def is_internal(stream: str) -> bool:
    """Whether the name belongs to the Workbench (STR-26)."""
    return stream.startswith(_INTERNAL_PREFIXES)
