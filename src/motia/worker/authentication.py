"""Who is connecting: `streamAuth.authenticate` or `authenticate_stream` of the project's config."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from motia.authoring.link import RunningCall
from motia.authoring.records import EitherSpelling
from motia.authoring.request import Headers
from motia.authoring.spelling import option
from motia.worker.stages import call_authors


class Authentication:
    """The function that the config names for it.

    Args:
        function: the author's.
        is_newer: whether it is `authenticate_stream`, which gets the context and answers with `{authorized?, context?}`.
    """

    def __init__(self, function: Callable[..., Any], *, is_newer: bool) -> None:
        self._function = function
        self._is_newer = is_newer

    async def run(self, call: RunningCall, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`{"context": …}`, or `{"denied": True}`.

        Raises:
            TypeError: the function gave something that is not documented.
            BaseException: whatever the function raises.
        """
        headers = Headers(asked["headers"])
        if self._is_newer:
            given = EitherSpelling(
                headers=headers, path=asked["path"], queryParams=asked["queryParams"], addr=asked.get("ip")
            )
            call.input = given
            return _decision(await call_authors(self._function, given, call.context))
        call.input = EitherSpelling(headers=headers, url=asked["url"])
        context = await call_authors(self._function, call.input)
        if isinstance(context, bool):
            raise TypeError(
                f"streamAuth.authenticate gives the context of the client or None, and raises to refuse; not {context}"
            )
        return {"context": context}


def authentication_of(sections: Sequence[Mapping[str, Any]]) -> Authentication | None:
    """The function that a config names, if it does; what comes later in `sections` wins.

    Raises:
        TypeError: both are named, or what is named is no function. Such a config is not used: it would let everybody in.
    """
    older = newer = stream_auth = None
    for section in sections:
        given = option(section, "streamAuth")
        if given is not None and not isinstance(given, Mapping):
            raise TypeError(f'streamAuth is {{"authenticate": function}}, not {type(given).__name__}')
        stream_auth = stream_auth if given is None else given
        older = option(given or {}, "authenticate") or older
        newer = option(section, "authenticateStream") or newer
    if older is not None and newer is not None:
        raise TypeError("streamAuth.authenticate and authenticate_stream are the same hook; keep one of them")
    if stream_auth is not None and older is None and newer is None:
        raise TypeError('streamAuth has no function; write {"authenticate": function}')
    if older is None and newer is None:
        return None
    name = "streamAuth.authenticate" if newer is None else "authenticate_stream"
    function = older if newer is None else newer
    if not callable(function):
        raise TypeError(f"{name} is a function, not {type(function).__name__}")
    return Authentication(function, is_newer=newer is not None)


def _decision(result: Any) -> dict[str, Any]:
    authorized = option(result, "authorized") if isinstance(result, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(authorized, (bool, type(None))):
        raise TypeError(f"authenticate_stream gives {{'authorized': bool, 'context': …}}, not {result!r:.200}")
    return {"denied": True} if authorized is False else {"context": dict(result).get("context")}
