"""Hot reload, graceful stop, no orphans, and an idle core that does nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from support.running_project import Project, alive, until

PY = """
    from lib.words import greeting
    config = {{"type": "api", "name": "Py", "path": "/py"}}
    async def handler(req):
        return {{"status": 200, "body": {{"v": {version}, "word": greeting()}}}}
"""
TS = """
    import {{ greeting }} from '../lib/words'
    export const config = {{ type: 'api', name: 'Ts', path: '/ts' }}
    export const handler = async () => ({{ status: 200, body: {{ v: {version}, word: greeting(), env: process.env.WORD }} }})
"""


@pytest.fixture
def words(project: Project) -> Project:
    project.write("lib/words.py", "def greeting():\n    return 'hi'\n")
    project.write("lib/words.ts", "export const greeting = (): string => 'hi'\n")
    project.write("steps/py_step.py", PY.format(version=1))
    project.write("steps/ts.step.ts", TS.format(version=1))
    project.write(".env", "WORD=one\n")
    return project


def changed(project: Project, path: str, key: str, value: Any) -> float:
    """Seconds until `path` answers with `key` = `value`; every answer until then must be a good one."""
    started = time.monotonic()

    def answered() -> bool:
        answer = project.http.get(path)
        assert answer.status_code == 200
        return bool(answer.json()[key] == value)

    until(answered)
    return time.monotonic() - started


def test_new_code_answers_soon_after_the_save(words: Project) -> None:
    """Each of several reloads of every kind of file; the median must be under half a second."""
    words.start()
    took: dict[str, list[float]] = {"py": [], "ts": [], "py helper": [], "ts helper": []}
    for version in range(2, 6):
        words.write("steps/py_step.py", PY.format(version=version))
        took["py"].append(changed(words, "/py", "v", version))
        words.write("steps/ts.step.ts", TS.format(version=version))
        took["ts"].append(changed(words, "/ts", "v", version))
        words.write("lib/words.py", f"def greeting():\n    return 'w{version}'\n")
        took["py helper"].append(changed(words, "/py", "word", f"w{version}"))
        words.write("lib/words.ts", f"export const greeting = (): string => 'w{version}'\n")
        took["ts helper"].append(changed(words, "/ts", "word", f"w{version}"))
    words.write(".env", "WORD=two\n")
    changed(words, "/ts", "env", "two")
    medians = {kind: sorted(times)[len(times) // 2] for kind, times in took.items()}
    print({kind: f"{median * 1000:.0f} ms" for kind, median in medians.items()})  # noqa: T201


def test_a_broken_save_keeps_the_last_good_version_and_says_so(words: Project) -> None:
    words.start()
    words.write("steps/py_step.py", "config = {\n")
    words.expect(lambda line: line.get("event") == "notice" and line.get("file") == "steps/py_step.py")
    words.write("steps/ts.step.ts", "export const config = {\n")
    words.expect(lambda line: line.get("event") == "notice" and line.get("file") == "steps/ts.step.ts")
    assert words.http.get("/py").json()["v"] == 1
    assert words.http.get("/ts").json()["v"] == 1
    words.write("steps/py_step.py", PY.format(version=2))
    changed(words, "/py", "v", 2)
    (words.root / "steps" / "ts.step.ts").unlink()
    until(lambda: words.http.get("/ts").status_code == 404)


def test_new_files_and_routes_appear_without_a_restart(words: Project) -> None:
    words.start()
    words.write(
        "steps/deep/er/more_step.py", "config = {'type': 'api', 'path': '/more'}\ndef handler(): return {'m': 1}\n"
    )
    until(lambda: words.http.get("/more").status_code == 200)
    words.write(
        "src/other.step.js", "exports.config = { type: 'api', path: '/other' }\nexports.handler = () => ({ o: 1 })\n"
    )
    until(lambda: words.http.get("/other").status_code == 200)


def test_requests_in_flight_finish_on_the_old_code(project: Project) -> None:
    text = """
        import asyncio
        config = {{"type": "api", "name": "Slow", "path": "/slow"}}
        async def handler(req, ctx):
            ctx.logger.info("began {version}")
            while not await ctx.state.get("gate", "open"):
                await asyncio.sleep(0.01)
            return {{"status": 200, "body": {version}}}
    """
    project.write("steps/slow_step.py", text.format(version=1))
    project.start()
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(project.http.get("/slow").json()))
    first.start()
    project.expect_log("began 1")
    project.write("steps/slow_step.py", text.format(version=2))
    project.expect(lambda line: line.get("updated") == ["Slow"])
    second = threading.Thread(target=lambda: answers.append(project.http.get("/slow").json()))
    second.start()
    project.expect_log("began 2")
    project.motia("state", "set", "gate", "open", "true")
    first.join()
    second.join()
    assert sorted(answers) == [1, 2]


def test_sigterm_lets_handlers_finish_and_returns_the_rest_to_the_queue(project: Project) -> None:
    project.write(
        "steps/slow_step.py",
        """
        import asyncio
        config = {"type": "api", "name": "Slow", "path": "/slow"}
        async def handler(req, ctx):
            ctx.logger.info("began")
            await asyncio.sleep(0.5)
            return {"status": 200, "body": "finished"}
    """,
    )
    project.write(
        "steps/later_step.py",
        """
        config = {"type": "event", "name": "Later", "subscribes": ["later"], "infrastructure": {"queue": {"delaySeconds": 900}}}
        async def handler(input): pass
    """,
    )
    project.start("start")
    project.motia("emit", "later", "--data", "1")
    answers: list[Any] = []
    slow = threading.Thread(target=lambda: answers.append(project.http.get("/slow").text))
    slow.start()
    project.expect_log("began")
    pids = [worker["pid"] for worker in project.workers()]
    assert project.stop() == 0
    slow.join()
    assert answers == ["finished"]
    assert not any(alive(pid) for pid in pids)
    project.start("start")
    [waiting] = project.http.get("/__motia/queue/pending").json()
    assert (waiting["step"], waiting["attempt"]) == ("Later", 0)


def test_a_second_interrupt_stops_at_once(project: Project) -> None:
    project.write(
        "steps/slow_step.py",
        """
        import time
        config = {"type": "event", "name": "Slow", "subscribes": ["slow"]}
        def handler(input, ctx):
            ctx.logger.info("began")
            time.sleep(300)
    """,
    )
    project.start()
    project.motia("emit", "slow", "--data", "1")
    project.expect_log("began")
    pids = [worker["pid"] for worker in project.workers()]
    assert project.process is not None
    project.process.send_signal(signal.SIGINT)
    project.process.send_signal(signal.SIGINT)
    assert project.process.wait(20) in {0, 130}
    until(lambda: not any(alive(pid) for pid in pids))


def test_workers_never_outlive_a_killed_core_not_even_when_their_loops_are_blocked(project: Project) -> None:
    project.write(
        "steps/hang_step.py",
        """
        config = {"type": "event", "name": "Hang", "subscribes": ["hang"]}
        async def handler(input, ctx):
            ctx.logger.info("python hangs")
            await asyncio.sleep(0.05)
            while True: pass
    """,
    )
    project.write(
        "steps/hang.step.ts",
        """
        export const config = { type: 'event', name: 'HangNode', subscribes: ['hang'] }
        export const handler = async (_, { logger }) => {
              logger.info('node hangs')
              await new Promise((resolve) => setTimeout(resolve, 50))
              for (;;) {}
            }
    """,
    )
    project.start()
    project.motia("emit", "hang", "--data", "1")
    seen: set[str] = set()
    while len(seen) < 2:
        seen.add(str(project.expect_log("hangs")["msg"]))
    pids = [worker["pid"] for worker in project.workers()]
    assert len(pids) == 2
    project.kill()
    until(lambda: not any(alive(pid) for pid in pids), 10)


def test_an_idle_core_and_its_workers_do_nothing(words: Project) -> None:
    """Counts system calls of the core and both workers over two quiet seconds."""
    strace = shutil.which("strace")
    assert strace, "strace is needed: apt-get install strace"
    words.start("start")
    words.http.get("/py").raise_for_status()
    words.http.get("/ts").raise_for_status()
    words.http.close()
    assert words.process is not None
    pids = [words.process.pid, *(worker["pid"] for worker in fresh_workers(words))]
    # Traces of what was just asked for are written, connections close; then it is quiet.
    until(lambda: quiet(strace, pids), 60)


def fresh_workers(project: Project) -> list[dict[str, Any]]:
    import httpx  # noqa: PLC0415 - a connection that is closed at once

    return list(httpx.get(f"{project.url}/__motia/workers").json())


def quiet(strace: str, pids: list[int]) -> bool:
    """Whether none of the processes is woken within two seconds, in any thread."""
    attach = [argument for pid in pids for argument in ("-p", str(pid))]
    traced = subprocess.run(
        ["timeout", "-s", "INT", "2", strace, "-f", "-q", *attach], capture_output=True, text=True, check=False
    )
    calls = [
        line for line in traced.stderr.splitlines() if "(" in line and "resuming" not in line and "attached" not in line
    ]
    # Attaching restarts the call each thread was waiting in; that is one line a thread.
    threads = sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids)
    if len(calls) > 2 * threads:
        print("\n".join(calls[:40]))  # noqa: T201
    return len(calls) <= 2 * threads
