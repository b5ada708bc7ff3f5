"""Plays the core against a worker of any language: starts it, talks to it in frames, compares what it says."""

import asyncio
import json
import os
import re
import socket
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE_SECONDS = 30.0

SHARED: dict[str, Any] = yaml.safe_load((HERE / "shared/sources.yaml").read_text())
CONFIG = "motia.config"
BODY_KEYS = ("json", "text", "repeat", "hex", "wrap")


@dataclass(frozen=True)
class Language:
    """How a language's worker is started, and how its files are named."""

    name: str
    suffix: str
    command: tuple[str, ...]
    program: Path


NODE = ROOT / "runtimes/node/dist/worker/main.js"
PYTHON = ROOT / "src/motia/worker/bootstrap.py"
RUBY = ROOT / "runtimes/ruby/exe/motia-worker"
LANGUAGES = (
    Language("python", "_step.py", (os.environ.get("MOTIA_TEST_PYTHON", sys.executable), str(PYTHON)), PYTHON),
    Language("typescript", ".step.ts", ("node", str(NODE)), NODE),
    Language("ruby", "_step.rb", (os.environ.get("MOTIA_TEST_RUBY", "ruby"), str(RUBY)), RUBY),
    Language("javascript", ".step.js", ("node", str(NODE)), NODE),
)


@dataclass(frozen=True)
class Case:
    """One question of the exam."""

    id: str
    language: Language
    content: dict[str, Any]

    def path(self, file: str) -> str:
        """Where a file of the case lies: a name stands for a Step, a path for itself."""
        if file == CONFIG:
            return CONFIG + Path(self.language.suffix).suffix
        if file in self.content.get("streams", ()):
            return f"streams/{file}{self.language.suffix.replace('step', 'stream')}"
        return file if "." in file else f"steps/{file}{self.language.suffix}"

    def source(self, file: str) -> Any:
        """The file's text in this language, `None` where the language has no such file."""
        text = self.content["files"][file]
        if isinstance(text, str):
            return text
        text = SHARED[text["shared"]] if "shared" in text else text
        both = text.get("javascript and typescript") if self.language.name.endswith("script") else None
        return text.get(self.language.name, both)

    @property
    def steps(self) -> list[str]:
        """The files the worker is told to load."""
        files = self.content.get("load", [file for file in self.content.get("files", {}) if "." not in file])
        return [self.path(file) for file in files]

    @property
    def streams(self) -> dict[str, list[str]]:
        """The key of a `load` that names the files that define streams, if the case has some."""
        streams = [self.path(file) for file in self.content.get("streams", ())]
        return {"streams": streams} if streams else {}

    @property
    def config(self) -> dict[str, str]:
        """The key of a `load` that names the project's config, if the case has one."""
        return {"config": self.path(CONFIG)} if CONFIG in self.content.get("files", {}) else {}


@dataclass
class Frame:
    """A frame as it came."""

    header: dict[str, Any]
    body: bytes

    def __str__(self) -> str:
        shown = self.body[:200].decode("utf-8", "replace")
        return f"{json.dumps(self.header, ensure_ascii=False)} {shown}".rstrip()


