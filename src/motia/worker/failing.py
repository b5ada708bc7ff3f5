"""Answers to calls that failed."""

from motia.authoring.encoding import encode, write_header
from motia.authoring.errors import HttpError, InvalidInput, NonRetryable
from motia.authoring.failures import describe
from motia.authoring.link import RunningCall
from motia.worker.connection import Connection


def send_error(connection: Connection, call: RunningCall, error: HttpError) -> None:
    """Answers a request with the response that the error stands for."""
    try:
        body = encode(error.body, "body")
        headers = {str(name).lower(): str(value) for name, value in error.headers.items()}
        headers.setdefault("content-type", "application/json; charset=utf-8")
        header = write_header({"t": "response", "id": call.id, "status": error.status, "headers": headers})
    except (TypeError, ValueError) as refused:
        send_failed(connection, call, refused)
    else:
        connection.send(header, body)


def send_failed(connection: Connection, call: RunningCall, error: BaseException) -> None:
    """Says that the call failed, and why."""
    described = describe(error)
    if isinstance(error, InvalidInput):
        described |= {"name": "InvalidInput", "retryable": False, "details": error.details}
    if isinstance(error, NonRetryable) or getattr(error, "retryable", None) is False:
        described["retryable"] = False
    reason = "cancelled" if call.cancelled else "invalid-input" if isinstance(error, InvalidInput) else "handler"
    connection.send(write_header({"t": "failed", "id": call.id, "error": described, "reason": reason}))


def refuse(connection: Connection, number: int, message: str) -> None:
    """Says that there is nothing here to run."""
    error = {"name": "NoHandler", "message": message}
    connection.send(write_header({"t": "failed", "id": number, "error": error, "reason": "no-handler"}))
