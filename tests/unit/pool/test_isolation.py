"""The search for the delivery that kills its worker, on workers that are fakes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection

import pytest

from motia.model.delivery import Failure
from motia.model.invocation import Completed, Failed, Invocation, Outcome
from motia.model.step import Step
from motia.pool.endings import Ending
from motia.pool.isolation import PARTS, Displaced, Isolation

LOST = Failed(Failure("WorkerLost", "lost"), "worker-lost")
STEP = Step("Import", "step", "steps/import_step.py", "python", "steps/import_step.py", "type", ())

Kills = Callable[[Collection[str]], bool]


def delivery(name: str) -> Invocation:
    return Invocation(STEP, "event", 0, {"deliveryId": name}, b"1", "t" * 32, "s" * 16)


class FakeWorker:
    """Runs its calls all at once, a turn of the loop after they came; dies when `kills` says so of what runs in it."""

    def __init__(self, kills: Kills, *, stuck: Collection[str] = ()) -> None:
        self.ending: Ending | None = None
        self.ran: list[str] = []
        self._kills = kills
        self._stuck = stuck
        self._calls: dict[str, asyncio.Future[Outcome]] = {}

    async def invoke(self, invocation: Invocation) -> Outcome:
        name = invocation.arguments["deliveryId"]
        loop = asyncio.get_running_loop()
        self.ran.append(name)
        if not self._calls:
            loop.call_soon(self._turn)
        call = self._calls[name] = loop.create_future()
        outcome: Outcome = await call
        return outcome

    def _turn(self) -> None:
        calls, self._calls = self._calls, {}
        if self._kills(calls):
            self.ending = Ending(len(calls), by_core=False, why="was killed by signal 11 (SIGSEGV)")
        stuck = calls.keys() & self._stuck
        if stuck:
            self.ending = Ending(len(calls) - len(stuck), by_core=True, why="was ended by the core")
        for name, call in calls.items():
            if name in stuck:
                call.set_result(Failed(Failure("TimeoutError", "timed out"), "timeout"))
            elif not call.done():
                call.set_result(Completed(name.encode()) if self.ending is None else LOST)

    async def stop(self, grace_s: float) -> None:
        del grace_s

    def kill(self) -> None:
        self._turn()


class Ward:
    """An `Isolation` and the workers it started."""

    def __init__(self, kills: Kills, *, stuck: Collection[str] = ()) -> None:
        self.workers: list[FakeWorker] = []
        self._kills = kills
        self._stuck = stuck
        self.announced: list[str] = []
        self.isolation = Isolation("python", self._start, self._announce)

    def _announce(self, invocation: Invocation) -> None:
        name = invocation.arguments["deliveryId"]
        assert self.runs(name) == self.announced.count(name)
        self.announced.append(name)

    async def _start(self) -> FakeWorker:
        worker = FakeWorker(self._kills, stuck=self._stuck)
        self.workers.append(worker)
        await asyncio.sleep(0)
        return worker

    async def lose(self, names: Collection[str], *, by_core: bool = False) -> dict[str, Outcome]:
        """What comes of deliveries that were in flight when their worker was lost."""
        lost, ending = object(), Ending(len(names), by_core=by_core, why="ended with exit status 3")
        outcomes = await asyncio.gather(*(self.isolation.examine(delivery(name), lost, ending) for name in names))
        return dict(zip(names, outcomes, strict=True))

    def runs(self, name: str) -> int:
        return sum(worker.ran.count(name) for worker in self.workers)


def names(count: int) -> list[str]:
    return [f"d{number}" for number in range(count)]


def message(outcome: Outcome) -> str:
    assert isinstance(outcome, Failed)
    assert outcome.reason == "worker-lost"
    return outcome.failure.message


@pytest.mark.parametrize("count", [2, 3, 5, 17, 200, 500])
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
async def test_one_culprit_is_found_among_many_and_nobody_else_is_harmed(count: int, where: float) -> None:
    culprit = names(count)[round((count - 1) * where)]
    ward = Ward(lambda calls: culprit in calls)
    outcomes = await ward.lose(names(count))
    assert {name for name, outcome in outcomes.items() if outcome != Completed(name.encode())} == {culprit}
    assert message(outcomes[culprit]) == (
        f"the python worker was killed by signal 11 (SIGSEGV) while nothing ran in it but 'Import' (delivery {culprit})"
    )
    rounds = math.ceil(round(math.log(count, PARTS), 9))
    assert len(ward.workers) <= PARTS * rounds
    assert max(ward.runs(name) for name in names(count)) <= rounds


async def test_several_culprits_are_all_found() -> None:
    culprits = {"d3", "d4", "d77", "d199"}
    ward = Ward(lambda calls: bool(culprits & set(calls)))
    outcomes = await ward.lose(names(200))
    assert {name for name, outcome in outcomes.items() if isinstance(outcome, Failed)} == culprits
    assert all(name in message(outcomes[name]) for name in culprits)


async def test_each_run_is_announced_before_it_begins() -> None:
    """So that whatever keeps what a run asks for can forget the run before."""
    ward = Ward(lambda calls: "d7" in calls)
    await ward.lose(names(50))
    assert sorted(ward.announced) == sorted(name for worker in ward.workers for name in worker.ran)
    assert ward.announced.count("d7") > 1


async def test_when_all_are_culprits_it_ends_too() -> None:
    ward = Ward(lambda _: True)
    outcomes = await ward.lose(names(50))
    assert all(name in message(outcome) for name, outcome in outcomes.items())
    assert len(ward.workers) < 2 * 50


async def test_what_only_happens_together_is_cleared_and_does_not_loop() -> None:
    ward = Ward(lambda calls: len(calls) > 10)
    outcomes = await ward.lose(names(200))
    assert [outcome for outcome in outcomes.values() if isinstance(outcome, Failed)] == []


async def test_a_delivery_that_was_alone_is_convicted_at_once() -> None:
    ward = Ward(lambda _: False)
    outcomes = await ward.lose(["d0"])
    assert message(outcomes["d0"]).startswith("the python worker ended with exit status 3 while nothing ran in it but")
    assert ward.workers == []
    assert ward.isolation.is_convicted(delivery("d0"))


async def test_a_convict_is_run_alone_until_it_comes_through() -> None:
    deadly = {"d1"}
    ward = Ward(lambda calls: bool(deadly & set(calls)))
    await ward.lose(names(3))
    assert [name for name in names(3) if ward.isolation.is_convicted(delivery(name))] == ["d1"]
    assert "delivery d1" in message(await ward.isolation.run_alone(delivery("d1")))
    deadly.clear()
    assert await ward.isolation.run_alone(delivery("d1")) == Completed(b"d1")
    assert [worker.ran for worker in ward.workers[-2:]] == [["d1"], ["d1"]]
    assert not ward.isolation.is_convicted(delivery("d1"))


async def test_no_more_cohorts_run_at_once_than_there_are_parts() -> None:
    alive, most = 0, 0

    class Counted(FakeWorker):
        async def stop(self, grace_s: float) -> None:
            nonlocal alive
            await super().stop(grace_s)
            alive -= 1

    async def start() -> FakeWorker:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        await asyncio.sleep(0)
        return Counted(lambda _: True)

    isolation = Isolation("python", start)
    lost, ending = object(), Ending(100, by_core=False, why="ended with exit status 3")
    await asyncio.gather(*(isolation.examine(delivery(name), lost, ending) for name in names(100)))
    assert most == PARTS


async def test_deliveries_of_a_worker_that_the_core_ended_are_not_split() -> None:
    ward = Ward(lambda _: False)
    outcomes = await ward.lose(names(20), by_core=True)
    assert outcomes == {name: Completed(name.encode()) for name in names(20)}
    assert [len(worker.ran) for worker in ward.workers] == [20]


async def test_one_alone_in_a_worker_that_the_core_ended_is_not_convicted() -> None:
    ward = Ward(lambda _: False)
    assert await ward.lose(["d0"], by_core=True) == {"d0": Completed(b"d0")}
    assert not ward.isolation.is_convicted(delivery("d0"))


async def test_a_handler_that_hangs_in_isolation_does_not_convict_its_neighbours() -> None:
    ward = Ward(lambda _: False, stuck={"d2"})
    outcomes = await ward.lose(names(8))
    assert {name for name, outcome in outcomes.items() if isinstance(outcome, Failed)} == {"d2"}
    assert outcomes["d2"] == Failed(Failure("TimeoutError", "timed out"), "timeout")


async def test_a_worker_that_dies_before_it_ran_anything_says_nothing_about_deliveries() -> None:
    class Stillborn(FakeWorker):
        async def invoke(self, invocation: Invocation) -> Outcome:
            self.ending = Ending(0, by_core=False, why="ended with exit status 1")
            return await super().invoke(invocation)

    async def start() -> FakeWorker:
        return Stillborn(lambda _: False)

    isolation = Isolation("python", start)
    outcome = await isolation.run_alone(delivery("d0"))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "unavailable"
    assert not isolation.is_convicted(delivery("d0"))


async def test_one_whose_run_was_cancelled_is_left_out() -> None:
    ward = Ward(lambda _: False)
    lost, ending = object(), Ending(3, by_core=False, why="ended with exit status 3")
    tasks = [asyncio.ensure_future(ward.isolation.examine(delivery(name), lost, ending)) for name in names(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[0] == Completed(b"d0")
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert outcomes[2] == Completed(b"d2")
    assert ward.runs("d1") == 0


async def test_closing_displaces_those_that_wait() -> None:
    never: asyncio.Future[FakeWorker] = asyncio.get_running_loop().create_future()
    isolation = Isolation("python", lambda: never)
    lost, ending = object(), Ending(9, by_core=False, why="ended with exit status 3")
    tasks = [asyncio.ensure_future(isolation.examine(delivery(name), lost, ending)) for name in names(9)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await isolation.close(0)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Displaced] * 9
    with pytest.raises(Displaced):
        await isolation.run_alone(delivery("d10"))
