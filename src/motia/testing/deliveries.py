"""Deliveries for exams: made in a word, with ids that sort as they were made."""

from __future__ import annotations

import itertools
from typing import Any, Final

from motia.model.delivery import Cause, Delivery

_numbers: Final = itertools.count(1)


def a_delivery(**changes: Any) -> Delivery:
    """A delivery of topic `ordered` to Step `charge`, due since the beginning of time, with `changes`."""
    values: dict[str, Any] = {
        "id": f"{next(_numbers):032x}",
        "step": "charge",
        "kind": "event",
        "topic": "ordered",
        "payload": b'{"n": 1}',
        "cause": Cause("0af7651916cd43dd8448eb211c80319c"),
        "created_at": 0,
        "due_at": 0,
        "max_attempts": 4,
    }
    return Delivery(**{**values, **changes})
