"""What tests of live streams do: call streams through a Step, and listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from support.live_client import LiveClient
from support.running_project import Project


class Live:
    """A project that is served, and a group of the test's own."""

    def __init__(self, project: Project, room: str) -> None:
        self.project = project
        self.room = room

    def do(self, call: str, *given: Any, stream: str = "chat") -> Any:
        """The result of a call of `ctx.streams`."""
        answer = self.project.http.post("/do", json={"stream": stream, "call": call, "given": given})
        assert answer.status_code == 200, answer.text + self.project.said()
        return answer.json()["result"]

    def fails(self, call: str, *given: Any, stream: str = "chat") -> str:
        """What is logged of a call that fails."""
        answer = self.project.http.post("/do", json={"stream": stream, "call": call, "given": given})
        assert answer.status_code == 500, answer.text
        trace = self.project.trace(answer.headers["x-trace-id"])
        return " ".join(log["msg"] for log in trace["logs"] if log["level"] == "error")

    def client(self, path: str = "/", protocols: Sequence[str] | None = None) -> LiveClient:
        """A connection."""
        return LiveClient(self.project.url, path, protocols)


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what the core adds to it."""
    return {name: value for name, value in item.items() if name not in {"id", "_createdAt", "__motia"}}
