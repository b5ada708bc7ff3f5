"""The commit of an atomic attempt as a span. Spans: docs/tracing.md."""

from __future__ import annotations

from motia.model.atomic_work import AtomicWork, CommitOutcome, Committed, Conflict
from motia.model.delivery import Done
from motia.model.identity import new_span_id
from motia.model.records import Span
from motia.observe.recorder import Recorder
from motia.ports.atomic_commits import AtomicCommits


class ObservedCommits:
    """`AtomicCommits` whose commits are spans under the run they end."""

    def __init__(self, inner: AtomicCommits, recorder: Recorder) -> None:
        """Records what is committed through `inner`."""
        self._inner = inner
        self._recorder = recorder

    async def commit(self, work: AtomicWork) -> CommitOutcome:
        """Do it in a span."""
        recorder = self._recorder
        span = Span(
            work.cause.trace_id,
            new_span_id(),
            work.cause.span_id,
            "commit",
            "commit",
            work.step,
            recorder.now_ns(),
            attributes={
                "writes": len(work.writes),
                "streamWrites": len(work.stream_writes),
                "deliveries": len(work.deliveries),
            },
        )
        recorder.begin(span)
        try:
            outcome = await self._inner.commit(work)
        except BaseException as problem:
            span.attributes["error"] = {"name": type(problem).__name__, "message": str(problem)}
            recorder.end(span, "error")
            raise
        if not isinstance(outcome, Committed):
            conflict = isinstance(outcome, Conflict)
            message = f"changed meanwhile: {outcome}" if conflict else "the delivery's lease was lost"
            span.attributes["error"] = {"name": type(outcome).__name__, "message": message}
        else:
            # Which of those with keys were new is not told; the others are known by their attempts.
            published = [each for each in work.deliveries if each.unique is None and each.dedup_key is None]
            recorder.runs.published(published, [True] * len(published))
            if work.delivery is not None:
                recorder.runs.settled(work.delivery, Done())
        recorder.end(span, "ok" if isinstance(outcome, Committed) else "error")
        return outcome
