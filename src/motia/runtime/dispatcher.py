"""Takes deliveries from the queue, runs them, settles them. Woken by what happens, never by a poll."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
from collections.abc import Callable, Collection
from typing import Any, Final

from motia.model.delivery import Bury, Delivery, Done, Release, Settlement
from motia.model.errors import StoreUnavailable
from motia.model.identity import new_span_id
from motia.model.invocation import Completed, Invocation, Outcome
from motia.model.policy import DeliveryPolicy
from motia.model.step import CronTrigger, EventTrigger, HttpTrigger, Step
from motia.model.step_table import StepTable
from motia.ports.event_queue import EventQueue
from motia.ports.step_runner import StepRunner
from motia.runtime.clock import Clock, Timer, pause
from motia.runtime.settlement import settlement_of, too_late, too_many_hops
from motia.runtime.slots import StepSlots
from motia.runtime.validation import PayloadCheck

LEASE_MS: Final = 30_000
_STORE_RETRY_MS: Final = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class Buried:
    """A new dead letter, for whoever wants to know."""

    delivery: Delivery
    settlement: Bury


@dataclasses.dataclass(frozen=True, slots=True)
class DispatchLimits:
    """`in_flight`: deliveries run at once; `hops`: state and stream triggers that a trace may pass through."""

    in_flight: int = 1024
    hops: int = 100


class Dispatcher:
    """Runs up to `limits.in_flight` deliveries at once; a Step never more than its `concurrency`."""

    def __init__(  # noqa: PLR0913 - who takes part and who listens, each by name
        self,
        queue: EventQueue,
        runner: StepRunner,
        table: Callable[[], StepTable],
        clock: Clock,
        *,
        limits: DispatchLimits = DispatchLimits(),
        followers: Callable[[Delivery, Bury], tuple[Delivery, ...]] = lambda *_: (),
        on_buried: Callable[[Buried], None] = lambda _: None,
        on_problem: Callable[[str], None] = lambda _: None,
        on_invalid: Callable[[Step, Delivery, str], None] = lambda *_: None,
        slots: StepSlots | None = None,
        paused: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """Nothing runs before `start`.

        `followers` says what is published with a burial. `slots` are shared with whatever else runs Steps. `paused` says which
        Steps are passed over.
        """
        self._queue = queue
        self._runner = runner
        self._table = table
        self._clock = clock
        self._limits = limits
        self._followers = followers
        self._on_buried = on_buried
        self._on_problem = on_problem
        self._paused = paused
        self._check = PayloadCheck(on_invalid)
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], Delivery] = {}
        self._slots = slots or StepSlots()
        self._parked: set[str] = set()
        self._superseded: set[str] = set()
        self._taking = False
        self._loop_task: asyncio.Task[None] | None = None
        self._due: Timer | None = None
        self._renewal: Timer | None = None
        self._renew_from = 0
        self._renewing: asyncio.Task[None] | None = None
        self._store_failed = False
        queue.on_ready(self._wake.set)
        self._slots.on_free(self._wake.set)

    @property
    def in_flight(self) -> int:
        """Deliveries being run."""
        return len(self._running)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs and nothing is due. What waits for a later moment, or cannot run here, does not count."""
        due = self._queue.next_due(self._unwilling())
        return not self._running and not self._taking and (due is None or due > self._clock.now_ms())

    def running(self, step: str, trigger: int) -> int:
        """How many deliveries of this trigger are being run."""
        return sum(1 for each in self._running.values() if each.step == step and each.trigger == trigger)

    def supersede(self, step: str, trigger: int) -> int:
        """Cancel the running deliveries of this trigger for good; how many there were."""
        return self._end(lambda each: each.step == step and each.trigger == trigger)

    def cancel_trace(self, trace_id: str) -> int:
        """Cancel the running deliveries of a trace for good; how many there were."""
        return self._end(lambda each: each.cause.trace_id == trace_id)

    def _end(self, is_meant: Callable[[Delivery], bool]) -> int:
        found = [task for task, each in self._running.items() if is_meant(each)]
        for task in found:
            self._superseded.add(self._running[task].id)
            task.cancel()
        return len(found)

    def start(self) -> None:
        """Begin to take deliveries."""
        if self._loop_task is None:
            self._loop_task = asyncio.get_running_loop().create_task(self._dispatch())

    def wake(self) -> None:
        """Look again for what can be taken: a pause ended."""
        self._wake.set()

    def steps_changed(self) -> None:
        """The table was swapped: Steps that could not run may now."""
        self._parked.clear()
        self._wake.set()

    async def stop(self, grace_s: float) -> None:
        """Take no more, let running ones finish for `grace_s`, give the rest back to the queue."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            await asyncio.gather(self._loop_task, return_exceptions=True)
            self._loop_task = None
        for timer in (self._due, self._renewal):
            if timer is not None:
                timer.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    # Taking

    async def _dispatch(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._taking = True
                taken = await self._take()
            except StoreUnavailable as problem:
                self._on_problem(f"deliveries cannot be taken: {problem}")
                self._wake_at(self._clock.now_ms() + _STORE_RETRY_MS)
                taken = False
            finally:
                self._taking = False
            if taken:
                # Let what was started reach its worker before more is taken.
                await asyncio.sleep(0)
                continue
            await self._wake.wait()

    async def _take(self) -> bool:
        free = self._limits.in_flight - len(self._running)
        if free <= 0:
            return False
        now = self._clock.now_ms()
        if self._running and now >= self._renew_from:
            # The process or the machine stood still, or the clock jumped: what runs here is not to be taken again.
            await self._renew_leases(now)
        unwilling = self._unwilling()
        batch = await self._queue.claim(free, now=now, lease_ms=LEASE_MS, unwilling=unwilling)
        for delivery in batch:
            self._begin(delivery, now)
        if not batch:
            due = self._queue.next_due(unwilling)
            if due is not None and due > now:
                self._wake_at(due)
        return bool(batch)

    def _unwilling(self) -> set[str]:
        table = self._table()
        full = {name for name in self._slots.running() if self._slots.is_full(table.get(name))}
        return full | self._parked | {*self._paused()}

    def _wake_at(self, due: int) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self._clock.call_at(due, self._wake.set)

    def _begin(self, delivery: Delivery, claimed_at: int) -> None:
        self._slots.take(delivery.step)
        task = asyncio.get_running_loop().create_task(self._run(delivery))
        self._running[task] = delivery
        task.add_done_callback(self._ended)
        if self._renewal is None:
            self._renew_from = claimed_at + LEASE_MS // 3
            self._renewal = self._clock.call_at(self._renew_from, self._renew)

    def _ended(self, task: asyncio.Task[None]) -> None:
        delivery = self._running.pop(task)
        self._slots.give_back(delivery.step)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            self._on_problem(
                f"the delivery {delivery.id} of {delivery.step!r} could not be settled: {task.exception()}"
            )

    def _renew(self) -> None:
        self._renewal = None
        if not self._running:
            return
        now = self._clock.now_ms()
        self._renewing = asyncio.get_running_loop().create_task(self._renew_in_time(now))
        self._renewal = self._clock.call_at(now + LEASE_MS // 3, self._renew)

    async def _renew_in_time(self, now: int) -> None:
        with contextlib.suppress(StoreUnavailable):  # tried again before anything is taken
            await self._renew_leases(now)

    async def _renew_leases(self, now: int) -> None:
        await self._queue.renew(list(self._running.values()), now=now, lease_ms=LEASE_MS)
        self._renew_from = now + LEASE_MS // 3

    # Running

    async def _run(self, delivery: Delivery) -> None:
        step = self._table().get(delivery.step)
        if step is None or not step.has_handler:
            await self._park(delivery)
            return
        policy = policy_of(step, delivery)
        now = self._clock.now_ms()
        hopeless = too_late(delivery, now) or too_many_hops(delivery, self._limits.hops, now)
        if hopeless is not None:
            await self._bury(delivery, hopeless)
            return
        try:
            outcome = self._check(step, delivery) or await self._runner.invoke(
                invocation_of(step, delivery, policy, self._clock)
            )
        except asyncio.CancelledError:
            superseded = delivery.id in self._superseded
            self._superseded.discard(delivery.id)
            await self._queue.settle(delivery, Done() if superseded else Release())
            raise
        await self._settle(delivery, outcome, policy)

    async def _settle(self, delivery: Delivery, outcome: Outcome, policy: DeliveryPolicy) -> None:
        if isinstance(outcome, Completed) and outcome.settled:
            return
        settlement: Settlement = settlement_of(outcome, delivery, policy, self._clock.now_ms(), random.random)
        if isinstance(settlement, Release):
            await self._park(delivery)
            return
        if isinstance(settlement, Bury):
            await self._bury(delivery, settlement)
        elif not await self._settle_when_possible(delivery, settlement):
            self._too_late(delivery)

    async def _bury(self, delivery: Delivery, settlement: Bury) -> None:
        followed = dataclasses.replace(settlement, followers=self._followers(delivery, settlement))
        if await self._settle_when_possible(delivery, followed):
            made = delivery if settlement.began else dataclasses.replace(delivery, attempt=delivery.attempt - 1)
            self._on_buried(Buried(made, settlement))
        else:
            self._too_late(delivery)

    async def _settle_when_possible(self, delivery: Delivery, settlement: Settlement) -> bool:
        """Settle it. While the store takes nothing (a full disk) it stays leased, and is not run again meanwhile."""
        while True:
            try:
                settled = await self._queue.settle(delivery, settlement)
            except StoreUnavailable as problem:
                if not self._store_failed:
                    self._store_failed = True
                    self._on_problem(
                        f"what came of deliveries cannot be stored: {problem}; it is tried until it can be"
                    )
                await pause(self._clock, _STORE_RETRY_MS)
            else:
                self._store_failed = False
                return settled

    def _too_late(self, delivery: Delivery) -> None:
        """Its lease was lost, so another attempt decides what becomes of it (EVT-24)."""
        self._on_problem(
            f"a late result of {delivery.step!r} was discarded: the lease of attempt {delivery.attempt} "
            f"at delivery {delivery.id} was lost"
        )

    async def _park(self, delivery: Delivery) -> None:
        """Give it back and leave its Step alone until the table changes: nothing here can run it now."""
        self._parked.add(delivery.step)
        await self._queue.settle(delivery, Release())


def policy_of(step: Step, delivery: Delivery) -> DeliveryPolicy:
    """The policy that now holds for `delivery`: its trigger's, or for a direct start the Step's."""
    trigger = step.triggers[delivery.trigger] if delivery.trigger < len(step.triggers) else None
    if delivery.kind == "manual" or trigger is None or isinstance(trigger, HttpTrigger):
        return step.manual_policy
    return trigger.policy


def invocation_of(step: Step, delivery: Delivery, policy: DeliveryPolicy, clock: Clock) -> Invocation:
    """The run of one attempt."""
    arguments: dict[str, Any] = {"deliveryId": delivery.id}
    if delivery.kind == "event":
        arguments["topic"] = delivery.topic
    elif delivery.kind == "cron":
        arguments["scheduledTime"] = delivery.scheduled_for
    elif delivery.kind == "manual":
        arguments.update(_stand_in(step))
    return Invocation(
        step=step,
        kind=delivery.kind,
        trigger=delivery.trigger,
        arguments=arguments,
        body=delivery.payload,
        trace_id=delivery.cause.trace_id,
        span_id=new_span_id(),
        parent_span_id=delivery.cause.span_id,
        attempt=delivery.attempt,
        max_attempts=policy.max_attempts,
        timeout_ms=policy.timeout_ms or step.timeout_ms,
        hops=delivery.cause.hops,
        queued_ms=max(0, clock.now_ms() - delivery.created_at),
        delivery=delivery,
    )


def _stand_in(step: Step) -> dict[str, Any]:
    """What a directly started Step sees as its trigger (CTX-24, EVT-26): that of its first fitting one."""
    for trigger in step.triggers:
        if isinstance(trigger, EventTrigger):
            return {"as": "event", "topic": trigger.topic}
        if isinstance(trigger, CronTrigger):
            return {"as": "cron"}
        if isinstance(trigger, HttpTrigger):
            return {
                "as": "http",
                "method": trigger.method,
                "path": trigger.path,
                "url": trigger.path,
                "pathParams": {},
                "queryParams": {},
                "headers": {"content-type": "application/json"},
                "ip": "127.0.0.1",
                "bodyKind": "json",
            }
    return {"as": "manual"}
