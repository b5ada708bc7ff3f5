"""`motia trigger`."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import click

from motia.cli.core_client import CoreClient, parsed_json
from motia.cli.options import as_json, project


@click.command()
@click.argument("step")
@click.option("-d", "--data", help="The input as JSON (default: null).")
@as_json
@project
def trigger(step: str, data: str | None, directory: Path | None, *, as_json: bool) -> None:
    """Start a Step directly, by its id or name."""
    payload = parsed_json(data, "--data")
    answer = CoreClient.of(directory).post(f"/__motia/steps/{quote(step, safe='')}/start", {"data": payload})
    click.echo(json.dumps(answer) if as_json else f"Started {step}: delivery {answer['id']}, trace {answer['traceId']}")
