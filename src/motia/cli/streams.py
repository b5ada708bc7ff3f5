"""`motia streams`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from motia.cli.core_client import CoreClient, parsed_json
from motia.cli.options import as_json, project
from motia.cli.terminal import table

_WIDTH = 80


@click.group()
def streams() -> None:
    """Read and change the live streams of the running core."""


@streams.command("list")
@as_json
@project
def list_streams(directory: Path | None, *, as_json: bool) -> None:
    """List the streams."""
    found = CoreClient.of(directory).get("/__motia/streams")["streams"]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[each["name"], each["filePath"] or "undeclared", str(each["groups"]), str(each["items"])] for each in found]
    click.echo(table(rows, ["STREAM", "FILE", "GROUPS", "ITEMS"]) if rows else "No streams.")


@streams.command("groups")
@click.argument("stream")
@project
def groups(stream: str, directory: Path | None) -> None:
    """List the groups of STREAM that hold items."""
    for group in CoreClient.of(directory).get(f"/__motia/streams/groups/{_part(stream)}"):
        click.echo(group)


@streams.command("items")
@click.argument("stream")
@click.argument("group", default="default")
@as_json
@project
def items(stream: str, group: str, directory: Path | None, *, as_json: bool) -> None:
    """List the items of GROUP (default: "default") in STREAM, oldest first."""
    found = CoreClient.of(directory).get(f"/__motia/streams/group/{_part(stream)}/{_part(group)}")["items"]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    rows = [[item["id"], _short(item)] for item in found]
    click.echo(table(rows, ["ID", "DATA"]) if rows else "No items.")


@streams.command("get")
@click.argument("stream")
@click.argument("group")
@click.argument("item")
@project
def get(stream: str, group: str, item: str, directory: Path | None) -> None:
    """Print one item as JSON."""
    found = CoreClient.of(directory).get(f"/__motia/streams/item/{_part(stream)}/{_part(group)}/{_part(item)}")
    click.echo(json.dumps(_fields(found["data"]), indent=2, ensure_ascii=False))


@streams.command("set")
@click.argument("stream")
@click.argument("group")
@click.argument("item")
@click.argument("data")
@project
def set_item(stream: str, group: str, item: str, data: str, directory: Path | None) -> None:
    """Store an item: DATA is a JSON object."""
    value = parsed_json(data, "DATA")
    if not isinstance(value, dict):
        raise click.UsageError("DATA must be a JSON object")
    body = {"streamName": stream, "groupId": group, "itemId": item, "data": value}
    CoreClient.of(directory).post("/__motia/streams/set", body)


@streams.command("delete")
@click.argument("stream")
@click.argument("group")
@click.argument("item")
@project
def delete(stream: str, group: str, item: str, directory: Path | None) -> None:
    """Remove an item."""
    body = {"streamName": stream, "groupId": group, "itemId": item}
    CoreClient.of(directory).post("/__motia/streams/delete", body)


@streams.command("watch")
@click.argument("stream")
@click.argument("group", default="default")
@click.argument("item", required=False)
@project
def watch(stream: str, group: str, item: str | None, directory: Path | None) -> None:
    """Print what happens in GROUP (default: "default") of STREAM, or to one ITEM, as JSON lines, until interrupted."""
    path = "/".join(_part(name) for name in (stream, group, item) if name is not None)
    for message in CoreClient.of(directory).events(f"/__motia/streams/{path}"):
        click.echo(json.dumps(message, ensure_ascii=False))


def _part(name: str) -> str:
    return quote(name, safe="")


def _fields(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "__motia"}


def _short(item: dict[str, Any]) -> str:
    text = json.dumps({name: value for name, value in _fields(item).items() if name != "id"}, ensure_ascii=False)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
