"""Functions of streams and of those who connect: what they get, and that nothing but a clear yes is one."""

from __future__ import annotations

from typing import Any

import pytest

from motia.authoring.context import FlowContext
from motia.authoring.link import Binding, RunningCall
from motia.worker.authentication import Authentication, authentication_of
from motia.worker.stream_finding import FoundStream
from motia.worker.stream_hooks import StreamHooks

pytestmark = pytest.mark.anyio

ASKED = {"subscription": {"streamName": "chat", "groupId": "g"}, "authContext": {"name": "ada"}}
CONNECTING = {"headers": {"cookie": "c=1"}, "url": "/a?b=1", "path": "/a", "queryParams": {"b": ["1"]}, "ip": "::1"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def a_call(**header: Any) -> RunningCall:
    call = RunningCall(1, "stream", header, Binding("chat"), {}, paired=True)
    call.context = FlowContext(call)
    return call


async def answer(hook: str, options: dict[str, Any], asked: Any = ASKED, **header: Any) -> Any:
    found = StreamHooks(FoundStream("chat_stream.py", {"name": "chat", **options})).find(hook)
    assert found is not None
    return await found(a_call(**header), asked)


async def joined(_subscription: Any, _ctx: Any, _auth: Any) -> dict[str, bool]:
    return {"unauthorized": True}


def joined_quietly() -> dict[str, bool]:
    return {}


def broken(*_: Any) -> bool:
    raise KeyError("name")


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({"can_access": lambda _subscription, auth: auth["name"] == "ada"}, True),
        ({"canAccess": lambda subscription: subscription.group_id == "h"}, False),
        ({"canAccess": lambda *_: True, "onJoin": lambda *_: None}, True),
        ({"canAccess": lambda *_: True, "on_join": joined}, False),
        ({"canAccess": lambda *_: False, "onJoin": lambda *_: None}, False),
        ({"onJoin": joined_quietly}, True),
    ],
)
async def test_both_must_allow(options: dict[str, Any], allowed: bool) -> None:  # noqa: FBT001
    assert await answer("stream.access", options) == {"allowed": allowed}


@pytest.mark.parametrize(
    "options",
    [
        {"canAccess": lambda *_: None},
        {"canAccess": lambda *_: 1},
        {"canAccess": "yes"},
        {"onJoin": lambda *_: True},
        {"onJoin": lambda *_: {"unauthorized": None}},
        {"canAccess": broken},
    ],
)
async def test_nothing_else_is_a_yes(options: dict[str, Any]) -> None:
    with pytest.raises((TypeError, KeyError)):
        await answer("stream.access", options)


def test_hooks_without_a_function_are_not_held() -> None:
    hooks = StreamHooks(FoundStream("chat_stream.py", {"name": "chat"}))
    assert [hooks.find(name) for name in ("stream.access", "stream.leave", "stream.storage", "other")] == [None] * 4


async def test_a_factory_that_fails_is_asked_again() -> None:
    asked: list[int] = []

    class Kept:
        def get(self, _group: str, item: str) -> dict[str, str]:
            return {"id": item}

    async def factory() -> Kept:
        asked.append(1)
        if len(asked) == 1:
            raise ConnectionError("not yet")
        return Kept()

    options = {"name": "kept", "baseConfig": {"storageType": "custom", "factory": factory}}
    hook = StreamHooks(FoundStream("kept_stream.py", options)).find("stream.storage")
    assert hook is not None
    with pytest.raises(ConnectionError):
        await hook(a_call(op="get"), {"groupId": "g", "id": "i"})
    for _ in range(2):
        assert await hook(a_call(op="get"), {"groupId": "g", "id": "i"}) == {"id": "i"}
    assert len(asked) == 2
    for op, message in (("list", "has no method 'get_group'"), ("burn", "there is no storage operation 'burn'")):
        with pytest.raises(TypeError, match=message):
            await hook(a_call(op=op), {"groupId": "g"})
    assert await hook(a_call(op="send"), {"groupId": "g", "event": {"type": "t"}}) is None


def deciding(*sections: dict[str, Any]) -> Authentication:
    found = authentication_of(sections)
    assert found is not None
    return found


async def test_the_older_function() -> None:
    def authenticate(request: Any) -> Any:
        return [request.url, request["headers"]["Cookie"], sorted(request)]

    found = deciding({"stream_auth": {"authenticate": authenticate}})
    assert await found.run(a_call(), CONNECTING) == {"context": ["/a?b=1", "c=1", ["headers", "url"]]}
    assert await deciding({"streamAuth": {"authenticate": lambda _: None}}).run(a_call(), CONNECTING) == {
        "context": None
    }
    with pytest.raises(TypeError, match="raises to refuse; not False"):
        await deciding({"streamAuth": {"authenticate": lambda _: False}}).run(a_call(), CONNECTING)


async def test_the_newer_function() -> None:
    async def known(given: Any, ctx: Any) -> Any:
        return {
            "authorized": True,
            "context": [given.queryParams["b"], given.query_params["b"], given.addr, ctx.step_name],
        }

    assert await deciding({"authenticate_stream": known}).run(a_call(), CONNECTING) == {
        "context": [["1"], ["1"], "::1", "chat"]
    }
    denied = deciding({"authenticateStream": lambda *_: {"authorized": False, "context": 1}})
    assert await denied.run(a_call(), CONNECTING) == {"denied": True}
    for result in (None, True, {"authorized": "no"}):
        with pytest.raises(TypeError, match="authenticate_stream gives"):
            await deciding({"authenticateStream": lambda *_, result=result: result}).run(a_call(), CONNECTING)


async def test_the_section_of_the_environment_wins() -> None:
    base = {"streamAuth": {"authenticate": lambda _: "base", "contextSchema": {}}}
    found = deciding(base, {"stream_auth": {"authenticate": lambda _: "section"}})
    assert await found.run(a_call(), CONNECTING) == {"context": "section"}
    assert authentication_of([{}, {}]) is None


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"streamAuth": lambda _: None}, "streamAuth is"),
        ({"streamAuth": {"authentcate": lambda _: None}}, "streamAuth has no function"),
        ({"streamAuth": {"authenticate": "later"}}, r"streamAuth\.authenticate is a function, not str"),
        ({"authenticate_stream": 3}, "authenticate_stream is a function, not int"),
        ({"streamAuth": {"authenticate": print}, "authenticate_stream": print}, "the same hook"),
    ],
)
def test_what_is_not_clear_is_refused(section: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        authentication_of([section])
