"""How quickly the Workbench is served from a full store: listing, filtering and opening runs, and reading logs.

A store is filled with runs, the spans and the logs of each, then a real core serves it, and each request is asked for again
and again. Times are those of the whole round over HTTP on this machine. The bar is the 95th percentile of each request.
Run: python bench/workbench_store.py [--runs 100000] [--logs 1000000] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from motia.adapters.sqlite import SqliteStores
from motia.model.identity import new_delivery_id, new_span_id, new_trace_id
from motia.model.records import Level, LogRecord, Span
from motia.model.run import RunChange, RunDelivery, RunEntry, StepEnd

BAR_MS = 200.0
ROUNDS = 40
BATCH = 2_000
STEPS = [f"step-{number:02}" for number in range(40)]
FLOWS = [f"flow-{number}" for number in range(8)]
LEVELS: tuple[Level, ...] = ("debug", "info", "info", "info", "warn", "error")
NS = 1_000_000
MOTIA = str(Path(sys.executable).parent / "motia")


class Story:
    """Runs and their logs, one every few milliseconds until now; the same ones each time."""

    def __init__(self, runs: int, logs: int) -> None:
        self._random = random.Random(20)
        self._runs = runs
        self._logs_each = logs // runs
        self._step_ms = 6 * 86_400_000 // runs
        self._begin = time.time_ns() // NS - runs * self._step_ms
        self.some: list[str] = []

    def batches(self) -> Iterator[tuple[list[Span], list[LogRecord], list[RunChange]]]:
        for start in range(0, self._runs, BATCH):
            spans: list[Span] = []
            logs: list[LogRecord] = []
            changes: list[RunChange] = []
            for number in range(start, min(start + BATCH, self._runs)):
                self._add(number, spans, logs, changes)
            yield spans, logs, changes

    def _add(self, number: int, spans: list[Span], logs: list[LogRecord], changes: list[RunChange]) -> None:
        chance = self._random
        trace_id, started = new_trace_id(), (self._begin + number * self._step_ms) * NS
        if number % 97 == 0:
            self.some.append(trace_id)
        entry, other, flow = chance.choice(STEPS), chance.choice(STEPS), chance.choice(FLOWS)
        took, failed = chance.randrange(1, 900) * NS, number % 25 == 0
        given = {"orderId": f"o-{number}", "email": f"person{number}@example.com", "items": [{"sku": "a", "n": 1}] * 3}
        root = new_span_id()
        for at, step in enumerate((entry, other)):
            spans.append(
                Span(
                    trace_id, root if at == 0 else new_span_id(), None if at == 0 else root, step, "http" if at == 0 else "event",
                    step, started + at * NS, started + took, "error" if failed and at else "ok",
                    {"attempt": 1, "maxAttempts": 4, "input": given, "result": {"ok": True}},
                )
            )  # fmt: skip
        dead = RunDelivery(new_delivery_id(started // NS), trace_id, other, "dead", started // NS, 4, 4)
        changes.append(
            RunChange(
                trace_id, RunEntry(started, "http" if number % 3 else "event", entry, "order.placed", given),
                version="sha256:1", attempts=2, queued=2 * NS, running=took, last=started + took,
                flows={flow}, steps={entry, other},
                ends={entry: StepEnd({"ok": True}), other: StepEnd(None, "Declined: no money" if failed else None)},
                deliveries={dead.id: dead} if failed else {},
                attributes={"http.method": "POST", "http.path": f"/orders/{number % 500}"},
            )
        )  # fmt: skip
        for line in range(self._logs_each):
            moment = started // NS + line
            logs.append(
                LogRecord(
                    new_delivery_id(moment), moment, chance.choice(LEVELS), f"order {number} line {line}: all is well",
                    entry, trace_id, root, (flow,), {"n": line},
                )
            )  # fmt: skip


async def fill(directory: Path, story: Story) -> None:
    async with SqliteStores.open(directory) as stores:
        for spans, logs, changes in story.batches():
            await stores.traces.record(spans, logs, changes)


@contextlib.contextmanager
def served(root: Path) -> Iterator[httpx.Client]:
    """A core that serves the project."""
    command = [MOTIA, "start", "--json", "--host", "127.0.0.1", "--port", "0", str(root)]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as core:
        assert core.stdout is not None
        lines = iter(core.stdout.readline, "")
        said = next(text for text in map(_message, lines) if "Server ready" in text)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{said.rpartition(' ')[2]}", timeout=60) as client:
                yield client
        finally:
            core.terminate()


def _message(line: str) -> str:
    with contextlib.suppress(ValueError):
        return str(json.loads(line).get("msg", ""))
    return line


def requests(story: Story) -> dict[str, list[str]]:
    """What is asked for by name; the addresses of each are taken in turn."""
    middle = (story._begin + story._runs // 2 * story._step_ms) * NS  # noqa: SLF001 - the story is ours
    return {
        "list": ["/__motia/runs?limit=50"],
        "list, deep page": [f"/__motia/runs?limit=50&before={middle},f"],
        "by status": ["/__motia/runs?status=failed&limit=50", "/__motia/runs?status=failed,completed&limit=50"],
        "by status, none": ["/__motia/runs?status=queued,running,waiting,retrying&limit=50"],
        "by Step": [f"/__motia/runs?step={step}&limit=50" for step in STEPS[:8]],
        "by Step and status": [f"/__motia/runs?step={step}&status=failed&limit=50" for step in STEPS[:8]],
        "by flow and trigger": [f"/__motia/runs?flow={flow}&trigger=event&limit=50" for flow in FLOWS],
        "by attribute": [f"/__motia/runs?attribute=http.path:/orders/{number}&limit=50" for number in range(8)],
        "by duration": ["/__motia/runs?minMs=895&limit=50"],
        "by text, rare": [f"/__motia/runs?text=person{number}@&limit=50" for number in (17, 5_017, 50_017)],
        "by text, none": ["/__motia/runs?text=nowhere-to-be-found&limit=50"],
        "counts": ["/__motia/runs/counts"],
        "open a run": [f"/__motia/runs/{each}" for each in story.some[:40]],
        "open its trace": [f"/__motia/traces/{each}" for each in story.some[:40]],
        "logs": ["/__motia/logs?limit=200"],
        "logs of a run": [f"/__motia/logs?traceId={each}" for each in story.some[:40]],
        "logs by Step": [f"/__motia/logs?step={step}&limit=200" for step in STEPS[:8]],
        "logs by Step, none": ["/__motia/logs?step=nobody&limit=200"],
        "logs by level": ["/__motia/logs?level=error&limit=200"],
        "logs by text": ["/__motia/logs?text=line 3&limit=200"],
        "logs by text, rare": ["/__motia/logs?text=order 4711 line&limit=200"],
        "logs by text, none": ["/__motia/logs?text=nowhere-to-be-found&limit=200"],
    }


def measure(client: httpx.Client, paths: list[str]) -> tuple[float, float]:
    """The median and the 95th percentile in ms."""
    times: list[float] = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        client.get(paths[number % len(paths)]).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--logs", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, help="where the store is made (a temporary directory)")
    given = parser.parse_args()
    story, missed = Story(given.runs, given.logs), 0
    with tempfile.TemporaryDirectory(prefix="motia-bench-", dir=given.directory) as place:
        root = Path(place)
        (root / "steps").mkdir()
        (root / "motia.config.json").write_text(json.dumps({"traces": {"maxBytes": "8gb"}}), encoding="utf-8")
        began = time.perf_counter()
        asyncio.run(fill(root / ".motia", story))
        size = (root / ".motia" / "traces.db").stat().st_size
        took = time.perf_counter() - began
        print(f"filled with {given.runs:,} runs and {given.logs:,} logs in {took:.0f} s, {size / 1e6:,.0f} MB")
        with served(root) as client:
            figures: dict[str, Any] = {name: measure(client, paths) for name, paths in requests(story).items()}
    print(f"{'request':<22}{'median':>10}{'p95':>10}   bar {BAR_MS:.0f} ms")
    for name, (median, p95) in figures.items():
        missed += p95 >= BAR_MS
        print(f"{name:<22}{median:>7.1f} ms{p95:>7.1f} ms   {'ok' if p95 < BAR_MS else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
