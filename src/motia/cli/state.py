"""`motia state`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from motia.cli.core_client import CoreClient, parsed_json
from motia.cli.options import as_json, project
from motia.cli.terminal import table

_WIDTH = 80


@click.group()
def state() -> None:
    """Read and change the state of the running core."""


@state.command("list")
@click.argument("group", required=False)
@as_json
@project
def list_items(group: str | None, directory: Path | None, *, as_json: bool) -> None:
    """List values, of one GROUP or of all."""
    items = CoreClient.of(directory).get("/__motia/state", groupId=group)
    if as_json:
        click.echo(json.dumps(items, indent=2))
        return
    rows = [[item["groupId"], item["key"], item["type"], _short(item["value"])] for item in items]
    click.echo(table(rows, ["GROUP", "KEY", "TYPE", "VALUE"]) if rows else "No state.")


@state.command("groups")
@project
def groups(directory: Path | None) -> None:
    """List the groups."""
    for group in CoreClient.of(directory).get("/__motia/state/groups"):
        click.echo(group)


@state.command("get")
@click.argument("group")
@click.argument("key")
@project
def get(group: str, key: str, directory: Path | None) -> None:
    """Print one value as JSON."""
    click.echo(
        json.dumps(CoreClient.of(directory).get("/__motia/state/item", groupId=group, key=key)["value"], indent=2)
    )


@state.command("set")
@click.argument("group")
@click.argument("key")
@click.argument("value")
@project
def set_value(group: str, key: str, value: str, directory: Path | None) -> None:
    """Store VALUE (JSON)."""
    CoreClient.of(directory).post(
        "/__motia/state", {"groupId": group, "key": key, "value": parsed_json(value, "VALUE")}
    )
    click.echo(f"Stored {group} / {key}")


@state.command("delete")
@click.argument("group")
@click.argument("key")
@project
def delete(group: str, key: str, directory: Path | None) -> None:
    """Remove one value."""
    client = CoreClient.of(directory)
    client.get("/__motia/state/item", groupId=group, key=key)
    client.post("/__motia/state/delete", {"items": [{"groupId": group, "key": key}]})
    click.echo(f"Deleted {group} / {key}")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
