"""Exceptions as data: the form in which they travel in payloads, log records and failed attempts."""

import os
import traceback
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).absolute().parent.parent
_OUR_FOLDERS = (f"{_PACKAGE / 'authoring'}{os.sep}", f"{_PACKAGE / 'worker'}{os.sep}")
_MAX_CAUSES = 5
_MAX_TEXT = 256 * 1024
"""Some libraries put whole responses into their messages; more than this nobody reads, and a frame has its limits."""


def describe(error: BaseException, *, depth: int = 0) -> dict[str, Any]:
    """`{name, message, stack?, code?, cause?}`, JSON all through."""
    described: dict[str, Any] = {"name": type(error).__name__, "message": message_of(error)}
    if error.__traceback__ is not None:
        described["stack"] = stack_of(error)
    code = getattr(error, "code", None)
    if isinstance(code, (int, str)) and not isinstance(code, bool):
        described["code"] = code
    if error.__cause__ is not None and depth < _MAX_CAUSES:
        described["cause"] = describe(error.__cause__, depth=depth + 1)
    return described


def message_of(error: BaseException) -> str:
    """`str(error)`, also when the author's `__str__` raises."""
    try:
        return _cut(str(error))
    except Exception as broken:  # noqa: BLE001 - the author's code
        return f"<{type(error).__name__} whose text cannot be made: {type(broken).__name__}>"


def stack_of(error: BaseException) -> str:
    """The traceback as Python prints it, without the frames of this package and of the import machinery."""
    try:
        shown = traceback.TracebackException.from_exception(error)
        _trim(shown)
        return _cut("".join(shown.format()).rstrip())
    except Exception:  # noqa: BLE001 - an author's __str__ or source loader
        return f"{type(error).__name__}: {message_of(error)}"


def is_ours(filename: str) -> bool:
    """Whether a frame belongs to this package or to the import machinery rather than to the author."""
    return filename.startswith(_OUR_FOLDERS) or filename.startswith("<frozen importlib")


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}… ({len(text)} characters)"


def _trim(shown: traceback.TracebackException) -> None:
    pending: list[traceback.TracebackException | None] = [shown]
    while pending:
        part = pending.pop()
        if part is None:
            continue
        part.stack[:] = [frame for frame in part.stack if not is_ours(frame.filename)]
        pending += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or ())]
