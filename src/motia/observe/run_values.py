"""The input and output of a run: those of its entry Step, which its spans hold, so that they are stored once."""

from __future__ import annotations

import dataclasses

from motia.ports.trace_store import TraceStore, WholeRun


async def with_values(store: TraceStore, whole: WholeRun) -> WholeRun:
    """`whole` with what the attempts of its entry Step were given and gave; what was noted of its beginning, where none began."""
    names = ("request", "response") if whole.run.trigger == "http" else ("input", "result")
    own = [
        span.attributes
        for span in await store.spans(whole.run.id)
        if span.step == whole.run.step
        and span.kind == whole.run.trigger
        and (span.kind == "http" or "attempt" in span.attributes)
    ]
    if not own:
        return whole
    return dataclasses.replace(
        whole, input=own[0].get(names[0], whole.input), output=own[-1].get(names[1], whole.output)
    )
