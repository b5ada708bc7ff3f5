"""What one attempt of an atomic Step has been asked for so far, within its limits."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Sequence

from motia.model.delivery import Delivery
from motia.model.errors import AuthorError
from motia.model.step import Step


@dataclasses.dataclass(frozen=True, slots=True)
class AtomicLimits:
    """What one attempt may leave behind: writes to state and streams and deliveries together, and the bytes of their values.

    The bytes are twice the largest single payload (`PAYLOAD_LIMIT`): all of it is in memory until the commit.
    """

    changes: int = 10_000
    total_bytes: int = 128 * 1024 * 1024


class AttemptRecord:
    """The deliveries of an attempt of `step`. Its calls are served one after another, as a transaction's are."""

    def __init__(self, step: Step, limits: AtomicLimits) -> None:
        """Nothing was asked for yet."""
        self.step = step
        self.deliveries: list[Delivery] = []
        self._limits = limits
        self._changes = 0
        self._bytes = 0
        self._calls = asyncio.Lock()
        self._ended = False

    @contextlib.asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """One call. Raises `AuthorError` when the attempt has ended."""
        async with self._calls:
            if self._ended:
                raise has_ended(self.step)
            yield

    async def end_after_calls(self) -> None:
        """Take no more calls, but wait for those that the handler made without waiting for them."""
        async with self._calls:
            self._ended = True

    def end(self) -> None:
        """Take no more calls."""
        self._ended = True

    def keep(self, deliveries: Sequence[Delivery], *, changes: int = 0, size: int = 0) -> None:
        """Take deliveries and make room for what comes with them. Raises `AuthorError`, and then nothing was taken."""
        changes += self._changes + len(deliveries)
        size += self._bytes + sum(len(delivery.payload) for delivery in deliveries)
        limits = self._limits
        if changes > limits.changes or size > limits.total_bytes:
            raise AuthorError(
                f"the Step {self.step.name!r} is atomic: one attempt may make at most {limits.changes:,} changes of "
                f"{limits.total_bytes:,} bytes together. Do the work in several events, or without atomic."
            )
        self._changes, self._bytes = changes, size
        self.deliveries += deliveries


def has_ended(step: Step) -> AuthorError:
    """The refusal of a call that can no longer be part of its attempt's commit."""
    return AuthorError(
        f"the Step {step.name!r} is atomic and this attempt has ended: what comes later cannot be part of its commit. "
        "Wait for every call before the handler returns, and before the first chunk of a streamed response."
    )
