"""Broadcast: what happens in live streams, to every instance that serves subscribers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from motia.model.streams import Published


class Broadcast(Protocol):
    """Tells all instances of what was published on any of them.

    Obligations: never waits and never fails for the publisher; what one instance publishes, it hears itself, before
    `publish` returns; messages of one (stream, group) are heard in the order of `at` everywhere. What an instance could not
    hear (a lost connection) is told to it as a gap, so that it can start its subscribers over.
    """

    def publish(self, message: Published) -> None:
        """Tell everyone."""
        ...

    def listen(self, hear: Callable[[Published], None], gap: Callable[[], None]) -> None:
        """Call `hear` on the event loop for each message, and `gap` when messages may have been missed."""
        ...
