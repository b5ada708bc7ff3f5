"""What can go wrong in a Step, and whose fault it is."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


class HttpError(Exception):
    """Answers the request with this status instead of a result: `raise HttpError(404, "no such quote")`.

    Args:
        status: 400 to 599, as a rule.
        message: the value of `error` in the JSON body, or the whole body when it is not a string.
        body: the whole JSON body, instead of `message`.
        headers: more response headers.
    """

    def __init__(
        self, status: int, message: Any = None, *, body: Any = None, headers: dict[str, Any] | None = None
    ) -> None:
        self.status = int(status)
        text = message if isinstance(message, str) else _phrase(self.status)
        is_body = message is not None and not isinstance(message, str)
        self.body = body if body is not None else message if is_body else {"error": text}
        self.headers = headers or {}
        super().__init__(text)


class NonRetryable(Exception):
    """Fails the attempt and asks for no further one: the delivery becomes a dead letter at once."""


class PayloadError(TypeError):
    """A value cannot leave the Step as JSON; the message names the path to it."""


class NotConnected(RuntimeError):
    """The call needs a running Motia, and this process is not one of its workers. Pass a mock in unit tests."""


class NotWhileLoading(RuntimeError):
    """State, events, streams and triggers are not available while Steps are loaded; use them inside a handler."""


class CoreError(RuntimeError):
    """The core refused a call (state, emit, trigger, stream); `name` is its name for the reason."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


@dataclass(frozen=True)
class Issue:
    """One reason why a value does not fit its schema.

    Args:
        path: dotted, `items.0.price`; empty for the value itself.
        message: a short sentence without the path.
        kind: `missing`, `extra` or `type`.
    """

    path: str
    message: str
    kind: str = "type"

    def under(self, prefix: str) -> "Issue":
        """The same issue, seen from the object that holds the value as `prefix`."""
        return Issue(f"{prefix}.{self.path}" if self.path else prefix, self.message, self.kind)


class InvalidInput(ValueError):
    """What a Step was given does not fit its schema or its parameters."""

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        super().__init__("; ".join(f"{issue.path or 'input'}: {issue.message}" for issue in issues))

    @property
    def details(self) -> list[dict[str, str]]:
        """The issues as they appear in a response."""
        return [{"path": issue.path, "message": issue.message} for issue in self.issues]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP {status}"
