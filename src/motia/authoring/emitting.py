"""`emit`, `enqueue`, `cancel_emit` and `trigger`: publishing events, taking them back, and starting Steps directly."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from motia.authoring.durations import delay_ms, epoch_ms
from motia.authoring.encoding import encode
from motia.authoring.link import RunningCall, ask
from motia.authoring.records import EitherSpelling
from motia.authoring.spelling import option, snake

Emitted = TypeVar("Emitted")

_MISSING: Any = object()
_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "messageGroupId": str,
    "delay": delay_ms,
    "at": epoch_ms,
    "ttl": lambda value: delay_ms(value, "ttl"),
    "idempotencyKey": str,
    "idempotencyScope": str,
    "idempotencyTtl": lambda value: delay_ms(value, "idempotencyTtl"),
    "dedupKey": str,
}
_KNOWN = {"topic", "type", "data", *map(snake, _OPTIONS)}
_CHOOSING = ("idempotencyKey", "idempotencyScope", "dedupKey")


class Emitter(Generic[Emitted]):
    """`emit` and `enqueue`, bound to one attempt or, at module level, to the one that is running."""

    def __init__(self, call: RunningCall | None = None) -> None:
        self._call = call

    @overload
    def __call__(self, event: Emitted | Sequence[Emitted], /) -> Any: ...
    @overload
    def __call__(self, topic: str, data: Any = None, /, **options: Any) -> Any: ...
    @overload
    def __call__(self, **options: Any) -> Any: ...
    # mypy takes the keywords of the third form for the first two parameters, which have no names for callers.
    def __call__(  # type: ignore[misc]
        self, event: Any = None, data: Any = _MISSING, /, **options: Any
    ) -> Any:
        """Publishes events; resolves when every delivery is stored.

        Forms: `emit({"topic": …, "data": …})`, a list of those, `emit(topic, data)`, `emit(topic=…, data=…)`. More options
        of an event: `message_group_id`, `delay` (ms or `"5m"`), `at` (a time), `ttl` (ms or `"5m"`), `idempotency_key`,
        `idempotency_scope` (`"global"` or `"run"`), `idempotency_ttl` (ms or `"5m"`), `dedup_key`.

        Raises:
            TypeError: the call has none of these forms, or the data is not JSON (PayloadError).
            ValueError: an option has a value it cannot have.
        """
        events = [_event(one) for one in _forms(event, data, options)]
        payloads = [payload for _, payload in events]
        return ask(self._call, "emit", {"events": [header for header, _ in events]}, b"".join(payloads))


class Canceller:
    """`cancel_emit`, bound to one attempt or, at module level, to the one that is running."""

    def __init__(self, call: RunningCall | None = None) -> None:
        self._call = call

    def __call__(self, event: Mapping[str, Any] | None = None, /, **options: Any) -> Any:
        """Takes back what was emitted and has not begun; resolves to the number of deliveries that are cancelled.

        Forms: `cancel_emit(topic=…, idempotency_key=…)`, with `idempotency_scope` where the emit had it, or with
        `dedup_key`; or one mapping of these.

        Raises:
            TypeError: the call has none of these forms.
            CoreError: neither key is given, or an option has a value it cannot have.
        """
        if event is not None and not isinstance(event, Mapping):
            raise TypeError(f"cancel_emit takes topic=… and idempotency_key=… or dedup_key=…, not {event!r}")
        return ask(self._call, "emit.cancel", _chosen({**(event or {}), **options}), b"", _cancelled)


def trigger(step: str, data: Any = None) -> Any:
    """Starts one Step by its id or name, durably; resolves to `{id, trace_id}` when the start is stored, not when it ran.

    Raises:
        TypeError: the name is no text, or the data is not JSON (PayloadError).
        CoreError: there is no such Step.
    """
    return start_step(None, step, data)


def start_step(call: RunningCall | None, step: str, data: Any) -> Any:
    """`trigger`, on behalf of a given attempt."""
    if not isinstance(step, str) or not step:
        raise TypeError(f"trigger takes the id or name of a Step, not {step!r}")
    return ask(call, "trigger", {"step": step}, encode(data, "data"), _started)


emit: Emitter[Any] = Emitter()
cancel_emit = Canceller()


def _started(header: Mapping[str, Any], _body: bytes) -> EitherSpelling:
    return EitherSpelling(id=header.get("deliveryId"), traceId=header.get("traceId"))


def _cancelled(header: Mapping[str, Any], _body: bytes) -> int:
    return int(header.get("cancelled", 0))


def _chosen(event: Mapping[str, Any]) -> dict[str, Any]:
    topic = event.get("topic")
    if not isinstance(topic, str) or not topic:
        raise TypeError("cancel_emit needs a 'topic', a non-empty text" + _hint(event))
    unknown = [name for name in event if snake(str(name)) not in {"topic", *map(snake, _CHOOSING)}]
    if unknown:
        raise TypeError(f"cancel_emit does not know '{unknown[0]}'; it takes topic, {', '.join(_CHOOSING)}")
    given = {name: option(event, name) for name in _CHOOSING}
    return {"topic": topic, **{name: str(value) for name, value in given.items() if value is not None}}


def _forms(event: Any, data: Any, options: dict[str, Any]) -> list[Mapping[str, Any]]:
    if isinstance(event, str):
        return [{**options, "topic": event, "data": None if data is _MISSING else data}]
    if data is not _MISSING:
        raise TypeError(f"emit(topic, data) takes a topic first, not {type(event).__name__}")
    if event is None:
        return [options]
    if isinstance(event, (list, tuple)) and not options:
        return list(event)
    if isinstance(event, Mapping):
        return [{**event, **options}]
    raise TypeError(
        f"emit takes {{'topic': …, 'data': …}}, a list of those or (topic, data), not {type(event).__name__}"
    )


def _event(event: Any) -> tuple[dict[str, Any], bytes]:
    if not isinstance(event, Mapping):
        raise TypeError(f"an event is {{'topic': …, 'data': …}}, not {type(event).__name__}")
    topic = event.get("topic", event.get("type"))
    if not isinstance(topic, str) or not topic:
        raise TypeError("an event needs a 'topic', a non-empty text" + _hint(event))
    payload = encode(event.get("data"), "data")
    header: dict[str, Any] = {"topic": topic, "bytes": len(payload)}
    if len(event) > 2 or "data" not in event:  # noqa: PLR2004 - topic and data: the common event has no options
        header.update(_options(event))
    return header, payload


def _options(event: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in event if snake(str(name)) not in _KNOWN]
    if unknown:
        raise TypeError(f"emit does not know '{unknown[0]}'; an event has topic, data, {', '.join(_OPTIONS)}")
    given = {name: option(event, name) for name in _OPTIONS}
    return {name: _OPTIONS[name](value) for name, value in given.items() if value is not None}


def _hint(event: Mapping[str, Any]) -> str:
    return f"; it has {', '.join(map(repr, event))}" if event else ""
