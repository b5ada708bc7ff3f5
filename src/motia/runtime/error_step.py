"""The project's error Step (EVT-30): started for each new dead letter, in the commit that buries it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

from motia.model.delivery import Bury, Delivery
from motia.model.errors import MotiaError
from motia.model.step_table import StepTable
from motia.runtime.clock import Clock
from motia.runtime.publisher import start_of


class ErrorStep:
    """Makes the delivery that starts it, which is a follower of the burial: a kill between the two cannot lose it."""

    def __init__(
        self,
        wanted: Callable[[], str | None],
        table: Callable[[], StepTable],
        clock: Clock,
        on_problem: Callable[[str], None],
    ) -> None:
        """`wanted()` is the id or name of the Step, None without one; `on_problem(text)` hears when it cannot be started."""
        self._wanted = wanted
        self._table = table
        self._clock = clock
        self._on_problem = on_problem

    def followers(self, delivery: Delivery, end: Bury) -> tuple[Delivery, ...]:
        """What is to be published with the burial of `delivery`: nothing for the error Step's own failures. Never raises."""
        wanted = self._wanted()
        if wanted is None:
            return ()
        try:
            step = self._table().resolve(wanted)
            if step.name == delivery.step:
                return ()
            cause = dataclasses.replace(delivery.cause, hops=delivery.cause.hops + 1)
            return (start_of(step, self._about(delivery, end), cause, self._clock.now_ms()),)
        except MotiaError as problem:
            self._on_problem(f"the error Step could not be started: {problem}")
            return ()

    def _about(self, delivery: Delivery, end: Bury) -> bytes:
        """What the error Step gets. The payload is put in as it is, so that its numbers keep their text."""
        dead = self._table().get(delivery.step)
        step_id = (dead.alias if dead is not None else None) or delivery.step
        # An error Step may start the failed Step again: earlier rounds count, or it would do so for ever.
        retry_count = delivery.attempt * (delivery.cause.hops + 1)
        return b'{"stepId":%s,"error":%s,"context":%s,"retryCount":%d}' % (
            json.dumps(step_id).encode(),
            json.dumps(end.failure.as_json()).encode(),
            delivery.payload or b"null",
            retry_count,
        )
