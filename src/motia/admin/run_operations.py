"""Operations on runs: find, watch, replay, cancel."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import orjson

from motia.admin.operations import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULLABLE_STRING,
    STRING,
    AdminRefusal,
    Answered,
    Asked,
    Operation,
    listing,
    record,
)
from motia.admin.replays import Replayed, Replays, SendRequest, Wanted
from motia.admin.run_views import QUERY, RUN, WHOLE, cursor_of, filter_of, shown, shown_whole
from motia.admin.sources import Sources
from motia.model.run import PENDING, Run
from motia.observe.recorder import Stored
from motia.observe.run_values import with_values
from motia.ports.trace_store import RunFilter, WholeRun

_PAGE: Final = 1000
_KEEP_ALIVE_S: Final = 15.0
# A client that does not read misses runs beyond so many that changed; it gets the latest of each.
_MOST_UNREAD: Final = 10_000
_REPLAYED = record(id=STRING, deliveryIds=listing(STRING))
_CANCELLED = record(cancelled=INTEGER, stopped=INTEGER)
_IDS = {"type": "object", "properties": {"ids": listing(STRING)}, "required": ["ids"]}


@dataclasses.dataclass(frozen=True, slots=True)
class RunControl:
    """How runs are done again and ended. `stop(trace_id)` cancels attempts that run and says how many."""

    send: SendRequest
    stop: Callable[[str], int]


class RunOperations:
    """The operations; `all` lists them."""

    def __init__(self, sources: Sources, control: RunControl) -> None:
        """Reads `sources`."""
        self._sources = sources
        self._control = control
        self._replays = Replays(sources, control.send)

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        page = {
            "before": (STRING, "continue behind this: the 'next' of the page before"),
            "limit": (INTEGER, f"how many, at most {_PAGE}"),
        }
        counts = {"type": "object", "additionalProperties": INTEGER}
        replay_body = {
            "type": "object",
            "properties": {
                "step": STRING, "input": ANY, "headers": {"type": "object", "additionalProperties": STRING},
            },
        }  # fmt: skip
        return [
            Operation(
                "listRuns", "GET", "/__motia/runs", "Runs, newest first", self._list, tag="runs",
                answer=record(runs=listing(RUN), next=NULLABLE_STRING), query={**QUERY, **page},
            ),
            Operation(
                "countRuns", "GET", "/__motia/runs/counts", "How many runs are in each status", self._counts, counts, tag="runs",
                query={"since": QUERY["since"]},
            ),
            Operation(
                "followRuns", "GET", "/__motia/runs/live", "Runs as they change, as Server-Sent Events", self._follow, RUN,
                tag="runs", query=QUERY, media_type="text/event-stream",
            ),
            Operation(
                "replayRuns", "POST", "/__motia/runs/replay", "Do several runs again from their start", self._replay_all,
                record(replayed=listing(_REPLAYED), refused=listing(record(id=STRING, error=STRING))), body=_IDS, tag="runs",
            ),
            Operation(
                "cancelRuns", "POST", "/__motia/runs/cancel", "Cancel several runs; those that are over are passed over",
                self._cancel_all, _CANCELLED, body=_IDS, tag="runs",
            ),
            Operation("showRun", "GET", "/__motia/runs/{runId}", "One run", self._show, WHOLE, tag="runs"),
            Operation(
                "replayRun", "POST", "/__motia/runs/{runId}/replay",
                "Do a run again as a new one, from its start or from a Step, with its input or another one",
                self._replay, _REPLAYED, body=replay_body, status=202, tag="runs",
            ),
            Operation(
                "cancelRun", "POST", "/__motia/runs/{runId}/cancel", "Cancel what is owed to a run and what of it runs",
                self._cancel, _CANCELLED, body={"type": "object", "properties": {"dryRun": BOOLEAN}}, tag="runs",
            ),
        ]  # fmt: skip

    async def _list(self, asked: Asked) -> Answered:
        limit = max(1, asked.number("limit", 50, most=_PAGE))
        where = filter_of(asked)
        await self._sources.recorder.flush()
        found = await self._sources.traces.runs(where, limit=limit)
        more = cursor_of(found[-1]) if len(found) == limit else None
        return Answered({"runs": [shown(run) for run in found], "next": more})

    async def _counts(self, asked: Asked) -> Answered:
        await self._sources.recorder.flush()
        return Answered(await self._sources.traces.run_counts(since=asked.number("since", 0) * 1_000_000))

    async def _show(self, asked: Asked) -> Answered:
        whole = await self._known(asked.parameters["runId"])
        whole = await with_values(self._sources.traces, whole)
        replays = await self._sources.traces.runs(RunFilter(attributes=(("replay.of", whole.run.id),)), limit=100)
        return Answered(shown_whole(whole, replays))

    async def _replay(self, asked: Asked) -> Answered:
        whole = await self._known(asked.parameters["runId"])
        headers = asked.field("headers", dict, default={})
        replayed = await self._replays.replay(
            Wanted(
                whole.run.id,
                asked.field("step", str, default=None),
                "input" in asked.body,
                asked.body.get("input"),
                {str(name): str(text) for name, text in headers.items()},
            )
        )
        return Answered(_replayed(replayed), 202)

    async def _replay_all(self, asked: Asked) -> Answered:
        replayed, refused = [], []
        for each in map(str, asked.field("ids", list)):
            try:
                whole = await self._known(each)
                replayed.append(_replayed(await self._replays.replay(Wanted(whole.run.id))))
            except AdminRefusal as refusal:
                refused.append({"id": each, "error": str(refusal)})
        return Answered({"replayed": replayed, "refused": refused})

    async def _cancel(self, asked: Asked) -> Answered:
        whole = await self._known(asked.parameters["runId"])
        if whole.run.is_over:
            raise AdminRefusal(409, f"the run is {whole.run.status}: there is nothing left to cancel")
        if asked.body.get("dryRun") is True:
            owed = sum(whole.run.places.get(place, 0) for place in PENDING)
            return Answered({"cancelled": owed, "stopped": whole.run.open})
        cancelled, stopped = await self._end(whole)
        return Answered({"cancelled": cancelled, "stopped": stopped})

    async def _cancel_all(self, asked: Asked) -> Answered:
        cancelled = stopped = 0
        for each in map(str, asked.field("ids", list)):
            whole = await self._known(each)
            if not whole.run.is_over:
                more, ended = await self._end(whole)
                cancelled, stopped = cancelled + more, stopped + ended
        return Answered({"cancelled": cancelled, "stopped": stopped})

    async def _end(self, whole: WholeRun) -> tuple[int, int]:
        """Cancel what waits, stop what runs, and cancel what that had sent meanwhile."""
        trace_id = whole.run.id
        self._sources.recorder.runs.cancelled(trace_id)
        cancelled = await self._cancel_owed(whole)
        stopped = self._control.stop(trace_id)
        while (more := await self._cancel_owed(await self._known(trace_id))) > 0:
            cancelled += more
        return cancelled, stopped

    async def _cancel_owed(self, whole: WholeRun) -> int:
        ids = [each.id for each in whole.deliveries if each.place in PENDING]
        return await self._sources.queue.cancel(ids) if ids else 0

    async def _known(self, trace_id: str) -> WholeRun:
        await self._sources.recorder.flush()
        whole = await self._sources.traces.run(trace_id)
        if whole is None:
            raise AdminRefusal(404, f"There is no run {trace_id!r}; runs are kept for a limited time")
        return whole

    async def _follow(self, asked: Asked) -> Answered:
        return Answered(stream=self._changes(filter_of(asked)))

    async def _changes(self, where: RunFilter) -> AsyncIterator[bytes]:
        unread: dict[str, Run] = {}
        some = asyncio.Event()
        told: set[str] = set()

        def take(stored: Stored) -> None:
            for run in stored.runs:
                # One that was told of and no longer fits is told of once more: the watcher has to see it leave.
                if where.means(run) or run.id in told:
                    if len(unread) < _MOST_UNREAD or run.id in unread:
                        unread[run.id] = run
                    some.set()

        end = self._sources.recorder.listen_stored(take)
        try:
            yield b": following\n\n"
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_S):
                        await some.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                some.clear()
                runs = list(unread.values())
                unread.clear()
                for run in runs:
                    told.discard(run.id) if run.is_over else told.add(run.id)
                    yield b"id: %s\ndata: %s\n\n" % (run.id.encode(), orjson.dumps(shown(run)))
        finally:
            end()


def _replayed(replayed: Replayed) -> dict[str, Any]:
    return {"id": replayed.trace_id, "deliveryIds": list(replayed.delivery_ids)}
