"""`ctx.logger` and `from motia import logger`."""

import sys
from collections.abc import Callable
from typing import Any

from motia.authoring.failures import describe
from motia.authoring.link import CURRENT, RunningCall, connected

LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "exception": "error",
    "critical": "error",
    "fatal": "error",
}

Listener = Callable[[str, str, dict[str, Any] | None], object]


class Logger:
    """Log records of a Step.

    Each level takes a message, then anything: objects are merged into the record, other values become its `data`, keywords
    its fields. Exceptions are shown with their stack wherever they sit; `exc_info=True` adds the one being handled.
    Logging never raises and never waits.
    """

    def __init__(self, call: RunningCall | None = None) -> None:
        self._call = call
        self._listeners: tuple[Listener, ...] = ()

    def debug(self, message: Any, *args: Any, **fields: Any) -> None:
        """Something only of interest while looking for an error."""
        self._write("debug", message, args, fields)

    def info(self, message: Any, *args: Any, **fields: Any) -> None:
        """Something that happened."""
        self._write("info", message, args, fields)

    def warn(self, message: Any, *args: Any, **fields: Any) -> None:
        """Something that may be wrong."""
        self._write("warn", message, args, fields)

    def error(self, message: Any, *args: Any, **fields: Any) -> None:
        """Something that is wrong."""
        self._write("error", message, args, fields)

    warning = warn
    critical = fatal = error
    trace = debug

    def exception(self, message: Any, *args: Any, exc_info: Any = True, **fields: Any) -> None:
        """`error` with the exception being handled."""
        self._write("error", message, args, {"exc_info": exc_info, **fields})

    def log(self, level: Any, message: Any = "", *args: Any, **fields: Any) -> None:
        """A record of a level given by name; an unknown one is `info`."""
        self._write(LEVELS.get(str(level).lower(), "info"), message, args, fields)

    def add_listener(self, listener: Listener) -> None:
        """Calls `listener(level, message, args)` for each record of this logger."""
        self._listeners = (*self._listeners, listener)

    addListener = add_listener  # noqa: N815 - the other spelling

    def _write(self, level: str, message: Any, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
        text = message if type(message) is str else _text(message)
        arguments = _arguments(args, fields) if args or fields else None
        if isinstance(message, BaseException):
            arguments = {"error": describe(message), **(arguments or {})}
        connected().log(self._call or CURRENT.get(), level, text, arguments, "logger")
        for listener in self._listeners:
            listener(level, text, arguments)


def _arguments(args: tuple[Any, ...], fields: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    values = []
    for value in args:
        if isinstance(value, dict):
            merged.update(value)
        elif isinstance(value, BaseException):
            merged["error"] = value
        elif value is not None:
            values.append(value)
    if values:
        merged["data"] = values[0] if len(values) == 1 else values
    handled = fields.pop("exc_info", None)
    if handled:
        error = handled if isinstance(handled, BaseException) else sys.exc_info()[1]
        merged.update({"error": error} if error is not None else {})
    merged.update(fields)
    return merged


def _text(message: Any) -> str:
    try:
        return str(message)
    except Exception as broken:  # noqa: BLE001 - an author's __str__; logging never raises
        return f"<{type(message).__name__} whose text cannot be made: {type(broken).__name__}>"


logger = Logger()
