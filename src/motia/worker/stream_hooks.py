"""What the core asks of a stream's definition: who may watch it, who has gone, and to keep its items elsewhere.

Whatever is not clearly a yes is a failure, and the core takes a failure for a no: a function that is missing, one that
throws, and one that gives something that is not documented.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from motia.authoring.encoding import encode
from motia.authoring.link import RunningCall
from motia.authoring.records import EitherSpelling
from motia.authoring.spelling import option
from motia.worker.stages import call_authors
from motia.worker.stream_finding import FoundStream, is_storage

Hook = Callable[[RunningCall, Any], Awaitable[Any]]


class StreamHooks:
    """The functions of one stream definition."""

    def __init__(self, found: FoundStream) -> None:
        self.name = str(found.options.get("name") or found.entry)
        self._can_access = option(found.options, "canAccess")
        self._on_join = option(found.options, "onJoin")
        self._on_leave = option(found.options, "onLeave")
        base = option(found.options, "baseConfig")
        factory = base.get("factory") if isinstance(base, Mapping) else None
        self._storage = None if factory is None else Storage(self.name, factory)

    def find(self, hook: str) -> Hook | None:
        """What answers a hook; `None` when the definition has no function for it."""
        if hook == "stream.access" and (self._can_access or self._on_join):
            return self._access
        if hook == "stream.leave" and self._on_leave:
            return self._leave
        if hook == "stream.storage" and self._storage:
            return self._storage.run
        return None

    async def _access(self, call: RunningCall, asked: Mapping[str, Any]) -> dict[str, bool]:
        subscription, auth_context = _watcher(call, asked)
        if self._can_access is not None:
            allowed = await call_authors(self._can_access, subscription, auth_context)
            if not isinstance(allowed, bool):
                raise TypeError(f"can_access of the stream '{self.name}' gives True or False, not {_kind(allowed)}")
            if not allowed:
                return {"allowed": False}
        if self._on_join is None:
            return {"allowed": True}
        joined = await call_authors(self._on_join, subscription, call.context, auth_context)
        return {"allowed": not self._unauthorized(joined)}

    async def _leave(self, call: RunningCall, asked: Mapping[str, Any]) -> None:
        subscription, auth_context = _watcher(call, asked)
        await call_authors(self._on_leave, subscription, call.context, auth_context)

    def _unauthorized(self, joined: Any) -> bool:
        unauthorized = (
            False if joined is None else joined.get("unauthorized", False) if isinstance(joined, Mapping) else None
        )
        if not isinstance(unauthorized, bool):
            raise TypeError(
                f"on_join of the stream '{self.name}' gives nothing or {{'unauthorized': True}}, not {joined!r}"
            )
        return unauthorized


class Storage:
    """Where the items of one stream are kept, by the author's own code.

    Args:
        stream: its name, for messages.
        factory: gives the object with the methods; or is it.
    """

    def __init__(self, stream: str, factory: Any) -> None:
        self._stream = stream
        self._factory = factory
        self._turn = asyncio.Lock()
        self._made: Any = None

    async def run(self, call: RunningCall, asked: Mapping[str, Any]) -> Any:
        """The result of one operation.

        Raises:
            TypeError: the object lacks the method, or its result is no item, or no list of them.
            BaseException: whatever the author's functions raise.
        """
        op, group, item = str(call.header["op"]), asked["groupId"], asked.get("id")
        if op == "list":
            return self._checked(op, await self._do(("get_group", "getGroup", "list"), group))
        if op == "send":
            channel = EitherSpelling({"groupId": group} if item is None else {"groupId": group, "id": item})
            await self._do(("send",), channel, asked.get("event"), optional=True)
            return None
        if op not in ("get", "set", "delete"):
            raise TypeError(f"there is no storage operation '{op}'")
        more = (asked.get("data"),) if op == "set" else ()
        return self._checked(op, await self._do((op,), group, item, *more))

    async def _do(self, names: tuple[str, ...], *args: Any, optional: bool = False) -> Any:
        storage = await self._object()
        method = next((method for name in names if callable(method := getattr(storage, name, None))), None)
        if method is None and not optional:
            raise TypeError(f"the storage of the stream '{self._stream}' has no method '{names[0]}'")
        return None if method is None else await call_authors(method, *args)

    async def _object(self) -> Any:
        async with self._turn:  # two calls at once must not make two
            if self._made is None:
                self._made = self._factory if is_storage(self._factory) else await call_authors(self._factory)
                if self._made is None:
                    raise TypeError(f"base_config.factory of the stream '{self._stream}' gave nothing")
            return self._made

    def _checked(self, op: str, result: Any) -> Any:
        """Items may be of any class that JSON is made of."""
        text = encode(result, f"the result of {op}")
        is_right = text.startswith(b"[") if op == "list" else text == b"null" or text.startswith(b"{")
        if not is_right:
            wanted = "a list of items" if op == "list" else "an item or None"
            raise TypeError(f"'{op}' of the storage of the stream '{self._stream}' gives {wanted}, not {_kind(result)}")
        return result


def _watcher(call: RunningCall, asked: Mapping[str, Any]) -> tuple[EitherSpelling, Any]:
    subscription = EitherSpelling(asked["subscription"])
    call.input = subscription
    return subscription, asked.get("authContext")


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
