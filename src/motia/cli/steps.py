"""`motia steps`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from motia.cli.core_client import CoreClient
from motia.cli.options import as_json, directory
from motia.cli.terminal import table


@click.command()
@as_json
@directory
def steps(directory: Path | None, *, as_json: bool) -> None:
    """List the Steps of the running core."""
    found = CoreClient.of(directory).get("/__motia/steps")
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[step["name"], step["type"], _started_by(step), ", ".join(step["emits"]), step["file"]] for step in found]
    click.echo(table(rows, ["NAME", "TYPE", "STARTED BY", "EMITS", "FILE"]) if rows else "No Steps.")


def _started_by(step: dict[str, Any]) -> str:
    words = []
    for trigger in step["triggers"]:
        if trigger["type"] == "http":
            words.append(f"{trigger['method']} {trigger['path']}")
        else:
            words.append(trigger.get("topic") or trigger.get("expression") or trigger["type"])
    return ", ".join(words)