@dataclass
class Conversation:
    """The core's side of one connection."""

    case: Case
    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    saved: dict[str, Any] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    async def send(self, frame: dict[str, Any]) -> None:
        """Sends a frame written as a case writes it."""
        header = {key: value for key, value in self._filled(frame).items() if key not in BODY_KEYS}
        header = {key: self.saved.get(value, value) if key == "id" else value for key, value in header.items()}
        body = _body(self._filled(frame))
        if header["t"] == "call":
            header = _completed(header, frame, body)
        text = json.dumps(header, ensure_ascii=False).encode()
        self.log.append(f"→ {text.decode()}")
        self.writer.write(struct.pack(">II", len(text), len(body)) + text + body)
        await self.writer.drain()

    async def send_raw(self, text: str) -> None:
        """Sends bytes that need not be a frame."""
        self.writer.write(bytes.fromhex(text))
        await self.writer.drain()

    async def receive(self) -> Frame:
        """The next frame. Raises EOFError when the worker has ended the connection."""
        try:
            lengths = await self.reader.readexactly(8)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise EOFError("the worker has ended the connection") from None
        header_length, body_length = struct.unpack(">II", lengths)
        header = json.loads(await self.reader.readexactly(header_length))
        frame = Frame(header, await self.reader.readexactly(body_length))
        self.log.append(f"← {frame}")
        return frame

    async def expect(self, wanted: list[dict[str, Any]]) -> None:
        """Receives until each of `wanted` has come, in any order. Log records nobody wants are passed over."""
        missing = [self._filled(frame) for frame in wanted]
        while missing:
            frame = await self.receive()
            match = next((one for one in missing if self._matches(one, frame)), None)
            if match is not None:
                missing.remove(match)
            elif frame.header["t"] != "log":
                raise AssertionError(f"unexpected: {frame}\nexpected one of: {missing}")

    async def begin(self) -> None:
        """Greets, loads every file of the case and binds what was found."""
        await self.expect([{"t": "hello"}])
        await self.send({"t": "load", "files": self.case.steps, **self.case.streams, **self.case.config})
        entries: dict[str, Any] = {}
        while (frame := await self.receive()).header["t"] != "ready":
            assert frame.header.get("error") is None, frame
            for found in frame.header.get("found", []):
                entries[found["entry"]] = {"name": found["entry"], "flows": [], "maxAttempts": 3, "emits": None}
        for entry, binding in self._filled(self.case.content.get("bind", {})).items():
            entries[entry] = {**entries[entry], **binding}
        await self.send({"t": "bind", "entries": entries})

    async def exit_status(self) -> int:
        """The status the worker ends with."""
        while True:
            try:
                await self.receive()
            except EOFError:
                return await self.process.wait()

    def _filled(self, value: Any) -> Any:
        """The value with `<name>` replaced by the path of that file."""
        if isinstance(value, str):
            files = self.case.content.get("files", {})
            return re.sub(r"<([\w. -]+)>", lambda at: self.case.path(at[1]) if at[1] in files else at[0], value)
        if isinstance(value, dict):
            return {self._filled(key): self._filled(item) for key, item in value.items()}
        return [self._filled(item) for item in value] if isinstance(value, list) else value

    def _matches(self, wanted: dict[str, Any], frame: Frame) -> bool:
        header = {key: value for key, value in wanted.items() if key not in (*BODY_KEYS, "save")}
        header = {key: self.saved.get(value, value) if key == "id" else value for key, value in header.items()}
        if not fits(header, frame.header) or not _body_fits(wanted, frame.body):
            return False
        if "save" in wanted:
            self.saved[wanted["save"]] = frame.header["id"]
        return True


def fits(wanted: Any, given: Any) -> bool:
    """Whether `given` is as wanted: objects may have more keys, `/…/` is a pattern, `absent` a key that must not be."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            key not in given if value == "absent" else key in given and fits(value, given[key])
            for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(given, list) and len(wanted) == len(given) and all(map(fits, wanted, given))
    if wanted == "any number":
        return isinstance(given, (int, float)) and not isinstance(given, bool)
    if isinstance(wanted, str) and len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        return isinstance(given, str) and re.search(wanted[1:-1], given, re.DOTALL) is not None
    return bool(wanted == given and isinstance(wanted, bool) == isinstance(given, bool))


def _body(frame: dict[str, Any]) -> bytes:
    if "json" in frame:
        return json.dumps(frame["json"], ensure_ascii=False).encode()
    if "repeat" in frame:
        text, times = frame["repeat"]
        before, after = frame.get("wrap", ("", ""))
        return f"{before}{str(text) * int(times)}{after}".encode()
    return bytes.fromhex(frame["hex"]) if "hex" in frame else str(frame.get("text", "")).encode()


def _body_fits(wanted: dict[str, Any], body: bytes) -> bool:
    if "json" in wanted:
        try:
            return fits(wanted["json"], json.loads(body))
        except ValueError:
            return False
    if "text" in wanted:
        return fits(wanted["text"], body.decode("utf-8", "replace"))
    return not any(key in wanted for key in ("repeat", "hex")) or body == _body(wanted)


def _completed(header: dict[str, Any], frame: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A call with the keys that a case leaves out because they do not matter to it."""
    common = {"kind": "event", "trigger": 0, "traceId": "trace-1", "spanId": "span-1", "attempt": 1}
    header = {**common, **header}
    if header["kind"] == "hook":
        header.pop("trigger")
        header.setdefault("hook", "request")
    if header["kind"] == "http" or header.get("hook") == "request" or header.get("as") == "http":
        path = header.get("path", "/")
        kind = "json" if "json" in frame else "text" if "text" in frame else "bytes" if body else "none"
        request = {"method": "GET", "path": path, "url": path, "pathParams": {}, "queryParams": {}}
        header = {**request, "headers": {}, "ip": "127.0.0.1", "bodyKind": kind, **header}
    if header["kind"] not in ("http", "hook"):
        header = {"deliveryId": "delivery-1", **header}
    if header["kind"] == "event":
        header = {"topic": "topic", **header}
    return header


