"""`motia cron`: schedules, their next ticks, and what became of those before."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from motia.cli.core_client import CoreClient
from motia.cli.options import as_json, project
from motia.cli.terminal import table

_COLORS = {
    "fired": "green",
    "caught up": "cyan",
    "skipped": "yellow",
    "coalesced": "bright_black",
    "paused": "bright_black",
}


@click.group()
def cron() -> None:
    """Look at the schedules of the running core."""


@cron.command("list")
@as_json
@project
def list_schedules(directory: Path | None, *, as_json: bool) -> None:
    """The schedules and their next ticks."""
    found = CoreClient.of(directory).get("/__motia/cron")
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[each["step"], each["expression"], each["timezone"] or "server time", _next(each)] for each in found]
    click.echo(table(rows, ["STEP", "SCHEDULE", "TIME ZONE", "NEXT"]) if rows else "No schedules.")


@cron.command("pause")
@click.argument("step")
@project
def pause(step: str, directory: Path | None) -> None:
    """Let the ticks of STEP pass by, over restarts too, until it is resumed. They are not made up for."""
    answer = CoreClient.of(directory).post("/__motia/cron/pause", {"step": step})
    click.echo(f"{answer['step']} {'is paused' if answer['changed'] else 'was paused already'}")


@cron.command("resume")
@click.argument("step")
@project
def resume(step: str, directory: Path | None) -> None:
    """Let the schedule of STEP fire again."""
    answer = CoreClient.of(directory).post("/__motia/cron/resume", {"step": step})
    click.echo(f"{answer['step']} {'goes on' if answer['changed'] else 'was not paused'}")


@cron.command("ticks")
@click.option("--step", help="Only of this Step.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@as_json
@project
def ticks(step: str | None, limit: int, directory: Path | None, *, as_json: bool) -> None:
    """What became of each nominal tick, latest first."""
    found = CoreClient.of(directory).get("/__motia/cron/ticks", step=step, limit=limit)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        [
            each["step"],
            _clock(each["scheduled_for"]),
            click.style(each["outcome"], fg=_COLORS.get(each["outcome"])),
            each["delivery"] or "",
        ]
        for each in found
    ]
    click.echo(table(rows, ["STEP", "TICK", "OUTCOME", "DELIVERY"]) if rows else "No ticks yet.")


@cron.command("run")
@click.argument("step")
@as_json
@project
def run(step: str, directory: Path | None, *, as_json: bool) -> None:
    """Run a cron Step now; its schedule is not affected."""
    answer = CoreClient.of(directory).post(f"/__motia/steps/{quote(step, safe='')}/start", {})
    click.echo(json.dumps(answer) if as_json else f"Started {step}: delivery {answer['id']}, trace {answer['traceId']}")


def _next(schedule: dict[str, Any]) -> str:
    if schedule["paused"] is None:
        return _clock(schedule["next"])
    return click.style(f"paused since {_clock(schedule['paused'])}", fg="yellow")


def _clock(milliseconds: int | None) -> str:
    return "" if milliseconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(milliseconds / 1000))
