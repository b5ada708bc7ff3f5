"""A running core: opens the stores, starts workers, serves, and stops in order.

Longer than other files because everything is put together here, and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from motia.adapters.sqlite import SqliteStores
from motia.admin.access import Access, token_for
from motia.admin.app import AdminApp
from motia.admin.change_feed import ChangeFeed
from motia.admin.core_operations import CoreOperations
from motia.admin.metric_operations import MetricOperations
from motia.admin.openapi import document
from motia.admin.operations import Answered, Operation
from motia.admin.pause_operations import PauseOperations
from motia.admin.record_operations import RecordOperations
from motia.admin.run_operations import RunControl, RunOperations
from motia.admin.sources import Sources
from motia.admin.store_operations import StoreOperations
from motia.admin.workbench_files import WorkbenchFiles
from motia.admin.workbench_operations import WorkbenchOperations
from motia.app.code import Code, CodeLoader, hook_step
from motia.app.directory_lock import DirectoryLock, StoreLock
from motia.app.layouts import layouts
from motia.app.listeners import listen
from motia.app.live import Live
from motia.app.observations import Observations
from motia.app.observing import Observing
from motia.app.project_settings import ProjectSettings
from motia.app.reporting import Reporter
from motia.app.retention import Retention
from motia.app.trial import Trial
from motia.app.versions import code_version
from motia.app.watching import Watcher
from motia.http.asking import ask
from motia.http.cors import CorsPolicy
from motia.http.edge import HttpEdge, HttpSettings
from motia.http.server import HttpServer
from motia.http.workbench_door import WorkbenchDoor
from motia.model.step import Step
from motia.model.step_table import StepTable
from motia.observe.observed import ObservedCalls, ObservedRunner
from motia.observe.observed_commits import ObservedCommits
from motia.pool.crew import CrewSettings
from motia.pool.fleet import Fleet
from motia.ports.step_runner import ContextCalls, StepRunner
from motia.project.flows import flow_records
from motia.runtime.atomic_steps import AtomicAttempts, AtomicRunner
from motia.runtime.clock import Clock, SystemClock
from motia.runtime.context_calls import CoreCalls
from motia.runtime.dispatcher import Buried, Dispatcher, DispatchLimits
from motia.runtime.error_step import ErrorStep
from motia.runtime.pauses import Pauses
from motia.runtime.publisher import Publisher
from motia.runtime.schedules import Schedules
from motia.runtime.slots import LimitedRunner, StepSlots
from motia.runtime.stream_calls import StreamCalls

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
        self.workbench_url: str | None = None
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
        self._asking: set[asyncio.Task[None]] = set()
        self._ready = False
        self._stopping = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self._options.host in _LOOPBACK

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
        listeners = listen(options.host, options.port, self._settings.config.workbench, tries=options.port_tries)
        self._resources.callback(listeners.close)
        stores = await self._open_stores()
        observing = await self._observing_of(stores)
        recorder = observing.recorder
        pauses = Pauses(stores.pauses, self._clock)
        await pauses.start()
        self._trial = Trial(self._clock, lambda: self._dispatcher.is_idle and self._schedules.is_idle)
        publisher = Publisher(
            observing.queue,
            self._table_now,
            self._clock,
            self._observations.unheard,
            self._trial.emitted if options.temporary else lambda *_: None,
        )
        self.token = token_for(self._data, self._settings.admin_token)
        access = Access(self.token)
        live = self._live = Live(
            stores.streams,
            stores.commits,
            publisher,
            self._clock,
            self._settings,
            self._observations,
            lambda: self._runner,
            access.who,
        )
        self._resources.push_async_callback(live.workbench.stop)
        await live.start()
        attempts = AtomicAttempts(stores.state, live.writes, publisher, stores.commits)
        core_calls = CoreCalls(
            attempts.effects_of,
            self._table_now,
            self._clock,
            observer=self._observations,
            strict_triggers=lambda: self._settings.config.strict_triggers,
            streams=StreamCalls(attempts.streams_of),
        )
        fleet = self._fleet_of(ObservedCalls(core_calls, recorder))
        observed = self._runner = ObservedRunner(fleet, recorder, observing.meters)
        runner = AtomicRunner(observed, attempts, ObservedCommits(live.commits, recorder), self._clock)
        slots = StepSlots()
        dispatcher = self._dispatcher = self._dispatcher_of(observing, runner, pauses, slots)
        pauses.on_change(dispatcher.wake)
        fleet.on_available(dispatcher.steps_changed)
        fleet.on_run_again(attempts.begin_again)
        self._resources.push_async_callback(dispatcher.stop, options.grace_s)
        schedules = self._schedules = Schedules(
            publisher,
            stores.ticks,
            self._clock,
            dispatcher,
            on_skipped=self._on_skipped,
            on_problem=lambda text: self._reporter.say("error", text),
            is_paused=lambda step: pauses.of("schedule", step) is not None,
        )
        self._resources.push_async_callback(schedules.stop)

        sources = self._sources(stores, publisher, observing, pauses)
        live.show(sources, lambda: layouts(self.root))
        admin = self._admin = AdminApp(self._operations(sources, observing, access), access, observing.trail)
        own_port = listeners.workbench_port
        claims = admin.claims if own_port is None else admin.claims_data
        edge = self._edge = HttpEdge(LimitedRunner(runner, slots), self._http_settings(), admin, claims, self._on_fault)
        door = edge if own_port is None else WorkbenchDoor(own_port, edge, admin, admin.is_page)
        loader = self._loader = CodeLoader(self.root, fleet, self._settings.code, self._use)
        await loader.load()

        server = self._server = HttpServer(door, listeners.sockets, live.serve(edge), grace_s=options.grace_s)
        await server.start()
        self._resources.push_async_callback(server.stop)
        self.url, self.workbench_url = listeners.url, listeners.workbench_url
        lock.announce(listeners.local_url)
        dispatcher.start()
        if options.cron:
            schedules.start()
        self._start_upkeep(stores, observing)
        self._ready = True

    def _start_upkeep(self, stores: SqliteStores, observing: Observing) -> None:
        """Forget what is old, from now on, and in development see what changes."""
        keep = self._settings.retention
        others = [*observing.forgetting(keep), stores.queue.give_back_space]
        retention = Retention(stores.traces, self._clock, keep, others)
        retention.start()
        self._resources.push_async_callback(retention.stop)
        if self._options.dev:
            watcher = Watcher(self.root, self._files_changed)
            watcher.start()
            self._resources.push_async_callback(watcher.stop)

    async def _open_stores(self) -> SqliteStores:
        """The stores where the project wants them, or for as long as this core runs."""
        data_file = self._settings.data_file
        if self._options.temporary:
            self._stores = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="motia-test-")))
            data_file = None
        if data_file is not None:
            lock = StoreLock(data_file)
            lock.acquire()
            self._resources.callback(lock.release)
        stores = await self._resources.enter_async_context(
            SqliteStores.open(
                self._stores,
                data_file=data_file,
                clock=self._clock.now_ms,
                max_depth=self._settings.config.queue_depth,
            )
        )
        self._tell_recovered(stores)
        if stores.traces_set_aside is not None:
            aside = stores.traces_set_aside
            self._reporter.say(
                "warn", f"traces.db was damaged and is now {aside}; earlier traces and logs are only there"
            )
        return stores

    async def _observing_of(self, stores: SqliteStores) -> Observing:
        observing = self._observing = Observing(
            stores, self._clock, on_problem=lambda text: self._reporter.say("error", text)
        )
        observing.recorder.listen(self._reporter.logged)
        self._resources.push_async_callback(observing.stop)
        await observing.start()
        return observing

    def _fleet_of(self, calls: ContextCalls) -> Fleet:
        options = self._options
        settings = CrewSettings(
            self._data / "cache", load_limit_s=options.load_limit_s, cancel_grace_s=options.cancel_grace_s
        )
        fleet = self._fleet = Fleet(calls, settings, self._reporter.say)
        self._resources.push_async_callback(fleet.close, options.grace_s)
        return fleet

    def _dispatcher_of(self, observing: Observing, runner: StepRunner, pauses: Pauses, slots: StepSlots) -> Dispatcher:
        return Dispatcher(
            observing.queue,
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
            on_invalid=lambda step, delivery, text: observing.recorder.log(
                "warn", text, step=step.name, trace_id=delivery.cause.trace_id, flows=step.flows
            ),
            slots=slots,
            paused=lambda: pauses.steps,
        )

    def _sources(self, stores: SqliteStores, publisher: Publisher, observing: Observing, pauses: Pauses) -> Sources:
        workbench = self._settings.config.workbench
        return Sources(
            version=VERSION,
            is_dev=self._options.dev,
            project=self.root.name,
            started_at=self._clock.now_ms(),
            workbench_base=workbench.base if workbench.enabled else None,
            table=self._table_now,
            flows=lambda: list(flow_records(self.table.steps, seen=self._observations.seen).values()),
            notices=lambda: [notice.as_json() for notice in self._code.notices] if self._code else [],
            workers=self._workers,
            ready=lambda: self._ready and not self._stopping,
            next_ticks=self._schedules.next_ticks,
            source_of=self._source_of,
            queue=observing.queue,
            ticks=stores.ticks,
            state=stores.state,
            commits=stores.commits,
            traces=stores.traces,
            publisher=publisher,
            recorder=observing.recorder,
            pauses=pauses,
            clock=self._clock,
        )

    def _operations(self, sources: Sources, observing: Observing, access: Access) -> list[Operation]:
        feed = self._changes = ChangeFeed(observing.recorder)
        operations = [
            *WorkbenchOperations(WorkbenchFiles.installed(), access, feed, base=sources.workbench_base).all(),
            *CoreOperations(sources).all(),
            *RecordOperations(sources).all(),
            *RunOperations(sources, RunControl(self._send_request, self._stop_run)).all(),
            *MetricOperations(sources, observing.meters).all(),
            *PauseOperations(sources).all(),
            *StoreOperations(sources).all(),
            *observing.trail.operations(),
            *self._live.operations,
            *(self._trial.operations() if self._options.temporary else ()),
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

    async def _send_request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        task = asyncio.get_running_loop().create_task(ask(self._edge, method, url, headers, body))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def _stop_run(self, trace_id: str) -> int:
        return self._dispatcher.cancel_trace(trace_id) + self._runner.cancel_requests(trace_id)

    # Running

    def _table_now(self) -> StepTable:
        return self.table

    def _use(self, code: Code) -> None:
        """Swap to another version of the code; one turn of the event loop, so that nothing sees half of it."""
        self._code = code
        self.table = code.table
        self._observing.recorder.runs.version = code_version(self.root, {step.file for step in code.table.steps})
        before = self._live.use(code.streams)
        self._edge.routes = code.routes
        language = self._settings.hook_language
        self._edge.hook = None if language is None else hook_step(language)
        self._schedules.use(code.table)
        self._dispatcher.steps_changed()
        self._reporter.streams_changed(*code.streams.compared_with(before))
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
