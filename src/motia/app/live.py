"""The live streams of a core, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from motia.adapters.memory import MemoryBroadcast
from motia.admin.operations import Operation
from motia.admin.run_views import shown
from motia.admin.sources import Sources
from motia.admin.stream_operations import StreamOperations
from motia.admin.workbench_streams import View, WithWorkbench, WorkbenchStreams
from motia.admin.workbench_views import WorkbenchViews
from motia.app.code import hook_step
from motia.app.observations import Observations
from motia.app.project_settings import ProjectSettings
from motia.http.edge import HttpEdge
from motia.http.live_feed import LiveFeed
from motia.http.live_session import LiveStreams
from motia.http.live_socket import LiveServer
from motia.model.step import Step
from motia.model.stream_table import StreamTable
from motia.ports.atomic_commits import AtomicCommits
from motia.ports.step_runner import StepRunner
from motia.ports.stream_store import StreamStore
from motia.runtime.author_storage import AuthorStorage
from motia.runtime.clock import Clock
from motia.runtime.publisher import Publisher
from motia.runtime.rooms import Rooms
from motia.runtime.stream_access import StreamAccess
from motia.runtime.stream_writes import StreamWrites
from motia.runtime.told_commits import ToldCommits


class Live:
    """What Steps write, who may hear it, and where. `commits` are those of the engine, told to subscribers."""

    def __init__(
        self,
        store: StreamStore,
        commits: AtomicCommits,
        publisher: Publisher,
        clock: Clock,
        settings: ProjectSettings,
        observations: Observations,
        runner: Callable[[], StepRunner],
        who: Callable[[str, Mapping[str, str], str], str | None],
    ) -> None:
        """`commits` belongs to `store` and the queue of `publisher`.

        `runner` gives what runs the authors' functions; it is asked for when one is needed. `who` as in `LiveStreams`.
        """
        self._table = StreamTable()
        self._settings = settings
        self._feed: LiveFeed | None = None
        self._clock = clock
        self._broadcast = broadcast = MemoryBroadcast()
        self._views: dict[str, View] = {}
        self.workbench = WorkbenchStreams(self._views, broadcast, clock)
        streams = AuthorStorage(store, runner, self._table_now)
        self.writes = StreamWrites(
            streams,
            broadcast,
            publisher,
            self._table_now,
            clock,
            commits=commits,
            strict=lambda: settings.config.strict_streams,
            observer=observations,
        )
        self.commits = ToldCommits(commits, self.writes.tell)
        self._operations = StreamOperations(streams, self.writes, self._table_now, lambda: self.workbench.names)
        self.operations: list[Operation] = self._operations.all()
        self._streams = LiveStreams(
            Rooms(WithWorkbench(streams, self.workbench), broadcast, clock),
            StreamAccess(runner, self._authenticator),
            self._table_now,
            self.writes.exists,
            clock,
            internal=lambda: self.workbench.names,
            who=who,
        )
        self.workbench.watched_by(self._streams.rooms.watched)
        self.writes.before_send(streams.sent)
        self.writes.on_appeared(self._streams.appeared)

    async def start(self) -> None:
        """Learn what an earlier life left."""
        await self.writes.start()

    def show(self, sources: Sources, layouts: Callable[[], Mapping[str, Any]]) -> None:
        """Serve the Workbench's streams from `sources`; `layouts` gives the stored layout of each flow."""
        self._views.update(WorkbenchViews(sources, self._operations.entries, layouts).all())
        sources.recorder.listen_stored(lambda batch: self.workbench.stored(batch, shown))

    def use(self, table: StreamTable) -> StreamTable:
        """The declared streams are others from now on; what they were before."""
        before, self._table = self._table, table
        self._streams.table_changed()
        self.workbench.changed()
        return before

    def serve(self, edge: HttpEdge) -> LiveServer:
        """Answer for live streams at `edge`; what is returned makes the protocols of its upgraded connections."""
        edge.feed = self._feed = LiveFeed(self._streams, lambda: edge.cors)
        return LiveServer(self._streams, edge.origin_may_connect)

    def stop(self) -> None:
        """End the feeds, which would otherwise never end by themselves."""
        if self._feed is not None:
            self._feed.stop()

    def _table_now(self) -> StreamTable:
        return self._table

    def _authenticator(self) -> Step | None:
        language = self._settings.authenticator_language
        return None if language is None else hook_step(language)
