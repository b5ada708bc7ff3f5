from dataclasses import dataclass
from typing import Any

import pytest

from motia.authoring.errors import InvalidInput
from motia.authoring.link import Binding, RunningCall
from motia.authoring.records import Payload
from motia.authoring.request import read_request
from motia.worker.binding import ByName, by_position
from motia.worker.signatures import is_async, signature_of

CALL = RunningCall(1, "queue", {}, Binding("Step"), {}, context="ctx")
REQUEST = read_request(
    {
        "pathParams": {"id": "path", "key": "path"},
        "queryParams": {"id": "query", "key": "query", "page": "2"},
        "headers": {"x-a": "1"},
        "bodyKind": "json",
    },
    b'{"id": "body", "page": "3", "title": "t", "body": "inner"}',
)


@dataclass
class Mail:
    id: str
    copies: int = 1


def bound(handler: Any, given: Any, *, cron: bool = False, triggers_form: bool = False) -> Any:
    args, named = by_position(signature_of(handler), cron=cron, triggers_form=triggers_form)(CALL, given)
    return handler(*args, **named)


def named(handler: Any, given: Any, *, http: bool = False) -> Any:
    args, keywords = ByName(signature_of(handler), http=http)(CALL, given)
    return handler(*args, **keywords)


@pytest.mark.parametrize(
    ("handler", "result"),
    [
        (lambda: "none", "none"),
        (lambda given: given, "given"),
        (lambda given, ctx: (given, ctx), ("given", "ctx")),
        (lambda given=0, ctx=0: (given, ctx), ("given", "ctx")),
        (lambda given, ctx, more=3: (given, ctx, more), ("given", "ctx", 3)),
        (lambda *args: args, ("given",)),
        (lambda ctx: ctx, "ctx"),
        (lambda context: context, "ctx"),
        (lambda _ctx: _ctx, "ctx"),
        (lambda given, *, ctx=7: (given, ctx), ("given", 7)),
    ],
)
def test_by_position(handler: Any, result: Any) -> None:
    assert bound(handler, "given") == result


@pytest.mark.parametrize(
    ("handler", "type_form", "triggers_form"),
    [
        (lambda: "none", "none", "none"),
        (lambda one: one, "ctx", None),
        (lambda _, ctx: (_, ctx), (None, "ctx"), (None, "ctx")),
    ],
)
def test_cron(handler: Any, type_form: Any, triggers_form: Any) -> None:
    assert bound(handler, None, cron=True) == type_form
    assert bound(handler, None, cron=True, triggers_form=True) == triggers_form


@pytest.mark.parametrize(
    ("handler", "result"),
    [
        (lambda key, ctx: (key, ctx), ("a", "ctx")),
        (lambda key, n=3: (key, n), ("a", 3)),
        (lambda key, **rest: (key, rest), ("a", {"x": 1})),
        (lambda payload: payload, {"key": "a", "x": 1}),
        (lambda req, context: (req["x"], context), (1, "ctx")),
        (lambda payload, data, event: (payload["key"], data["key"], event["key"]), ("a", "a", "a")),
        (lambda _, x: (_, x), (None, 1)),
        (lambda key, /, x: (key, x), ("a", 1)),
        (lambda: "none", "none"),
    ],
)
def test_fields_of_a_payload_by_name(handler: Any, result: Any) -> None:
    assert named(handler, Payload(key="a", x=1)) == result


def test_an_own_field_wins_over_the_whole() -> None:
    assert named(lambda data: data, Payload(data="own")) == "own"
    assert named(lambda payload: payload, [1, 2]) == [1, 2]
    assert named(lambda payload: payload, None) is None


def test_models_get_an_instance() -> None:
    def send(mail: Mail, id: str) -> Any:  # noqa: A002
        return mail, id

    assert named(send, Payload(id="a", copies=2)) == (Mail("a", 2), "a")

    def annotated_with_text(input: "Mail") -> Any:  # noqa: A002
        return input

    assert named(annotated_with_text, Payload(id="a")) == Mail("a", 1)
    with pytest.raises(InvalidInput, match="copies: must be an integer"):
        named(send, Payload(id="a", copies="x"))


@pytest.mark.parametrize(
    ("handler", "result"),
    [
        (lambda key, page, title: (key, page, title), ("path", "2", "t")),
        (lambda body: body["id"], "body"),
        (lambda params, query: (params["id"], query["id"]), ("path", "query")),
        (lambda path_params, query_params: (path_params["id"], query_params["id"]), ("path", "query")),
        (lambda headers, raw_body, user: (headers["X-A"], raw_body[:5], user), ("1", '{"id"', None)),
        (lambda req: req.body.title, "t"),
        (lambda payload: payload.title, "t"),
        (lambda **rest: sorted(rest), ["body", "id", "page", "title"]),
    ],
)
def test_parts_of_a_request_by_name(handler: Any, result: Any) -> None:
    assert named(handler, REQUEST, http=True) == result


def test_the_body_as_an_instance() -> None:
    def create(body: Mail) -> Any:
        return body

    assert named(create, read_request({"bodyKind": "json"}, b'{"id": "a"}'), http=True) == Mail("a")


def test_every_missing_name_is_told() -> None:
    with pytest.raises(InvalidInput) as missing:
        named(lambda a, b, c=1: (a, b, c), Payload())
    assert missing.value.details == [{"path": "a", "message": "is required"}, {"path": "b", "message": "is required"}]


def test_what_is_asynchronous() -> None:
    async def coroutine() -> None: ...

    async def generator() -> Any:
        yield 1

    class Callable:
        async def __call__(self) -> None: ...

    assert is_async(coroutine)
    assert is_async(generator)
    assert is_async(Callable())
    assert not is_async(print)
    assert not is_async(Mail)
