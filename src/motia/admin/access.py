"""Who may use the admin surface (ADM-1): local requests, and holders of the token."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

COOKIE = "motia_admin"


def token_for(directory: Path, configured: str | None) -> str:
    """The configured token, else the one kept in `directory` (mode 0600), made at first need."""
    if configured:
        return configured
    file = directory / "admin-token"
    try:
        kept = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        kept = ""
    if kept:
        return kept
    made = secrets.token_urlsafe(24)
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(made + "\n")
    return made


class Access:
    """Decides about a request from its peer, its headers and its query string."""

    def __init__(self, token: str) -> None:
        """`token` opens everything."""
        self._token = token.encode()

    def allows(self, peer: str | None, headers: Mapping[str, str], query: str) -> bool:
        """Whether the request may go on: it is local, or carries the token."""
        return self.who(peer, headers, query) is not None

    def who(self, peer: str | None, headers: Mapping[str, str], query: str) -> str | None:
        """Who asks: `admin token` for its holder, `local` for a local request without it, None for one that may not go on."""
        if any(self.is_token(each) for each in _tokens(headers, query)):
            return "admin token"
        return "local" if _is_local(peer, headers) else None

    def is_token(self, text: str) -> bool:
        """Whether it is the token, compared in constant time."""
        return hmac.compare_digest(text.encode("utf-8", "replace"), self._token)


def _is_local(peer: str | None, headers: Mapping[str, str]) -> bool:
    """A loopback peer that speaks for itself: no proxy in between, and no page of another site behind it."""
    if not _is_loopback(peer or "") or any(
        name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")
    ):
        return False
    host = headers.get("host", "")
    if not _is_loopback_name(urlsplit(f"//{host}").hostname or ""):
        return False
    origin = headers.get("origin")
    return origin is None or _same_site(origin, host)


def _same_site(origin: str, host: str) -> bool:
    return urlsplit(origin).netloc.lower() == host.lower()


def _is_loopback_name(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _tokens(headers: Mapping[str, str], query: str) -> list[str]:
    found: list[str] = []
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found.append(credentials.strip())
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        cookie = None
    # Browsers send a cookie along for pages on other ports of this host, too: those pages do not get to use it.
    origin = headers.get("origin")
    if cookie is not None and (origin is None or _same_site(origin, headers.get("host", ""))):
        found.append(cookie.value)
    found += parse_qs(query).get("token", [])
    return [each for each in found if each]
