from __future__ import annotations

import os
import re
import uuid

import pytest

from motia.model import identity


def test_trace_and_span_ids_are_what_w3c_asks_for() -> None:
    assert re.fullmatch("[0-9a-f]{32}", identity.new_trace_id())
    assert re.fullmatch("[0-9a-f]{16}", identity.new_span_id())
    assert "0" * 32 not in {identity.new_trace_id() for _ in range(1_000)}


def test_ids_do_not_repeat() -> None:
    assert len({identity.new_span_id() for _ in range(10_000)}) == 10_000
    assert len({identity.new_delivery_id(5) for _ in range(10_000)}) == 10_000


def test_delivery_ids_are_uuid7_and_sort_by_time() -> None:
    now = 1_700_000_000_123
    made = uuid.UUID(identity.new_delivery_id(now))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, now)
    ids = [identity.new_delivery_id(time) for time in (0, 1, now, now + 1, (1 << 48) - 1)]
    assert ids == sorted(ids)


def test_a_step_id_depends_on_file_and_name_only() -> None:
    assert identity.step_id("steps/a.py") == identity.step_id("steps/a.py")
    assert len({identity.step_id("a.py"), identity.step_id("b.py"), identity.step_id("a.py", "x")}) == 3
    assert uuid.UUID(identity.step_id("a.py")).version == 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can fork")
def test_a_forked_child_draws_other_ids() -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, identity.new_trace_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    drawn = os.read(read, 32).decode()
    os.close(read)
    os.close(write)
    assert drawn != identity.new_trace_id()
