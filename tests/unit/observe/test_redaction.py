from __future__ import annotations

import pytest

from motia.observe.redaction import is_secret_name, may_hide_something, redacted


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "apiKey",
        "api_key",
        "X-Auth-Token",
        "accessToken",
        "Authorization",
        "client_secret",
        "cookie",
        "set-cookie",
    ],
)
def test_log_5_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["tokens_used_total", "secretary", "author", "key", "passwordless", "id"])
def test_ordinary_names(name: str) -> None:
    assert not is_secret_name(name)


def test_values_are_masked_at_every_depth_and_the_original_is_left() -> None:
    value = {"user": {"name": "a", "password": "p"}, "list": [{"token": "t"}]}
    assert redacted(value) == {"user": {"name": "a", "password": "***"}, "list": [{"token": "***"}]}
    assert value["user"] == {"name": "a", "password": "p"}


@pytest.mark.parametrize(
    "name",
    [
        "passwd",
        "PASSWORD",
        "apiKey",
        "api_key",
        "X-Auth-Token",
        "client_secret",
        "set-cookie",
        "credentials",
        "privateKey",
        "Authorization",
    ],
)
def test_a_quick_look_never_overlooks_a_secret_name(name: str) -> None:
    assert is_secret_name(name)
    assert may_hide_something(b'{"a":{"%s":1}}' % name.encode())
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in name)
    assert may_hide_something(b'{"%s":1}' % escaped.encode())
    assert not may_hide_something(b'{"orderId":"o-1","note":"as it is"}')