@asynccontextmanager
async def conversation(case: Case, folder: Path) -> AsyncIterator[Conversation]:
    """A worker started on the files of a case."""
    project = folder / "project"
    for file in case.content.get("files", {}):
        source = case.source(file)
        if source is not None:
            path = project / case.path(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
    project.mkdir(exist_ok=True)
    start = _over_tcp if case.content.get("over") == "tcp" else _over_a_pair
    process, reader, writer = await start(case, project)
    try:
        yield Conversation(case, process, reader, writer)
    finally:
        writer.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


Started = tuple[asyncio.subprocess.Process, asyncio.StreamReader, asyncio.StreamWriter]


async def _over_a_pair(case: Case, project: Path) -> Started:
    ours, theirs = socket.socketpair()
    with theirs:
        where = {"MOTIA_WORKER_SOCKET": f"fd:{theirs.fileno()}"}
        try:
            process = await _process(case, project, where, pass_fds=[theirs.fileno()])
        except BaseException:
            ours.close()
            raise
    return process, *await asyncio.open_connection(sock=ours)


async def _over_tcp(case: Case, project: Path) -> Started:
    secret = "0123456789abcdef0123456789abcdef"
    connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
    server = await asyncio.start_server(lambda *pair: connected.set_result(pair), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    where = {"MOTIA_WORKER_SOCKET": f"tcp:{host}:{port}", "MOTIA_WORKER_SECRET": secret}
    process = await _process(case, project, where)
    reader, writer = await asyncio.wait_for(connected, PATIENCE_SECONDS)
    server.close()
    assert await reader.readexactly(len(secret)) == secret.encode()
    return process, reader, writer


async def _process(case: Case, project: Path, where: dict[str, str], **how: Any) -> asyncio.subprocess.Process:
    own = {"MOTIA_PROJECT_ROOT": str(project), "MOTIA_CACHE_DIR": str(project.with_name("cache"))}
    given = case.content.get("environment", {})
    environment = {**os.environ, "MOTIA_WORKER_PARENT": str(os.getpid()), **given, **own, **where}
    return await asyncio.create_subprocess_exec(
        *case.language.command, cwd=project, env=environment, stdin=asyncio.subprocess.DEVNULL, **how
    )


def cases() -> Iterator[Case]:
    """Every case in every language it is written for."""
    for file in sorted(HERE.glob("*.yaml")):
        for content in yaml.safe_load_all(file.read_text()):
            for language in LANGUAGES:
                if language.name in content.get("languages", [one.name for one in LANGUAGES]):
                    yield Case(f"{file.stem}: {content['name']}", language, content)


def known_failing(language: Language) -> set[str]:
    """The cases a language does not pass yet, from a list that gives the reason above each."""
    lines = (HERE / "known-failing" / f"{language.name}.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        failing = {language.name: known_failing(language) for language in LANGUAGES}
        metafunc.parametrize(
            "case",
            [
                pytest.param(
                    case,
                    id=f"{case.language.name} {case.id}",
                    marks=[pytest.mark.xfail] if case.id in failing[case.language.name] else [],
                )
                for case in cases()
            ],
        )


@pytest.fixture
def converse() -> Any:
    return conversation
