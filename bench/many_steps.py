"""A project with many Steps in Python, TypeScript and JavaScript: time to ready, reload of one file, memory, cost per Step.

Each number is the median of three runs, each in a new project, so that nothing compiled is left over. Memory is the
proportional share (PSS) of the core and its workers, without what processes share counted twice.
Run: python bench/many_steps.py [--steps 10 100 500]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

MOTIA: Final = str(Path(sys.executable).parent / "motia")
RUNS: Final = 3
READY_BAR_S: Final = 5.0
RELOAD_BAR_S: Final = 0.5
BAR_STEPS: Final = 500
ENDINGS: Final = {"python": "_step.py", "typescript": ".step.ts", "javascript": ".step.js"}
SOURCES: Final = {
    "python": """
from typing import Any

config = {{"type": "{type}", "name": "Step{n}", "path": "/step/{n}", "subscribes": ["topic.{n}"], "emits": ["topic.{next}"]}}


async def handler(input: Any, context: Any) -> dict[str, Any]:
    await context.state.set("seen", "{n}", "{mark}")
    return {{"status": 200, "body": "{mark}"}}
""",
    "typescript": """
import {{ type Handlers }} from 'motia'

interface Seen {{ mark: string }}

export const config = {{ type: '{type}', name: 'Step{n}', path: '/step/{n}', subscribes: ['topic.{n}'], emits: ['topic.{next}'] }}

export const handler: Handlers['Step{n}'] = async (input: any, {{ state }}: any) => {{
  const seen: Seen = {{ mark: '{mark}' }}
  await state.set('seen', '{n}', seen.mark)
  return {{ status: 200, body: seen.mark }}
}}
""",
    "javascript": """
export const config = {{ type: '{type}', name: 'Step{n}', path: '/step/{n}', subscribes: ['topic.{n}'], emits: ['topic.{next}'] }}

export const handler = async (input, {{ state }}) => {{
  await state.set('seen', '{n}', '{mark}')
  return {{ status: 200, body: '{mark}' }}
}}
""",
}


@dataclasses.dataclass(frozen=True)
class Measured:
    """What one run showed."""

    ready_s: float
    reload_s: dict[str, float]
    memory_mb: float


def write_step(root: Path, number: int, mark: str) -> str:
    """Write Step `number`, in the language whose turn it is; that language."""
    language = list(SOURCES)[number % len(SOURCES)]
    kind = "api" if number < len(SOURCES) or number % 2 == 0 else "event"
    text = SOURCES[language].format(n=number, next=number + 1, type=kind, mark=mark)
    if kind == "api":
        text = text.replace(f', "subscribes": ["topic.{number}"]', "").replace(f", subscribes: ['topic.{number}']", "")
    else:
        text = text.replace(f', "path": "/step/{number}"', "").replace(f", path: '/step/{number}'", "")
    file = root / "steps" / f"group-{number // 20}" / f"step-{number}{ENDINGS[language]}"
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_name(f".{file.name}.new")
    written.write_text(text)
    written.replace(file)
    return language


def measure(steps: int) -> Measured:
    """Serve a new project with so many Steps, and change one file per language."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number in range(steps):
            write_step(root, number, "first")
        command = [MOTIA, "dev", "--json", "--port", "0", str(root)]
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                return _measured(root, process, started, steps)
            finally:
                process.terminate()
                process.wait(30)


def _measured(root: Path, process: subprocess.Popen[str], started: float, steps: int) -> Measured:
    lines = _lines(process)
    added: set[str] = set()
    for line in lines:
        if line.get("event") == "steps":
            added.update(line["added"])
        if "Server ready" in line.get("msg", ""):
            break
    ready = time.perf_counter() - started
    port = line["msg"].rpartition(" ")[2]
    if len(added) != steps:
        raise RuntimeError(f"{len(added)} of {steps} Steps are served")
    reloads = {}
    for number in range(len(SOURCES)):
        saved = time.perf_counter()
        language = write_step(root, number, "second")
        next(line for line in lines if line.get("event") == "steps")
        reloads[language] = time.perf_counter() - saved
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/step/{number}", timeout=30) as answer:
            body = answer.read()
        if body != b"second":
            raise RuntimeError(f"the {language} Step still answers {body!r}")
    return Measured(ready, reloads, sum(_pss_kb(pid) for pid in _family(process.pid)) / 1024)


def _lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    seen = []
    for text in process.stdout:
        seen.append(text)
        if text.startswith("{"):
            yield json.loads(text)
    raise RuntimeError(f"the core ended:\n{''.join(seen[-20:])}")


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        fields = _text(file).rpartition(")")[2].split()
        if fields:
            parents[int(file.parent.name)] = int(fields[1])
    found = [pid]
    for each in found:
        found.extend(child for child, parent in parents.items() if parent == each)
    return found


def _pss_kb(pid: int) -> int:
    """The process's share of memory; 0 when it has ended meanwhile, as replaced workers do."""
    shares = [
        line.split()[1] for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines() if line.startswith("Pss:")
    ]
    return int(shares[0]) if shares else 0


def _text(file: Path) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return file.read_text()
    return ""


def main() -> None:
    """Print the table, and whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[10, 100, 500])
    counts = sorted(parser.parse_args().steps)
    print(
        f"{'Steps':>6} {'ready':>9} {'reload py':>10} {'reload ts':>10} {'reload js':>10} {'memory':>9} {'per Step':>20}"
    )
    base: tuple[int, float, float] | None = None
    met = True
    for steps in counts:
        runs = [measure(steps) for _ in range(RUNS)]
        ready = statistics.median(run.ready_s for run in runs)
        memory = statistics.median(run.memory_mb for run in runs)
        reloads = [statistics.median(run.reload_s[language] for run in runs) for language in SOURCES]
        cost = ""
        if base is not None:
            more = steps - base[0]
            cost = f"{(ready - base[1]) / more * 1000:.2f} ms {(memory - base[2]) / more * 1024:.0f} KB"
        base = base or (steps, ready, memory)
        shown = " ".join(f"{reload * 1000:>7.0f} ms" for reload in reloads)
        print(f"{steps:>6} {ready:>7.2f} s {shown} {memory:>6.0f} MB {cost:>20}", flush=True)
        if steps == BAR_STEPS:
            met = ready < READY_BAR_S and max(reloads) < RELOAD_BAR_S
    print(
        f"bars at {BAR_STEPS} Steps: ready under {READY_BAR_S} s, reload under {RELOAD_BAR_S} s: {'met' if met else 'MISSED'}"
    )
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
