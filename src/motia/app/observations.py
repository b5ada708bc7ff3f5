"""What Steps were seen doing: told once, and drawn in the flows."""

from __future__ import annotations

from collections.abc import Callable

from motia.model.step import Step, StreamDefinition
from motia.project.flows import Seen
from motia.runtime.context_calls import CallObserver
from motia.runtime.stream_writes import StreamObserver


class Observations(CallObserver, StreamObserver):
    """Remembers undeclared emits and direct starts; `say(level, message)` hears of each kind of surprise once."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        """Nothing seen yet."""
        self._say = say
        self._told: set[tuple[str, str]] = set()
        self._seen: dict[Seen, None] = {}

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Edges that no config declares."""
        return tuple(self._seen)

    def undeclared_emit(self, step: Step, topic: str) -> None:
        """See `CallObserver`."""
        self._seen[Seen(step.name, topic)] = None
        self._once((step.name, topic), f"{step.name} emits {topic!r}, which its config does not declare in 'emits'")

    def direct_start(self, source: Step, target: Step) -> None:
        """See `CallObserver`."""
        self._seen[Seen(source.name, target=target.name)] = None

    def unknown_step(self, wanted: str, message: str) -> None:
        """See `CallObserver`."""
        self._once(("unknown Step", wanted), f"{message} (strictTriggers is off)")

    def undeclared_stream(self, name: str) -> None:
        """See `StreamObserver`."""
        self._once(
            ("stream", name),
            f'the stream "{name}" is not declared in any stream file: it was created by its first use, has no schema, '
            "and everybody may join it",
        )

    def stream_mismatch(self, stream: StreamDefinition, problem: str) -> None:
        """See `StreamObserver`."""
        self._once(("schema", stream.name), f'data for the stream "{stream.name}" does not fit its schema: {problem}')

    def unheard(self, topic: str) -> None:
        """An event that nobody subscribes to (EVT-6)."""
        self._once(("", topic), f"nobody subscribes to {topic!r}; events on it are only recorded in their trace")

    def _once(self, subject: tuple[str, str], message: str) -> None:
        if subject not in self._told:
            self._told.add(subject)
            self._say("warn", message)
