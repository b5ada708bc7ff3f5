"""`motia logs`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from motia.cli.core_client import CoreClient
from motia.cli.options import as_json, project
from motia.cli.terminal import log_line


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with new records until interrupted.")
@click.option("--step", help="Only of this Step.")
@click.option("--trace", help="Only of this trace.")
@click.option("--level", type=click.Choice(["debug", "info", "warn", "error"]), help="This level or above.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@as_json
@project
def logs(
    step: str | None,
    trace: str | None,
    level: str | None,
    limit: int,
    directory: Path | None,
    *,
    follow: bool,
    as_json: bool,
) -> None:
    """Show log records of the running core, oldest first."""
    client = CoreClient.of(directory)
    _show(reversed(client.get("/__motia/logs", step=step, traceId=trace, level=level, limit=limit)), as_json=as_json)
    if follow:
        _show(client.events("/__motia/logs/follow", step=step, traceId=trace, level=level), as_json=as_json)


def _show(records: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    for each in records:
        if as_json:
            click.echo(json.dumps(each))
        else:
            click.echo(log_line(each["time"], each["level"], each["msg"], each["step"], each["traceId"], each["args"]))
