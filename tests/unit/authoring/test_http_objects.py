import copy
from pathlib import Path
from typing import Any

import pytest

from motia.authoring.errors import HttpError
from motia.authoring.request import Request, properties_of, read_request
from motia.authoring.response import ApiResponse

HEADER = {
    "method": "POST",
    "path": "/x",
    "url": "/x?a=1",
    "ip": "10.0.0.1",
    "headers": {"x-tag": "t", "cookie": "a=1; b=two", "set-cookie": ["x", "y"]},
    "pathParams": {"id": "7"},
    "queryParams": {"a": ["1", {"deep": "2"}], "b": {"c": "3"}},
    "bodyKind": "json",
}


def a_request() -> Request[Any]:
    return read_request(HEADER, b'{"n":{"deep":1}}')


def test_five_names_are_listed() -> None:
    assert list(dict(a_request())) == ["body", "headers", "pathParams", "queryParams", "rawBody"]


def test_every_dialect_reads_it() -> None:
    request = a_request()
    assert request["params"].id == request.path_params["id"] == request.get("pathParams").id == "7"
    assert request.query.b.c == request["query_params"]["b"]["c"] == "3"
    assert request.query.a[1].deep == "2"
    assert request.raw_body == request["rawBody"] == '{"n":{"deep":1}}'
    assert request.body.n.deep == 1
    assert request.connection.remoteAddress == request.socket.remote_address == request["ip"] == "10.0.0.1"
    assert request.request is request
    assert (request.method, request.path, request.url) == ("POST", "/x", "/x?a=1")


def test_headers_ignore_case() -> None:
    headers = a_request().headers
    assert headers["X-Tag"] == headers.get("x-tAG") == headers["x-tag"] == "t"
    assert "X-Tag" in headers
    assert headers.get("absent", "d") == "d"


def test_cookies() -> None:
    assert a_request().cookies == {"a": "1", "b": "two"}
    odd = read_request({**HEADER, "headers": {"cookie": "a b=1; c=2"}}, b"{}")
    assert odd.cookies.c == "2"


def test_properties_that_the_core_hands_on() -> None:
    request = read_request({**HEADER, "properties": {"user": {"name": "ada", "of": [{"n": 1}]}, "tenantId": 7}}, b"{}")
    assert request.user.of[0].n == 1
    assert request["user"]["name"] == request.get("user").name == "ada"
    assert request.tenant_id == request.tenantId == request["tenantId"] == 7
    assert "user" in request
    assert "stranger" not in request
    assert list(dict(request)) == ["body", "headers", "pathParams", "queryParams", "rawBody"]
    assert copy.copy(request).user.name == "ada"
    request["user"] = "bob"
    request.user = "eve"
    assert request.user == request["user"] == "eve"


def test_what_was_set_is_told_from_what_every_request_has() -> None:
    request = a_request()
    assert request.cookies
    assert request.connection
    assert request.user is None
    assert properties_of(request) == {}
    request.is_admin = True
    request["tenant"] = 7
    request.user = {"name": "ada"}
    request.path_params = {}
    request.method = "PUT"
    request["params"] = {}
    assert request.isAdmin
    assert request.method == "PUT"
    assert properties_of(request) == {"is_admin": True, "tenant": 7, "user": {"name": "ada"}}
    assert properties_of({**request, "extra": 1}) == {"tenant": 7, "extra": 1}


def test_properties_stay_with_the_request() -> None:
    request = a_request()
    assert request.user is None
    request.user = {"name": "ada"}
    request["tenant"] = 7
    assert request["user"]["name"] == "ada"
    assert request.tenant == 7
    assert "user" in request
    assert "user" not in dict(request)
    request.query = {"replaced": 1}
    assert request["queryParams"] == {"replaced": 1}


def test_unknown_names() -> None:
    request = a_request()
    assert request.get("nothing", 3) == 3
    with pytest.raises(AttributeError, match="the request has no 'nothing'"):
        _ = request.nothing
    with pytest.raises(KeyError):
        request["nothing"]


def test_the_raw_body_in_chunks() -> None:
    assert b"".join(a_request().request_body.stream) == b'{"n":{"deep":1}}'
    assert b"".join(read_request({"bodyKind": "bytes"}, b"x" * 100_000).requestBody.stream) == b"x" * 100_000


def test_a_request_can_be_copied() -> None:
    assert copy.copy(a_request()) == a_request()


def test_uploaded_files(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"content")
    file = {"field": "photo", "name": "a.png", "type": "image/png", "size": 7, "path": str(path)}
    request = read_request({**HEADER, "files": [file]}, b"{}")
    assert request.files[0].filename == "a.png"
    assert request.files[0].contentType == "image/png"
    assert request.files[0].bytes() == b"content"


def test_responses_are_read_as_items_and_attributes() -> None:
    response = ApiResponse(status=201, body=None, headers={"a": "b"}, content_type="text/plain")
    assert (response.status, response["body"], response.contentType) == (201, None, "text/plain")
    assert "body" not in ApiResponse(204)
    assert ApiResponse[int] is not None


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (HttpError(404), {"error": "Not Found"}),
        (HttpError(404, "no quote"), {"error": "no quote"}),
        (HttpError(404, {"code": 7}), {"code": 7}),
        (HttpError(404, body=[1]), [1]),
        (HttpError(499), {"error": "HTTP 499"}),
    ],
)
def test_http_errors(error: Any, body: Any) -> None:
    assert error.body == body
