"""`motia audit`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from motia.cli.core_client import CoreClient
from motia.cli.options import as_json, project
from motia.cli.terminal import table


@click.command()
@click.option("--action", help="Only this action, by its name.")
@click.option("--target", help="Only where the target contains this.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@as_json
@project
def audit(action: str | None, target: str | None, limit: int, directory: Path | None, *, as_json: bool) -> None:
    """Who asked the running core for what changes, newest first."""
    answer = CoreClient.of(directory).get("/__motia/audit", action=action, target=target, limit=limit)
    if as_json:
        click.echo(json.dumps(answer["entries"], indent=2))
        return
    rows = [
        [
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each["time"] / 1000)),
            each["actor"],
            click.style(each["action"], bold=True),
            each["target"],
            click.style(str(each["status"]), fg="green" if each["status"] < 400 else "red"),  # noqa: PLR2004 - HTTP's
        ]
        for each in answer["entries"]
    ]
    click.echo(table(rows, ["TIME", "WHO", "ACTION", "TARGET", "ANSWER"]) if rows else "Nothing was done yet.")
