"""`motia traces`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from motia.cli.core_client import CoreClient
from motia.cli.options import as_json, project
from motia.cli.terminal import log_line, table

_STATUS = {"ok": "green", "error": "red", "running": "yellow"}


@click.command()
@click.argument("trace", required=False)
@click.option("--step", help="Only traces in which this Step ran.")
@click.option("--status", type=click.Choice(["running", "ok", "error"]), help="Only traces in this status.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@as_json
@project
def traces(
    trace: str | None, step: str | None, status: str | None, limit: int, directory: Path | None, *, as_json: bool
) -> None:
    """List traces, newest first, or show one TRACE with its spans and logs."""
    client = CoreClient.of(directory)
    if trace is not None:
        shown = client.get(f"/__motia/traces/{trace}")
        click.echo(json.dumps(shown, indent=2) if as_json else _tree(shown))
        return
    found = client.get("/__motia/traces", step=step, status=status, limit=limit)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        [each["id"], _styled(each["status"]), _clock(each["start"]), _took(each), str(each["spans"]), each["name"]]
        for each in found
    ]
    click.echo(table(rows, ["TRACE", "STATUS", "STARTED", "TOOK", "SPANS", "NAME"]) if rows else "No traces.")


def _tree(shown: dict[str, Any]) -> str:
    """The spans below what caused them, with offsets from the start of the trace."""
    spans = shown["spans"]
    known = {span["id"] for span in spans}
    children: dict[str | None, list[dict[str, Any]]] = {}
    for span in spans:
        children.setdefault(span["parentId"] if span["parentId"] in known else None, []).append(span)
    begin = min((span["start"] for span in spans), default=0)
    lines: list[str] = []

    def add(span: dict[str, Any], depth: int) -> None:
        offset = click.style(f"{(span['start'] - begin) / 1000:9.1f} ms", fg="bright_black")
        name = span["name"] if span["kind"] in {"state", "stream", "call"} else click.style(span["name"], bold=True)
        note = click.style(_about(span), fg="bright_black")
        lines.append(f"{offset}  {'  ' * depth}{_styled(span['status'], '●')} {name} {_took(span)} {note}".rstrip())
        for child in children.get(span["id"], []):
            add(child, depth + 1)

    for root in children.get(None, []):
        add(root, 0)
    logs = [log_line(log["time"], log["level"], log["msg"], log["step"], None, log["args"]) for log in shown["logs"]]
    return "\n".join([f"Trace {shown['id']}", *lines, *(["", "Logs", *logs] if logs else [])])


def _about(span: dict[str, Any]) -> str:
    given = span["attributes"]
    words = [span["kind"]]
    if "http.method" in given:
        words = [f"{given['http.method']} {given['http.path']} → {given.get('http.status', '…')}"]
    elif "topics" in given:
        words = [", ".join(map(str, given["topics"]))]
    elif "group" in given:
        words = [f"{given['group']}/{given.get('key', '')}".rstrip("/")]
    elif given.get("topic"):
        words.append(str(given["topic"]))
    if given.get("attempt", 1) > 1:
        words.append(f"attempt {given['attempt']}")
    if "error" in given:
        words.append(f"{given['error'].get('name')}: {given['error'].get('message')}")
    return " ".join(words)


def _styled(status: str, text: str | None = None) -> str:
    return click.style(text or status, fg=_STATUS.get(status))


def _clock(micro: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(micro / 1_000_000))


def _took(each: dict[str, Any]) -> str:
    if each["end"] is None:
        return "…"
    return f"{(each['end'] - each['start']) / 1000:.1f} ms"
