"""HTTP-13: whose word counts for where a request came from."""

from __future__ import annotations

import pytest

from motia.http.forwarded import Trust, client_address

FORWARDED = "203.0.113.9, 10.0.0.7"


@pytest.mark.parametrize(
    ("trust", "address"),
    [
        (False, "127.0.0.1"),
        (0, "127.0.0.1"),
        (True, "203.0.113.9"),
        (1, "10.0.0.7"),
        (2, "203.0.113.9"),
        (9, "203.0.113.9"),
        (("127.0.0.1",), "10.0.0.7"),
        (("loopback", "10.0.0.0/8"), "203.0.113.9"),
        (("loopback", "uniquelocal"), "203.0.113.9"),
        (("192.0.2.1",), "127.0.0.1"),
    ],
)
def test_http_13_the_first_hop_that_is_not_trusted(trust: Trust, address: str) -> None:
    assert client_address(trust)("127.0.0.1", FORWARDED) == address


def test_http_13_without_the_header_it_is_the_peer() -> None:
    assert client_address(True)("127.0.0.1", None) == "127.0.0.1"  # noqa: FBT003 - as the config has it
    assert client_address(("loopback",))("::ffff:127.0.0.1", " , ") == "::ffff:127.0.0.1"


def test_http_13_what_is_no_address_is_not_trusted() -> None:
    assert client_address(("loopback",))("127.0.0.1", "203.0.113.9, unknown") == "unknown"
