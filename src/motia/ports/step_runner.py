"""StepRunner and ContextCalls: the two directions between the engine and whatever runs handlers."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from motia.model.invocation import Invocation, Outcome


class StepRunner(Protocol):
    """Runs handlers. Every language, and a test's fake, is one of these."""

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run it and say what came of it; never raises for what the handler did.

        Cancelling the call cancels the handler. Past `invocation.timeout_ms` it is cancelled, and stopped for good when it
        does not react; the outcome is then `Failed` with reason `timeout`. A delivery whose worker was lost while nothing else ran
        in it is `Failed` with reason `worker-lost`; those that were in flight together are run again apart before that is
        said of one of them, each run as if those before had never been. An HTTP request in a lost worker is `worker-lost`
        and not run again. A language without a usable interpreter is `unavailable`.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a context call: header keys and body of the protocol's `answer`."""

    results: dict[str, Any] = dataclasses.field(default_factory=dict)
    body: bytes = b""


class ContextCalls(Protocol):
    """What a running handler may ask of the core."""

    async def ask(self, invocation: Invocation | None, op: str, arguments: dict[str, Any], body: bytes) -> Answer:
        """Do `op` (docs/worker-protocol.md) on behalf of `invocation`; None is background work outside a run.

        Raises `MotiaError`, whose message reaches the author's code at the place of the call.
        """
        ...

    def log(self, invocation: Invocation | None, header: dict[str, Any]) -> None:
        """Take a `log` frame. Never raises, never waits."""
        ...
