"""Answers that are not a Step's: what was wrong with the request, as JSON."""

from __future__ import annotations

from typing import Any, Final

import orjson

JSON_TYPE: Final = "application/json; charset=utf-8"


class Refusal(Exception):
    """A request ends here with `status` and `body` (JSON)."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        """`headers` are added to the content type."""
        super().__init__(body.get("error", status))
        self.status = status
        self.body = body
        self.headers = headers or {}

    def encoded(self) -> bytes:
        """The body as JSON text."""
        return orjson.dumps(self.body)


def not_found() -> Refusal:
    """404 of HTTP-3."""
    return Refusal(404, {"error": "Not found"})


def validation_failed(details: list[dict[str, str]]) -> Refusal:
    """400 of SCH-6."""
    return Refusal(400, {"error": "Validation failed", "details": details})


def internal_error() -> Refusal:
    """500 of HTTP-26: nothing about the fault leaves the server."""
    return Refusal(500, {"error": "Internal server error"})


def unavailable(message: str, retry_after_s: int = 1) -> Refusal:
    """503 with `Retry-After`."""
    return Refusal(503, {"error": message}, {"retry-after": str(retry_after_s)})
