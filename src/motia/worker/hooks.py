"""What the project's config puts before every request: `middleware = {"pre": [function, …]}`.

Each function is `(req, ctx, next)`, like the middleware of a Step, the first one outermost. But there is no response
inside: the route, if there is one, runs later in the core. Therefore

- the innermost `next()` gives a placeholder, `{"status": 200, "headers": {}}` without a body. Headers that are set on it,
  or that the response returned instead of it has, are added to the response that the route will give. So are headers set
  with the response writer, `req.response.headers({…})`.
- properties set on `req` (`req.user = …`, `req["tenant"] = …`) reach the Step as far as they are JSON. The body, the
  headers, the query and whatever else every request has reach it as they came.
- a function that does not call `next()` answers the request with what it returns, like a Step. So does one that gives the
  placeholder another status or a body: a refusal made after `next()` is still a refusal. The route then does not run.
- what a function raises after `next()` is a failed request, too; what the route raises, no function here sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from motia.authoring.encoding import encode
from motia.authoring.errors import PayloadError
from motia.authoring.link import RunningCall
from motia.authoring.request import Request, properties_of
from motia.worker.results import HeaderValues, response_of
from motia.worker.stages import around
from motia.worker.streaming import Body


class RequestHook:
    """The functions of `middleware.pre`.

    Args:
        file: the config's.
        functions: the outermost first.
    """

    def __init__(self, file: str, functions: Sequence[Callable[..., Any]]) -> None:
        self.file = file
        self._functions = tuple(functions)

    async def run(self, call: RunningCall, outlet: Body, request: Request[Any]) -> tuple[Any, bytes | None]:
        """The result that answers the request, and `None`; or anything, and what is added to the request as JSON.

        Raises:
            BaseException: whatever the author's functions raise.
        """
        passed: list[Any] = []

        async def innermost(given: Any) -> Any:
            passed.append(given)
            return {"status": int(HTTPStatus.OK)}

        result = await around(call, self._functions, innermost, request)
        if not passed or outlet.begun or outlet.ended:
            return result, None
        response = response_of(result)
        if response["status"] != HTTPStatus.OK or "body" in response:
            return result, None
        return None, _added({**outlet.headers, **response["headers"]}, [request, *passed])


def _added(headers: HeaderValues, requests: list[Any]) -> bytes:
    properties: dict[str, Any] = {}
    for request in requests:  # the second is the one that the last `next(…)` was given, mostly the same
        if isinstance(request, Mapping):
            properties.update(properties_of(request))
    properties = {name: value for name, value in properties.items() if _is_json(value)}
    return encode({"headers": headers, "properties": properties})


def _is_json(value: Any) -> bool:
    try:
        encode(value)
    except PayloadError:
        return False
    return True
