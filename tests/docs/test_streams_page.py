"""What docs/streams.md shows runs, and prints what the page says."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from motia.http.live_session import LiveLimits
from support.running_project import LIMIT_S, Project

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
CLIENT = ROOT / "clients" / "typescript"
FILES = dict(re.findall(r"```(?:python|ts|tsx|js)\n(?:#|//) (\S+)\n(.*?)```", PAGE, re.DOTALL))
PROJECT = {path for path in FILES if "/" in path or path == "motia.config.py"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("streams") / "shop")
    for path in PROJECT:
        project.write(path, FILES[path])
    project.start()
    yield project
    project.http.close()
    project.stop()


def commands() -> list[tuple[str, list[str]]]:
    """(command, lines of its output) of all console blocks, in order."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.strip().splitlines()
            found.append((command, output))
    return found


def order(shop: Project, name: str, status: str) -> None:
    shop.http.post(f"/orders/{name}", json={"status": status}).raise_for_status()


@contextlib.contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """It runs until the end of the block; a test that hangs is ended by the limit."""
    environment = {"PATH": str(Path(shutil.which("node") or "/").parent)}
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def printed(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def test_the_page_shows_files_of_every_kind() -> None:
    others = {"page.ts", "orders.tsx", "watch.mjs", "watch.py"}
    assert set(FILES) == others | {
        "motia.config.py", "streams/orders_stream.py", "streams/diary_stream.py", "steps/order_step.py"
    }  # fmt: skip


def test_the_commands_print_what_the_page_shows(shop: Project) -> None:
    assert len(commands()) == 4
    for command, expected in commands():
        here = shlex.split(command.replace("localhost:3000", shop.url.removeprefix("http://")))
        done = subprocess.Popen([*here, "--max-time", str(LIMIT_S)], stdout=subprocess.PIPE, text=True)
        try:
            for line in expected:
                assert re.fullmatch(re.escape(line).replace("…", "[0-9]+"), printed(done)), command
        finally:
            done.kill()
            done.communicate()


def test_the_conversation_on_the_wire_goes_as_shown(shop: Project) -> None:
    [talk] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    times: dict[int, int] = {}  # the page's timestamps are short
    with connect(shop.url.replace("http", "ws")) as socket:
        for line in talk.splitlines():
            said = json.loads(line[2:])
            if line[0] == "→":
                if "after" in said["data"]:
                    said["data"]["after"] = times.get(said["data"]["after"], 0)
                socket.send(json.dumps(said))
            else:
                heard = json.loads(socket.recv(LIMIT_S))
                assert heard["timestamp"] == times.setdefault(said["timestamp"], heard["timestamp"])
                assert list(heard.items())[1:] == list(said.items())[1:]


def test_the_python_program_prints_changes(shop: Project, tmp_path: Path) -> None:
    (tmp_path / "watch.py").write_text(FILES["watch.py"].replace("http://localhost:3000", shop.url))
    order(shop, "o2", "placed")
    with running([sys.executable, "watch.py"], tmp_path) as program:
        assert re.fullmatch(r"\d+ orders", printed(program))
        order(shop, "o2", "sent")
        assert [printed(program), printed(program)] == ["o2 is sent", "bell o2"]


@pytest.fixture
def node_project(tmp_path: Path) -> Path:
    """A folder with our package and what the snippets import besides."""
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for name in ("react", "@types", "ws"):
        (modules / name).symlink_to(CLIENT / "node_modules" / name)
    (modules / "motia-stream-client").symlink_to(CLIENT)
    return tmp_path


def test_the_node_program_prints_changes(shop: Project, node_project: Path) -> None:
    program = FILES["watch.mjs"].replace("ws://localhost:3000", shop.url.replace("http", "ws"))
    (node_project / "watch.mjs").write_text(program)
    order(shop, "o3", "placed")
    with running(["node", "--preserve-symlinks", "watch.mjs"], node_project) as process:
        assert "o3 is placed" in printed(process)
        order(shop, "o3", "sent")
        assert "o3 is sent" in printed(process)


def test_the_snippets_for_pages_fit_the_package(node_project: Path) -> None:
    shown = {name: FILES[name] for name in ("page.ts", "orders.tsx")}
    readme = (CLIENT / "README.md").read_text(encoding="utf-8")
    shown |= {f"readme.{kind}": text for kind, text in re.findall(r"```(tsx?)\n(.*?)```", readme, re.DOTALL)}
    assert len(shown) == 4
    for name, text in shown.items():
        (node_project / name).write_text(text)
    (node_project / "package.json").write_text('{"type":"module"}')
    compiler = CLIENT / "node_modules" / "typescript" / "bin" / "tsc"
    options = ["--noEmit", "--strict", "--jsx", "react-jsx", "--module", "nodenext", "--target", "es2022"]
    done = subprocess.run(
        ["node", str(compiler), *options, "--preserveSymlinks", "--skipLibCheck", *shown],
        cwd=node_project, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_limits_are_those_of_the_server() -> None:
    limits = LiveLimits()
    for number in (limits.subscriptions, limits.connections, limits.connections_per_address):
        assert f"{number:,}" in PAGE
    assert f"{limits.unsent_bytes // 1024**2} MiB" in PAGE
