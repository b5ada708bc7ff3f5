"""Names for annotations: what authors of typed Steps call the things a handler gets and gives."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypedDict

from motia.authoring.context import FlowContext, TriggerInfo
from motia.authoring.emitting import Emitter
from motia.authoring.records import EitherSpelling
from motia.authoring.request import Request
from motia.authoring.response import ApiResponse, ResponseWriter
from motia.authoring.streams import Streams

# One alias a line: type checkers see none in `a = b = c`.
ApiRequest = Request
MotiaHttpRequest = Request
MotiaHttpArgs = Request
MotiaHttpResponse = ResponseWriter
ChannelWriter = ResponseWriter
Emit = Emitter
Enqueue = Emitter
Enqueuer = Emitter

StateTriggerInput = EitherSpelling
StreamTriggerInput = EitherSpelling
StreamEvent = EitherSpelling
TriggerInput: TypeAlias = Any
TriggerConfig = Mapping[str, Any]
TriggerCondition = Callable[[Any, FlowContext[Any]], "bool | Awaitable[bool | None] | None"]
StepHandler = Callable[..., Any]
ApiRouteHandler = Callable[[Request[Any], FlowContext[Any]], "ApiResponse[Any] | Any"]
EventHandler = Callable[[Any, FlowContext[Any]], Any]
CronHandler = Callable[[FlowContext[Any]], Any]
ApiMiddleware = Callable[[Request[Any], FlowContext[Any], Callable[..., Any]], Any]


class EnqueueData(TypedDict, total=False):
    """One event as `emit` takes it."""

    topic: str
    data: Any
    message_group_id: str
    delay: int | str
    at: Any
    idempotency_key: str


class UpdateOp(TypedDict, total=False):
    """One operation of `state.update`."""

    type: str
    path: str | list[str]
    value: Any
    by: float


class StreamAuthInput(TypedDict, total=False):
    """What `authenticate_stream` gets."""

    headers: dict[str, str]
    path: str
    query_params: dict[str, list[str]]
    addr: str


class StreamAuthResult(TypedDict, total=False):
    """What `authenticate_stream` gives."""

    authorized: bool
    context: Any


EmitData = EnqueueData
AuthenticateStream = Callable[[StreamAuthInput, FlowContext[Any]], "StreamAuthResult | Awaitable[StreamAuthResult]"]

__all__ = [name for name in dir() if name[0].isupper()] + ["Streams", "TriggerInfo"]
