"""What a running handler asks of the core: events, direct starts, state."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from motia.model.delivery import Cause
from motia.model.errors import AuthorError, ImpossibleUpdate, UnknownStep
from motia.model.identity import new_span_id, new_trace_id
from motia.model.invocation import Invocation
from motia.model.step import HttpTrigger, Step
from motia.model.step_table import StepTable
from motia.ports.step_runner import Answer
from motia.runtime.clock import Clock
from motia.runtime.effects import Effects
from motia.runtime.emit_options import read_chosen, read_event
from motia.runtime.publisher import EmittedEvent
from motia.runtime.stream_calls import StreamCalls
from motia.runtime.validation import SchemaChecker

_Op = Callable[[Invocation | None, dict[str, Any], bytes], Awaitable[Answer]]


class CallObserver:
    """Hears what Steps do that their authors may not know. Derive from it; these do nothing."""

    def undeclared_emit(self, step: Step, topic: str) -> None:
        """`step` emitted to a topic that its config does not declare (EVT-5)."""

    def direct_start(self, source: Step, target: Step) -> None:
        """`source` started `target` by `motia.trigger` (EVT-25)."""

    def unknown_step(self, wanted: str, message: str) -> None:
        """A Step that does not exist was to be started, and that is no error in this project (EVT-27)."""


class CoreCalls:
    """The ops of docs/worker-protocol.md. `arguments["spanId"]`, where given, is the span that the call itself gets.

    `observer` hears what authors may want to know. `strict_triggers()` tells whether starting an unknown Step is an
    error (EVT-27).
    """

    def __init__(
        self,
        effects: Callable[[Invocation | None], Effects],
        table: Callable[[], StepTable],
        clock: Clock,
        *,
        observer: CallObserver | None = None,
        strict_triggers: Callable[[], bool] = lambda: True,
        streams: StreamCalls | None = None,
    ) -> None:
        """`effects` tells what the calls of a run read and change; it may raise `AuthorError`. `streams` has the ops of streams."""
        self._effects = effects
        self._streams = streams
        self._schemas = SchemaChecker()
        self._table = table
        self._clock = clock
        self._observer = observer or CallObserver()
        self._strict_triggers = strict_triggers
        self._ops: dict[str, _Op] = {
            "emit": self._emit,
            "emit.cancel": self._cancel,
            "trigger": self._trigger,
            "validate": self._validate,
            "state.get": self._get,
            "state.set": self._set,
            "state.delete": self._delete,
            "state.has": self._has,
            "state.list": self._list,
            "state.entries": self._entries,
            "state.keys": self._keys,
            "state.groups": self._groups,
            "state.clear": self._clear,
            "state.update": self._update,
            "state.increment": self._increment,
        }

    async def ask(self, invocation: Invocation | None, op: str, arguments: dict[str, Any], body: bytes) -> Answer:
        """Do `op` (`ContextCalls.ask`)."""
        work = self._ops.get(op)
        if work is not None:
            return await work(invocation, arguments, body)
        if self._streams is not None and op in self._streams:
            return await self._streams.ask(invocation, op, arguments, body, _cause(invocation, arguments))
        raise AuthorError(f"unknown call {op!r}")

    def log(self, invocation: Invocation | None, header: dict[str, Any]) -> None:
        """Log records are kept by `observe`; here they end."""

    # Events

    async def _emit(self, invocation: Invocation | None, arguments: dict[str, Any], body: bytes) -> Answer:
        events: list[EmittedEvent] = []
        at = 0
        now = self._clock.now_ms()
        for described in arguments["events"]:
            end = at + described["bytes"]
            events.append(read_event(described, body[at:end], now=now, run=_run(invocation)))
            at = end
        if invocation is not None:
            for event in events:
                self._check_declared(invocation.step, event.topic)
        emission = await self._effects(invocation).emit(events, _cause(invocation, arguments))
        return Answer({"deliveries": sum(emission.subscribers), "deliveryIds": list(emission.delivery_ids)})

    async def _cancel(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        chosen = read_chosen(arguments, run=_run(invocation))
        cancelled = await self._effects(invocation).cancel(chosen.topic, key=chosen.key, dedup_key=chosen.dedup_key)
        return Answer({"cancelled": cancelled})

    def _check_declared(self, step: Step, topic: str) -> None:
        if not step.emits or any(declared.topic == topic for declared in step.emits):
            return
        if step.strict_emits:
            declared = ", ".join(repr(each.topic) for each in step.emits)
            raise AuthorError(
                f"the Step {step.name!r} may not emit {topic!r}: its config declares {declared} and strictEmits is on"
            )
        self._observer.undeclared_emit(step, topic)

    async def _trigger(self, invocation: Invocation | None, arguments: dict[str, Any], body: bytes) -> Answer:
        cause = _cause(invocation, arguments)
        try:
            step = self._table().resolve(arguments["step"])
        except UnknownStep as problem:
            if self._strict_triggers():
                raise
            self._observer.unknown_step(arguments["step"], str(problem))
            return Answer({"deliveryId": None, "traceId": cause.trace_id})
        if invocation is not None:
            self._observer.direct_start(invocation.step, step)
        delivery = await self._effects(invocation).start(step, body, cause)
        return Answer({"deliveryId": delivery.id, "traceId": cause.trace_id})

    async def _validate(self, invocation: Invocation | None, arguments: dict[str, Any], body: bytes) -> Answer:
        """What a plain JSON Schema says of a part of the request, after middleware had its turn with it."""
        trigger = invocation.step.triggers[arguments["trigger"]] if invocation is not None else None
        schema = trigger.plain_schemas().get(arguments["part"]) if isinstance(trigger, HttpTrigger) else None
        if schema is None:
            raise AuthorError(f"there is no schema for {arguments['part']!r}")
        value = orjson.loads(body or b"null")
        if arguments["part"] == "query" and isinstance(trigger, HttpTrigger):
            issues = self._schemas.query_issues(trigger, value)
        else:
            issues = self._schemas.issues(schema, value)
        return Answer({"issues": [{"path": issue.path, "message": issue.message} for issue in issues]})

    # State

    async def _get(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        return _found(await self._effects(invocation).get(*_address(arguments)))

    async def _set(self, invocation: Invocation | None, arguments: dict[str, Any], body: bytes) -> Answer:
        return _found(await self._effects(invocation).set(*_address(arguments), body, _cause(invocation, arguments)))

    async def _delete(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        return _found(await self._effects(invocation).delete(*_address(arguments), _cause(invocation, arguments)))

    async def _has(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        return Answer({"found": await self._effects(invocation).get(*_address(arguments)) is not None})

    async def _list(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        items = await self._effects(invocation).items(_name(arguments, "group"))
        return Answer(body=b"[" + b",".join(value for _, value in items) + b"]")

    async def _entries(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        items = await self._effects(invocation).items(_name(arguments, "group"))
        return Answer(body=b"{" + b",".join(orjson.dumps(key) + b":" + value for key, value in items) + b"}")

    async def _keys(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        return Answer(
            body=orjson.dumps([key for key, _ in await self._effects(invocation).items(_name(arguments, "group"))])
        )

    async def _groups(self, invocation: Invocation | None, _: dict[str, Any], _body: bytes) -> Answer:
        return Answer(body=orjson.dumps(await self._effects(invocation).groups()))

    async def _clear(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        await self._effects(invocation).clear(_name(arguments, "group"), _cause(invocation, arguments))
        return Answer()

    async def _update(self, invocation: Invocation | None, arguments: dict[str, Any], body: bytes) -> Answer:
        ops = json.loads(body)  # not the fast codec: integers stay exact, however large
        if not isinstance(ops, list) or not all(isinstance(op, dict) for op in ops):
            raise ImpossibleUpdate("update needs a list of operations, each an object with a type")
        before, after = await self._effects(invocation).update(*_address(arguments), ops, _cause(invocation, arguments))
        return Answer(body=b'{"old_value":' + (before or b"null") + b',"new_value":' + after + b"}")

    async def _increment(self, invocation: Invocation | None, arguments: dict[str, Any], _body: bytes) -> Answer:
        by = arguments.get("by", 1)
        if isinstance(by, bool) or not isinstance(by, int | float):
            raise AuthorError("increment needs a number to add")
        return Answer(
            body=await self._effects(invocation).increment(*_address(arguments), by, _cause(invocation, arguments))
        )


def _cause(invocation: Invocation | None, arguments: dict[str, Any]) -> Cause:
    span = arguments.get("spanId")
    if invocation is None:
        return Cause(arguments.get("traceId") or new_trace_id(), span or new_span_id())
    return Cause(invocation.trace_id, span or invocation.span_id, invocation.hops)


def _run(invocation: Invocation | None) -> str | None:
    """Whose a key of scope `run` is: a retried attempt has the same delivery, a request only its trace."""
    return None if invocation is None else str(invocation.arguments.get("deliveryId", invocation.trace_id))


def _found(value: bytes | None) -> Answer:
    return Answer({"found": value is not None}, value or b"")


def _name(arguments: dict[str, Any], what: str) -> str:
    value = arguments.get(what)
    if not isinstance(value, str) or not value:
        raise AuthorError(f"state needs a {what}: a non-empty string")
    return value


def _address(arguments: dict[str, Any]) -> tuple[str, str]:
    return _name(arguments, "group"), _name(arguments, "key")
