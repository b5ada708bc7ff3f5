from __future__ import annotations

from pathlib import Path

import pytest

from motia.admin.access import Access, token_for

LOCAL = {"host": "localhost:3000"}


@pytest.mark.parametrize(
    ("peer", "headers", "query", "allowed"),
    [
        ("127.0.0.1", LOCAL, "", True),
        ("::1", {"host": "[::1]:3000"}, "", True),
        ("127.0.0.1", {**LOCAL, "origin": "http://localhost:3000"}, "", True),
        ("127.0.0.1", {**LOCAL, "origin": "http://evil.example"}, "", False),
        ("127.0.0.1", {**LOCAL, "origin": "null"}, "", False),
        ("127.0.0.1", {"host": "rebound.example"}, "", False),
        ("127.0.0.1", {**LOCAL, "x-forwarded-for": "203.0.113.9"}, "", False),
        ("203.0.113.9", LOCAL, "", False),
        (None, LOCAL, "", False),
        ("203.0.113.9", {"host": "a", "authorization": "Bearer secret"}, "", True),
        ("203.0.113.9", {"host": "a", "authorization": "Bearer wrong"}, "", False),
        ("203.0.113.9", {"host": "a", "authorization": "Basic secret"}, "", False),
        ("203.0.113.9", {"host": "a", "cookie": "motia_admin=secret"}, "", True),
        ("203.0.113.9", {"host": "a:1", "cookie": "motia_admin=secret", "origin": "http://a:1"}, "", True),
        ("203.0.113.9", {"host": "a:1", "cookie": "motia_admin=secret", "origin": "http://a:2"}, "", False),
        ("203.0.113.9", {"host": "a:1", "authorization": "Bearer secret", "origin": "http://a:2"}, "", True),
        ("203.0.113.9", {"host": "a"}, "token=secret", True),
        ("203.0.113.9", {"host": "a"}, "token=", False),
    ],
)
def test_adm_1(peer: str | None, headers: dict[str, str], query: str, *, allowed: bool) -> None:
    assert Access("secret").allows(peer, headers, query) is allowed


def test_the_token_is_made_once_and_private(tmp_path: Path) -> None:
    made = token_for(tmp_path, None)
    assert len(made) >= 32
    assert token_for(tmp_path, None) == made
    assert (tmp_path / "admin-token").stat().st_mode & 0o077 == 0


def test_a_configured_token_is_used_and_not_written(tmp_path: Path) -> None:
    assert token_for(tmp_path, "mine") == "mine"
    assert list(tmp_path.iterdir()) == []
