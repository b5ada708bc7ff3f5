"""`motia emit`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from motia.cli.core_client import CoreClient, parsed_json
from motia.cli.options import as_json, project


@click.command()
@click.argument("topic", required=False)
@click.option("--topic", "topic_option", help="The topic, as an option.")
@click.option("--data", "--message", "data", help="The payload as JSON (default: null).")
@click.option("-p", "--port", type=int, help="Port of the core, when it is not the project's own.")
@as_json
@project
def emit(
    topic: str | None,
    topic_option: str | None,
    data: str | None,
    port: int | None,
    directory: Path | None,
    *,
    as_json: bool,
) -> None:
    """Send an event to the running core."""
    wanted = topic or topic_option
    if not wanted:
        raise click.UsageError("which topic? 'motia emit TOPIC --data JSON'")
    payload = parsed_json(data, "--data")
    client = CoreClient(f"http://127.0.0.1:{port}") if port else CoreClient.of(directory)
    answer = client.post("/__motia/emit", {"topic": wanted, "data": payload})
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(f"Event emitted successfully: {wanted} → {answer['deliveries']} deliveries, trace {answer['traceId']}")
    if answer["deliveries"] == 0:
        click.echo(f"Nobody subscribes to {wanted!r}; 'motia steps' lists the topics.", err=True)
