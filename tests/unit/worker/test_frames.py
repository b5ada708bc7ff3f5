import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.worker.frames import MAX_BODY, MAX_HEADER, FrameReader, MalformedFrame, frame

HEADERS = st.fixed_dictionaries({"t": st.text(), "id": st.integers(0, 2**40)})


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=200))), st.lists(st.integers(1, 50)))
def test_frames_arrive_whatever_the_pieces(sent: Any, sizes: Any) -> None:
    stream = b"".join(frame(json.dumps(header).encode(), body) for header, body in sent)
    reader, received, position = FrameReader(), [], 0
    for size in [*sizes, len(stream)]:
        received += reader.feed(stream[position : position + size])
        position += size
    assert received == sent


@pytest.mark.parametrize(
    "text",
    [b"{{{", b"[]", b"3", b'{"no": "type"}', b'{"t": 3}', b"\xff"],
)
def test_headers_are_objects_with_a_type(text: Any) -> None:
    with pytest.raises(MalformedFrame):
        FrameReader().feed(frame(text))


@pytest.mark.parametrize("lengths", [(MAX_HEADER + 1, 0), (2, MAX_BODY + 1)])
def test_lengths_are_limited_before_anything_is_kept(lengths: Any) -> None:
    with pytest.raises(MalformedFrame):
        FrameReader().feed(struct.pack(">II", *lengths))


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        frame(b"x" * (MAX_HEADER + 1))
