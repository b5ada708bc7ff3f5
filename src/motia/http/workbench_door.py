"""What tells the Workbench's own port from that of the Steps (CONF-21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from motia.http.bodies import Receive
from motia.http.edge import AsgiApp, Scope, Send

_PageTest = Callable[[str, str, str], bool]


class WorkbenchDoor:
    """On `port` the Workbench's page comes before the Steps; on every other only Steps and data are served.

    Steps answer on both: the page calls them, and a browser lets it do so freely only where it came from.
    """

    def __init__(self, port: int, edge: AsgiApp, admin: AsgiApp, is_page: _PageTest) -> None:
        """`is_page(method, path, accept)` tells what `admin` answers with a page."""
        self._port: Final = port
        self._edge = edge
        self._admin = admin
        self._is_page = is_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3 entry."""
        page = scope["type"] == "http" and scope["server"][1] == self._port and self._asks_for_page(scope)
        await (self._admin if page else self._edge)(scope, receive, send)

    def _asks_for_page(self, scope: Scope) -> bool:
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        return self._is_page(scope["method"], scope["raw_path"].decode("latin-1"), accept.decode("latin-1"))
