"""`emit`, `enqueue` and `trigger`: publishing events and starting Steps directly."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from motia.authoring.durations import delay_ms, epoch_ms
from motia.authoring.encoding import encode
from motia.authoring.link import RunningCall, ask
from motia.authoring.records import EitherSpelling
from motia.authoring.spelling import option, snake

Emitted = TypeVar("Emitted")

_MISSING: Any = object()
_OPTIONS = ("messageGroupId", "delay", "at", "idempotencyKey")
_KNOWN = {"topic", "type", "data", *map(snake, _OPTIONS)}


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
        of an event: `message_group_id`, `delay` (ms or `"5m"`), `at` (a time), `idempotency_key`.

        Raises:
            TypeError: the call has none of these forms, or the data is not JSON (PayloadError).
            ValueError: an option has a value it cannot have.
        """
        events = [_event(one) for one in _forms(event, data, options)]
        payloads = [payload for _, payload in events]
        return ask(self._call, "emit", {"events": [header for header, _ in events]}, b"".join(payloads))


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


def _started(header: Mapping[str, Any], _body: bytes) -> EitherSpelling:
    return EitherSpelling(id=header.get("deliveryId"), traceId=header.get("traceId"))


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
    if len(event) > 2:  # noqa: PLR2004 - topic and data: the common event has no options
        header.update(_options(event))
    return header, payload


def _options(event: Mapping[str, Any]) -> dict[str, Any]:
    group, delay, at, key = (option(event, name) for name in _OPTIONS)
    given = {
        "messageGroupId": None if group is None else str(group),
        "delay": None if delay is None else delay_ms(delay),
        "at": None if at is None else epoch_ms(at),
        "idempotencyKey": None if key is None else str(key),
    }
    unknown = [name for name in event if snake(str(name)) not in _KNOWN]
    if unknown:
        raise TypeError(f"emit does not know '{unknown[0]}'; an event has topic, data, {', '.join(_OPTIONS)}")
    return {name: value for name, value in given.items() if value is not None}


def _hint(event: Mapping[str, Any]) -> str:
    return f"; it has {', '.join(map(repr, event))}" if event else ""
