from __future__ import annotations

from typing import Any

import pytest

from motia.model.delivery import Failure
from motia.model.invocation import Completed, Failed, Invocation, Outcome
from motia.model.step import Step
from motia.pool.fleet import Fleet
from motia.pool.isolation import Displaced

STEP = Step("Import", "step", "steps/import_step.py", "python", "steps/import_step.py", "type", ())


class FakeCrew:
    """Answers with what it is given."""

    def __init__(self, answer: Outcome | type[Displaced]) -> None:
        self._answer = answer
        self.asked = 0

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.asked += 1
        if isinstance(self._answer, type):
            raise self._answer
        return self._answer

    async def close(self, grace_s: float) -> None:
        """Nothing to end."""


def invocation() -> Invocation:
    return Invocation(STEP, "event", 0, {"deliveryId": "d1"}, b"1", "t" * 32, "s" * 16)


@pytest.fixture
def fleet() -> Fleet:
    nothing: Any = None
    return Fleet(nothing, nothing, lambda *_: None)


def adopt(fleet: Fleet, crew: Any) -> None:
    fleet.adopt("python", crew, [STEP.entry])


async def test_what_waits_in_isolation_when_its_code_is_replaced_goes_to_the_new_code(fleet: Fleet) -> None:
    class Replaced(FakeCrew):
        async def invoke(self, invocation: Invocation) -> Outcome:
            adopt(fleet, new)
            return await super().invoke(invocation)

    old, new = Replaced(Displaced), FakeCrew(Completed(b"1"))
    adopt(fleet, old)
    assert await fleet.invoke(invocation()) == Completed(b"1")
    assert (old.asked, new.asked) == (1, 1)
    await fleet.close(0)


async def test_without_new_code_it_is_given_back_uncounted(fleet: Fleet) -> None:
    crew = FakeCrew(Displaced)
    adopt(fleet, crew)
    outcome = await fleet.invoke(invocation())
    failure = Failure("StepUnavailable", "no worker has loaded the Step 'Import'")
    assert (outcome, crew.asked) == (Failed(failure, "unavailable"), 1)
    await fleet.close(0)
