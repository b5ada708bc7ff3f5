"""How a worker process ended, in words for the person who has to find out why."""

from __future__ import annotations

import contextlib
import dataclasses
import signal

from motia.model.invocation import Invocation


@dataclasses.dataclass(frozen=True, slots=True)
class Ending:
    """The end of a worker.

    `company`: how many calls were in flight. `by_core`: the core ended it, so none of its calls is under suspicion.
    `why` goes on after "the python worker …".
    """

    company: int
    by_core: bool
    why: str


def how_it_ended(status: int) -> str:
    """In words, the `returncode` of a process: its exit status, or the negative number of the signal that killed it."""
    if status >= 0:
        return f"ended with exit status {status}"
    name = ""
    with contextlib.suppress(ValueError):  # real-time signals have numbers only
        name = f" ({signal.Signals(-status).name})"
    # The kernel's out-of-memory killer leaves no other trace in the process.
    memory = ", possibly because memory ran out" if -status == signal.SIGKILL else ""
    return f"was killed by signal {-status}{name}{memory}"


def what_it_ran(invocation: Invocation) -> str:
    """The Step, and the delivery where it is one."""
    delivery = invocation.arguments.get("deliveryId")
    return repr(invocation.step.name) + ("" if delivery is None else f" (delivery {delivery})")
