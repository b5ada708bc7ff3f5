"""How the worker's process ends."""

import contextlib
import os
import select
import socket
import threading
from typing import NoReturn

OK = 0
MALFORMED = 70
"""EX_SOFTWARE of sysexits.h: the core and the worker do not understand each other."""

FAREWELL_SECONDS = 5.0
"""How long the project's own atexit functions and threads may take after a drain."""


def at_once(status: int, message: str = "") -> NoReturn:
    """Ends the process now: no finalizers, no waiting for threads, whatever they are doing."""
    if message:
        with contextlib.suppress(OSError):
            os.write(2, f"motia worker: {message}\n".encode())
    os._exit(status)


def guard() -> None:
    """Lets the process end as Python's do, with the project's atexit functions and threads, but not later than it must."""
    timer = threading.Timer(FAREWELL_SECONDS, os._exit, (OK,))
    timer.daemon = True
    timer.start()


class Watch:
    """Ends the process when the socket ends, also while the event loop is blocked by a handler or an import."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._over = False

    def start(self) -> None:
        """Starts watching, in a thread that costs nothing while nothing happens."""
        if hasattr(select, "poll"):
            threading.Thread(target=self._wait, name="motia-watch", daemon=True).start()

    def stop(self) -> None:
        """From now on the end of the socket is expected."""
        self._over = True

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._connection.fileno(), getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR)
        poll.poll()
        if not self._over:
            at_once(OK)
