"""Which application answers on the Workbench's own port, and on the others (CONF-21)."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from motia.http.workbench_door import WorkbenchDoor

HTML = "text/html,*/*"


async def answering(port: int, method: str, path: str, accept: str) -> str:
    asked: list[str] = []

    async def edge(*_: Any) -> None:
        asked.append("edge")

    async def admin(*_: Any) -> None:
        asked.append("admin")

    async def nothing(*_: Any) -> MutableMapping[str, Any]:
        return {}

    door = WorkbenchDoor(
        3000, edge, admin, lambda method, path, accept: (method, path) == ("GET", "/desk") and "html" in accept
    )
    headers = [(b"host", b"x"), (b"accept", accept.encode())] if accept else []
    scope = {
        "type": "http",
        "method": method,
        "raw_path": path.encode(),
        "headers": headers,
        "server": ("127.0.0.1", port),
    }
    await door(scope, nothing, nothing)  # type: ignore[arg-type]
    (answered,) = asked
    return answered


@pytest.mark.parametrize(
    ("port", "method", "path", "accept", "answers"),
    [
        (3000, "GET", "/desk", HTML, "admin"),
        (3000, "GET", "/desk", "application/json", "edge"),
        (3000, "GET", "/desk", "", "edge"),
        (3000, "POST", "/desk", HTML, "edge"),
        (3000, "GET", "/orders", HTML, "edge"),
        (3001, "GET", "/desk", HTML, "edge"),
    ],
)
async def test_conf_21_the_page_is_on_its_own_port_and_steps_on_both(
    port: int, method: str, path: str, accept: str, answers: str
) -> None:
    assert await answering(port, method, path, accept) == answers
