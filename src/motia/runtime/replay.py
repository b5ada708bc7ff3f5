"""What happened lately in rooms, so that whoever was away for a moment gets exactly what it missed."""

from __future__ import annotations

import bisect
import collections
import dataclasses
from typing import Final

from motia.model.streams import Published

Room = tuple[str, str]

_OVERHEAD: Final = 200  # bytes that a message takes besides its text


@dataclasses.dataclass(slots=True)
class _Window:
    """Everything that happened to a room after `floor`, oldest first; None until it is known what came before."""

    floor: int | None = None
    messages: collections.deque[Published] = dataclasses.field(default_factory=collections.deque)
    size: int = 0


class Replay:
    """The last messages of each room that had members lately; the rooms longest quiet are forgotten first."""

    def __init__(self, *, most_bytes: int = 32 * 1024 * 1024, most_messages: int = 1_000) -> None:
        """`most_bytes` of all rooms together, `most_messages` of one."""
        self._most_bytes = most_bytes
        self._most_messages = most_messages
        self._windows: collections.OrderedDict[Room, _Window] = collections.OrderedDict()
        self._size = 0

    def begin(self, room: Room) -> None:
        """Keep what happens to `room` from now on, if it is not kept already."""
        if room not in self._windows:
            self._windows[room] = _Window()
            self._size += _OVERHEAD
            self._shrink()

    def settle(self, room: Room, at: int) -> None:
        """A snapshot of `at` was taken after `begin`: nothing later than it is missing here."""
        window = self._windows.get(room)
        if window is None or window.floor is not None:
            return
        while window.messages and window.messages[0].at <= at:
            self._drop_oldest(window)
        window.floor = at

    def add(self, room: Room, message: Published) -> None:
        """Something happened; kept if the room is watched."""
        window = self._windows.get(room)
        if window is None or (window.floor is not None and message.at <= window.floor):
            return
        self._windows.move_to_end(room)
        window.messages.append(message)
        self._grow(window, _weight(message))
        if len(window.messages) > self._most_messages:
            self._drop_oldest(window)
        self._shrink()

    def since(self, room: Room, at: int) -> list[Published] | None:
        """What happened after `at`, None when that is not known (any longer)."""
        window = self._windows.get(room)
        if window is None or window.floor is None or at < window.floor:
            return None
        self._windows.move_to_end(room)
        times = [message.at for message in window.messages]
        return list(window.messages)[bisect.bisect_right(times, at) :]

    def clear(self) -> None:
        """Know nothing any longer."""
        self._windows.clear()
        self._size = 0

    def _shrink(self) -> None:
        while self._size > self._most_bytes and self._windows:
            room, window = next(iter(self._windows.items()))
            if window.messages:
                self._drop_oldest(window)
            else:
                del self._windows[room]
                self._size -= _OVERHEAD

    def _drop_oldest(self, window: _Window) -> None:
        oldest = window.messages.popleft()
        if window.floor is not None:
            window.floor = oldest.at
        self._grow(window, -_weight(oldest))

    def _grow(self, window: _Window, by: int) -> None:
        window.size += by
        self._size += by


def _weight(message: Published) -> int:
    return len(message.event) + _OVERHEAD
