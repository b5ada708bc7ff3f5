"""Frames: two lengths, a JSON header, a raw body."""

import struct
from typing import Any

from motia.authoring.encoding import read_header

MAX_HEADER = 16 * 1024 * 1024
MAX_BODY = 128 * 1024 * 1024

_LENGTHS = struct.Struct(">II")
_PREFIX = _LENGTHS.size


class MalformedFrame(ValueError):
    """The other side broke the rules of the protocol; the connection cannot go on."""


def frame(header: bytes, body: bytes = b"") -> bytes:
    """The bytes of one frame.

    Raises:
        ValueError: a part is longer than the protocol allows.
    """
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise ValueError(f"{len(header) + len(body)} bytes do not fit into one frame")
    return _LENGTHS.pack(len(header), len(body)) + header + body


class FrameReader:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._needed = _PREFIX

    def feed(self, data: bytes) -> list[tuple[dict[str, Any], bytes]]:
        """The frames that are complete now, headers decoded.

        Raises:
            MalformedFrame: a frame is too long, or its header is no JSON object.
        """
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return []
            data = bytes(self._held)
            self._held.clear()
        frames = []
        position, end = 0, len(data)
        self._needed = _PREFIX
        while end - position >= _PREFIX:
            header_length, body_length = _LENGTHS.unpack_from(data, position)
            if header_length > MAX_HEADER or body_length > MAX_BODY:
                raise MalformedFrame(f"a frame announces {header_length} + {body_length} bytes")
            start = position + _PREFIX
            middle = start + header_length
            stop = middle + body_length
            if stop > end:
                self._needed = stop - position
                break
            frames.append((_header(data[start:middle]), data[middle:stop]))
            position = stop
        if position < end:
            self._held += data[position:]
        return frames


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = read_header(text)
    except (ValueError, RecursionError):
        raise MalformedFrame("a header is not JSON") from None
    if type(header) is not dict or type(header.get("t")) is not str:
        raise MalformedFrame("a header is no object with a type")
    return header
