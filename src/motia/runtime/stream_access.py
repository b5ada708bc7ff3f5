"""Who may open live connections and join streams: the author's functions decide, and whatever goes wrong means no."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final

import orjson

from motia.model.identity import new_span_id, new_trace_id
from motia.model.invocation import Completed, Invocation
from motia.model.step import Step, StreamDefinition
from motia.ports.step_runner import StepRunner
from motia.runtime.rooms import Target

# STR-33: without an answer in this time the answer is no.
_LIMIT_MS: Final = 5_000


@dataclasses.dataclass(frozen=True, slots=True)
class Visitor:
    """Who opened a connection.

    `context` is what the author's function said of them as JSON text, `null` for nobody in particular; `is_admin`: they may
    join the streams of the Workbench.
    """

    context: bytes = b"null"
    is_admin: bool = False


class StreamAccess:
    """Asks the functions of the config and of stream definitions.

    `runner()` runs them, `authenticator()` stands for the config's function, None when it has none.
    """

    def __init__(self, runner: Callable[[], StepRunner], authenticator: Callable[[], Step | None]) -> None:
        """Nothing is remembered: every question is asked."""
        self._runner = runner
        self._authenticator = authenticator

    async def authenticate(self, request: dict[str, Any]) -> Visitor | None:
        """Who sends this request (`{headers, url, path, queryParams, ip}`); None: whoever it is, not let in (STR-30)."""
        step = self._authenticator()
        if step is None:
            return Visitor()
        answer = await self._ask(step, "authenticate", orjson.dumps(request))
        if not isinstance(answer, dict) or answer.get("denied") or "context" not in answer:
            return None
        return Visitor(orjson.dumps(answer["context"]))

    async def allows(self, stream: StreamDefinition | None, target: Target, visitor: Visitor) -> bool:
        """Whether they may join (STR-4, STR-5); a stream without functions of its own is open to all who got in."""
        if stream is None or not {"canAccess", "onJoin"} & {*stream.hooks}:
            return True
        answer = await self._ask(_stand_in(stream), "stream.access", _subject(target, visitor))
        return isinstance(answer, dict) and answer.get("allowed") is True

    async def left(self, stream: StreamDefinition | None, target: Target, visitor: Visitor) -> None:
        """Tell the author's `onLeave` that a subscription ended (WS-15)."""
        if stream is not None and "onLeave" in stream.hooks:
            await self._ask(_stand_in(stream), "stream.leave", _subject(target, visitor))

    async def _ask(self, step: Step, hook: str, body: bytes) -> Any:
        invocation = Invocation(
            step, "hook", 0, {"hook": hook}, body, new_trace_id(), new_span_id(), timeout_ms=_LIMIT_MS
        )
        outcome = await self._runner().invoke(invocation)
        return orjson.loads(outcome.result or b"null") if isinstance(outcome, Completed) else None


def _stand_in(stream: StreamDefinition) -> Step:
    """What stands for a stream's functions where a Step is asked for."""
    return Step(stream.name, stream.entry, stream.file, stream.language, stream.entry, "function", ())


def _subject(target: Target, visitor: Visitor) -> bytes:
    subscription = {"streamName": target.stream, "groupId": target.group}
    if target.item is not None:
        subscription["id"] = target.item
    return b'{"subscription":%s,"authContext":%s}' % (orjson.dumps(subscription), visitor.context)
