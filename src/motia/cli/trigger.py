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
@click.option("-p", "--port", type=int, help="Port of the core, when it is not the project's own.")
@as_json
@project
def trigger(step: str, data: str | None, port: int | None, directory: Path | None, *, as_json: bool) -> None:
    """Start a Step directly, by its id or name."""
    payload = parsed_json(data, "--data")
    client = CoreClient(f"http://127.0.0.1:{port}") if port else CoreClient.of(directory)
    answer = client.post(f"/__motia/steps/{quote(step, safe='')}/start", {"data": payload})
    click.echo(json.dumps(answer) if as_json else f"Started {step}: delivery {answer['id']}, trace {answer['traceId']}")
