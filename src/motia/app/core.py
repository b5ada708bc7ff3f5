"""A running core: opens the stores, starts workers, serves, and stops in order."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from motia.adapters.sqlite import SqliteStores
from motia.admin.access import Access, token_for
from motia.admin.app import AdminApp
from motia.admin.change_feed import ChangeFeed
from motia.admin.core_operations import CoreOperations
from motia.admin.openapi import document
from motia.admin.operations import Answered, Operation
from motia.admin.record_operations import RecordOperations
from motia.admin.sources import Sources
from motia.admin.store_operations import StoreOperations
from motia.admin.workbench_files import WorkbenchFiles
from motia.admin.workbench_operations import WorkbenchOperations
from motia.app.code import Code, CodeLoader, hook_step
from motia.app.directory_lock import DirectoryLock
from motia.app.live import Live
from motia.app.observations import Observations
from motia.app.project_settings import ProjectSettings
from motia.app.reporting import Reporter
from motia.app.retention import Retention
from motia.app.watching import Watcher
from motia.http.cors import CorsPolicy
from motia.http.edge import HttpEdge, HttpSettings
from motia.http.server import HttpServer, bind
from motia.model.step import Step
from motia.model.step_table import StepTable
from motia.observe.observed import ObservedCalls, ObservedRunner
from motia.observe.observed_commits import ObservedCommits
from motia.observe.recorder import Recorder
from motia.pool.crew import CrewSettings
from motia.pool.fleet import Fleet
from motia.ports.step_runner import ContextCalls, StepRunner
from motia.project.flows import flow_records
from motia.runtime.atomic_steps import AtomicAttempts, AtomicRunner
from motia.runtime.clock import Clock, SystemClock
from motia.runtime.context_calls import CoreCalls
from motia.runtime.dispatcher import Buried, Dispatcher, DispatchLimits
from motia.runtime.error_step import ErrorStep
from motia.runtime.publisher import Publisher
from motia.runtime.schedules import Schedules

VERSION: Final = version("motia")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclasses.dataclass(frozen=True, slots=True)
class CoreOptions:
    """How a core is run. Durations are seconds.

    `port_tries`: how many ports from `port` on may be tried. `temporary`: stores of its own that end with it.
    """

    host: str
    port: int
    dev: bool
    port_tries: int = 1
    grace_s: float = 10.0
    load_limit_s: float = 10.0
    cancel_grace_s: float = 5.0
    cron: bool = True
    temporary: bool = False


class Core:
    """One project, served. `start` and `stop` may each be called once."""

    def __init__(
        self,
        root: Path,
        options: CoreOptions,
        reporter: Reporter,
        settings: ProjectSettings,
        clock: Clock | None = None,
    ) -> None:
        """Nothing is opened before `start`."""
        self.root = root
        self.url = ""
        self.token = ""
        self.table = StepTable()
        self._options = options
        self._reporter = reporter
        self._settings = settings
        self._clock = clock or SystemClock()
        self._data = root / ".motia"
        self._stores = self._data
        self._code: Code | None = None
        self._resources = contextlib.AsyncExitStack()
        self._observations = Observations(reporter.say)
        self._fleet: Fleet | None = None
        self._ready = False
        self._stopping = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self._options.host in _LOOPBACK

    @property
    def workbench_url(self) -> str | None:
        """Where the Workbench is served; None where it is not."""
        workbench = self._settings.config.workbench
        return f"{self.url}{workbench.base.rstrip('/')}" if workbench.enabled else None

    # Starting

    async def start(self) -> None:
        """Serve the project; returns when requests are answered. Raises `MotiaError`; what was opened is closed then."""
        try:
            await self._start()
        except BaseException:
            await self._resources.aclose()
            raise

    async def _start(self) -> None:
        options = self._options
        lock = DirectoryLock(self._data)
        lock.acquire()
        self._resources.callback(lock.release)
        bound = bind(options.host, options.port, tries=options.port_tries)
        self._resources.callback(bound.close)
        stores = await self._open_stores()
        recorder = self._recorder_of(stores)
        publisher = Publisher(stores.queue, self._table_now, self._clock, self._observations.unheard)
        attempts = AtomicAttempts(stores.state, publisher, stores.commits)
        live = self._live = Live(
            stores.streams, publisher, self._clock, self._settings, self._observations, lambda: self._runner
        )
        await live.start()
        core_calls = CoreCalls(
            attempts.effects_of,
            self._table_now,
            self._clock,
            observer=self._observations,
            strict_triggers=lambda: self._settings.config.strict_triggers,
            streams=live.calls,
        )
        fleet = self._fleet_of(ObservedCalls(core_calls, recorder))
        observed = self._runner = ObservedRunner(fleet, recorder)
        runner = AtomicRunner(observed, attempts, ObservedCommits(stores.commits, recorder), self._clock)
        dispatcher = self._dispatcher = self._dispatcher_of(stores, runner, recorder)
        fleet.on_available(dispatcher.steps_changed)
        self._resources.push_async_callback(dispatcher.stop, options.grace_s)
        schedules = self._schedules = Schedules(
            publisher,
            stores.ticks,
            self._clock,
            dispatcher,
            on_skipped=self._on_skipped,
            on_problem=lambda text: self._reporter.say("error", text),
        )
        self._resources.push_async_callback(schedules.stop)

        self.token = token_for(self._data, self._settings.admin_token)
        access = Access(self.token)
        admin = self._admin = AdminApp(self._operations(stores, publisher, recorder, access), access)
        edge = self._edge = HttpEdge(runner, self._http_settings(), admin, admin.claims, self._on_fault)
        loader = self._loader = CodeLoader(self.root, fleet, self._settings.code, self._use)
        await loader.load()

        server = self._server = HttpServer(edge, bound, live.serve(edge), grace_s=options.grace_s)
        await server.start()
        self._resources.push_async_callback(server.stop)
        host, port = bound.getsockname()[:2]
        self.url = f"http://{'localhost' if host in {'127.0.0.1', '0.0.0.0', '::', '::1'} else host}:{port}"  # noqa: S104
        lock.announce(f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}")  # noqa: S104
        dispatcher.start()
        if options.cron:
            schedules.start()
        retention = Retention(stores.traces, self._clock, self._settings.retention, stores.queue.give_back_space)
        retention.start()
        self._resources.push_async_callback(retention.stop)
        if options.dev:
            watcher = Watcher(self.root, self._files_changed)
            watcher.start()
            self._resources.push_async_callback(watcher.stop)
        self._ready = True

    async def _open_stores(self) -> SqliteStores:
        if self._options.temporary:
            self._stores = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="motia-test-")))
        stores = await self._resources.enter_async_context(
            SqliteStores.open(self._stores, clock=self._clock.now_ms, max_depth=self._settings.config.queue_depth)
        )
        self._tell_recovered(stores)
        if stores.traces_set_aside is not None:
            aside = stores.traces_set_aside
            self._reporter.say(
                "warn", f"traces.db was damaged and is now {aside}; earlier traces and logs are only there"
            )
        return stores

    def _recorder_of(self, stores: SqliteStores) -> Recorder:
        recorder = Recorder(stores.traces, on_problem=lambda text: self._reporter.say("error", text))
        recorder.listen(self._reporter.logged)
        self._resources.push_async_callback(recorder.flush)
        return recorder

    def _fleet_of(self, calls: ContextCalls) -> Fleet:
        options = self._options
        settings = CrewSettings(
            self._data / "cache", load_limit_s=options.load_limit_s, cancel_grace_s=options.cancel_grace_s
        )
        fleet = self._fleet = Fleet(calls, settings, self._reporter.say)
        self._resources.push_async_callback(fleet.close, options.grace_s)
        return fleet

    def _dispatcher_of(self, stores: SqliteStores, runner: StepRunner, recorder: Recorder) -> Dispatcher:
        return Dispatcher(
            stores.queue,
            runner,
            self._table_now,
            self._clock,
            followers=ErrorStep(
                lambda: self._settings.config.error_step,
                self._table_now,
                self._clock,
                on_problem=lambda text: self._reporter.say("error", text),
            ).followers,
            limits=DispatchLimits(hops=self._settings.config.limits.max_hops),
            on_buried=self._on_buried,
            on_problem=lambda text: self._reporter.say("error", text),
            on_invalid=lambda step, delivery, text: recorder.log(
                "warn", text, step=step.name, trace_id=delivery.cause.trace_id, flows=step.flows
            ),
        )

    def _operations(self, stores: Any, publisher: Publisher, recorder: Recorder, access: Access) -> list[Operation]:
        workbench = self._settings.config.workbench
        base = workbench.base if workbench.enabled else None
        feed = self._changes = ChangeFeed(recorder)
        sources = Sources(
            version=VERSION,
            is_dev=self._options.dev,
            project=self.root.name,
            started_at=self._clock.now_ms(),
            workbench_base=base,
            table=self._table_now,
            flows=lambda: list(flow_records(self.table.steps, seen=self._observations.seen).values()),
            notices=lambda: [notice.as_json() for notice in self._code.notices] if self._code else [],
            workers=self._workers,
            ready=lambda: self._ready and not self._stopping,
            next_ticks=self._schedules.next_ticks,
            source_of=self._source_of,
            queue=stores.queue,
            ticks=stores.ticks,
            state=stores.state,
            commits=stores.commits,
            traces=stores.traces,
            publisher=publisher,
            recorder=recorder,
            clock=self._clock,
        )
        operations = [
            *WorkbenchOperations(WorkbenchFiles.installed(), access, feed, base=base).all(),
            *CoreOperations(sources).all(),
            *RecordOperations(sources).all(),
            *StoreOperations(sources).all(),
            *self._live.operations,
        ]

        async def openapi(_: object) -> Answered:
            return Answered(document(operations, VERSION))

        operations.append(
            Operation(
                "openapi", "GET", "/__motia/openapi.json", "This document", openapi, {"type": "object"}, open=True
            )
        )
        return operations

    def _http_settings(self) -> HttpSettings:
        cors = self._settings.cors
        if cors is None and self._options.dev and self._options.host in _LOOPBACK:
            cors = CorsPolicy(origins=("*",))
        limits = self._settings.http_limits
        return dataclasses.replace(limits, cors=cors or CorsPolicy())

    # Running

    def _table_now(self) -> StepTable:
        return self.table

    def _use(self, code: Code) -> None:
        """Swap to another version of the code; one turn of the event loop, so that nothing sees half of it."""
        self._code = code
        self.table = code.table
        self._live.use(code.streams)
        self._edge.routes = code.routes
        language = self._settings.hook_language
        self._edge.hook = None if language is None else hook_step(language)
        self._schedules.use(code.table)
        self._dispatcher.steps_changed()
        self._changes.code_changed()
        self._reporter.code_changed(code.added, code.updated, code.removed, code.took_ms)
        self._reporter.noticed(code.notices)

    async def _files_changed(self, paths: set[str]) -> None:
        try:
            if self._settings.concerns(paths):
                problem = await self._settings.reload()
                if problem is not None:
                    self._reporter.say("error", problem)
                    return
                await self._loader.load()
            else:
                await self._loader.load(frozenset(paths))
        except Exception as fault:  # noqa: BLE001 - a failed reload leaves the last good code running and is told
            self._reporter.say("error", f"the reload failed, the last good version keeps running: {fault}")

    def _workers(self) -> list[dict[str, Any]]:
        if self._fleet is None:
            return []
        return [
            {
                "language": language,
                "pid": worker.pid,
                "runtime": worker.runtime,
                "inFlight": worker.in_flight,
                "restarts": crew.restarts,
            }
            for language, crews in self._fleet.crews().items()
            for crew in crews
            for worker in crew.workers
        ]

    def _source_of(self, file: str) -> str | None:
        try:
            return (self.root / file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    # What the reporter hears

    def _tell_recovered(self, stores: Any) -> None:
        recovered = stores.queue.recovered
        total = recovered.pending + recovered.running
        if total:
            self._reporter.say("info", f"recovered {total:,} deliveries, {recovered.running:,} were running")
        if recovered.quarantined:
            self._reporter.say(
                "error",
                f"{recovered.quarantined:,} deliveries could not be read and were set aside; see 'motia queue verify'",
            )

    def _on_buried(self, buried: Buried) -> None:
        delivery, end = buried.delivery, buried.settlement
        self._reporter.say(
            "warn",
            f"dead letter {delivery.id}: {delivery.step} gave up after {delivery.attempt} attempts ({end.reason}): {end.failure.message}",
        )

    def _on_skipped(self, step: Step, _tick: int) -> None:
        self._reporter.say("info", f"{step.name} skipped a tick: the run before it has not ended")

    def _on_fault(self, fault: BaseException) -> None:
        self._reporter.say("error", f"a request failed in the core: {type(fault).__name__}: {fault}")

    # Stopping

    async def stop(self) -> None:
        """Accept no more, let handlers finish within the grace period, give the rest back to the queue, end workers."""
        self._stopping = True
        if self._ready:
            self._edge.accepting = False
            self._live.stop()
            self._admin.stop()
            # Requests and deliveries share one grace period.
            await asyncio.gather(
                self._server.stop(), self._schedules.stop(), self._dispatcher.stop(self._options.grace_s)
            )
        await self._resources.aclose()

    def kill(self) -> None:
        """End the workers now; the process is about to exit."""
        if self._fleet is not None:
            self._fleet.kill()
