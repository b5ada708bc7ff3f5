from collections.abc import AsyncIterator
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any

import pytest

from motia.authoring.response import ApiResponse
from motia.worker.results import BYTES, HTML, JSON, body_bytes, is_stream, response_of, stray_keys


def answered(result: Any) -> tuple[int, Any, bytes]:
    response = response_of(result)
    headers, body = body_bytes(response)
    return response["status"], headers.get("content-type"), body


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (None, (204, None, b"")),
        ({"status": 200, "body": {"a": 1}}, (200, JSON, b'{"a":1}')),
        ({"status": HTTPStatus.CREATED, "body": 1}, (201, JSON, b"1")),
        ({"status": 200, "body": None}, (200, JSON, b"null")),
        ({"status": 204, "body": None}, (204, None, b"")),
        ({"status": 200}, (200, None, b"")),
        ({"status": True, "body": 1}, (200, JSON, b'{"status":true,"body":1}')),
        ({"status": 20, "body": 1}, (200, JSON, b'{"status":20,"body":1}')),
        ({"status": 200, "id": 1}, (200, JSON, b'{"status":200,"id":1}')),
        ("<b>", (200, JSON, b'"<b>"')),
        (b"\x00", (200, BYTES, b"\x00")),
        ({"status": 200, "body": "<b>"}, (200, HTML, b"<b>")),
        ({"status": 200, "body": bytearray(b"x")}, (200, BYTES, b"x")),
        ({"status": 200, "contentType": "text/css", "body": "a"}, (200, "text/css", b"a")),
        ({"status": 200, "content_type": "text/css", "body": {"a": 1}}, (200, "text/css", b'{"a":1}')),
        ({"status": 200, "headers": {"CONTENT-TYPE": "a/b"}, "body": b"a"}, (200, "a/b", b"a")),
        ({"status": 200, "headers": {"content-type": JSON}, "body": "{}"}, (200, JSON, b"{}")),
        (
            {"status": 200, "contentType": "image/png", "body": {"type": "Buffer", "data": [1, 255]}},
            (200, "image/png", b"\x01\xff"),
        ),
        (
            {"status": 200, "contentType": "text/plain", "body": {"type": "Buffer", "data": [256]}},
            (200, "text/plain", b'{"type":"Buffer","data":[256]}'),
        ),
        (ApiResponse(status=418, body="tea"), (418, HTML, b"tea")),
        (ApiResponse(200), (200, None, b"")),
        ([1], (200, JSON, b"[1]")),
    ],
)
def test_results(result: Any, answer: Any) -> None:
    assert answered(result) == answer


@pytest.mark.parametrize(
    "result", [{"status": 100}, {"status": 199, "body": 1}, ApiResponse(status=0), ApiResponse(status=True)]
)
def test_statuses_a_step_cannot_answer_with(result: Any) -> None:
    with pytest.raises(ValueError, match="cannot answer with status"):
        response_of(result)


def test_headers_and_cookies() -> None:
    response = response_of(
        {
            "status": 200,
            "headers": {"X-A": 1, "X-B": ["a", True], "X-C": None, "Set-Cookie": "own=1"},
            "cookies": {
                "a": "é;",
                "b": {"value": "v", "expires": datetime(2030, 1, 1, tzinfo=timezone.utc), "http_only": True},
                "c": {"value": "", "maxAge": 0, "sameSite": True, "path": "/"},
                "d": {"value": "v", "expires": 1893456000000},
            },
        }
    )
    assert response["headers"] == {
        "x-a": "1",
        "x-b": ["a", "true"],
        "set-cookie": [
            "own=1",
            "a=%C3%A9%3B",
            "b=v; Expires=Tue, 01 Jan 2030 00:00:00 GMT; HttpOnly",
            "c=; Path=/; Max-Age=0; SameSite=Strict",
            "d=v; Expires=Tue, 01 Jan 2030 00:00:00 GMT",
        ],
    }


@pytest.mark.parametrize(
    "result",
    [
        {"status": 200, "headers": ["x"]},
        {"status": 200, "headers": {"x": "a\r\nb: c"}},
        {"status": 200, "cookies": {"a": {"value": "v", "path": "/\r\nx: y"}}},
        {"status": 200, "cookies": "a=b"},
    ],
)
def test_headers_no_response_can_have(result: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        response_of(result)


def test_streams() -> None:
    async def asynchronous() -> AsyncIterator[int]:
        yield 1

    assert is_stream(asynchronous())
    assert is_stream(iter([1]))
    assert is_stream(_ for _ in "a")
    assert not is_stream([1])
    assert not is_stream({"__aiter__": 1})
    assert not is_stream("text")


def test_stray_keys() -> None:
    assert stray_keys({"status": 200, "id": 1}) == ["id"]
    assert stray_keys({"status": 200, "body": 1}) == []
    assert stray_keys({"status": "processing", "id": 1}) == []
    assert stray_keys([1]) == []
