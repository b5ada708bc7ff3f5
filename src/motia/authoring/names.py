"""Names for annotations: what authors of typed Steps call the things a handler gets and gives."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, TypedDict

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
    delay: int | str | timedelta
    at: datetime | str | int
    ttl: int | str | timedelta
    idempotency_key: str
    idempotency_scope: Literal["global", "run"]
    idempotency_ttl: int | str | timedelta
    dedup_key: str


class UpdateOp(TypedDict, total=False):
    """One operation of `state.update`."""

    type: str
    path: str | list[str]
    value: Any
    by: float


class StreamSubscription(TypedDict, total=False):
    """What a client watches, as `can_access`, `on_join` and `on_leave` get it: a group, or with `id` one item of it.

    Besides as items they are attributes, in either spelling: `subscription.group_id`.
    """

    stream_name: str
    group_id: str
    id: str


class StreamJoinResult(TypedDict, total=False):
    """What `on_join` may give."""

    unauthorized: bool


class StreamAuthRequest(TypedDict, total=False):
    """What `streamAuth.authenticate` gets; `url` is path and query."""

    headers: dict[str, str]
    url: str


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
StreamAuthContext = Any
"""What `authenticate` gave for a client: `None` for nobody in particular."""
CanAccess = Callable[[StreamSubscription, StreamAuthContext], "bool | Awaitable[bool]"]
OnJoin = Callable[
    [StreamSubscription, FlowContext[Any], StreamAuthContext],
    "StreamJoinResult | Awaitable[StreamJoinResult | None] | None",
]
OnLeave = Callable[[StreamSubscription, FlowContext[Any], StreamAuthContext], Any]
AuthenticateStream = Callable[[StreamAuthInput, FlowContext[Any]], "StreamAuthResult | Awaitable[StreamAuthResult]"]

__all__ = [name for name in dir() if name[0].isupper()] + ["Streams", "TriggerInfo"]
