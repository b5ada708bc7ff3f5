"""What the faults happen to: a project, its core and workers, an auditor, and the shim around the core."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from faults.injector import Injector
from faults.ledger import Ledger
from faults.outcome import Outcome
from support.running_project import Project, until

_PROJECTS: Final = Path(__file__).parent / "projects"
_REQUEST_LIMIT_S: Final = 30.0
# Bounds a scenario that would otherwise hang; nothing is concluded from it but that.
_SETTLE_LIMIT_S: Final = 180.0
_SUFFIXES: Final = {"python": "_step.py", "node": ".step.ts", "ruby": "_step.rb"}


class Subject:
    """A copy of one of `projects/` that is run, hurt and run again. Answers of the core that did not come are None."""

    def __init__(self, folder: Path, project: str, languages: Sequence[str] = ("python",)) -> None:
        self.ledger = Ledger(folder)
        self.injector = Injector(folder)
        self.project = Project(folder / "project")
        _copy(_PROJECTS / project, self.project.root, languages)
        _copy(_PROJECTS / "lib", self.project.root / "lib", languages)
        self._environment = {"FAULTS_LEDGER": self.ledger.address, **self.injector.environment}
        self._port = 0
        self.suspicious = False

    @property
    def data(self) -> Path:
        """The file of the queue and the state."""
        return self.project.root / ".motia" / "data.db"

    def start(self) -> None:
        """Run the core and wait until it serves."""
        self.project.start("start", environment=self._environment)
        self._port = int(self.project.url.rpartition(":")[2])

    def spawn(self) -> None:
        """Run the core without waiting."""
        self.project.spawn("start", environment=self._environment)

    def kill(self) -> None:
        """kill -9 of the core, which takes its workers along."""
        with self.ledger.fault("core"):
            self.project.kill()

    def await_death(self) -> None:
        """The core was told to die by the shim; the fault is to be noted by the caller."""
        assert self.project.process is not None
        self.project.process.wait(_REQUEST_LIMIT_S)
        self.project.kill()

    def request(
        self, method: str, path: str, body: Any = None, limit_s: float = _REQUEST_LIMIT_S
    ) -> tuple[int, Any] | None:
        """Status and body of an answer; None when the connection broke before there was one."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=limit_s)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"content-type": "application/json"} if data else {})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        with contextlib.suppress(ValueError):
            return answer.status, json.loads(text) if text else None
        return answer.status, text.decode("utf-8", "replace")

    def order(self, topic: str, orders: list[dict[str, Any]], limit_s: float = _REQUEST_LIMIT_S) -> int | None:
        """Have orders accepted; the status, None when no answer came. What a 2xx promises goes into the ledger."""
        answer = self.request("POST", f"/accept/{topic}", {"orders": orders}, limit_s)
        if answer is None:
            return None
        if answer[0] // 100 == 2:
            self.ledger.acknowledged(answer[1]["ids"])
        return answer[0]

    def books(self) -> list[dict[str, Any]]:
        """The queue's own ledger."""
        answer = self.request("GET", "/__motia/queue")
        assert answer is not None
        assert answer[0] == 200, answer
        rows: list[dict[str, Any]] = answer[1]["ledger"]
        return rows

    def unfinished(self) -> int:
        """Deliveries that are owed."""
        return sum(row["pending"] + row["leased"] for row in self.books())

    def workers(self) -> dict[str, int]:
        """Pid of the worker of each language that has one now."""
        answer = self.request("GET", "/__motia/workers")
        return {} if answer is None else {each["language"]: each["pid"] for each in answer[1]}

    def settle(self, limit_s: float = _SETTLE_LIMIT_S) -> None:
        """Wait until nothing is owed."""
        until(lambda: self.unfinished() == 0, limit_s)

    def audit(self, outcome: Outcome, *, state: str | None = "done") -> dict[str, Any]:
        """Compare what was promised with what became of it, and let the queue verify its own books."""
        if state is not None:
            self.ledger.stored(list(self.project.state(state)))
        account = self.ledger.account()
        outcome.audited(account)
        for row in self.books():
            if row["dead"]:
                outcome.problems.append(f"{row['dead']} dead letters of {row['step']}")
        verified = self.project.motia("queue", "verify", "--project", str(self.project.root))
        outcome.require("✗" not in verified, f"the books of the queue do not balance:\n{verified}")
        self.suspicious = bool(outcome.problems)
        return account

    def close(self) -> None:
        """End everything."""
        self.project.http.close()
        self.project.kill()
        self.ledger.__exit__()


@contextlib.contextmanager
def subject(project: str, languages: Sequence[str] = ("python",)) -> Iterator[Subject]:
    """A subject in a folder of its own, which is kept when the scenario fails so that it can be looked at."""
    # Unix sockets need a short path.
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp" if os.path.isdir("/tmp") else None))  # noqa: PTH112
    made = Subject(folder, project, languages)
    try:
        yield made
    except BaseException:
        print(f"what was left behind: {folder}\n{made.project.said()[-1500:]}", flush=True)
        made.close()
        raise
    made.close()
    if made.suspicious:
        print(f"what was left behind: {folder}", flush=True)
    else:
        shutil.rmtree(folder)


def _copy(source: Path, target: Path, languages: Sequence[str]) -> None:
    unwanted = [suffix for language, suffix in _SUFFIXES.items() if language not in languages]
    shutil.copytree(
        source,
        target,
        ignore=lambda _, names: [name for name in names if name.endswith(tuple(unwanted)) or name == "__pycache__"],
    )
