"""The vocabulary of failure: each class says whose fault it is, its message what to do."""

from __future__ import annotations


class MotiaError(Exception):
    """Anything this package raises on purpose. The message is written for the person who reads it."""


class AuthorError(MotiaError):
    """A Step, config or call written by the project's author is wrong. Repeating it changes nothing."""


class UnknownStep(AuthorError):
    """A Step was named that does not exist; the message lists near matches."""


class InvalidPayload(AuthorError):
    """A value cannot be stored or sent: it is too large or not JSON."""


class ImpossibleUpdate(AuthorError):
    """A state update that the stored value does not allow; nothing was changed."""


class StoreUnavailable(MotiaError):
    """The engine behind a port did not take the operation. The input is not at fault; retrying later may help."""

    retry_after_s = 5  # whole seconds after which trying again makes sense: a disk is not emptied in one


class Overloaded(MotiaError):
    """A declared bound was reached (queue depth, admission). Nothing was accepted; try again later."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        """`retry_after_s`: whole seconds after which trying again makes sense."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


def queue_is_full(held: int, most: int) -> Overloaded:
    """What a queue at its depth says to whoever wants to add to it."""
    return Overloaded(f"the queue is full: it holds {held:,} deliveries and takes at most {most:,} (queue.maxDepth)")


class DirectoryInUse(MotiaError):
    """Another core owns this project directory."""


class StartupFailed(MotiaError):
    """The core cannot start for a reason the operator can fix; the message names it."""
