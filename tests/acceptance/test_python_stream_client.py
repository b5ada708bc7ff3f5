"""`motia.client` against a real core."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from motia.client import (
    AccessDenied,
    AuthenticationFailed,
    Change,
    ConnectionFailed,
    Created,
    Deleted,
    Live,
    Sent,
    Synced,
    Updated,
    connect,
)
from support.breakable_line import breakable_line
from support.running_project import LIMIT_S, Project

SOURCE = Path(__file__).parents[1] / "support" / "projects" / "live"
# The full number of the requirement is 200; MOTIA_DISCONNECTS sets it.
DISCONNECTS = int(os.environ.get("MOTIA_DISCONNECTS", "40"))


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("live") / "project"
    shutil.copytree(SOURCE, root, ignore=shutil.ignore_patterns("__pycache__"))
    project = Project(root)
    project.start()
    yield project
    project.http.close()
    project.stop()


def port(core: Project) -> int:
    return int(core.url.rpartition(":")[2])


async def write(core: Project, stream: str, group: str, body: dict[str, Any]) -> None:
    async with httpx.AsyncClient(base_url=core.url, timeout=LIMIT_S) as http:
        (await http.post(f"/streams/{stream}/{group}", json=body)).raise_for_status()


def quick(core: Project, **options: Any) -> Live:
    return connect(core.url, first_wait_s=0.02, longest_wait_s=0.2, **options)


async def after(changes: AsyncIterator[Change]) -> Change:
    async with asyncio.timeout(LIMIT_S):
        return await anext(changes)


async def test_a_group_and_an_item_follow_creates_updates_deletes_and_events(core: Project) -> None:
    async with quick(core) as live:
        group, one = aiter(live.group("chat", "life")), aiter(live.item("chat", "life", "b"))
        assert isinstance(await after(group), Synced)
        nothing = await after(one)
        assert isinstance(nothing, Synced)
        assert nothing.items == ()
        await write(core, "chat", "life", {"set": "a", "data": {"n": 1}})
        await write(core, "chat", "life", {"set": "b", "data": {"n": 1}})
        await write(core, "chat", "life", {"set": "a", "data": {"n": 2}})
        await write(core, "chat", "life", {"delete": "b"})
        await write(core, "chat", "life", {"send": "wave", "data": 1, "id": "b"})
        await write(core, "chat", "life", {"send": "wave", "data": 2})
        seen = [await after(group) for _ in range(6)]
        assert [type(change) for change in seen] == [Created, Created, Updated, Deleted, Sent, Sent]
        assert [type(await after(one)) for _ in range(3)] == [Created, Deleted, Sent]
        times = [change.at for change in seen]
        assert times == sorted(set(times))


async def test_current_values_are_there_on_entering(core: Project) -> None:
    await write(core, "chat", "there", {"set": "z", "data": {"n": 1}})
    await write(core, "chat", "there", {"set": "a", "data": {"n": 2}})
    async with (
        quick(core) as live,
        live.group("chat", "there") as room,
        live.item("chat", "there", "a") as one,
        live.item("chat", "there", "never") as none,
    ):
        assert [item["id"] for item in room.items] == ["z", "a"]
        assert one.value is not None
        assert one.value["n"] == 2
        assert none.value is None
        assert room.status == "live"
    with pytest.raises(RuntimeError, match="inside `async with`"):
        _ = room.items


async def test_str_34_tokens_decide_who_may_join(core: Project) -> None:
    async with quick(core) as live:
        with pytest.raises(AccessDenied, match='"secret", group "room": Access denied'):
            async with live.group("secret", "room"):
                pass
        with pytest.raises(AccessDenied):
            await after(aiter(live.group("secret", "room")))

    async def token() -> str:
        return "ann"

    for options in ({"token": "ann"}, {"token": token}, {"protocols": ("Authorization", "ann")}):
        async with quick(core, **options) as live, live.group("secret", "room") as room:
            assert room.items == []


async def test_who_is_not_let_in_is_told_so(core: Project) -> None:
    with pytest.raises(AuthenticationFailed, match="401: Authentication failed"):
        async with quick(core, token="stolen"):
            pass
    with pytest.raises(ConnectionFailed, match=r"no connection to ws://127\.0\.0\.1:1/"):
        async with connect("http://127.0.0.1:1"):
            pass
    with pytest.raises(ValueError, match='"localhost:3000" is no address'):
        connect("localhost:3000")


async def test_ws_14_a_stream_that_is_not_there_yet_begins_when_it_is(core: Project) -> None:
    async with quick(core) as live:
        changes = aiter(live.group("not-heard-of", "room"))
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)  # it joins
        async with live.group("chat", "any"):  # the joins are answered in their order: the other one waits now
            assert not first.done()
        await write(core, "not-heard-of", "room", {"set": "a", "data": {"n": 1}})
        async with asyncio.timeout(LIMIT_S):
            began = await first
        assert isinstance(began, Synced)
        assert [item["id"] for item in began.items] in ([], ["a"])


async def test_iterations_end_with_the_connection(core: Project) -> None:
    async with quick(core) as live:
        changes = aiter(live.group("chat", "end"))
        await after(changes)
    assert [change async for change in changes] == []
    with pytest.raises(RuntimeError, match="there is no connection"):
        await anext(aiter(live.group("chat", "end")))


async def test_a_core_that_is_killed_and_started_again_is_found_again_with_everything(core: Project) -> None:
    async with quick(core) as live, live.group("chat", "killed") as room:
        changes = aiter(live.group("chat", "killed"))
        await after(changes)
        await write(core, "chat", "killed", {"set": "a", "data": {"n": 1}})
        assert isinstance(await after(changes), Created)
        again = port(core)
        core.kill()
        core.start("dev", "--port", str(again))
        await write(core, "chat", "killed", {"set": "b", "data": {"n": 2}})
        names: list[str] = []
        while names != ["a", "b"]:
            match await after(changes):
                case Synced(items=items):
                    names = [item["id"] for item in items]
                case Created(item=item):
                    names.append(item["id"])
        assert [item["id"] for item in room.items] == ["a", "b"]


class Writer:
    """Writes rising numbers to a group, ten at a time and without a pause, while it `is_writing`."""

    def __init__(self) -> None:
        self.written = 0
        self.is_writing = True

    async def write(self, core: Project, stream: str, group: str) -> None:
        while self.is_writing:
            await write(core, stream, group, {"from": self.written, "count": 10})
            self.written += 10


async def test_no_gaps_and_no_repeats_while_the_line_breaks_and_somebody_writes(
    core: Project, record_testsuite_property: Any
) -> None:
    heard: list[int] = []
    syncs = 0
    writer = Writer()
    async with (
        breakable_line(port(core)) as line,
        connect(f"ws://127.0.0.1:{line.port}", first_wait_s=0.005, longest_wait_s=0.02) as live,
        asyncio.TaskGroup() as tasks,
    ):
        changes = aiter(live.group("chat", "broken"))
        assert isinstance(await after(changes), Synced)
        work = tasks.create_task(writer.write(core, "chat", "broken"))

        async def hear() -> None:
            nonlocal syncs
            match await after(changes):
                case Synced():
                    syncs += 1
                case Created(item=item) | Updated(item=item):
                    heard.append(item["n"])

        for broken in range(DISCONNECTS):
            # Sometimes in the middle of what was missed, sometimes later.
            for _ in range(1 + broken % 7):
                await hear()
            while live.status != "online" or not line.break_all():
                await hear()
        writer.is_writing = False
        await work
        while not heard or heard[-1] < writer.written:
            await hear()
    written = writer.written
    gaps = sum(1 for before, n in zip([0, *heard], heard, strict=False) if n > before + 1)
    repeats = sum(1 for before, n in zip([0, *heard], heard, strict=False) if n <= before)
    record_testsuite_property(
        "figures", f"{DISCONNECTS} disconnects, {len(heard)} of {written} writes heard, {gaps} gaps, {repeats} repeats"
    )
    assert (len(heard), gaps, repeats, syncs) == (written, 0, 0, 0)


async def test_who_missed_more_than_is_remembered_begins_anew(core: Project) -> None:
    async with (
        breakable_line(port(core)) as line,
        connect(f"ws://127.0.0.1:{line.port}", first_wait_s=0.005, longest_wait_s=0.02) as live,
        live.group("chat", "away") as room,
    ):
        changes = aiter(room)
        await after(changes)
        line.is_down = True
        line.break_all()
        await write(core, "chat", "away", {"from": 0, "count": 1_001})
        line.is_down = False
        began = await after(changes)
        assert isinstance(began, Synced)
        assert sorted(item["n"] for item in began.items) == list(range(952, 1_002))
        assert room.items == list(began.items)
