"""Runs a core in the foreground until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import sys
from pathlib import Path
from typing import Final, Literal

import click

from motia.app.core import VERSION, Core, CoreOptions
from motia.app.generated import GeneratedFiles
from motia.app.project_settings import ProjectSettings
from motia.app.reporting import Reporter
from motia.cli.terminal import JsonLines, Terminal
from motia.project.network_config import LOOPBACK
from motia.project.root import find_root

_PORT_TRIES_IN_DEV: Final = 10
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclasses.dataclass(frozen=True, slots=True)
class ServeOptions:
    """What was asked for on the command line; None leaves it to the project."""

    directory: Path | None
    port: int | None
    host: str | None
    environment: str | None
    folders: tuple[str, ...]
    verbose: bool
    debug: bool
    mermaid: bool
    as_json: bool
    test: bool = False


def serve(command: Literal["dev", "start"], options: ServeOptions) -> None:
    """Serve until SIGINT or SIGTERM; a second SIGINT ends everything at once. Raises `MotiaError` when it cannot start."""
    root = find_root(options.directory)
    settings = asyncio.run(
        ProjectSettings.read(
            root,
            command,
            environment=options.environment or ("test" if options.test else None),
            folders=options.folders,
        )
    )
    level = "debug" if options.debug else settings.config.log_level
    reporter: Reporter = JsonLines(level=level) if options.as_json else Terminal(level=level, verbose=options.verbose)
    port = settings.config.port if options.port is None else options.port
    core_options = CoreOptions(
        host=options.host or (LOOPBACK if options.test else settings.config.host),
        cron=not options.test,
        temporary=options.test,
        port=port,
        dev=command == "dev",
        port_tries=_PORT_TRIES_IN_DEV if command == "dev" and port else 1,
    )
    generated = GeneratedFiles(root, types=command == "dev", mermaid=options.mermaid)
    core = Core(root, core_options, generated.observing(reporter), settings)
    _run(_Foreground(core, reporter, port, quiet=options.as_json))


class _Foreground:
    """A core and the signals that end it."""

    def __init__(self, core: Core, reporter: Reporter, wanted_port: int, *, quiet: bool) -> None:
        self._core = core
        self._reporter = reporter
        self._wanted_port = wanted_port
        self._quiet = quiet
        self._asked = asyncio.Event()
        self._times = 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for each in _SIGNALS:
            loop.add_signal_handler(each, self._stop, each)
        if not self._quiet:
            click.echo(f"{click.style('Motia', bold=True)} {VERSION} · {self._core.root}")
        starting = loop.create_task(self._core.start())
        asked = loop.create_task(self._asked.wait())
        await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            return
        try:
            await starting
            self._welcome()
            await asked
        finally:
            asked.cancel()
        await self._core.stop()

    def _stop(self, received: signal.Signals) -> None:
        self._times += 1
        self._asked.set()
        if self._times > 1 and received == signal.SIGINT:
            self._core.kill()
            os._exit(130)
        if not self._quiet:
            click.echo("Stopping: running handlers may finish. Ctrl-C again stops at once.")

    def _welcome(self) -> None:
        core = self._core
        port = int(core.url.rpartition(":")[2])
        if self._wanted_port not in {port, 0}:
            self._reporter.say("warn", f"Port {self._wanted_port} was in use, using port {port} instead")
        if self._quiet:
            self._reporter.say("info", f"Server ready and listening on port {port}")
            return
        if not core.table.steps:
            click.echo(
                "There are no Steps yet: put one in steps/ and it is served at once ('motia create' makes a project to start from)."
            )
        click.echo(f"🚀 Server ready and listening on port {port}")
        if core.workbench_url is not None:
            click.echo(f"🔗 Open {click.style(core.workbench_url, underline=True)} to open workbench")
            if not core.is_local:
                click.echo(f"🔑 From other machines: {core.workbench_url}/?token={core.token}")


def _run(foreground: _Foreground) -> None:
    """Run on uvloop where there is one: it halves what the core spends on a call."""
    if sys.platform == "win32":
        asyncio.run(foreground.run())
        return
    import uvloop  # noqa: PLC0415 - not on Windows

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(foreground.run())
