import json
from typing import Any

import pytest

from motia.worker.streaming import WINDOW, Body


class Wire:
    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], bytes]] = []

    def send(self, header: bytes, body: bytes = b"") -> None:
        self.sent.append((json.loads(header), body))

    @property
    def types(self) -> list[str]:
        return [header["t"] for header, _ in self.sent]


@pytest.fixture
def wire() -> Wire:
    return Wire()


def body_on(wire: Wire) -> Body:
    return Body(wire, 7)  # type: ignore[arg-type]


async def test_nothing_is_sent_before_the_first_byte(wire: Wire) -> None:
    body = body_on(wire)
    body.head(201, {"X-A": 1})
    assert wire.sent == []
    assert body.write(b"one", "text/plain") is None
    assert body.end() is None
    assert wire.sent == [
        ({"t": "head", "id": 7, "status": 201, "headers": {"x-a": "1", "content-type": "text/plain"}}, b""),
        ({"t": "chunk", "id": 7}, b"one"),
        ({"t": "end", "id": 7}, b""),
    ]


async def test_a_chunk_larger_than_the_window_waits_for_credit(wire: Wire) -> None:
    body = body_on(wire)
    sent = body.write(b"x" * (WINDOW + 10))
    assert [len(chunk) for _, chunk in wire.sent] == [0, WINDOW]
    assert sent is not None
    assert not sent.done()
    body.credit(4)
    assert len(wire.sent[-1][1]) == 4
    assert not sent.done()
    body.credit(100)
    assert len(wire.sent[-1][1]) == 6
    await sent


async def test_writes_that_nobody_awaits_stay_in_order(wire: Wire) -> None:
    body = body_on(wire)
    body.write(b"x" * WINDOW)
    body.write(b"two")
    body.write(b"three")
    ending = body.end()
    assert ending is not None
    assert wire.types == ["head", "chunk"]
    body.credit(1000)
    await ending
    assert [chunk for _, chunk in wire.sent[2:]] == [b"two", b"three", b""]
    assert wire.types[-1] == "end"


async def test_after_the_end_nothing_is_written(wire: Wire) -> None:
    body = body_on(wire)
    body.end()
    assert body.end() is None
    with pytest.raises(RuntimeError, match="has ended"):
        body.write(b"late")
    assert wire.types == ["head", "end"]


async def test_the_status_cannot_change_after_the_first_byte(wire: Wire) -> None:
    body = body_on(wire)
    body.write(b"one")
    with pytest.raises(RuntimeError, match="first byte"):
        body.head(404, {})


async def test_an_empty_chunk_sends_the_head_only(wire: Wire) -> None:
    body = body_on(wire)
    body.write(b"")
    assert wire.types == ["head"]
