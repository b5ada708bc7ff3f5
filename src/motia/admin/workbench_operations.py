"""Operations that only the Workbench needs: its files, its session, and what changes while it looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from motia.admin.access import Access
from motia.admin.change_feed import ChangeFeed
from motia.admin.json_text import dumps
from motia.admin.operations import STRING, AdminRefusal, Answered, Asked, Operation, record
from motia.admin.workbench_files import ASSETS, WorkbenchFiles

_KEEP_ALIVE_S: Final = 15.0
_NOT_BUILT: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Motia</title><h1>Motia</h1>'
    "<p>The Workbench was not built: run <code>make setup</code> in this checkout. "
    'The data is under <a href="/__motia/openapi.json">/__motia</a>.</p></html>'
)


class WorkbenchOperations:
    """The operations; `all` lists them. `base` is the path of the page, None where there is none."""

    def __init__(self, files: WorkbenchFiles, access: Access, feed: ChangeFeed, *, base: str | None) -> None:
        """The page and its files are open: they hold no data, and the login is part of them."""
        self._files = files
        self._access = access
        self._feed = feed
        self._base = base

    def all(self) -> list[Operation]:
        """In the order they are matched."""
        common = [
            Operation(
                "openSession", "POST", "/__motia/session", "Exchange the admin token for a cookie", self._open_session, {},
                status=204, open=True, tag="workbench",
                body={"type": "object", "properties": {"token": STRING}, "required": ["token"]},
            ),
            Operation(
                "closeSession", "POST", "/__motia/session/close", "Take the cookie back", self._close_session, {}, status=204,
                open=True, tag="workbench", body={"type": "object"},
            ),
            Operation(
                "followChanges", "GET", "/__motia/changes/follow", "What changes, as Server-Sent Events: `traces`, `code`, `missed`",
                self._follow, record(), tag="workbench", media_type="text/event-stream",
            ),
        ]  # fmt: skip
        if self._base is None:
            return common
        return [
            Operation(
                "workbench", "GET", self._base, "The Workbench", self._page, STRING, media_type="text/html", open=True, tag="workbench",
            ),
            Operation(
                "workbenchFile", "GET", ASSETS + "/{name}", "A script, style or picture of the Workbench", self._file, STRING,
                media_type="application/octet-stream", open=True, tag="workbench",
            ),
            *common,
        ]  # fmt: skip

    async def _page(self, asked: Asked) -> Answered:
        token = asked.query.get("token")
        cookie = token if token and self._access.is_token(token) else None
        page = self._files.page(asked.path) if self._files.present else _NOT_BUILT
        return Answered(html=page, cookie=cookie)

    async def _file(self, asked: Asked) -> Answered:
        file = self._files.asset(asked.parameters["name"], asked.headers.get("accept-encoding", ""))
        if file is None:
            raise AdminRefusal(404, f"The Workbench has no file {asked.parameters['name']!r}")
        return Answered(file=file)

    async def _open_session(self, asked: Asked) -> Answered:
        token = asked.field("token", str)
        if not self._access.is_token(token):
            raise AdminRefusal(
                401, "That is not the admin token; 'motia start' prints it, and it is in .motia/admin-token"
            )
        return Answered(status=204, cookie=token)

    async def _close_session(self, _: Asked) -> Answered:
        return Answered(status=204, cookie="")

    async def _follow(self, _: Asked) -> Answered:
        return Answered(stream=self._changes())

    async def _changes(self) -> AsyncIterator[bytes]:
        with self._feed.reader() as reader:
            yield b": following\n\n"
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_S):
                        kind, data = await reader.next()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                yield _event(kind, data)


def _event(kind: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), dumps(data))
