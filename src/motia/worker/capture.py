"""What a handler prints becomes log records of its attempt: `print`, `sys.stderr`, and Python's `logging`."""

import logging
import os
import sys
import threading
import traceback
from contextvars import ContextVar
from typing import Any, TextIO

from motia.authoring.failures import describe
from motia.authoring.link import CURRENT, RunningCall, connected

_LEVELS = {"stdout": "info", "stderr": "warn"}
_MAX_LINE = 64 * 1024
_copying: ContextVar[bool] = ContextVar("motia_copying", default=False)


class Capture:
    """Stands for `sys.stdout` or `sys.stderr`. Outside attempts it is the terminal, as ever."""

    def __init__(self, real: TextIO, source: str) -> None:
        self._real = real
        self._source = source

    def write(self, text: str) -> int:
        """Writes text: whole lines become records, the rest waits for its end."""
        call = CURRENT.get()
        if call is None or call.over:
            return self._real.write(text)
        if not _copying.get():
            self._capture(call, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Writes each line."""
        for line in lines:
            self.write(line)

    def finish(self, call: RunningCall) -> None:
        """Sends what a call printed without a line end."""
        for source, thread in list(call.printed):
            if source == self._source:
                self._send(call, call.printed.pop((source, thread), ""))

    def __getattr__(self, name: str) -> Any:
        """Everything else is the terminal's."""
        return getattr(self._real, name)

    def __iter__(self) -> Any:
        """Lines, as of the terminal."""
        return iter(self._real)

    def _capture(self, call: RunningCall, text: str) -> None:
        place = self._source, threading.get_ident()  # threads of one attempt do not mix their lines
        *lines, rest = (call.printed.pop(place, "") + text).split("\n")
        for line in lines:
            self._send(call, line)
        if len(rest) > _MAX_LINE:
            self._send(call, rest)
        elif rest:
            call.printed[place] = rest

    def _send(self, call: RunningCall, line: str) -> None:
        line = line.rstrip("\r")
        if line.strip():
            connected().log(call, _LEVELS[self._source], line, None, self._source)


class Captures:
    """Both streams and `logging`, captured for this process."""

    def __init__(self) -> None:
        self._streams = Capture(sys.stdout, "stdout"), Capture(sys.stderr, "stderr")
        self._real = sys.stdout, sys.stderr
        self._call_handlers = logging.Logger.callHandlers

    def install(self) -> None:
        """Starts capturing."""
        sys.stdout, sys.stderr = self._streams
        original = self._call_handlers

        def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
            call = CURRENT.get()
            if call is None or call.over:
                original(logger, record)
                return
            _send_record(call, record)
            token = _copying.set(True)
            try:
                original(logger, record)
            finally:
                _copying.reset(token)

        # Not a handler on the root logger: with one there, the project's own logging.basicConfig() would do nothing.
        logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign,assignment]
        if logging.root.level == logging.WARNING:  # Python's default hides what authors expect to see
            wanted = {"warn": logging.WARNING, "warning": logging.WARNING, "error": logging.ERROR}
            logging.root.setLevel(wanted.get(os.environ.get("LOG_LEVEL", "").lower(), logging.INFO))

    def uninstall(self) -> None:
        """Gives the terminal back."""
        sys.stdout, sys.stderr = self._real
        logging.Logger.callHandlers = self._call_handlers  # type: ignore[method-assign]

    def finish(self, call: RunningCall) -> None:
        """Sends what is left of a call's last lines."""
        if call.printed:
            for stream in self._streams:
                stream.finish(call)


def _send_record(call: RunningCall, record: logging.LogRecord) -> None:
    level = "error" if record.levelno >= logging.ERROR else "warn" if record.levelno >= logging.WARNING else "info"
    if record.levelno < logging.INFO:
        level = "debug"
    arguments: dict[str, Any] = {} if record.name == "root" else {"logger": record.name}
    if record.exc_info and record.exc_info[1] is not None:
        arguments["error"] = describe(record.exc_info[1])
    connected().log(call, level, _message(record), arguments, "logger")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as broken:  # noqa: BLE001 - wrong format arguments; `logging` does not raise for them either
        return f"{record.msg} ({''.join(traceback.format_exception_only(type(broken), broken)).strip()})"
