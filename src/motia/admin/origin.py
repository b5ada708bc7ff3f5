"""The beginning of what a person sends from the command line or the Workbench."""

from __future__ import annotations

from motia.admin.sources import Sources
from motia.model.delivery import Cause
from motia.model.identity import new_span_id, new_trace_id
from motia.model.records import Span


class Origin:
    """The span of something a person sent: what it starts hangs under it."""

    def __init__(self, sources: Sources, name: str) -> None:
        """`name` says what was sent."""
        self._recorder = sources.recorder
        self._span = Span(new_trace_id(), new_span_id(), None, name, "call", "", sources.recorder.now_ns())

    def __enter__(self) -> Cause:
        """What to publish with."""
        self._recorder.begin(self._span)
        return Cause(self._span.trace_id, self._span.span_id)

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, _: object) -> None:
        """It was sent, or could not be."""
        if problem is not None:
            self._span.attributes["error"] = {"name": type(problem).__name__, "message": str(problem)}
        self._recorder.end(self._span, "ok" if problem is None else "error")
