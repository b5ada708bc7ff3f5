"""Which foreign pages may read answers (HTTP-29): everybody's in `dev` on loopback, nobody's in `start` unless configured."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

_MAX_AGE_S: Final = 600


@dataclasses.dataclass(frozen=True, slots=True)
class CorsPolicy:
    """`origins` empty allows none, `("*",)` allows all (then never with credentials)."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    allowed_headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age_s: int = _MAX_AGE_S

    def headers(self, origin: str | None) -> list[tuple[bytes, bytes]]:
        """What every answer carries for a page from `origin`; errors too, or the page could not read them."""
        if origin is None or not self.origins:
            return []
        if "*" in self.origins:
            return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*")]
        if origin not in self.origins:
            return []
        allowed = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
        if self.credentials:
            allowed.append((b"access-control-allow-credentials", b"true"))
        return allowed

    def preflight(self, headers: dict[str, Any], allow: str) -> dict[str, str]:
        """What an OPTIONS answer adds: `allow` lists the methods that Steps serve there."""
        if not self.headers(headers.get("origin")) or "access-control-request-method" not in headers:
            return {}
        wanted = headers.get("access-control-request-headers", "*")
        return {
            "access-control-allow-methods": ", ".join(self.methods) or allow,
            "access-control-allow-headers": ", ".join(self.allowed_headers) or wanted,
            "access-control-max-age": str(self.max_age_s),
        }
