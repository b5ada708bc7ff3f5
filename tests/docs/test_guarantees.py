"""The Steps in docs/guarantees.md do what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia.runtime.atomic_steps import MOST_RUNS
from motia.runtime.attempt_record import AtomicLimits
from support.running_project import Project, until

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(?:python|ts)\n(?:#|//) (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path / "shown")
    for path, text in BLOCK.findall(TEXT):
        project.write(path, text)
    project.write(
        "steps/print_step.py",
        """
        config = {"type": "event", "name": "Print", "subscribes": ["receipt.wanted"]}
        async def handler(input, context):
            await context.state.increment("printed", input["id"], 1)
        """,
    )
    project.start()
    yield project
    project.http.close()
    project.stop()


def test_the_steps_it_shows_do_what_it_says(shown: Project) -> None:
    assert {path for path, _ in BLOCK.findall(TEXT)} == {"steps/order-receipt.step.ts", "steps/settle_order_step.py"}
    for number in (1, 1, 2):
        data = {"id": f"{number}", "customer": "ada", "amount": 5}
        shown.http.post("/__motia/emit", json={"topic": "order.paid", "data": data}).raise_for_status()
    until(lambda: shown.state("totals") == {"ada": 15})
    until(lambda: shown.state("printed") == {"1": 1, "2": 1})
    books = until(lambda: settled(shown))
    # Three orders were settled, and two receipts printed: the first one's key was used before.
    assert (books["OrderReceipt"]["done"], books["Print"]["done"]) == (3, 2)


def settled(project: Project) -> dict[str, dict[str, int]] | None:
    books = {row["step"]: row for row in project.http.get("/__motia/queue").json()["ledger"]}
    return None if any(row["pending"] or row["leased"] for row in books.values()) else books


def test_the_numbers_are_those_of_the_code() -> None:
    limits = AtomicLimits()
    assert f"{limits.changes:,} changes" in TEXT
    assert f"{limits.total_bytes // 1024 // 1024} MiB" in TEXT
    assert {10: "up to ten times"}[MOST_RUNS] in TEXT
